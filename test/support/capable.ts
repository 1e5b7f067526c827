import type { BrokerCapabilities } from '../../functions/brokers/broker.ts';
import { ORDER_TYPES, TIMES_IN_FORCE } from '../../functions/core/order.ts';

/** A venue that takes every order, and two that go together as two. */
export const CAPABLE: BrokerCapabilities = {
  orderTypes: ORDER_TYPES,
  timesInForce: TIMES_IN_FORCE,
  oco: 'kept',
  reduceOnly: true,
};

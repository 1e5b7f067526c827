import { TIMES_IN_FORCE } from '../../core/order.ts';
import type { VenueFacts } from '../lazy-broker.ts';

/** It takes a client order id as often as it is sent, and tells of an order by it. */
export const TRADOVATE_FACTS = {
  clientOrderIdGuarantee: 'LOOKUP_ONLY',
  capabilities: {
    orderTypes: ['market', 'limit', 'stop', 'stop_limit', 'trailing_stop'],
    timesInForce: TIMES_IN_FORCE,
    oco: 'native',
    reduceOnly: false,
  },
} as const satisfies VenueFacts;

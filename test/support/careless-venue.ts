import type { Broker, BrokerOrder } from '../../functions/brokers/broker.ts';
import type { ClientOrderIdGuarantee } from '../../functions/core/configuration.ts';
import { add, type Decimal, decimal, negate, ZERO } from '../../functions/core/decimal.ts';
import type { BrokerOrderId, ClientOrderId } from '../../functions/core/ids.ts';
import type { OrderIntent } from '../../functions/core/order.ts';
import { CAPABLE } from './capable.ts';

/**
 * A venue that takes whatever it is sent, as often as it is sent: nothing but its sender prevents duplicates, or keeps
 * a reduce-only order from turning a position. Market orders fill at once; stop orders rest until they are cancelled.
 */
export interface CarelessVenue {
  readonly orders: readonly BrokerOrder[];
  readonly calls: readonly ('place' | 'lookup' | 'cancel' | 'positions')[];
  readonly broker: Broker;
}

export function carelessVenue(clientOrderIdGuarantee: ClientOrderIdGuarantee): CarelessVenue {
  const orders: BrokerOrder[] = [];
  const calls: CarelessVenue['calls'][number][] = [];
  const broker: Broker = {
    clientOrderIdGuarantee,
    capabilities: CAPABLE,
    equity: async () => ({ kind: 'equity', equity: decimal(100_000) }),
    async place(intent) {
      calls.push('place');
      const order = orderOf(intent, orders.length);
      orders.push(order);
      return { kind: 'accepted', order };
    },
    async lookup({ clientOrderId }) {
      calls.push('lookup');
      const order = orders.find((each) => each.clientOrderId === clientOrderId);
      return order && clientOrderIdGuarantee !== 'NONE' ? { kind: 'found', order } : { kind: 'absent' };
    },
    async cancel({ clientOrderId }) {
      calls.push('cancel');
      return cancelAll(orders, clientOrderId);
    },
    async positions() {
      calls.push('positions');
      return { kind: 'positions', quantities: positionsAfter(orders) };
    },
    orders: async (limit) => orders.toReversed().slice(0, limit),
  };
  return { orders, calls, broker };
}

function orderOf(intent: OrderIntent, number: number): BrokerOrder {
  const { clientOrderId, symbol, side, type, quantity } = intent;
  const held = {
    brokerOrderId: `careless-${number}` as BrokerOrderId,
    clientOrderId,
    symbol,
    side,
    type,
    quantity,
    createdAtMs: number,
  };
  return intent.type === 'stop'
    ? { ...held, stopPrice: intent.stopPrice, status: 'NEW', filledQuantity: ZERO }
    : {
        ...held,
        status: 'FILLED',
        filledQuantity: quantity,
        averageFillPrice: intent.referencePrice ?? decimal(1),
      };
}

function cancelAll(orders: BrokerOrder[], clientOrderId: ClientOrderId) {
  let isEnded = false;
  for (const [index, order] of orders.entries()) {
    if (order.clientOrderId === clientOrderId && order.status === 'NEW') {
      orders[index] = { ...order, status: 'CANCELED' };
      isEnded = true;
    }
  }
  return isEnded
    ? ({ kind: 'accepted' } as const)
    : ({ kind: 'rejected', code: 'ORDER_ENDED', message: 'There is nothing to cancel.' } as const);
}

function positionsAfter(orders: readonly BrokerOrder[]): Readonly<Record<string, Decimal>> {
  const quantities: Record<string, Decimal> = {};
  for (const { symbol, side, filledQuantity } of orders) {
    const signed = side === 'buy' ? filledQuantity : negate(filledQuantity);
    quantities[symbol] = add(quantities[symbol] ?? ZERO, signed);
  }
  return quantities;
}

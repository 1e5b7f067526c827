import type { Broker, BrokerOrder, ClientOrderIdGuarantee } from '../../functions/brokers/broker.ts';
import { decimal } from '../../functions/core/decimal.ts';
import type { BrokerOrderId } from '../../functions/core/ids.ts';

/** A venue that fills whatever it is sent, as often as it is sent: nothing but its sender prevents duplicates. */
export interface CarelessVenue {
  readonly orders: readonly BrokerOrder[];
  readonly calls: readonly ('place' | 'lookup')[];
  readonly broker: Broker;
}

export function carelessVenue(clientOrderIdGuarantee: ClientOrderIdGuarantee): CarelessVenue {
  const orders: BrokerOrder[] = [];
  const calls: ('place' | 'lookup')[] = [];
  const broker: Broker = {
    clientOrderIdGuarantee,
    async place(intent) {
      calls.push('place');
      const order: BrokerOrder = {
        brokerOrderId: `careless-${orders.length}` as BrokerOrderId,
        clientOrderId: intent.clientOrderId,
        symbol: intent.symbol,
        side: intent.side,
        type: intent.type,
        quantity: intent.quantity,
        status: 'FILLED',
        filledQuantity: intent.quantity,
        averageFillPrice: intent.referencePrice ?? decimal(1),
        createdAtMs: orders.length,
      };
      orders.push(order);
      return { kind: 'accepted', order };
    },
    async lookup(clientOrderId) {
      calls.push('lookup');
      const order = orders.find((each) => each.clientOrderId === clientOrderId);
      return order && clientOrderIdGuarantee !== 'NONE' ? { kind: 'found', order } : { kind: 'absent' };
    },
    orders: async () => orders,
  };
  return { orders, calls, broker };
}

import type { BrokerOrder } from '../brokers/broker.ts';
import { compare, isZero, sign } from '../core/decimal.ts';
import { applyOrderEvent, isFinal, type Order } from '../core/order.ts';
import { fillSince } from '../core/position.ts';

/** Takes over what the venue holds of an order: its number, what it filled since, and whether it has ended. */
export function adopt(order: Order, held: BrokerOrder): Order {
  let adopted = withQuantityOf(held, order);
  if (order.status === 'SENDING' || order.status === 'UNKNOWN') {
    adopted = applyOrderEvent(adopted, { kind: 'accepted', brokerOrderId: held.brokerOrderId });
  }
  const fill = fillSince(adopted, asOrder(adopted, held));
  if (fill && !isFinal(adopted) && sign(fill.price) > 0) {
    adopted = applyOrderEvent(adopted, { kind: 'filled', quantity: fill.quantity, price: fill.price });
  }
  if (isFinal(adopted)) {
    return adopted;
  }
  switch (held.status) {
    case 'CANCELED':
      return applyOrderEvent(adopted, { kind: 'canceled' });
    case 'EXPIRED':
      return applyOrderEvent(adopted, { kind: 'expired' });
    case 'REJECTED':
      return applyOrderEvent(
        adopted,
        isZero(adopted.filledQuantity)
          ? { kind: 'rejected', reason: 'The venue rejected the order.' }
          : { kind: 'canceled' },
      );
    default:
      return adopted;
  }
}

/** Of a pair, what one of the two filled is taken off the other one by the venue. */
function withQuantityOf(held: BrokerOrder, order: Order): Order {
  const isSmaller = order.oco !== undefined && compare(held.quantity, order.quantity) < 0;
  return isSmaller && compare(held.quantity, order.filledQuantity) >= 0
    ? { ...order, quantity: held.quantity }
    : order;
}

/** The order with the venue's figures, to compare with ours. */
function asOrder(order: Order, { filledQuantity, averageFillPrice }: BrokerOrder): Order {
  return { ...order, filledQuantity, ...(averageFillPrice === undefined ? {} : { averageFillPrice }) };
}

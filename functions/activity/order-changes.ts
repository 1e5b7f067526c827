import type { OrderEntry } from '../core/activity.ts';
import { isZero } from '../core/decimal.ts';
import type { ExecutionId } from '../core/ids.ts';
import type { Order } from '../core/order.ts';

/** Which orders of an execution are new in an item, or stand otherwise than before. */
export function orderChanges(
  executionId: ExecutionId,
  before: readonly Order[],
  after: readonly Order[],
): OrderEntry[] {
  const known = new Map(before.map((order) => [order.clientOrderId, order]));
  return after.flatMap((order) => {
    const then = known.get(order.clientOrderId);
    return then && isSame(then, order) ? [] : [orderEntry(executionId, order, then)];
  });
}

function isSame(then: Order, now: Order): boolean {
  return (
    then.status === now.status &&
    then.filledQuantity === now.filledQuantity &&
    then.quantity === now.quantity &&
    priceOf(then) === priceOf(now)
  );
}

/** An order as the log tells it. */
export function orderEntry(executionId: ExecutionId, order: Order, then?: Order): OrderEntry {
  const { clientOrderId, leg, symbol, side, type, quantity, status } = order;
  const price = priceOf(order);
  return {
    type: 'ORDER_CHANGED',
    executionId,
    clientOrderId,
    leg,
    symbol,
    side,
    orderType: type,
    quantity,
    status,
    ...(then ? { from: then.status } : {}),
    ...(isZero(order.filledQuantity) ? {} : { filledQuantity: order.filledQuantity }),
    ...(order.averageFillPrice === undefined ? {} : { averageFillPrice: order.averageFillPrice }),
    ...(price === undefined ? {} : { price }),
    ...(order.reason === undefined ? {} : { reason: order.reason }),
  };
}

function priceOf(order: Order) {
  switch (order.type) {
    case 'limit':
    case 'stop_limit':
      return order.limitPrice;
    case 'stop':
      return order.stopPrice;
    case 'market':
    case 'trailing_stop':
      return undefined;
  }
}

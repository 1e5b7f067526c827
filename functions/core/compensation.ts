import { absolute, add, type Decimal, isZero, negate, sign, smaller, ZERO } from './decimal.ts';
import { clientOrderIdOf, type ExecutionId } from './ids.ts';
import { applyOrderEvent, type Order, orderFrom, type Side } from './order.ts';
import { isProtective } from './protection.ts';

const FLATTEN = /^flatten(?:-\d+)?$/;

/** Whether an order was decided by the plan: it is neither protection nor part of a rollback. */
export function isPlanned(order: Order): boolean {
  return !isProtective(order) && !isFlatten(order);
}

/** Whether an order undoes what its execution filled. */
export function isFlatten(order: Order): boolean {
  return FLATTEN.test(order.leg);
}

/** What an order changed of the position: its fills, signed. */
function signedFill({ side, filledQuantity }: Order): Decimal {
  return side === 'buy' ? filledQuantity : negate(filledQuantity);
}

/** What all these orders changed of the position in one symbol. */
export function netFill(orders: readonly Order[], symbol: string): Decimal {
  return orders
    .filter((order) => order.symbol === symbol)
    .reduce<Decimal>((sum, order) => add(sum, signedFill(order)), ZERO);
}

/**
 * How much of an execution is to be undone: what its orders changed, but never more than there is of the position on
 * that side, so that a rollback cannot open one.
 *
 * @param position the account's signed position in the symbol with all of it booked
 * @returns signed; the opposite is to be traded
 */
export function exposureOf(orders: readonly Order[], symbol: string, position: Decimal): Decimal {
  const net = netFill(orders, symbol);
  if (isZero(net) || sign(net) !== sign(position)) {
    return ZERO;
  }
  const quantity = smaller(absolute(net), absolute(position));
  return sign(net) > 0 ? quantity : negate(quantity);
}

/** The order that undoes an exposure: at the market, only ever shrinking the position, with an id of its own. */
export function flattenOrder(
  executionId: ExecutionId,
  attempt: number,
  what: { readonly symbol: string; readonly exposure: Decimal },
): Order {
  // Each attempt has one leg, and with it one client order id; the first has no number.
  const leg = attempt === 1 ? 'flatten' : `flatten-${attempt}`;
  const { symbol, exposure } = what;
  return sending(
    orderFrom({
      clientOrderId: clientOrderIdOf(executionId, leg),
      leg,
      symbol,
      side: closingSide(exposure),
      type: 'market',
      quantity: absolute(exposure),
      timeInForce: 'day',
      reduceOnly: true,
    }),
  );
}

function sending(order: Order): Order {
  return applyOrderEvent(order, { kind: 'sent' });
}

function closingSide(exposure: Decimal): Side {
  return sign(exposure) > 0 ? 'sell' : 'buy';
}

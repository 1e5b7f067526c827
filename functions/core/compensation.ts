import {
  absolute,
  add,
  compare,
  type Decimal,
  divide,
  isZero,
  multiply,
  negate,
  sign,
  smaller,
  subtract,
  ZERO,
} from './decimal.ts';
import { assertNever } from './errors.ts';
import { clientOrderIdOf, type ExecutionId } from './ids.ts';
import { applyOrderEvent, type Order, orderFrom, type Side } from './order.ts';
import type { PriceTarget } from './signal.ts';

/** Which order of its execution an order is. Each has one leg, and with it one client order id. */
export const LEGS = {
  stopLoss: 'stop-loss',
  /** The nth attempt to undo what was filled; the first has no number. */
  flatten: (attempt: number) => (attempt === 1 ? 'flatten' : `flatten-${attempt}`),
} as const;

const FLATTEN = /^flatten(?:-\d+)?$/;

/** Whether an order was decided by the plan: it is neither protection nor part of a rollback. */
export function isPlanned(order: Order): boolean {
  return order.leg !== LEGS.stopLoss && !isFlatten(order);
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
  const leg = LEGS.flatten(attempt);
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

/** The order that closes a position at a loss when the market reaches its price. */
export function stopLossOrder(
  executionId: ExecutionId,
  what: {
    readonly symbol: string;
    /** Signed: what is to be protected. */
    readonly exposure: Decimal;
    readonly stopPrice: Decimal;
  },
): Order {
  const { symbol, exposure, stopPrice } = what;
  return sending(
    orderFrom({
      clientOrderId: clientOrderIdOf(executionId, LEGS.stopLoss),
      leg: LEGS.stopLoss,
      symbol,
      side: closingSide(exposure),
      type: 'stop',
      stopPrice,
      quantity: absolute(exposure),
      timeInForce: 'gtc',
      reduceOnly: true,
    }),
  );
}

/**
 * At which price a stop-loss goes.
 *
 * @param entryPrice the average price of the fill that it protects
 * @returns `undefined` when that is no price, or not on the losing side of the entry
 */
export function stopPriceOf(target: PriceTarget, side: Side, entryPrice: Decimal): Decimal | undefined {
  const price = priceOf(target, side, entryPrice);
  const isOnLosingSide = side === 'buy' ? compare(price, entryPrice) < 0 : compare(price, entryPrice) > 0;
  return sign(price) > 0 && isOnLosingSide ? price : undefined;
}

function priceOf(target: PriceTarget, side: Side, entryPrice: Decimal): Decimal {
  const away = (distance: Decimal) =>
    side === 'buy' ? subtract(entryPrice, distance) : add(entryPrice, distance);
  switch (target.type) {
    case 'price':
      return target.price;
    case 'amount':
      return away(target.amount);
    case 'percent':
      return away(divide(multiply(entryPrice, target.percent), HUNDRED));
    default:
      return assertNever(target);
  }
}

const HUNDRED = '100' as Decimal;

function sending(order: Order): Order {
  return applyOrderEvent(order, { kind: 'sent' });
}

function closingSide(exposure: Decimal): Side {
  return sign(exposure) > 0 ? 'sell' : 'buy';
}

import { add, compare, type Decimal, decimal, divide, multiply, subtract } from '../../core/decimal.ts';
import { assertNever } from '../../core/errors.ts';
import type { Side, Trail } from '../../core/order.ts';
import type { Market, PaperOrder } from './market.ts';

/** What a price means to an order: whether it is reached, at what price it fills, and where a trailing stop goes. */

const HUNDRED = decimal(100);

/**
 * The price of the market for an order, as far as one is known. A market order brings its own; a limit order and a
 * trailing stop may name one where the market has none; a stop is reached by the market only.
 */
export function priceFor(
  { price }: Market,
  { type, referencePrice }: Pick<PaperOrder, 'type' | 'referencePrice'>,
): Decimal | undefined {
  switch (type) {
    case 'market':
      return referencePrice ?? price;
    case 'limit':
    case 'trailing_stop':
      return price ?? referencePrice;
    case 'stop':
    case 'stop_limit':
      return price;
    default:
      return assertNever(type);
  }
}

/**
 * The order after the market was at a price: a trailing stop is drawn behind it, and never back; a stop-limit order whose
 * stop is reached is triggered. The same object when the price changes nothing about it.
 */
export function follow(order: PaperOrder, price: Decimal | undefined): PaperOrder {
  if (price === undefined) {
    return order;
  }
  if (order.trail !== undefined) {
    return withTrailedStop(order, order.trail, price);
  }
  const isTriggered = order.type === 'stop_limit' && isStopReached(order, price);
  return isTriggered && order.isTriggered !== true ? { ...order, isTriggered } : order;
}

/** Whether an order works as a limit order: it is one, or a stop-limit order that was triggered. */
export function isLimit({ type, isTriggered }: PaperOrder): boolean {
  return type === 'limit' || isTriggered === true;
}

/** Whether an order still waits for its stop, so that its limit and its time in force do not count yet. */
export function isDormant(order: PaperOrder, price: Decimal | undefined): boolean {
  switch (order.type) {
    case 'market':
    case 'limit':
      return false;
    case 'stop_limit':
      return order.isTriggered !== true;
    case 'stop':
    case 'trailing_stop':
      return !isStopReached(order, price);
    default:
      return assertNever(order.type);
  }
}

/** Whether a price lets an order trade: any does for a market order, for the others it depends on their own. */
export function canTrade(order: PaperOrder, price: Decimal | undefined): boolean {
  if (isDormant(order, price)) {
    return false;
  }
  const { side, limitPrice } = order;
  return limitPrice === undefined || (price !== undefined && isAtOrBeyond(opposite(side), limitPrice, price));
}

/**
 * At what price an order fills the moment it comes to the market: at the market's, which may be better than its limit.
 * One that a rehearsal fills although the market is elsewhere fills at its own.
 */
export function priceOnArrival<Price extends Decimal | undefined>(
  order: PaperOrder,
  price: Price,
): Decimal | Price {
  return canTrade(order, price) ? price : (order.limitPrice ?? order.stopPrice ?? price);
}

/** At what price an order fills that was there before the market came to it: at its limit, else at the market's. */
export function priceAtRest<Price extends Decimal | undefined>(
  order: PaperOrder,
  price: Price,
): Decimal | Price {
  return order.limitPrice ?? priceOnArrival(order, price);
}

function isStopReached({ side, stopPrice }: PaperOrder, price: Decimal | undefined): boolean {
  return stopPrice !== undefined && price !== undefined && isAtOrBeyond(side, stopPrice, price);
}

/** Whether the market is where a stop of the side is reached: at its price or above it for a buy, below it for a sell. */
function isAtOrBeyond(side: Side, own: Decimal, price: Decimal): boolean {
  return side === 'buy' ? compare(price, own) >= 0 : compare(price, own) <= 0;
}

function withTrailedStop(order: PaperOrder, trail: Trail, price: Decimal): PaperOrder {
  const distance = distanceOf(trail, price);
  const stopPrice = order.side === 'buy' ? add(price, distance) : subtract(price, distance);
  const isBack = order.stopPrice !== undefined && isAtOrBeyond(order.side, order.stopPrice, stopPrice);
  return isBack ? order : { ...order, stopPrice };
}

function distanceOf(trail: Trail, price: Decimal): Decimal {
  return trail.type === 'amount' ? trail.amount : multiply(price, divide(trail.percent, HUNDRED));
}

function opposite(side: Side): Side {
  return side === 'buy' ? 'sell' : 'buy';
}

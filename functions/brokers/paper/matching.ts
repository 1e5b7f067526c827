import { compare, type Decimal, decimal, multiply, ZERO } from '../../core/decimal.ts';
import { type Change, isOpen, type Market, openQuantity, type PaperOrder, workingOrder } from './market.ts';
import { canTrade, follow, isDormant, isLimit, priceAtRest, priceFor, priceOnArrival } from './pricing.ts';
import { closed, type Refusal, refusalOf, refused } from './refusal.ts';
import { ended, settle, siblingOf, trade } from './trading.ts';

/** What became of orders at the door: all of them entered, or none. */
export type Entry =
  | { readonly kind: 'entered'; readonly orders: readonly PaperOrder[]; readonly change: Change }
  | Refusal;

/** How an order fills otherwise than it should: only half of it at once, or nothing until it is asked about. */
export type RehearsedFill = 'partial-fill' | 'late-fill';

/** So many orders may be open in one symbol: all of them can be changed in one transaction. */
export const WORKING_ORDERS_MAX = 50;

const HALF = decimal('0.5');
const TWO = decimal(2);

/**
 * Takes in one order, or the two of a pair: the take-profit, then the stop-loss. An order fills at once as far as the
 * market lets it: a market order at the price that it names, else at the last known one; a limit order at the
 * market's price when that is its limit or better; a stop order when its price is reached already. What does not
 * fill rests, unless its time in force does not let it. That of a stop order counts from when its stop is reached. The
 * end of a session ends no order: one for the day rests until it is canceled.
 *
 * A market order that names a price moves the market there: it trades first, and its trade reaches what rests. The
 * price that another order names moves nothing, unless it is the first to trade in a market without a price.
 *
 * @param rehearsed how the first of the orders fills
 */
export function enter(market: Market, orders: readonly PaperOrder[], rehearsed?: RehearsedFill): Entry {
  const refusal = refusalOf(market, orders);
  if (refusal) {
    return refusal;
  }
  const [first] = orders;
  const moved: Change = { market: movedBy(market, orders), orders: [] };
  const placed = orders.reduce(
    (change, order) => putInto(change, order, order === first && rehearsed === 'late-fill'),
    moved,
  );
  // Backwards: when both of a pair are reached, it is the stop-loss that fills.
  const met = orders
    .toReversed()
    .reduce(
      (change, order) => arrive(change, order, order === first && rehearsed === 'partial-fill'),
      placed,
    );
  const traded = namedBy(orders) ?? (market.price === undefined ? met.market.price : undefined);
  const resting = market.working.filter(({ type }) => type !== 'market');
  return (
    crowding(market, met.orders) ?? {
      kind: 'entered',
      orders: met.orders,
      change: reach(met, resting, traded),
    }
  );
}

/**
 * Takes in orders while the market is closed. What would have to trade at once is refused; the others rest, and the first
 * price after that is the first to reach them. A trailing stop begins behind the last one.
 */
export function rest(market: Market, orders: readonly PaperOrder[]): Entry {
  const refusal = closed(orders) ?? refusalOf(market, orders) ?? crowding(market, orders);
  if (refusal) {
    return refusal;
  }
  const change = orders.reduce<Change>(
    (before, order) => {
      const found = order.type === 'trailing_stop' ? follow(order, priceFor(market, order)) : order;
      return settle(before, { ...found, waitsFor: 'market' });
    },
    { market, orders: [] },
  );
  return { kind: 'entered', orders: change.orders, change };
}

/** The market where orders find it: a market order that names a price moves it there. */
export function movedBy<Found extends Market>(market: Found, orders: readonly PaperOrder[]): Found {
  const named = namedBy(orders);
  return named === undefined ? market : { ...market, price: named };
}

/**
 * Moves the market by hand. What it reaches fills: stop orders and the rest of partly filled market orders at the price,
 * limit orders at their limit.
 */
export function post(market: Market, price: Decimal): Change {
  return reach({ market: { ...market, price }, orders: [] }, market.working, price);
}

/** Fills the late fills among the orders with an id: they were asked about. `undefined`: there are none. */
export function fillLate(market: Market, clientOrderId: string): Change | undefined {
  const late = market.working.filter(
    (order) => order.clientOrderId === clientOrderId && order.waitsFor === 'inquiry',
  );
  return late.length === 0 ? undefined : late.reduce(fill, { market, orders: [] });
}

/**
 * Ends the open orders with an id, and what they are paired with. `undefined`: there are none. Late fills win the race
 * against their cancel.
 *
 * @param rehearsed with `late-fill` every order with the id wins it
 */
export function cancel(market: Market, clientOrderId: string, rehearsed?: 'late-fill'): Change | undefined {
  const named = market.working.filter((order) => order.clientOrderId === clientOrderId);
  if (named.length === 0) {
    return undefined;
  }
  const siblings = named.map((order) => siblingOf(market, order)).filter((order) => order !== undefined);
  const late = [
    ...named.filter(({ waitsFor }) => rehearsed === 'late-fill' || waitsFor === 'inquiry'),
    ...siblings.filter(({ waitsFor }) => waitsFor === 'inquiry'),
  ];
  return named.reduce(end, late.reduce(fill, { market, orders: [] }));
}

/** The price that a market order names; no other order's moves the market. */
function namedBy([first]: readonly PaperOrder[]): Decimal | undefined {
  return first?.type === 'market' ? first.referencePrice : undefined;
}

function crowding(market: Market, orders: readonly PaperOrder[]): Refusal | undefined {
  return market.working.length + orders.filter(isOpen).length > WORKING_ORDERS_MAX
    ? refused('TOO_MANY_ORDERS', `${WORKING_ORDERS_MAX} orders in ${orders[0]?.symbol} are open already.`)
    : undefined;
}

/** An order as the market finds it, among those that work. */
function putInto(change: Change, order: PaperOrder, isLate: boolean): Change {
  const found = follow(order, priceFor(change.market, order));
  return settle(change, { ...found, waitsFor: isLate ? 'inquiry' : 'market' });
}

/** What an order does that was just put into the market: it fills as far as it can, or by half. */
function arrive(change: Change, placed: PaperOrder, isHalved: boolean): Change {
  const order = workingOrder(change.market, placed);
  if (order?.waitsFor !== 'market') {
    return change;
  }
  const price = priceFor(change.market, order);
  if (isHalved) {
    return tradeAt(change, order, half(openQuantity(order)), priceOnArrival(order, price));
  }
  if (isDormant(order, price)) {
    return change;
  }
  const wanted = canTrade(order, price) ? openQuantity(order) : ZERO;
  return tradeAt(change, order, wanted, priceOnArrival(order, price));
}

/** What a price does to orders that rest, oldest first, but stop orders before limit orders: of a pair both may be reached. */
function reach(change: Change, orders: readonly PaperOrder[], price: Decimal | undefined): Change {
  if (price === undefined) {
    return change;
  }
  const waiting = orders.filter(({ waitsFor }) => waitsFor === 'market');
  const inTurn = [...waiting.filter((order) => !isLimit(order)), ...waiting.filter(isLimit)];
  return inTurn.reduce((reached, before) => {
    const order = workingOrder(reached.market, before);
    return order ? reachOne(reached, order, price) : reached;
  }, change);
}

function reachOne(change: Change, order: PaperOrder, price: Decimal): Change {
  const followed = follow(order, price);
  const isAsBefore = followed === order;
  if (isDormant(followed, price)) {
    return isAsBefore ? change : settle(change, followed);
  }
  if (canTrade(followed, price)) {
    const at = isAsBefore ? priceAtRest(followed, price) : priceOnArrival(followed, price);
    return trade(change, followed, openQuantity(followed), at);
  }
  // A stop-limit order that was triggered just now: its time in force counts from here.
  return isAsBefore ? change : trade(change, followed, ZERO, price);
}

/** Fills what is still open of an order, wherever the market is. */
function fill(change: Change, before: PaperOrder): Change {
  const order = workingOrder(change.market, before);
  return order
    ? tradeAt(change, order, openQuantity(order), priceAtRest(order, priceFor(change.market, order)))
    : change;
}

function end(change: Change, before: PaperOrder): Change {
  const order = workingOrder(change.market, before);
  return order ? settle(change, ended(order, 'CANCELED')) : change;
}

function tradeAt(change: Change, order: PaperOrder, wanted: Decimal, price: Decimal | undefined): Change {
  return price === undefined ? change : trade(change, order, wanted, price);
}

/** Half of a quantity; a whole number of contracts or shares is not broken while it need not be. */
function half(quantity: Decimal): Decimal {
  const exact = multiply(quantity, HALF);
  const isWhole = !quantity.includes('.');
  return isWhole && compare(quantity, TWO) >= 0 ? decimal(exact.split('.')[0] ?? exact) : exact;
}

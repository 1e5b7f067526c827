import {
  absolute,
  add,
  compare,
  type Decimal,
  decimal,
  divide,
  isZero,
  multiply,
  negate,
  sign,
  smaller,
  subtract,
  ZERO,
} from '../../core/decimal.ts';
import type { Side } from '../../core/order.ts';
import type { BrokerOrder } from '../broker.ts';

/** An order as the paper venue keeps it. */
export interface PaperOrder extends BrokerOrder {
  /** Which of the orders with its client order id it is, from 1. */
  readonly copy: number;
  readonly reduceOnly: boolean;
  /** The price that a market order named: it fills at no other, unless it has to wait for one. */
  readonly referencePrice?: Decimal;
  /**
   * What it is open for: the market, or nothing but a question about it (a rehearsed late fill). Absent once it has
   * ended.
   */
  readonly waitsFor?: 'market' | 'inquiry';
}

/** One symbol as the venue sees it for one account. */
export interface Market {
  /** The last known price. */
  readonly price?: Decimal;
  /** Signed. */
  readonly position: Decimal;
  /** Every open order, oldest first. */
  readonly working: readonly PaperOrder[];
}

/** What something changes: the market after it, and the orders that are new or no longer what they were. */
export interface Change {
  readonly market: Market;
  readonly orders: readonly PaperOrder[];
}

/** What became of an order at the door. */
export type Entry =
  | { readonly kind: 'entered'; readonly order: PaperOrder; readonly change: Change }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

/** So many orders may be open in one symbol: all of them can be changed in one transaction. */
export const WORKING_ORDERS_MAX = 50;

const HALF = decimal('0.5');
const TWO = decimal(2);

/**
 * Takes an order in. A market order fills at once, at the price that it names, else at the last known one; a stop
 * order does so if its price is reached already, and else rests.
 *
 * A market order that names a price moves the market there: it trades first, and its trade triggers the stops that it
 * reaches. The price that a stop order names moves nothing, because nothing trades at it.
 *
 * @param rehearsed what goes otherwise than it should: only half fills at once, or nothing until it is asked about
 */
export function enter(market: Market, order: PaperOrder, rehearsed?: 'partial-fill' | 'late-fill'): Entry {
  const price = priceFor(market, order);
  if (price === undefined) {
    const message = `The paper venue knows no price of ${order.symbol}: send one in the signal or post one.`;
    return { kind: 'refused', code: 'NO_PRICE', message };
  }
  if (order.reduceOnly && isZero(reducible(market, order.side))) {
    const message = `There is no position in ${order.symbol} that a ${order.side} would reduce.`;
    return { kind: 'refused', code: 'REDUCE_ONLY', message };
  }
  const moved = order.type === 'market' ? { ...market, price } : market;
  const entered = trade(moved, order, atOnce(moved, order, rehearsed), price);
  const working = { ...entered.order, waitsFor: rehearsed === 'late-fill' ? 'inquiry' : 'market' } as const;
  if (isOpen(working) && market.working.length >= WORKING_ORDERS_MAX) {
    const message = `${WORKING_ORDERS_MAX} orders in ${order.symbol} are open already.`;
    return { kind: 'refused', code: 'TOO_MANY_ORDERS', message };
  }
  return withTriggered(keep(entered.market, working), isOpen(working) ? working : entered.order);
}

/** Moves the market by hand: reached stops fill at the price, and so does the rest of a partly filled market order. */
export function post(market: Market, price: Decimal): Change {
  const moved = { ...market, price };
  const due = market.working.filter((order) => order.waitsFor === 'market' && isReached(order, price));
  return fillAll(moved, due, () => price);
}

/** Fills the late fills among the orders with an id: they were asked about. `undefined`: there are none. */
export function fillLate(market: Market, clientOrderId: string): Change | undefined {
  const late = market.working.filter(
    (order) => order.clientOrderId === clientOrderId && order.waitsFor === 'inquiry',
  );
  return late.length === 0 ? undefined : fillAll(market, late, (order) => priceFor(market, order));
}

/**
 * Ends the open orders with an id. `undefined`: there are none. Late fills win the race against their cancel.
 *
 * @param rehearsed with `late-fill` every order wins it
 */
export function cancel(market: Market, clientOrderId: string, rehearsed?: 'late-fill'): Change | undefined {
  const open = market.working.filter((order) => order.clientOrderId === clientOrderId);
  if (open.length === 0) {
    return undefined;
  }
  const isLate = (order: PaperOrder) => rehearsed === 'late-fill' || order.waitsFor === 'inquiry';
  const filled = fillAll(market, open.filter(isLate), (order) => priceFor(market, order));
  const canceled = open.filter((order) => !isLate(order)).map((order) => ended(order, 'CANCELED'));
  return {
    market: canceled.reduce(keep, filled.market),
    orders: [...filled.orders, ...canceled],
  };
}

/** Whether something can still happen to the order. */
export function isOpen(order: BrokerOrder): boolean {
  return order.status === 'NEW' || order.status === 'PARTIALLY_FILLED';
}

/** A fill's effect on a position. */
export function signed(side: Side, quantity: Decimal): Decimal {
  return side === 'buy' ? quantity : negate(quantity);
}

/** The order that entered, and the stops that are triggered if it moved the market. */
function withTriggered(market: Market, order: PaperOrder): Entry {
  const price = order.type === 'market' ? order.referencePrice : undefined;
  const due = market.working.filter(
    (each) => each.stopPrice !== undefined && each.waitsFor === 'market' && isReached(each, price),
  );
  const triggered = fillAll(market, due, () => price);
  return {
    kind: 'entered',
    order,
    change: { market: triggered.market, orders: [order, ...triggered.orders] },
  };
}

/** How much of an order fills the moment it enters. */
function atOnce(market: Market, order: PaperOrder, rehearsed?: 'partial-fill' | 'late-fill'): Decimal {
  switch (rehearsed) {
    case 'late-fill':
      return ZERO;
    case 'partial-fill':
      return half(order.quantity);
    case undefined:
      return isReached(order, market.price) ? order.quantity : ZERO;
  }
}

/** Half of a quantity; a whole number of contracts or shares is not broken while it need not be. */
function half(quantity: Decimal): Decimal {
  const exact = multiply(quantity, HALF);
  const isWhole = !quantity.includes('.');
  return isWhole && compare(quantity, TWO) >= 0 ? decimal(exact.split('.')[0] ?? exact) : exact;
}

/** At what price an order fills now. A stop that is filled before the market reached it fills at its own. */
function priceFor(market: Market, order: PaperOrder): Decimal | undefined {
  if (order.stopPrice !== undefined) {
    return isReached(order, market.price) ? market.price : order.stopPrice;
  }
  return order.referencePrice ?? market.price;
}

/** Whether a price lets an order trade: any does for a market order, for a stop order one at or beyond its own. */
function isReached({ side, stopPrice }: PaperOrder, price: Decimal | undefined): boolean {
  if (stopPrice === undefined) {
    return true;
  }
  if (price === undefined) {
    return false;
  }
  return side === 'sell' ? compare(price, stopPrice) <= 0 : compare(price, stopPrice) >= 0;
}

/** What a reduce-only order of a side may trade at most. */
function reducible({ position }: Market, side: Side): Decimal {
  return sign(position) === (side === 'sell' ? 1 : -1) ? absolute(position) : ZERO;
}

interface Traded {
  readonly market: Market;
  readonly order: PaperOrder;
}

/** Trades a quantity of an order. What a reduce-only order must not trade, because nothing is left, ends it. */
function trade(market: Market, order: PaperOrder, wanted: Decimal, price: Decimal): Traded {
  const quantity = order.reduceOnly ? smaller(wanted, reducible(market, order.side)) : wanted;
  const filled = isZero(quantity) ? order : withFill(order, quantity, price);
  const position = add(market.position, signed(order.side, quantity));
  const isCut = compare(quantity, wanted) < 0;
  return { market: { ...market, position }, order: isCut ? ended(filled, 'CANCELED') : filled };
}

function withFill(order: PaperOrder, quantity: Decimal, price: Decimal): PaperOrder {
  const filledQuantity = add(order.filledQuantity, quantity);
  const before = multiply(order.filledQuantity, order.averageFillPrice ?? ZERO);
  const averageFillPrice = divide(add(before, multiply(quantity, price)), filledQuantity);
  const filled = { ...order, filledQuantity, averageFillPrice };
  return compare(filledQuantity, order.quantity) === 0
    ? ended(filled, 'FILLED')
    : { ...filled, status: 'PARTIALLY_FILLED' };
}

function ended({ waitsFor: _, ...order }: PaperOrder, status: 'FILLED' | 'CANCELED'): PaperOrder {
  return { ...order, status };
}

/** Fills what is open of each order, one after the other. */
function fillAll(
  market: Market,
  orders: readonly PaperOrder[],
  priceOf: (order: PaperOrder) => Decimal | undefined,
): Change {
  const changed: PaperOrder[] = [];
  let current = market;
  for (const order of orders) {
    const price = priceOf(order);
    if (price !== undefined) {
      const traded = trade(current, order, subtract(order.quantity, order.filledQuantity), price);
      changed.push(traded.order);
      current = keep(traded.market, traded.order);
    }
  }
  return { market: current, orders: changed };
}

/** The market with an order as it is now: among the working ones if it is open. */
function keep(market: Market, order: PaperOrder): Market {
  const others = market.working.filter(
    ({ clientOrderId, copy }) => clientOrderId !== order.clientOrderId || copy !== order.copy,
  );
  return { ...market, working: isOpen(order) ? [...others, order] : others };
}

import {
  add,
  compare,
  type Decimal,
  decimal,
  divide,
  isZero,
  multiply,
  negate,
  roundDown,
  subtract,
  ZERO,
} from '../../../functions/core/decimal.ts';
import type { OrderType, Side, Trail } from '../../../functions/core/order.ts';
import type { TimeInForce } from '../../../functions/core/signal.ts';

/** What a venue asks its exchange for. */
export interface ExchangeRequest {
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly quantity: Decimal;
  readonly timeInForce: TimeInForce;
  readonly limitPrice?: Decimal;
  readonly stopPrice?: Decimal;
  readonly trail?: Trail;
}

/** One trade of an order. */
export interface ExchangeFill {
  readonly id: string;
  readonly quantity: Decimal;
  readonly price: Decimal;
  readonly atMs: number;
}

/** An order as the exchange keeps it. The exchange changes it in place: whoever holds it sees how it stands now. */
export interface ExchangeOrder {
  /** The exchange's own name for it: `1`, `2` and so on. */
  readonly id: string;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  /** The other order of a pair that the exchange keeps, by its id. */
  readonly otherId?: string;
  readonly timeInForce: TimeInForce;
  readonly limitPrice?: Decimal;
  readonly trail?: Trail;
  readonly createdAtMs: number;
  /** Of a pair, a fill of the other order makes it smaller. */
  quantity: Decimal;
  /** Of a trailing stop, where it is now. */
  stopPrice?: Decimal;
  status: 'NEW' | 'PARTIALLY_FILLED' | 'FILLED' | 'CANCELED' | 'EXPIRED';
  filledQuantity: Decimal;
  averageFillPrice?: Decimal;
  readonly fills: ExchangeFill[];
  /** Whether a stop was reached: it is a market or a limit order from then on. */
  isTriggered: boolean;
  /** Whether it has been in the book before: then it sets the price at which it trades, and the market comes to it. */
  isResting: boolean;
  /** A late fill waits for a question about it, whatever the market does. */
  waitsFor: 'market' | 'inquiry';
}

const HALF = decimal('0.5');
const HUNDRED = decimal(100);

/** Whether something can still happen to the order. */
export function isOpen({ status }: Pick<ExchangeOrder, 'status'>): boolean {
  return status === 'NEW' || status === 'PARTIALLY_FILLED';
}

/** How much of the order has not traded. */
export function remaining({ quantity, filledQuantity }: ExchangeOrder): Decimal {
  return subtract(quantity, filledQuantity);
}

/** Half of what was ordered, whole if the order is of two or more whole pieces. */
export function half(quantity: Decimal): Decimal {
  const exact = multiply(quantity, HALF);
  const whole = roundDown(exact, 0);
  return quantity.includes('.') || isZero(whole) ? exact : whole;
}

/**
 * Lets the market be at a price: a trailing stop follows it, a stop that it reaches is triggered.
 *
 * @returns the price at which the order trades now, `undefined` when it does not
 */
export function meetMarket(order: ExchangeOrder, price: Decimal): Decimal | undefined {
  follow(order, price);
  const wasResting = order.isResting;
  order.isResting = !awaitsTrigger(order, price);
  if (!order.isResting) {
    return undefined;
  }
  if (order.limitPrice === undefined) {
    return price;
  }
  if (!isAtLeastAsGood(order.side, price, order.limitPrice)) {
    return undefined;
  }
  return wasResting ? order.limitPrice : price;
}

/** The price of a fill that happens whatever the market does: the order's own, else the market's. */
export function ownPrice(order: ExchangeOrder, market: Decimal | undefined): Decimal {
  const price = order.limitPrice ?? order.stopPrice ?? market;
  if (price === undefined) {
    throw new Error(`Nobody posted a price of ${order.symbol}, and the order ${order.id} names none.`);
  }
  return price;
}

/** Enters a fill into the order. */
export function enterFill(order: ExchangeOrder, fill: ExchangeFill): void {
  const filledQuantity = add(order.filledQuantity, fill.quantity);
  const spent = add(
    multiply(order.filledQuantity, order.averageFillPrice ?? ZERO),
    multiply(fill.quantity, fill.price),
  );
  order.fills.push(fill);
  order.filledQuantity = filledQuantity;
  order.averageFillPrice = divide(spent, filledQuantity);
  order.status = compare(filledQuantity, order.quantity) === 0 ? 'FILLED' : 'PARTIALLY_FILLED';
}

/** A quantity with the sign that its trade has in a position. */
export function signed(side: Side, quantity: Decimal): Decimal {
  return side === 'buy' ? quantity : negate(quantity);
}

function follow(order: ExchangeOrder, price: Decimal): void {
  if (order.trail === undefined || order.isTriggered) {
    return;
  }
  const distance =
    order.trail.type === 'amount'
      ? order.trail.amount
      : divide(multiply(price, order.trail.percent), HUNDRED);
  const candidate = order.side === 'sell' ? subtract(price, distance) : add(price, distance);
  if (order.stopPrice === undefined || isAtLeastAsGood(order.side, candidate, order.stopPrice)) {
    order.stopPrice = candidate;
  }
}

/** A stop waits until the market comes to it from the side on which it does harm. */
function awaitsTrigger(order: ExchangeOrder, price: Decimal): boolean {
  if (order.stopPrice === undefined || order.isTriggered) {
    return false;
  }
  const opposite = order.side === 'sell' ? 'buy' : 'sell';
  order.isTriggered = isAtLeastAsGood(opposite, price, order.stopPrice);
  return !order.isTriggered;
}

/** Whether a price is at least as good for a side as another: low for a buyer, high for a seller. */
function isAtLeastAsGood(side: Side, price: Decimal, than: Decimal): boolean {
  return side === 'buy' ? compare(price, than) <= 0 : compare(price, than) >= 0;
}

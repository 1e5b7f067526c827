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
  subtract,
  ZERO,
} from './decimal.ts';
import type { Order, Side } from './order.ts';

/** What an account holds of one symbol: the fold of its fills. */
export interface Position {
  /** Signed: positive is long, negative is short. */
  readonly quantity: Decimal;
  /** Average price of what is open; 0 when flat. */
  readonly averagePrice: Decimal;
  /** Profit or loss of what was closed, in money. */
  readonly realizedPnl: Decimal;
}

/** Positions by symbol. A symbol that was never traded is absent. */
export type Positions = Readonly<Record<string, Position>>;

export const FLAT: Position = { quantity: ZERO, averagePrice: ZERO, realizedPnl: ZERO };

/** The position in one symbol, flat when there never was one. */
export function positionIn(positions: Positions, symbol: string): Position {
  return (Object.hasOwn(positions, symbol) ? positions[symbol] : undefined) ?? FLAT;
}

/**
 * What a fill changes: it opens, adds to, reduces, closes or turns the position.
 *
 * @param multiplier what a price step of 1 of one unit is worth
 */
export function applyFillToPosition(position: Position, fill: Fill, multiplier: Decimal): Position {
  const change = fill.side === 'buy' ? fill.quantity : negate(fill.quantity);
  const quantity = add(position.quantity, change);
  if (isZero(position.quantity) || sign(position.quantity) === sign(change)) {
    const cost = add(
      multiply(absolute(position.quantity), position.averagePrice),
      multiply(fill.quantity, fill.price),
    );
    return { ...position, quantity, averagePrice: divide(cost, absolute(quantity)) };
  }
  const closed =
    compare(absolute(change), absolute(position.quantity)) < 0
      ? absolute(change)
      : absolute(position.quantity);
  const gainPerUnit =
    sign(position.quantity) > 0
      ? subtract(fill.price, position.averagePrice)
      : subtract(position.averagePrice, fill.price);
  const realizedPnl = add(position.realizedPnl, multiply(multiply(closed, gainPerUnit), multiplier));
  if (isZero(quantity)) {
    return { quantity, averagePrice: ZERO, realizedPnl };
  }
  const turned = sign(quantity) !== sign(position.quantity);
  return { quantity, averagePrice: turned ? fill.price : position.averagePrice, realizedPnl };
}

/**
 * What closing at a price would bring.
 *
 * @param multiplier what a price step of 1 of one unit is worth
 */
export function openPnlOf(
  { quantity, averagePrice }: Pick<Position, 'quantity' | 'averagePrice'>,
  price: Decimal,
  multiplier: Decimal,
): Decimal {
  return multiply(multiply(subtract(price, averagePrice), quantity), multiplier);
}

/** A fill, or several at their average price. */
export interface Fill {
  readonly side: Side;
  readonly quantity: Decimal;
  readonly price: Decimal;
}

/**
 * What an order filled since it was seen last.
 *
 * @param before the order as its fills were booked; absent: none were
 */
export function fillSince(before: Order | undefined, after: Order): Fill | undefined {
  const booked = before?.filledQuantity ?? ZERO;
  const quantity = subtract(after.filledQuantity, booked);
  if (after.averageFillPrice === undefined || sign(quantity) <= 0) {
    return undefined;
  }
  const spent = multiply(after.filledQuantity, after.averageFillPrice);
  const spentBefore = multiply(booked, before?.averageFillPrice ?? ZERO);
  const price = isZero(booked) ? after.averageFillPrice : divide(subtract(spent, spentBefore), quantity);
  return { side: after.side, quantity, price };
}

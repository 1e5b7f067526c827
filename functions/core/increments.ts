import { add, compare, type Decimal, multiply, subtract, wholeQuotient } from './decimal.ts';

/** Prices and quantities in the steps in which a venue takes them. Steps are positive, and results exact. */

/** To which tick a price goes. */
export type TickDirection = 'nearest' | 'down' | 'up';

/** The price on the tick at or next to a price; `nearest` goes up from halfway. `down` is toward minus infinity. */
export function roundToTick(price: Decimal, tickSize: Decimal, direction: TickDirection): Decimal {
  const below = multiply(wholeQuotient(price, tickSize), tickSize);
  if (direction === 'down' || compare(below, price) === 0) {
    return below;
  }
  const above = add(below, tickSize);
  const isNearerToBelow = compare(subtract(price, below), subtract(above, price)) < 0;
  return direction === 'nearest' && isNearerToBelow ? below : above;
}

export function isOnTick(price: Decimal, tickSize: Decimal): boolean {
  return compare(roundToTick(price, tickSize, 'down'), price) === 0;
}

/** The most that is a whole number of lots: 0 for less than one lot. */
export function roundToLot(quantity: Decimal, lotSize: Decimal): Decimal {
  return multiply(wholeQuotient(quantity, lotSize), lotSize);
}

export function isInLots(quantity: Decimal, lotSize: Decimal): boolean {
  return compare(roundToLot(quantity, lotSize), quantity) === 0;
}

import { add, type Decimal, multiply, ZERO } from '../../core/decimal.ts';
import type { ReadMarket } from './book.ts';

/** What one point of a symbol's price is worth. */
export type MultiplierOf = (symbol: string) => Decimal;

/** The position in every market, signed. */
export function positionsIn(markets: readonly ReadMarket[]): Readonly<Record<string, Decimal>> {
  return Object.fromEntries(markets.map(({ symbol, position }) => [symbol, position]));
}

/** What an account is worth that began with so much cash: what its fills left of it, and what is open at the last prices. */
export function equityIn(markets: readonly ReadMarket[], cash: Decimal, multiplierOf: MultiplierOf): Decimal {
  return markets
    .map((market) => multiply(multiplierOf(market.symbol), resultOf(market)))
    .reduce((sum, result) => add(sum, result), cash);
}

/** What trading in a market came to, in points. What is open counts at what it cost while the market has no price. */
function resultOf({ position, cashFlow, price }: ReadMarket): Decimal {
  return price === undefined ? ZERO : add(cashFlow, multiply(position, price));
}

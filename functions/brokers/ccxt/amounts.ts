import * as z from 'zod/mini';
import { add, type Decimal, divide, isZero, parseDecimal, ZERO } from '../../core/decimal.ts';

/** An amount as exchanges write it: text, seldom a number. */
export const amount = z.pipe(
  z.union([z.string(), z.number()]),
  z.transform((value, context): Decimal => {
    const parsed = parseDecimal(String(value));
    if (parsed === undefined) {
      context.issues.push({ code: 'custom', message: 'is no amount', input: value });
      return z.NEVER;
    }
    return parsed;
  }),
);

/** An amount that stands for none when it is zero. */
export const positive = (value: Decimal | undefined): Decimal | undefined =>
  value === undefined || isZero(value) ? undefined : value;

/** The average price of what was filled, if anything was. */
export function averageOf(filled: Decimal, cost: Decimal): { readonly averageFillPrice?: Decimal } {
  return isZero(filled) ? {} : { averageFillPrice: divide(cost, filled) };
}

/** A currency, and how much is held of it in one place. */
export type Holding = readonly [currency: string, total: Decimal];

/** What is held of each currency: an exchange may show one in several places. */
export function sumByCurrency(holdings: readonly Holding[]): ReadonlyMap<string, Decimal> {
  const sums = new Map<string, Decimal>();
  for (const [currency, total] of holdings) {
    sums.set(currency, add(sums.get(currency) ?? ZERO, total));
  }
  return sums;
}

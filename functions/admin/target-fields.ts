import * as z from 'zod/mini';
import { compare, type Decimal, decimal, ZERO } from '../core/decimal.ts';
import type { PriceTarget, StopTarget } from '../core/signal.ts';
import { amount, fields } from './fields.ts';

/** Where a trade is closed, as requests have it: exactly one of the ways to say so, or null for not at all. */

const ways = {
  price: z.exactOptional(amount('above-zero')),
  percent: z.exactOptional(amount('above-zero')),
  amount: z.exactOptional(amount('above-zero')),
};
const stopWays = {
  ...ways,
  trailAmount: z.exactOptional(amount('above-zero')),
  trailPercent: z.exactOptional(amount('above-zero')),
  breakEven: z.exactOptional(z.literal(true, 'must be true')),
};

type Ways = { readonly [Way in Exclude<keyof typeof stopWays, 'breakEven'>]?: Decimal } & {
  readonly breakEven?: true;
};

const HUNDRED = decimal(100);

export const takeProfitField = z.nullable(
  z.pipe(
    fields(ways).check(exactlyOne(ways)),
    z.transform((given: Ways) => targetOf(given) as PriceTarget),
  ),
);

export const stopLossField = z.nullable(
  z.pipe(
    fields(stopWays).check(exactlyOne(stopWays), belowHundred('percent'), belowHundred('trailPercent')),
    z.transform(targetOf),
  ),
);

function exactlyOne(shape: object) {
  return z.refine<Ways>(
    (given) => Object.keys(given).length === 1,
    `must have exactly one of ${Object.keys(shape).join(', ')}`,
  );
}

/** A loss of all of it has no price. */
function belowHundred(way: 'percent' | 'trailPercent') {
  return z.refine<Ways>((given) => !given[way] || compare(given[way], HUNDRED) < 0, {
    error: 'must be less than 100',
    path: [way],
  });
}

function targetOf(given: Ways): StopTarget {
  const { price, percent, amount: distance, trailAmount, trailPercent, breakEven } = given;
  if (breakEven) {
    return { type: 'amount', amount: ZERO };
  }
  if (price !== undefined) {
    return { type: 'price', price };
  }
  if (percent !== undefined) {
    return { type: 'percent', percent };
  }
  if (distance !== undefined) {
    return { type: 'amount', amount: distance };
  }
  return trailAmount === undefined
    ? { type: 'trail', trail: { type: 'percent', percent: trailPercent as Decimal } }
    : { type: 'trail', trail: { type: 'amount', amount: trailAmount } };
}

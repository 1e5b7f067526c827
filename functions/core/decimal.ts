import Big from 'big.js';

/**
 * An exact decimal number as canonical text: `-12.5`, `0`, `0.00000001`. Never a float, never an exponent.
 *
 * Text, so that a quantity or a price is the same in the ledger, in a message and in an answer.
 */
export type Decimal = string & { readonly __brand: 'Decimal' };

const PLAIN_NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/;

/** What needs no work: most of what comes in is written so. All but `-0`. */
const CANONICAL = /^(?!-0$)-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/;

/** Digits kept after the point when a division does not come out even. */
const DIVISION_PLACES = 18;

const Exact = Big();
Exact.DP = DIVISION_PLACES;

/** Divides without a remainder: the quotient is cut off at the point, exactly. */
const Whole = Big();
Whole.DP = 0;
Whole.RM = Whole.roundDown;

function canonical(value: Big): Decimal {
  return (value.eq(0) ? '0' : value.toFixed()) as Decimal;
}

/** Reads a decimal; `undefined` for anything that is not a plain, finite number (`NaN`, `Infinity`, `1,5`, ``). */
export function parseDecimal(text: string): Decimal | undefined {
  if (CANONICAL.test(text)) {
    return text as Decimal;
  }
  // The library takes a minus sign only.
  return PLAIN_NUMBER.test(text) ? canonical(new Exact(text.replace(/^\+/, ''))) : undefined;
}

/** A decimal that is known to be one: a literal of ours or a value read back from the ledger. */
export function decimal(text: string | number): Decimal {
  return canonical(new Exact(text));
}

export const ZERO: Decimal = decimal(0);

export function add(left: Decimal, right: Decimal): Decimal {
  return canonical(new Exact(left).plus(right));
}

export function subtract(left: Decimal, right: Decimal): Decimal {
  return canonical(new Exact(left).minus(right));
}

export function multiply(left: Decimal, right: Decimal): Decimal {
  return canonical(new Exact(left).times(right));
}

/** Divides, rounded half up to 18 places. */
export function divide(left: Decimal, right: Decimal): Decimal {
  return canonical(new Exact(left).div(right));
}

/** How often a positive `part` goes into a value as a whole. Exact, and rounded down below zero too: -0.5 in 1 is -1. */
export function wholeQuotient(value: Decimal, part: Decimal): Decimal {
  const towardZero = new Whole(value).div(part);
  return canonical(towardZero.times(part).gt(value) ? towardZero.minus(1) : towardZero);
}

export function negate(value: Decimal): Decimal {
  return canonical(new Exact(value).times(-1));
}

export function absolute(value: Decimal): Decimal {
  return canonical(new Exact(value).abs());
}

/** Negative, zero or positive, as `left` is below, at or above `right`. */
export function compare(left: Decimal, right: Decimal): number {
  return new Exact(left).cmp(right);
}

/** -1, 0 or 1. */
export function sign(value: Decimal): number {
  return compare(value, ZERO);
}

export function isZero(value: Decimal): boolean {
  return sign(value) === 0;
}

export function smaller(left: Decimal, right: Decimal): Decimal {
  return compare(left, right) <= 0 ? left : right;
}

/** A value with at most so many digits after the point, no larger than it was. */
export function roundDown(value: Decimal, places: number): Decimal {
  return canonical(new Exact(value).round(places, Exact.roundDown));
}

/** The most digits of a quantity or price that a venue could mean. */
export const DIGITS_MAX = { integer: 15, fraction: 18 } as const;

/** Whether a quantity or price is one that a venue could mean. */
export function isPlausible(value: Decimal): boolean {
  const { integer, fraction } = digits(value);
  return integer <= DIGITS_MAX.integer && fraction <= DIGITS_MAX.fraction;
}

/** Digits before and after the point. */
export function digits(value: Decimal): { readonly integer: number; readonly fraction: number } {
  const [integer = '', fraction = ''] = value.replace('-', '').split('.');
  return { integer: integer.length, fraction: fraction.length };
}

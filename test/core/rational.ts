import fc from 'fast-check';
import { type Decimal, decimal } from '../../functions/core/decimal.ts';

/**
 * Exact fractions on BigInt: a second arithmetic, which has nothing in common with the one under test.
 */
export interface Rational {
  readonly numerator: bigint;
  /** Positive. */
  readonly denominator: bigint;
}

export const rational = (numerator: bigint, denominator = 1n): Rational =>
  denominator < 0n ? { numerator: -numerator, denominator: -denominator } : { numerator, denominator };

export const plus = (left: Rational, right: Rational): Rational =>
  rational(
    left.numerator * right.denominator + right.numerator * left.denominator,
    left.denominator * right.denominator,
  );

export const times = (left: Rational, right: Rational): Rational =>
  rational(left.numerator * right.numerator, left.denominator * right.denominator);

export const over = (left: Rational, right: Rational): Rational =>
  rational(left.numerator * right.denominator, left.denominator * right.numerator);

export const minus = (left: Rational, right: Rational): Rational =>
  plus(left, rational(-right.numerator, right.denominator));

export const signOf = ({ numerator }: Rational): number => (numerator > 0n ? 1 : numerator < 0n ? -1 : 0);

export const absoluteOf = (value: Rational): Rational =>
  value.numerator < 0n ? rational(-value.numerator, value.denominator) : value;

/** Rounded half away from zero to so many places, as canonical decimal text. */
export function textOf(value: Rational, places: number): string {
  const scale = 10n ** BigInt(places);
  const { numerator, denominator } = absoluteOf(value);
  const rounded = (numerator * scale * 2n + denominator) / (denominator * 2n);
  const fraction = (rounded % scale).toString().padStart(places, '0').replace(/0+$/, '');
  const text = `${rounded / scale}${fraction === '' ? '' : `.${fraction}`}`;
  return signOf(value) < 0 && rounded !== 0n ? `-${text}` : text;
}

/** Reads canonical decimal text. */
export function rationalOf(text: string): Rational {
  const [integer = '', fraction = ''] = text.split('.');
  return rational(BigInt(`${integer}${fraction}`), 10n ** BigInt(fraction.length));
}

/** What every decimal of Onefill looks like: no exponent, no sign of zero, no zeros that say nothing. */
export const CANONICAL = /^(?!-0$)-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/;

/** A number as a sender may write it, up to 20 digits before and 18 after the point, and its exact value. */
export const writtenNumber: fc.Arbitrary<{ readonly text: string; readonly value: Rational }> = fc
  .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.nat(18))
  .map(([mantissa, places]) => {
    const value = rational(mantissa, 10n ** BigInt(places));
    const digits = (mantissa < 0n ? -mantissa : mantissa).toString().padStart(places + 1, '0');
    const point = digits.length - places;
    const text = `${mantissa < 0n ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
    return { text: places === 0 ? text.slice(0, -1) : text, value };
  });

/** A positive decimal: up to `integerMax` before the point and `places` after it. */
export const positiveDecimal = (integerMax: number, places: number): fc.Arbitrary<Decimal> =>
  fc
    .bigInt({ min: 1n, max: BigInt(integerMax) * 10n ** BigInt(places) })
    .map((mantissa) => decimal(textOf(rational(mantissa, 10n ** BigInt(places)), places)));

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  absolute,
  add,
  compare,
  decimal,
  digits,
  divide,
  isZero,
  multiply,
  negate,
  parseDecimal,
  sign,
  smaller,
  subtract,
} from '../../functions/core/decimal.ts';
import {
  absoluteOf,
  CANONICAL,
  minus,
  over,
  plus,
  rational,
  signOf,
  textOf,
  times,
  writtenNumber,
} from './rational.ts';

/** More places than any sum, difference or product of two inputs can have. */
const EXACT_PLACES = 36;
const DIVISION_PLACES = 18;

describe('reading a decimal', () => {
  it.each([
    ['0', '0'],
    ['-0', '0'],
    ['0.000', '0'],
    ['+5', '5'],
    ['007.50', '7.5'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['-12.5', '-12.5'],
    ['1e3', '1000'],
    ['1E-8', '0.00000001'],
    ['-2.50e+1', '-25'],
    ['0e999', '0'],
    ['12345678901234567890.123456789', '12345678901234567890.123456789'],
    ['0.1', '0.1'],
  ])('%s is %s', (text, expected) => {
    expect(parseDecimal(text)).toBe(expected);
  });

  it.each([
    '',
    ' ',
    '.',
    '-',
    '+',
    'e5',
    '1e',
    '1e1000',
    '1e+1000',
    'NaN',
    'Infinity',
    '-Infinity',
    '1,5',
    '1_000',
    '0x10',
    '0b1',
    '1 2',
    ' 1',
    '1\n',
    '--1',
    '1.2.3',
    '٣',
    '１',
    '1n',
    'null',
    '{{plot_0}}',
  ])('%j is no decimal', (text) => {
    expect(parseDecimal(text)).toBeUndefined();
  });

  it('gives every number its exact value in canonical form', () => {
    fc.assert(
      fc.property(writtenNumber, ({ text, value }) => {
        expect(parseDecimal(text)).toBe(textOf(value, EXACT_PLACES));
        expect(decimal(text)).toMatch(CANONICAL);
      }),
    );
  });

  it('reads an exponent as a shift of the point', () => {
    fc.assert(
      fc.property(writtenNumber, fc.integer({ min: -18, max: 18 }), ({ text, value }, exponent) => {
        const scale = 10n ** BigInt(Math.abs(exponent));
        const shifted = times(value, exponent < 0 ? rational(1n, scale) : rational(scale));
        expect(parseDecimal(`${text}e${exponent}`)).toBe(textOf(shifted, EXACT_PLACES));
      }),
    );
  });
});

describe('arithmetic', () => {
  it('is that of fractions on BigInt, and always canonical', () => {
    fc.assert(
      fc.property(writtenNumber, writtenNumber, (left, right) => {
        const [a, b] = [decimal(left.text), decimal(right.text)];
        const results = {
          sum: add(a, b),
          difference: subtract(a, b),
          product: multiply(a, b),
          negation: negate(a),
          size: absolute(a),
        };
        expect(results).toEqual({
          sum: textOf(plus(left.value, right.value), EXACT_PLACES),
          difference: textOf(minus(left.value, right.value), EXACT_PLACES),
          product: textOf(times(left.value, right.value), EXACT_PLACES),
          negation: textOf(minus(rational(0n), left.value), EXACT_PLACES),
          size: textOf(absoluteOf(left.value), EXACT_PLACES),
        });
        for (const result of Object.values(results)) {
          expect(result).toMatch(CANONICAL);
        }
      }),
    );
  });

  it('divides to 18 places, rounded half away from zero', () => {
    fc.assert(
      fc.property(writtenNumber, writtenNumber, (left, right) => {
        fc.pre(signOf(right.value) !== 0);
        expect(divide(decimal(left.text), decimal(right.text))).toBe(
          textOf(over(left.value, right.value), DIVISION_PLACES),
        );
      }),
    );
    expect(divide(decimal(2), decimal(3))).toBe('0.666666666666666667');
    expect(divide(decimal('-1e-18'), decimal(2))).toBe('-0.000000000000000001');
  });

  it('orders as fractions do', () => {
    fc.assert(
      fc.property(writtenNumber, writtenNumber, (left, right) => {
        const [a, b] = [decimal(left.text), decimal(right.text)];
        const order = signOf(minus(left.value, right.value));
        expect(Math.sign(compare(a, b))).toBe(order);
        expect(compare(a, a)).toBe(0);
        expect(smaller(a, b)).toBe(order <= 0 ? a : b);
        expect(sign(a)).toBe(signOf(left.value));
        expect(isZero(a)).toBe(left.value.numerator === 0n);
      }),
    );
  });

  it('adds what floats cannot', () => {
    expect(add(decimal('0.1'), decimal('0.2'))).toBe('0.3');
    expect(subtract(decimal('21534.25'), decimal('21534.25'))).toBe('0');
    expect(multiply(decimal('-0.00000001'), decimal(0))).toBe('0');
  });

  it('does not divide by zero', () => {
    expect(() => divide(decimal(1), decimal(0))).toThrow();
  });
});

describe('digits', () => {
  it.each([
    ['0', 1, 0],
    ['-12.5', 2, 1],
    ['0.00000001', 1, 8],
    ['123456789012345.123456789012345678', 15, 18],
  ])('of %s are %i before and %i after the point', (text, integer, fraction) => {
    expect(digits(decimal(text))).toEqual({ integer, fraction });
  });
});

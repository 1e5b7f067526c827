import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compare, decimal, subtract, wholeQuotient } from '../../functions/core/decimal.ts';
import { isInLots, isOnTick, roundToLot, roundToTick } from '../../functions/core/increments.ts';
import { positiveDecimal, rationalOf, writtenNumber } from './rational.ts';

describe('a whole quotient', () => {
  it.each([
    ['7', '2', '3'],
    ['6', '2', '3'],
    ['1', '0.1', '10'],
    ['0', '3', '0'],
    ['-1', '2', '-1'],
    ['-4', '2', '-2'],
    // Divided to 18 places it would be 3.
    ['2.9999999999999999999', '1', '2'],
    ['0.9999999999999999999', '0.333333333333333333', '3'],
    ['0.99999999999999999899', '0.333333333333333333', '2'],
    [
      '123456789012345678901234567890',
      '0.000000000000000001',
      '123456789012345678901234567890000000000000000000',
    ],
  ])('of %s by %s is %s', (value, part, expected) => {
    expect(wholeQuotient(decimal(value), decimal(part))).toBe(expected);
  });

  it('is that of fractions on BigInt, rounded down', () => {
    fc.assert(
      fc.property(writtenNumber, positiveDecimal(1_000, 9), ({ text }, part) => {
        const [value, divisor] = [rationalOf(decimal(text)), rationalOf(part)];
        const left = value.numerator * divisor.denominator;
        const right = value.denominator * divisor.numerator;
        const expected = left / right - (left % right < 0n ? 1n : 0n);
        expect(wholeQuotient(decimal(text), part)).toBe(String(expected));
      }),
    );
  });
});

describe('a price', () => {
  it.each([
    ['21534.3', '0.25', '21534.25', '21534.25', '21534.5'],
    ['21534.25', '0.25', '21534.25', '21534.25', '21534.25'],
    ['21534.374', '0.25', '21534.25', '21534.25', '21534.5'],
    ['21534.375', '0.25', '21534.25', '21534.5', '21534.5'],
    ['110.01', '0.015625', '110', '110.015625', '110.015625'],
    ['1.080049', '0.00005', '1.08', '1.08005', '1.08005'],
    ['0.1', '0.25', '0', '0', '0.25'],
    ['-37.63', '0.25', '-37.75', '-37.75', '-37.5'],
    ['-37.5', '0.25', '-37.5', '-37.5', '-37.5'],
    ['7', '3', '6', '6', '9'],
  ])('%s in ticks of %s is %s down, %s or %s up', (price, tickSize, down, nearest, up) => {
    const round = (direction: 'down' | 'nearest' | 'up') =>
      roundToTick(decimal(price), decimal(tickSize), direction);
    expect([round('down'), round('nearest'), round('up')]).toEqual([down, nearest, up]);
    expect(isOnTick(decimal(price), decimal(tickSize))).toBe(price === down);
  });

  it('is put on the tick, less than one away, half of one at most when it is the nearest', () => {
    fc.assert(
      fc.property(writtenNumber, positiveDecimal(100, 6), ({ text }, tickSize) => {
        const price = decimal(text);
        const down = roundToTick(price, tickSize, 'down');
        const nearest = roundToTick(price, tickSize, 'nearest');
        const up = roundToTick(price, tickSize, 'up');
        for (const rounded of [down, nearest, up]) {
          expect(isOnTick(rounded, tickSize)).toBe(true);
          expect(roundToTick(rounded, tickSize, 'nearest')).toBe(rounded);
        }
        expect(compare(down, price)).toBeLessThanOrEqual(0);
        expect(compare(subtract(price, down), tickSize)).toBe(-1);
        expect(compare(up, price)).toBeGreaterThanOrEqual(0);
        expect(compare(subtract(up, price), tickSize)).toBe(-1);
        expect(nearest).toBe(compare(subtract(price, down), subtract(up, price)) < 0 ? down : up);
      }),
    );
  });
});

describe('a quantity', () => {
  it.each([
    ['3', '1', '3'],
    ['3.99', '1', '3'],
    ['0.99', '1', '0'],
    ['250', '100', '200'],
    ['0.123456789', '0.00000001', '0.12345678'],
    ['1', '0.3', '0.9'],
  ])('%s in lots of %s is %s', (quantity, lotSize, expected) => {
    expect(roundToLot(decimal(quantity), decimal(lotSize))).toBe(expected);
    expect(isInLots(decimal(quantity), decimal(lotSize))).toBe(quantity === expected);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, decimal } from '../../functions/core/decimal.ts';
import type { ClientOrderId } from '../../functions/core/ids.ts';
import { applyOrderEvent, type Order, type Side } from '../../functions/core/order.ts';
import {
  applyFillToPosition,
  FLAT,
  fillSince,
  type Position,
  positionIn,
} from '../../functions/core/position.ts';
import {
  absoluteOf,
  CANONICAL,
  minus,
  over,
  plus,
  positiveDecimal,
  type Rational,
  rational,
  rationalOf,
  signOf,
  textOf,
  times,
} from './rational.ts';

type Fill = Parameters<typeof applyFillToPosition>[1];

const ONE = decimal(1);

const fillOf = (side: Side, quantity: string, price: string): Fill => ({
  side,
  quantity: decimal(quantity),
  price: decimal(price),
});

describe('one fill', () => {
  // The position before, the fill, the position after: quantity @ average price, realized.
  it.each([
    ['0 @ 0', 'buy 2 @ 100', '2 @ 100, 0'],
    ['0 @ 0', 'sell 2 @ 100', '-2 @ 100, 0'],
    ['2 @ 100', 'buy 2 @ 110', '4 @ 105, 0'],
    ['-2 @ 100', 'sell 2 @ 110', '-4 @ 105, 0'],
    ['4 @ 105', 'sell 1 @ 115', '3 @ 105, 10'],
    ['4 @ 105', 'sell 1 @ 95', '3 @ 105, -10'],
    ['-4 @ 105', 'buy 1 @ 95', '-3 @ 105, 10'],
    ['-4 @ 105', 'buy 1 @ 115', '-3 @ 105, -10'],
    ['2 @ 100', 'sell 2 @ 101', '0 @ 0, 2'],
    ['-2 @ 100', 'buy 2 @ 101', '0 @ 0, -2'],
    ['2 @ 100', 'sell 5 @ 90', '-3 @ 90, -20'],
    ['-2 @ 100', 'buy 5 @ 90', '3 @ 90, 20'],
    ['0.3 @ 0.1', 'buy 0.6 @ 0.4', '0.9 @ 0.3, 0'],
  ])('%s, %s → %s', (before, fill, after) => {
    const [quantity = '', , averagePrice = ''] = before.split(' ');
    const [side = '', filled = '', , price = ''] = fill.split(' ');
    const position: Position = { ...FLAT, quantity: decimal(quantity), averagePrice: decimal(averagePrice) };
    const result = applyFillToPosition(position, fillOf(side as Side, filled, price), ONE);
    expect(`${result.quantity} @ ${result.averagePrice}, ${result.realizedPnl}`).toBe(after);
  });
});

/** An independent calculation: what was paid for the open part, in exact fractions. */
interface Book {
  readonly quantity: Rational;
  /** Cost of what is open; negative for what was received for a short. */
  readonly cost: Rational;
  readonly realized: Rational;
}

const ZERO = rational(0n);

function book(state: Book, { side, quantity, price }: Fill): Book {
  const change = times(rational(side === 'buy' ? 1n : -1n), rationalOf(quantity));
  const paid = times(change, rationalOf(price));
  if (signOf(state.quantity) * signOf(change) >= 0) {
    return { ...state, quantity: plus(state.quantity, change), cost: plus(state.cost, paid) };
  }
  const open = absoluteOf(state.quantity);
  const size = absoluteOf(change);
  const closesAll = signOf(minus(size, open)) >= 0;
  const closedShare = closesAll ? rational(1n) : over(size, open);
  const closingShare = closesAll ? over(open, size) : rational(1n);
  const costOfClosed = times(state.cost, closedShare);
  const paidToClose = times(paid, closingShare);
  return {
    quantity: plus(state.quantity, change),
    cost: closesAll ? minus(paid, paidToClose) : minus(state.cost, costOfClosed),
    // What came in for the closed part, less what it had cost.
    realized: minus(state.realized, plus(paidToClose, costOfClosed)),
  };
}

const fillArbitrary: fc.Arbitrary<Fill> = fc.record({
  side: fc.constantFrom<Side>('buy', 'sell'),
  quantity: fc.oneof(fc.integer({ min: 1, max: 5 }).map(decimal), positiveDecimal(1_000, 8)),
  price: positiveDecimal(100_000, 8),
});

/** Rounding of the average price at the 18th place, times quantities below 40,000, stays far below this. */
const TOLERANCE_PLACES = 9;
const roundsToZero = (value: Rational) => textOf(value, TOLERANCE_PLACES) === '0';

describe('any sequence of fills', () => {
  it('adds up to the position, and to the profit that an independent calculation finds', () => {
    fc.assert(
      fc.property(fc.array(fillArbitrary, { maxLength: 40 }), (fills) => {
        let position = FLAT;
        let expected: Book = { quantity: ZERO, cost: ZERO, realized: ZERO };
        for (const fill of fills) {
          position = applyFillToPosition(position, fill, ONE);
          expected = book(expected, fill);
          expect(position.quantity).toBe(textOf(expected.quantity, 18));
          expect(roundsToZero(minus(rationalOf(position.realizedPnl), expected.realized))).toBe(true);
          const cost = times(rationalOf(position.quantity), rationalOf(position.averagePrice));
          expect(roundsToZero(minus(cost, expected.cost))).toBe(true);
          for (const value of Object.values(position)) {
            expect(value).toMatch(CANONICAL);
          }
        }
      }),
    );
  });

  it('has no average price when flat, and a positive one otherwise', () => {
    fc.assert(
      fc.property(fc.array(fillArbitrary, { maxLength: 20 }), (fills) => {
        let position = FLAT;
        for (const fill of fills) {
          position = applyFillToPosition(position, fill, ONE);
          expect(position.averagePrice === '0').toBe(position.quantity === '0');
          expect(position.averagePrice.startsWith('-')).toBe(false);
        }
      }),
    );
  });
});

describe('the positions of an account', () => {
  it.each(['constructor', 'toString', 'hasOwnProperty', '__proto__'])(
    'are flat in a symbol called %s until it is traded',
    (symbol) => {
      expect(positionIn({}, symbol)).toBe(FLAT);
    },
  );
});

describe('what an order filled since it was booked', () => {
  /** Written as `2 @ 100`, or nothing when nothing is filled. */
  const order = (filled = ''): Order => {
    const [quantity = '0', price] = filled.split(' @ ');
    return {
      clientOrderId: 'of-test' as ClientOrderId,
      leg: 'entry',
      symbol: 'MNQM5',
      side: 'sell',
      type: 'market',
      quantity: decimal(10),
      timeInForce: 'day',
      reduceOnly: false,
      status: 'PARTIALLY_FILLED',
      filledQuantity: decimal(quantity || '0'),
      ...(price === undefined ? {} : { averageFillPrice: decimal(price) }),
    };
  };

  it.each([
    [undefined, '4 @ 100', 'sell 4 @ 100'],
    ['', '4 @ 100', 'sell 4 @ 100'],
    ['4 @ 100', '10 @ 100', 'sell 6 @ 100'],
    // Four at 100 and six at 105 are ten at 103.
    ['4 @ 100', '10 @ 103', 'sell 6 @ 105'],
    ['4 @ 100', '4 @ 100', undefined],
    ['', '', undefined],
    [undefined, '', undefined],
    // What is booked is not taken back.
    ['4 @ 100', '3 @ 100', undefined],
  ])('of %s, then %s: %s', (before, after, expected) => {
    const fill = fillSince(before === undefined ? undefined : order(before), order(after));
    expect(fill && `${fill.side} ${fill.quantity} @ ${fill.price}`).toBe(expected);
  });

  it('is nothing yet while the venue names no price for it', () => {
    expect(fillSince(undefined, { ...order(), filledQuantity: decimal(4) })).toBeUndefined();
  });

  it('adds up to what was filled, and to what was paid for it', () => {
    const parts = fc.array(
      fc.record({ quantity: positiveDecimal(100, 4), price: positiveDecimal(10_000, 4) }),
      {
        minLength: 1,
        maxLength: 10,
      },
    );
    fc.assert(
      fc.property(parts, (fills) => {
        const quantity = fills.reduce((total, fill) => add(total, fill.quantity), decimal(0));
        const start: Order = { ...order(), quantity, status: 'NEW' };
        const steps: Order[] = [];
        for (const fill of fills) {
          steps.push(applyOrderEvent(steps.at(-1) ?? start, { kind: 'filled', ...fill }));
        }
        const found = steps.map((after, index) => fillSince(index === 0 ? start : steps[index - 1], after));
        expect(found.map((fill) => fill?.quantity)).toEqual(fills.map((fill) => fill.quantity));
        for (const [index, fill] of found.entries()) {
          const price = rationalOf(fill?.price ?? '0');
          expect(roundsToZero(minus(price, rationalOf(fills[index]?.price ?? '0')))).toBe(true);
        }
        expect(fillSince(undefined, steps.at(-1) ?? start)?.quantity).toBe(quantity);
      }),
    );
  });
});

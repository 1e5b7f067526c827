import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Books, book } from '../../functions/core/books.ts';
import { type Decimal, decimal } from '../../functions/core/decimal.ts';
import type { ClientOrderId, ExecutionId, StrategyId } from '../../functions/core/ids.ts';
import { applyOrderEvent, isFinal, type Order, orderFrom, type Side } from '../../functions/core/order.ts';
import { type Position, positionIn } from '../../functions/core/position.ts';
import {
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
} from '../core/rational.ts';
import { runs, TIMEOUT_MS } from './runs.ts';

const NOTHING = rational(0n);
const STRATEGY = 'strategy' as StrategyId;
const DAY = '2026-11-22';
const TERMS = { day: DAY, nowMs: Date.parse(DAY), multiplierOf: () => decimal(1) };

/** In lowest terms, so that sums of many do not grow without bound. */
function lowest({ numerator, denominator }: Rational): Rational {
  let [left, right] = [numerator < 0n ? -numerator : numerator, denominator];
  while (right > 0n) {
    [left, right] = [right, left % right];
  }
  return left > 1n ? rational(numerator / left, denominator / left) : rational(numerator, denominator);
}

/**
 * The reference holds a position as a bag of single units, each with what it cost, and takes fills one unit at a
 * time: a unit on the same side joins the bag; a unit on the other side takes one out at the average of the bag.
 */
interface Bag {
  readonly side: Side;
  readonly costs: readonly Rational[];
  readonly realized: Rational;
}

const EMPTY: Bag = { side: 'buy', costs: [], realized: NOTHING };

const sumOf = (values: readonly Rational[]) =>
  values.reduce((sum, value) => lowest(plus(sum, value)), NOTHING);

const averageOf = (costs: readonly Rational[]): Rational =>
  costs.length === 0 ? NOTHING : lowest(over(sumOf(costs), rational(BigInt(costs.length))));

function takeUnit(bag: Bag, side: Side, price: Rational): Bag {
  if (bag.costs.length === 0 || bag.side === side) {
    return { ...bag, side, costs: [...bag.costs, price] };
  }
  const average = averageOf(bag.costs);
  const gain = bag.side === 'buy' ? minus(price, average) : minus(average, price);
  return {
    side: bag.side,
    costs: bag.costs.slice(1).map(() => average),
    realized: lowest(plus(bag.realized, gain)),
  };
}

/** One order and how the venue fills it: parts of whole units, each at its price. */
interface Filling {
  readonly symbol: 'ES' | 'NQ';
  readonly side: Side;
  readonly parts: readonly { readonly units: number; readonly price: Decimal; readonly isBooked: boolean }[];
}

const filling: fc.Arbitrary<Filling> = fc.record({
  symbol: fc.constantFrom('ES', 'NQ'),
  side: fc.constantFrom<Side>('buy', 'sell'),
  parts: fc.array(
    fc.record({
      units: fc.integer({ min: 1, max: 4 }),
      price: fc.oneof(positiveDecimal(100_000, 8), fc.integer({ min: 1, max: 9 }).map(decimal)),
      // Fills that nobody booked when they happened are booked with the next one: a delta of several.
      isBooked: fc.boolean(),
    }),
    { minLength: 1, maxLength: 4 },
  ),
});

const unitsText = (units: number, places: number): Decimal =>
  decimal(textOf(rational(BigInt(units), 10n ** BigInt(places)), places));

function orderOf({ symbol, side, parts }: Filling, index: number, places: number): Order {
  const total = parts.reduce((sum, { units }) => sum + units, 0);
  const intent = orderFrom({
    clientOrderId: `of-${index}` as ClientOrderId,
    leg: 'entry',
    symbol,
    side,
    type: 'market',
    quantity: unitsText(total, places),
    timeInForce: 'day',
    reduceOnly: false,
  });
  return applyOrderEvent(intent, { kind: 'sent' });
}

/** Averages are rounded at the 18th place and multiplied by small quantities; nine places must agree. */
const agrees = (left: Rational, right: Rational) => textOf(minus(left, right), 9) === '0';

function expectAgreement(position: Position, bag: Bag, unit: Rational): void {
  const held = times(rational(BigInt(bag.costs.length) * (bag.side === 'buy' ? 1n : -1n)), unit);
  expect(position.quantity).toBe(textOf(held, 18));
  expect(agrees(rationalOf(position.averagePrice), averageOf(bag.costs))).toBe(true);
  expect(agrees(rationalOf(position.realizedPnl), times(bag.realized, unit))).toBe(true);
  expect(signOf(rationalOf(position.averagePrice))).toBe(bag.costs.length === 0 ? 0 : 1);
  for (const value of Object.values(position)) {
    expect(value).toMatch(CANONICAL);
  }
}

/** What the whole account did, by the reference. */
class Account {
  readonly #unit: Rational;
  #books: Books = { positions: {}, openOrders: {}, daily: undefined, trades: {} };
  readonly #bags = new Map<string, Bag>();
  #cash = NOTHING;
  #orders = 0;

  constructor(places: number) {
    this.#unit = rational(1n, 10n ** BigInt(places));
  }

  /** Books what an order filled since it was booked last: `parts` are its fills since then. */
  book(before: Order | undefined, after: Order, parts: Filling['parts']): void {
    const { symbol, side } = after;
    const ids = { executionId: `execution of ${after.clientOrderId}` as ExecutionId, strategyId: STRATEGY };
    this.#books = book(this.#books, [{ ...ids, before, after }], TERMS).books;
    this.#orders += before === undefined ? 1 : 0;

    const costs = parts.flatMap(({ units, price }) => Array<Rational>(units).fill(rationalOf(price)));
    // An order knows the average of its fills, not each of them: so does what is booked.
    const average = averageOf(costs);
    const bag = costs.reduce((bag) => takeUnit(bag, side, average), this.#bags.get(symbol) ?? EMPTY);
    this.#bags.set(symbol, bag);
    const paid = times(sumOf(costs), this.#unit);
    this.#cash = lowest(side === 'buy' ? minus(this.#cash, paid) : plus(this.#cash, paid));

    expectAgreement(positionIn(this.#books.positions, symbol), bag, this.#unit);
    expect(this.#books.openOrders[after.clientOrderId]?.order).toEqual(isFinal(after) ? undefined : after);
  }

  /** What was earned is what came in, less what went out, and what is still in the positions. */
  expectToAddUp(): void {
    const { positions, openOrders, daily } = this.#books;
    const worth = Object.values(positions).map(({ quantity, averagePrice }) =>
      times(rationalOf(quantity), rationalOf(averagePrice)),
    );
    const earned = plus(this.#cash, sumOf(worth));
    const realized = sumOf(Object.values(positions).map(({ realizedPnl }) => rationalOf(realizedPnl)));
    expect(agrees(realized, earned)).toBe(true);
    expect(agrees(rationalOf(daily?.realizedPnl ?? '0'), earned)).toBe(true);
    expect(daily).toMatchObject({ day: DAY, orders: this.#orders });
    expect(daily?.strategies[STRATEGY]).toEqual({ orders: this.#orders, realizedPnl: daily?.realizedPnl });
    expect(openOrders).toEqual({});
  }
}

it(
  'the books are the fold of all fills, however orders, their partial fills and their bookings interleave',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(filling, { minLength: 1, maxLength: 6 }),
        fc.nat(8),
        async (scheduler, fillings, places) => {
          const account = new Account(places);
          const filled = fillings.map(async (each, index) => {
            let order = orderOf(each, index, places);
            let booked: Order | undefined;
            let unbooked: Filling['parts'] = [];
            for (const part of each.parts) {
              await scheduler.schedule(Promise.resolve(), `${each.side} ${part.units} ${each.symbol}`);
              const quantity = unitsText(part.units, places);
              order = applyOrderEvent(order, { kind: 'filled', quantity, price: part.price });
              unbooked = [...unbooked, part];
              if (part.isBooked || order.status === 'FILLED') {
                account.book(booked, order, unbooked);
                // Booked again, a repetition adds nothing.
                account.book(order, order, []);
                [booked, unbooked] = [order, []];
              }
            }
          });
          await scheduler.waitFor(Promise.all(filled));
          account.expectToAddUp();
        },
      ),
      runs(800),
    );
  },
  TIMEOUT_MS,
);

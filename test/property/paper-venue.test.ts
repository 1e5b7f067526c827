import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type Change,
  EMPTY_MARKET,
  type Market,
  type PaperOrder,
} from '../../functions/brokers/paper/market.ts';
import { cancel, enter, fillLate, post } from '../../functions/brokers/paper/matching.ts';
import {
  absolute,
  add,
  compare,
  type Decimal,
  decimal,
  multiply,
  negate,
  subtract,
  ZERO,
} from '../../functions/core/decimal.ts';
import { TIMES_IN_FORCE } from '../../functions/core/order.ts';
import { buy, NO_CHANGE, pairOf, sell } from '../brokers/matching-case.ts';
import { runs, TIMEOUT_MS } from './runs.ts';

/** Something that happens to the venue; orders are named by number. */
type Step =
  | { readonly kind: 'single'; readonly order: Terms; readonly rehearsed: Rehearsed }
  | { readonly kind: 'pair'; readonly order: Terms; readonly distance: number; readonly rehearsed: Rehearsed }
  | { readonly kind: 'post'; readonly price: number }
  | { readonly kind: 'cancel'; readonly which: number; readonly rehearsed: 'late-fill' | undefined }
  | { readonly kind: 'lookup'; readonly which: number };

type Rehearsed = 'partial-fill' | 'late-fill' | undefined;
type Short = NonNullable<Parameters<typeof buy>[0]>;
type Terms = Short & { readonly side: 'buy' | 'sell'; readonly price: number };

const price = fc.integer({ min: 90, max: 110 });
const pricing: fc.Arbitrary<Short> = fc.oneof(
  fc.record({ named: price }),
  fc.constant({}),
  fc.record({ limit: price }),
  fc.record({ limit: price, named: price }),
  fc.record({ stop: price }),
  fc.record({ stop: price, limit: price }),
  fc.record({ trail: fc.record({ amount: fc.integer({ min: 1, max: 8 }) }), named: price }),
  fc.record({ trail: fc.record({ percent: fc.constantFrom(1, 2.5, 10) }) }),
);
const terms: fc.Arbitrary<Terms> = fc
  .tuple(
    pricing,
    fc.record({
      side: fc.constantFrom('buy' as const, 'sell' as const),
      price,
      quantity: fc.constantFrom(1, 2, 3, 0.5),
      timeInForce: fc.constantFrom('day' as const, ...TIMES_IN_FORCE),
      reduceOnly: fc.boolean(),
    }),
  )
  .map(([prices, others]) => ({ ...prices, ...others }));
const rehearsed = fc.constantFrom(undefined, undefined, 'partial-fill' as const, 'late-fill' as const);
const which = fc.nat({ max: 30 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('single' as const), order: terms, rehearsed }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('pair' as const),
      order: terms,
      distance: fc.integer({ min: -2, max: 8 }),
      rehearsed,
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('post' as const), price }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('cancel' as const),
      which,
      rehearsed: fc.constantFrom(undefined, 'late-fill' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lookup' as const), which }) },
);

/** A take-profit at a price, and whatever stop the terms have, or one at a distance; both of the same side and size. */
function pairFrom(
  { stop, limit, trail, side, price, named, ...others }: Terms,
  distance: number,
  id: number,
) {
  const made = side === 'buy' ? buy : sell;
  const away = side === 'buy' ? price + distance : price - distance;
  const stopLoss = trail ? { trail } : { stop: stop ?? away, ...(limit === undefined ? {} : { limit }) };
  const naming = named === undefined ? {} : { named };
  return pairOf(
    made({ ...others, id: `profit-${id}`, limit: price }),
    made({ ...others, ...naming, ...stopLoss, id: `loss-${id}` }),
  );
}

/** What the venue would have in its book: the market, and every order by id; and the size of every pair. */
interface Book {
  readonly market: Market;
  readonly orders: ReadonlyMap<string, PaperOrder>;
  readonly pairs: readonly { readonly ids: readonly string[]; readonly quantity: Decimal }[];
}

const nameOf = (book: Book, index: number) =>
  [...book.orders.keys()][index % Math.max(1, book.orders.size)] ?? 'none';

function changeOf(book: Book, step: Step): Change {
  const id = book.orders.size;
  switch (step.kind) {
    case 'single':
    case 'pair': {
      const { side, ...order } = step.order;
      const single =
        side === 'buy' ? buy({ ...order, id: `single-${id}` }) : sell({ ...order, id: `single-${id}` });
      const entering = step.kind === 'pair' ? pairFrom(step.order, step.distance, id) : [single];
      const entry = enter(book.market, entering, step.rehearsed);
      return entry.kind === 'entered' ? entry.change : { market: book.market, orders: [] };
    }
    case 'post':
      return post(book.market, decimal(step.price));
    case 'cancel':
      return (
        cancel(book.market, nameOf(book, step.which), step.rehearsed) ?? { ...NO_CHANGE, market: book.market }
      );
    case 'lookup':
      return fillLate(book.market, nameOf(book, step.which)) ?? { ...NO_CHANGE, market: book.market };
  }
}

const isOpen = ({ status }: PaperOrder) => status === 'NEW' || status === 'PARTIALLY_FILLED';
const total = (values: readonly Decimal[]) => values.reduce(add, ZERO);
const signed = ({ side }: PaperOrder, value: Decimal) => (side === 'buy' ? value : negate(value));

/** What of an order must hold, whatever happened before. */
function expectOrder(order: PaperOrder, before: PaperOrder | undefined) {
  expect(compare(order.filledQuantity, order.quantity)).toBeLessThanOrEqual(0);
  expect(order.status === 'FILLED').toBe(order.filledQuantity === order.quantity);
  const { limitPrice, averageFillPrice } = order;
  if (limitPrice !== undefined && averageFillPrice !== undefined) {
    expect(compare(signed(order, averageFillPrice), signed(order, limitPrice))).toBeLessThanOrEqual(0);
  }
  if (before) {
    expect(isOpen(before), `${order.clientOrderId} had ended`).toBe(true);
    expect(compare(order.filledQuantity, before.filledQuantity)).toBeGreaterThanOrEqual(0);
  }
  if (order.trail && before?.stopPrice !== undefined && order.stopPrice !== undefined) {
    expect(compare(signed(order, order.stopPrice), signed(order, before.stopPrice))).toBeLessThanOrEqual(0);
  }
}

/** Of a pair no more than its quantity fills, as much is open in the one order as in the other, and both end together. */
function expectPair({ orders }: Book, { ids, quantity }: Book['pairs'][number]) {
  const [takeProfit, stopLoss] = ids.map((id) => orders.get(id));
  if (!takeProfit || !stopLoss) {
    throw new Error(`Of ${ids} there is but one.`);
  }
  const filled = add(takeProfit.filledQuantity, stopLoss.filledQuantity);
  expect(compare(filled, quantity)).toBeLessThanOrEqual(0);
  const open = [takeProfit, stopLoss].filter(isOpen);
  const rest = subtract(quantity, filled);
  expect(open.map((order) => subtract(order.quantity, order.filledQuantity))).toEqual(
    open.length === 0 ? [] : [rest, rest],
  );
}

/** Whether an order that waits for the market would have to be filled at a price. */
function mustFill({ type, side, limitPrice, stopPrice, isTriggered }: PaperOrder, price: Decimal): boolean {
  const isAbove = (own: Decimal | undefined) => own !== undefined && compare(price, own) >= 0;
  const isBelow = (own: Decimal | undefined) => own !== undefined && compare(price, own) <= 0;
  switch (type) {
    case 'market':
      return true;
    case 'limit':
      return side === 'buy' ? isBelow(limitPrice) : isAbove(limitPrice);
    case 'stop_limit':
      return isTriggered === true && (side === 'buy' ? isBelow(limitPrice) : isAbove(limitPrice));
    case 'stop':
    case 'trailing_stop':
      return side === 'buy' ? isAbove(stopPrice) : isBelow(stopPrice);
  }
}

function expectBook(book: Book) {
  const { market, orders, pairs } = book;
  const all = [...orders.values()];
  expect(market.position).toBe(total(all.map((order) => signed(order, order.filledQuantity))));
  const spent = total(
    all.map((order) => signed(order, multiply(order.filledQuantity, order.averageFillPrice ?? ZERO))),
  );
  // Averages are rounded.
  expect(compare(absolute(add(market.cashFlow, spent)), decimal('0.000000001'))).toBeLessThan(0);
  expect(market.working.map(({ clientOrderId }) => clientOrderId).toSorted()).toEqual(
    all
      .filter(isOpen)
      .map(({ clientOrderId }) => clientOrderId)
      .toSorted(),
  );
  for (const order of market.working) {
    expect(order).toEqual(orders.get(order.clientOrderId));
  }
  for (const pair of pairs) {
    expectPair(book, pair);
  }
}

/** The book after a step, of which every order is checked that it changed. */
function after(book: Book, taken: Step): Book {
  const { market, orders } = changeOf(book, taken);
  for (const order of orders) {
    expectOrder(order, book.orders.get(order.clientOrderId));
  }
  const entered = orders.map(({ clientOrderId }) => clientOrderId).filter((id) => !book.orders.has(id));
  const quantity = taken.kind === 'pair' ? decimal(taken.order.quantity ?? ZERO) : ZERO;
  return {
    market,
    orders: new Map([...book.orders, ...orders.map((order) => [order.clientOrderId, order] as const)]),
    pairs:
      taken.kind === 'pair' && entered.length > 0 ? [...book.pairs, { ids: entered, quantity }] : book.pairs,
  };
}

it(
  'whatever enters, is posted, canceled and asked about: the position is what filled, and of a pair its quantity fills once',
  () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 30 }), (steps) => {
        let book: Book = { market: EMPTY_MARKET, orders: new Map(), pairs: [] };
        for (const taken of steps) {
          book = after(book, taken);
          expectBook(book);
          const waiting = book.market.working.filter(({ waitsFor }) => waitsFor === 'market');
          const missed =
            taken.kind === 'post' ? waiting.filter((it) => mustFill(it, decimal(taken.price))) : [];
          expect(missed).toEqual([]);
        }
      }),
      runs(300),
    );
  },
  TIMEOUT_MS,
);

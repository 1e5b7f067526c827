import { describe, expect, it } from 'vitest';
import type { Market } from '../../functions/brokers/paper/market.ts';
import { cancel, enter, fillLate, post, WORKING_ORDERS_MAX } from '../../functions/brokers/paper/matching.ts';
import { reservation } from '../../functions/brokers/paper/refusal.ts';
import { type Decimal, decimal } from '../../functions/core/decimal.ts';
import {
  buy,
  changeOf,
  marketAfter,
  marketOf,
  NO_CHANGE,
  pairOf,
  seen,
  sell,
  working,
} from './matching-case.ts';

const takeProfit = sell({ id: 'profit', limit: 110, reduceOnly: true });
const stopLoss = sell({ id: 'loss', stop: 95, reduceOnly: true });
/** Of a long position of 3. */
const PAIR = pairOf(takeProfit, stopLoss);
/** Of a short position of 3. */
const SHORT_PAIR = pairOf(
  buy({ id: 'profit', limit: 90, reduceOnly: true }),
  buy({ id: 'loss', stop: 105, reduceOnly: true }),
);
const inMarket = (pair = PAIR, position = 3) => marketAfter(enter(marketOf(100, position), pair));
const shortMarket = () => inMarket(SHORT_PAIR, -3);
const postTo = (market: Market, price: number) => seen(post(market, decimal(price)));

describe('a pair at the door', () => {
  it.each<[string, Market, ReturnType<typeof pairOf>, readonly string[], string]>([
    ['rests', marketOf(100, 3), PAIR, ['profit NEW 0', 'loss NEW 0'], '3'],
    ['rests without a price', marketOf(undefined, 3), PAIR, ['profit NEW 0', 'loss NEW 0'], '3'],
    ['takes its profit at once', marketOf(111, 3), PAIR, ['profit FILLED 3 at 111', 'loss CANCELED 0'], '0'],
    ['takes its loss at once', marketOf(94, 3), PAIR, ['profit CANCELED 0', 'loss FILLED 3 at 94'], '0'],
    [
      'takes its loss when both are reached',
      marketOf(93, 3),
      pairOf(sell({ id: 'profit', limit: 90 }), stopLoss),
      ['profit CANCELED 0', 'loss FILLED 3 at 93'],
      '0',
    ],
    ['of a short position rests', marketOf(100, -3), SHORT_PAIR, ['profit NEW 0', 'loss NEW 0'], '-3'],
    [
      'of a short position takes its loss at once',
      marketOf(106, -3),
      SHORT_PAIR,
      ['profit CANCELED 0', 'loss FILLED 3 at 106'],
      '0',
    ],
    ['is cut by the position', marketOf(111, 2), PAIR, ['profit CANCELED 2 at 111', 'loss CANCELED 0'], '0'],
  ])('%s', (_, market, pair, orders, position) => {
    expect(changeOf(enter(market, pair))).toMatchObject({ orders, position });
  });

  it('is refused whole for the sake of one', () => {
    expect(changeOf(enter(marketOf(100), PAIR))).toBe('REDUCE_ONLY');
    const trailing = pairOf(takeProfit, sell({ id: 'loss', trail: { amount: 5 }, reduceOnly: true }));
    expect(changeOf(enter(marketOf(undefined, 3), trailing))).toBe('NO_PRICE');
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => working(sell({ id: `stop-${index}`, stop: 95 })));
    expect(changeOf(enter(marketOf(100, 3, many(WORKING_ORDERS_MAX - 1)), PAIR))).toBe('TOO_MANY_ORDERS');
    expect(enter(marketOf(100, 3, many(WORKING_ORDERS_MAX - 2)), PAIR).kind).toBe('entered');
  });
});

describe('a pair under a price', () => {
  it.each<[string, Market, number, readonly string[], string]>([
    ['between its prices', inMarket(), 109, [], '3'],
    ['at its profit', inMarket(), 110, ['profit FILLED 3 at 110', 'loss CANCELED 0'], '0'],
    ['beyond its profit', inMarket(), 120, ['profit FILLED 3 at 110', 'loss CANCELED 0'], '0'],
    ['at its loss', inMarket(), 95, ['loss FILLED 3 at 95', 'profit CANCELED 0'], '0'],
    ['far beyond its loss', inMarket(), 80, ['loss FILLED 3 at 80', 'profit CANCELED 0'], '0'],
    ['at a short’s profit', shortMarket(), 90, ['profit FILLED 3 at 90', 'loss CANCELED 0'], '0'],
    ['at a short’s loss', shortMarket(), 105, ['loss FILLED 3 at 105', 'profit CANCELED 0'], '0'],
  ])('%s', (_, market, price, orders, position) => {
    expect(postTo(market, price)).toMatchObject({ orders, position });
  });

  it('that reaches both takes its loss', () => {
    const crossed = pairOf(sell({ id: 'profit', limit: 101 }), sell({ id: 'loss', stop: 102.5 }));
    expect(postTo(marketAfter(enter(marketOf(), crossed)), 102)).toMatchObject({
      orders: ['loss FILLED 3 at 102', 'profit CANCELED 0'],
      position: '-3',
    });
  });

  it('of which the market is beyond the stop-loss’s limit keeps both, until one fills', () => {
    const market = inMarket(pairOf(takeProfit, sell({ id: 'loss', stop: 95, limit: 94, reduceOnly: true })));
    const gap = post(market, decimal(90));
    expect(seen(gap)).toMatchObject({ orders: ['loss NEW 0'], working: ['profit', 'loss'] });
    expect(postTo(gap.market, 94.5).orders).toEqual(['loss FILLED 3 at 94', 'profit CANCELED 0']);
    // Both are limit orders now; the older one comes first.
    expect(postTo(gap.market, 111).orders).toEqual(['profit FILLED 3 at 110', 'loss CANCELED 0']);
  });

  it('whose stop-loss trails the market keeps its take-profit as it is', () => {
    const market = inMarket(pairOf(takeProfit, sell({ id: 'loss', trail: { amount: 5 }, reduceOnly: true })));
    const moved = post(market, decimal(108));
    expect(seen(moved).orders).toEqual(['loss NEW 0']);
    expect(postTo(moved.market, 103).orders).toEqual(['loss FILLED 3 at 103', 'profit CANCELED 0']);
  });

  it('ends with a chain: a trade triggers a stop-limit order, which fills and ends the other', () => {
    const market = inMarket(
      pairOf(takeProfit, sell({ id: 'loss', stop: 95, limit: 90, reduceOnly: true })),
      4,
    );
    expect(changeOf(enter(market, [sell({ quantity: 1, named: 94, reduceOnly: true })]))).toEqual({
      orders: ['sell FILLED 1 at 94', 'loss FILLED 3 at 94', 'profit CANCELED 0'],
      price: '94',
      position: '0',
      working: [],
    });
  });

  it('ends unfilled when its position is gone', () => {
    expect(postTo(inMarket(PAIR, 3), 110).orders).toEqual(['profit FILLED 3 at 110', 'loss CANCELED 0']);
    const flat: Market = { ...inMarket(), position: '0' as Decimal };
    expect(postTo(flat, 110)).toMatchObject({
      orders: ['profit CANCELED 0', 'loss CANCELED 0'],
      working: [],
    });
  });
});

describe('a pair of which a part is filled', () => {
  const entry = enter(marketOf(100, 3), PAIR, 'partial-fill');
  const half = marketAfter(entry);

  it('has as much open in the one order as in the other', () => {
    expect(changeOf(entry)).toMatchObject({
      orders: ['profit PARTIALLY_FILLED 1 at 110', 'loss NEW 0'],
      position: '2',
    });
    expect(half.working).toMatchObject([
      { clientOrderId: 'profit', quantity: '3', filledQuantity: '1' },
      { clientOrderId: 'loss', quantity: '2', filledQuantity: '0' },
    ]);
  });

  it.each<[number, readonly string[]]>([
    [110, ['profit FILLED 3 at 110', 'loss CANCELED 0']],
    [94, ['loss FILLED 2 at 94', 'profit CANCELED 1 at 110']],
  ])('fills no more than its quantity in all at %s', (price, orders) => {
    expect(postTo(half, price)).toMatchObject({ orders, position: '0', working: [] });
  });

  it('is canceled whole, and keeps what is filled', () => {
    const expected = ['loss CANCELED 0', 'profit CANCELED 1 at 110'];
    expect(seen(cancel(half, 'profit') ?? NO_CHANGE).orders.toSorted()).toEqual(expected);
    expect(seen(cancel(half, 'loss') ?? NO_CHANGE).orders.toSorted()).toEqual(expected);
  });

  it('takes its loss with the rest when that is reached at the door', () => {
    expect(changeOf(enter(marketOf(94, 3), PAIR, 'partial-fill'))).toMatchObject({
      orders: ['profit CANCELED 0', 'loss FILLED 3 at 94'],
    });
  });
});

describe('a pair that is canceled', () => {
  it.each(['profit', 'loss'])('by its %s ends whole', (id) => {
    const change = seen(cancel(inMarket(), id) ?? NO_CHANGE);
    expect(change).toMatchObject({ position: '3', working: [] });
    expect(change.orders.toSorted()).toEqual(['loss CANCELED 0', 'profit CANCELED 0']);
  });

  it.each<[string, string, string]>([
    ['profit', 'profit FILLED 3 at 110', 'loss CANCELED 0'],
    ['loss', 'loss FILLED 3 at 95', 'profit CANCELED 0'],
  ])('may come too late for its %s, which ends the other', (id, filled, canceled) => {
    expect(seen(cancel(inMarket(), id, 'late-fill') ?? NO_CHANGE)).toMatchObject({
      orders: [filled, canceled],
      position: '0',
      working: [],
    });
  });
});

describe('a pair whose take-profit comes late', () => {
  const late = () => marketAfter(enter(marketOf(100, 3), PAIR, 'late-fill'));

  it('takes it when it is asked about, and ends', () => {
    expect(seen(fillLate(late(), 'profit') ?? NO_CHANGE).orders).toEqual([
      'profit FILLED 3 at 110',
      'loss CANCELED 0',
    ]);
    expect(fillLate(late(), 'loss')).toBeUndefined();
  });

  it('takes it when either of the two is canceled', () => {
    for (const id of ['profit', 'loss']) {
      expect(seen(cancel(late(), id) ?? NO_CHANGE)).toMatchObject({
        orders: ['profit FILLED 3 at 110', 'loss CANCELED 0'],
        position: '0',
      });
    }
  });

  it('takes its loss when that is reached first', () => {
    expect(postTo(late(), 110).orders).toEqual([]);
    expect(postTo(late(), 95).orders).toEqual(['loss FILLED 3 at 95', 'profit CANCELED 0']);
  });
});

it('two pairs with the same ids are two pairs', () => {
  const [profit, loss] = PAIR;
  const both = marketAfter(
    enter(inMarket(PAIR, 6), [
      { ...profit, copy: 2, limitPrice: decimal(112) },
      { ...loss, copy: 2 },
    ]),
  );
  const first = post(both, decimal(110));
  expect(seen(first)).toMatchObject({ orders: ['profit FILLED 3 at 110', 'loss CANCELED 0'], position: '3' });
  expect(first.market.working).toMatchObject([{ copy: 2 }, { copy: 2 }]);
  expect(postTo(first.market, 112)).toMatchObject({ position: '0', working: [] });
});

describe('where what works is reserved, a reduce-only order', () => {
  const resting = [
    working(stopLoss),
    working(buy({ limit: 90, quantity: 9 })),
    working(sell({ limit: 120 })),
  ];
  it.each<[string, Market, ReturnType<typeof sell>, string | undefined]>([
    ['is taken while nothing is reserved', marketOf(100, 3), takeProfit, undefined],
    ['is taken when it will be cut anyway', marketOf(100, 1), takeProfit, undefined],
    ['is refused when all is reserved', marketOf(100, 3, resting), takeProfit, 'INSUFFICIENT_QUANTITY'],
    ['is refused when too little is left', marketOf(100, 5, resting), takeProfit, 'INSUFFICIENT_QUANTITY'],
    ['is taken when enough is left', marketOf(100, 6, resting), takeProfit, undefined],
    ['on the other side is taken', marketOf(100, -3, resting), buy({ reduceOnly: true }), undefined],
    ['is no other', marketOf(100, 3, resting), sell({ limit: 110 }), undefined],
    [
      'at the market is refused, too',
      marketOf(100, 3, resting),
      sell({ quantity: 1, reduceOnly: true }),
      'INSUFFICIENT_QUANTITY',
    ],
  ])('%s', (_, market, order, code) => {
    expect(reservation(market, order)?.code).toBe(code);
  });
});

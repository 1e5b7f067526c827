import { describe, expect, it } from 'vitest';
import type { PaperOrder } from '../../functions/brokers/paper/market.ts';
import { cancel, enter, fillLate, post } from '../../functions/brokers/paper/matching.ts';
import { decimal } from '../../functions/core/decimal.ts';
import { buy, changeOf, marketOf, NO_CHANGE, seen, sell, working } from './matching-case.ts';

describe('a rehearsed partial fill', () => {
  it.each([
    ['7', '3'],
    ['3', '1'],
    ['2', '1'],
    ['1', '0.5'],
    ['2.5', '1.25'],
    ['0.3', '0.15'],
  ])('of %s fills %s at once, and the rest works', (quantity, filled) => {
    expect(changeOf(enter(marketOf(), [buy({ quantity, named: 100 })], 'partial-fill'))).toEqual({
      orders: [`buy PARTIALLY_FILLED ${filled} at 100`],
      price: '100',
      position: filled,
      working: ['buy'],
    });
  });

  it('of a stop leaves a rest that waits for its price', () => {
    const entry = enter(marketOf(100), [sell({ stop: 95 })], 'partial-fill');
    expect(changeOf(entry)).toMatchObject({ orders: ['sell PARTIALLY_FILLED 1 at 95'], position: '-1' });
    const { market } = entry.kind === 'entered' ? entry.change : NO_CHANGE;
    expect(seen(post(market, decimal(96))).orders).toEqual([]);
    expect(seen(post(market, decimal(92))).orders).toEqual(['sell FILLED 3 at 93']);
  });

  it('of a reduce-only order is cut like any other', () => {
    expect(
      changeOf(enter(marketOf(100, 1), [sell({ quantity: 6, reduceOnly: true })], 'partial-fill')),
    ).toEqual({ orders: ['sell CANCELED 1 at 100'], price: '100', position: '0', working: [] });
  });
});

describe('a price that is posted', () => {
  const resting = [
    working(sell({ id: 'sell-95', stop: 95 })),
    working(buy({ id: 'buy-105', stop: 105 })),
    working({
      ...buy({ id: 'rest', named: 100 }),
      filledQuantity: decimal(1),
      averageFillPrice: decimal(100),
    }),
    working(buy({ id: 'late', named: 100 }), 'inquiry'),
  ];
  it.each<[number, readonly string[], string]>([
    [100, ['rest FILLED 3 at 100'], '2'],
    [95, ['sell-95 FILLED 3 at 95', 'rest FILLED 3 at 96.666666666666666667'], '-1'],
    [94, ['sell-95 FILLED 3 at 94', 'rest FILLED 3 at 96'], '-1'],
    [105, ['buy-105 FILLED 3 at 105', 'rest FILLED 3 at 103.333333333333333333'], '5'],
    [106, ['buy-105 FILLED 3 at 106', 'rest FILLED 3 at 104'], '5'],
  ])('of %s fills what it reaches', (price, orders, position) => {
    expect(seen(post(marketOf(100, 0, resting), decimal(price)))).toMatchObject({
      orders,
      price: String(price),
      position,
    });
  });

  it('ends a reduce-only stop for which nothing is left, unfilled', () => {
    const resting = [working(sell({ stop: 95, reduceOnly: true }))];
    expect(seen(post(marketOf(100, 0, resting), decimal(90)))).toEqual({
      orders: ['sell CANCELED 0'],
      price: '90',
      position: '0',
      working: [],
    });
  });
});

describe('a rehearsed late fill', () => {
  it('rests until it is asked about, and then fills at the price that it named', () => {
    const entry = enter(marketOf(100, 2), [buy({ named: 101 })], 'late-fill');
    expect(changeOf(entry)).toEqual({
      orders: ['buy NEW 0'],
      price: '101',
      position: '2',
      working: ['buy'],
    });
    const { market } = entry.kind === 'entered' ? entry.change : NO_CHANGE;
    const later = post(market, decimal(120));
    expect(seen(later).orders).toEqual([]);
    expect(seen(fillLate(later.market, 'buy') ?? NO_CHANGE)).toEqual({
      orders: ['buy FILLED 3 at 101'],
      price: '120',
      position: '5',
      working: [],
    });
  });

  it('of a stop that the market has not reached fills at its own price', () => {
    const entry = enter(marketOf(100), [sell({ stop: 95 })], 'late-fill');
    const { market } = entry.kind === 'entered' ? entry.change : NO_CHANGE;
    expect(seen(fillLate(market, 'sell') ?? NO_CHANGE).orders).toEqual(['sell FILLED 3 at 95']);
  });

  it('ends unfilled when its position is gone by then', () => {
    const late = working(sell({ reduceOnly: true, named: 100 }), 'inquiry');
    expect(seen(fillLate(marketOf(100, 0, [late]), 'sell') ?? NO_CHANGE).orders).toEqual(['sell CANCELED 0']);
  });

  it('comes to no other order', () => {
    const others = [working(buy({ id: 'other', named: 100 }), 'inquiry'), working(sell({ stop: 95 }))];
    expect(fillLate(marketOf(100, 0, others), 'sell')).toBeUndefined();
  });
});

describe('a cancel', () => {
  const half = working({ ...buy(), status: 'PARTIALLY_FILLED', filledQuantity: decimal(1) });
  it.each<[string, PaperOrder, 'late-fill' | undefined, string, string]>([
    ['ends an order that rests', working(sell({ stop: 95 })), undefined, 'sell CANCELED 0', '0'],
    ['leaves what is filled', half, undefined, 'buy CANCELED 1', '0'],
    ['comes too late for a late fill', working(buy(), 'inquiry'), undefined, 'buy FILLED 3 at 100', '3'],
    [
      'may come too late for any order',
      working(sell({ stop: 95 })),
      'late-fill',
      'sell FILLED 3 at 95',
      '-3',
    ],
  ])('%s', (_, it, rehearsed, expected, position) => {
    const other = working(sell({ id: 'other', stop: 90 }));
    expect(seen(cancel(marketOf(100, 0, [it, other]), it.clientOrderId, rehearsed) ?? NO_CHANGE)).toEqual({
      orders: [expected],
      price: '100',
      position,
      working: ['other'],
    });
  });

  it('ends every order with the id, and changes nothing when there is none', () => {
    const both = [working(sell({ stop: 95 })), working(sell({ stop: 95, copy: 2 }))];
    expect(seen(cancel(marketOf(100, 0, both), 'sell') ?? NO_CHANGE)).toMatchObject({
      orders: ['sell CANCELED 0', 'sell CANCELED 0'],
      working: [],
    });
    expect(cancel(marketOf(100, 0, both), 'absent')).toBeUndefined();
  });

  it('leaves no sign of waiting on an order that has ended', () => {
    const [ended] = cancel(marketOf(100, 0, [working(sell({ stop: 95 }))]), 'sell')?.orders ?? [];
    expect(ended).toEqual({ ...sell({ stop: 95 }), status: 'CANCELED' });
  });
});

import { describe, expect, it } from 'vitest';
import type { Market, PaperOrder } from '../../functions/brokers/paper/market.ts';
import { cancel, enter, fillLate, post, type RehearsedFill } from '../../functions/brokers/paper/matching.ts';
import { decimal } from '../../functions/core/decimal.ts';
import { buy, changeOf, marketAfter, marketOf, NO_CHANGE, seen, sell, working } from './matching-case.ts';

/** What becomes of the one order that works under prices that are posted one after the other. */
function posted(market: Market, ...prices: readonly number[]): { lines: string[]; market: Market } {
  return prices.reduce<{ lines: string[]; market: Market }>(
    (before, price) => {
      const change = post(before.market, decimal(price));
      return { lines: [...before.lines, ...seen(change).orders], market: change.market };
    },
    { lines: [], market },
  );
}

describe('a limit order at the door', () => {
  it.each<[string, Market, PaperOrder, string, string | undefined]>([
    ['a buy rests below the market', marketOf(101), buy({ limit: 100 }), 'buy NEW 0', '101'],
    [
      'a buy fills at the market at its limit',
      marketOf(100),
      buy({ limit: 100 }),
      'buy FILLED 3 at 100',
      '100',
    ],
    ['a buy fills at a better market', marketOf(99), buy({ limit: 100 }), 'buy FILLED 3 at 99', '99'],
    ['a sell rests above the market', marketOf(99), sell({ limit: 100 }), 'sell NEW 0', '99'],
    [
      'a sell fills at the market at its limit',
      marketOf(100),
      sell({ limit: 100 }),
      'sell FILLED 3 at 100',
      '100',
    ],
    ['a sell fills at a better market', marketOf(101), sell({ limit: 100 }), 'sell FILLED 3 at 101', '101'],
    ['it rests while no price is known', marketOf(), buy({ limit: 100 }), 'buy NEW 0', undefined],
    [
      'the price that it names is known where the market has none',
      marketOf(),
      buy({ limit: 100, named: 98 }),
      'buy FILLED 3 at 98',
      '98',
    ],
    [
      'the price that it names moves nothing when it does not trade',
      marketOf(),
      buy({ limit: 100, named: 101 }),
      'buy NEW 0',
      undefined,
    ],
    [
      'the price that it names is not the market’s where that has one',
      marketOf(101),
      buy({ limit: 100, named: 99 }),
      'buy NEW 0',
      '101',
    ],
  ])('%s', (_, market, order, line, price) => {
    expect(changeOf(enter(market, [order]))).toMatchObject({ orders: [line], price });
  });

  it('trades first in a market without a price, and its trade reaches what rests', () => {
    const resting = [working(sell({ stop: 98 })), working(sell({ id: 'lower', stop: 97 }))];
    const entry = enter(marketOf(undefined, 0, resting), [buy({ limit: 100, named: 98 })]);
    expect(changeOf(entry)).toEqual({
      orders: ['buy FILLED 3 at 98', 'sell FILLED 3 at 98'],
      price: '98',
      position: '0',
      working: ['lower'],
    });
  });
});

describe('a limit order that rests', () => {
  const resting = [working(buy({ limit: 95 })), working(sell({ limit: 105 }))];
  it.each<[number, readonly string[]]>([
    [96, []],
    [95, ['buy FILLED 3 at 95']],
    [90, ['buy FILLED 3 at 95']],
    [104, []],
    [105, ['sell FILLED 3 at 105']],
    [110, ['sell FILLED 3 at 105']],
  ])('fills at its limit when %s is posted, or is not reached', (price, orders) => {
    expect(seen(post(marketOf(100, 0, resting), decimal(price)))).toMatchObject({ orders });
  });

  it('fills at its limit when an order trades beyond it', () => {
    const entry = enter(marketOf(100, 0, resting), [sell({ id: 'seller', quantity: 1, named: 94 })]);
    expect(changeOf(entry)).toMatchObject({
      orders: ['seller FILLED 1 at 94', 'buy FILLED 3 at 95'],
      price: '94',
      working: ['sell'],
    });
  });

  it('fills the rest of a rehearsed half at its limit', () => {
    const entry = enter(marketOf(100), [buy({ limit: 95, quantity: 4 })], 'partial-fill');
    expect(changeOf(entry)).toMatchObject({ orders: ['buy PARTIALLY_FILLED 2 at 95'], price: '100' });
    expect(posted(marketAfter(entry), 96, 90).lines).toEqual(['buy FILLED 4 at 95']);
  });

  it('comes late, when it is asked about or canceled, at its limit', () => {
    const late = marketAfter(enter(marketOf(94), [buy({ limit: 95 })], 'late-fill'));
    expect(seen(fillLate(late, 'buy') ?? NO_CHANGE).orders).toEqual(['buy FILLED 3 at 95']);
    expect(seen(cancel(late, 'buy') ?? NO_CHANGE).orders).toEqual(['buy FILLED 3 at 95']);
  });
});

describe('a stop-limit order', () => {
  const sells = sell({ stop: 95, limit: 94 });
  const buys = buy({ stop: 105, limit: 106 });
  it.each<[string, PaperOrder, readonly number[], readonly string[]]>([
    ['a sell is dormant above its stop, whatever its limit', sells, [96, 99], []],
    ['a sell fills at the market that triggers it', sells, [95], ['sell FILLED 3 at 95']],
    ['a sell fills at its limit when it is triggered there', sells, [94], ['sell FILLED 3 at 94']],
    ['a sell rests when the market is beyond its limit', sells, [93, 90], ['sell NEW 0']],
    ['a sell that was triggered fills at its limit', sells, [93, 97], ['sell NEW 0', 'sell FILLED 3 at 94']],
    ['a buy is dormant below its stop, whatever its limit', buys, [104, 101], []],
    ['a buy fills at the market that triggers it', buys, [105], ['buy FILLED 3 at 105']],
    ['a buy fills at its limit when it is triggered there', buys, [106], ['buy FILLED 3 at 106']],
    ['a buy rests when the market is beyond its limit', buys, [107, 110], ['buy NEW 0']],
    ['a buy that was triggered fills at its limit', buys, [107, 103], ['buy NEW 0', 'buy FILLED 3 at 106']],
  ])('%s', (_, order, prices, lines) => {
    expect(posted(marketAfter(enter(marketOf(100), [order])), ...prices).lines).toEqual(lines);
  });

  it.each<[number | undefined, PaperOrder, string]>([
    [95, sells, 'sell FILLED 3 at 95'],
    [93, sells, 'sell NEW 0'],
    [106, buys, 'buy FILLED 3 at 106'],
    [107, buys, 'buy NEW 0'],
    [undefined, sells, 'sell NEW 0'],
  ])('meets a market at %s at the door', (price, order, line) => {
    expect(changeOf(enter(marketOf(price), [order]))).toMatchObject({ orders: [line] });
  });

  it('that was triggered at the door is a limit order', () => {
    const market = marketAfter(enter(marketOf(93), [sells]));
    expect(market.working).toEqual([{ ...working(sells), isTriggered: true }]);
    expect(posted(market, 98).lines).toEqual(['sell FILLED 3 at 94']);
  });

  it('of which a rehearsal fills half at its limit still waits for its stop', () => {
    const entry = enter(marketOf(100), [sells], 'partial-fill');
    expect(changeOf(entry)).toMatchObject({ orders: ['sell PARTIALLY_FILLED 1 at 94'] });
    expect(posted(marketAfter(entry), 97, 95).lines).toEqual(['sell FILLED 3 at 94.666666666666666667']);
  });
});

describe('a trailing stop', () => {
  const stopAfter = (order: PaperOrder, ...prices: readonly number[]) =>
    posted(marketAfter(enter(marketOf(100), [order])), ...prices).market.working[0]?.stopPrice;
  const sells = sell({ trail: { amount: 5 } });
  const buys = buy({ trail: { percent: 2.5 } });
  it.each<[string, PaperOrder, readonly number[], string]>([
    ['a sell begins below the market', sells, [], '95'],
    ['a sell rises with it', sells, [101, 103.5], '98.5'],
    ['a sell does not fall with it', sells, [103, 99], '98'],
    ['a buy begins above the market', buys, [], '102.5'],
    ['a buy falls with it', buys, [99, 96], '98.4'],
    ['a buy does not rise with it', buys, [96, 98], '98.4'],
  ])('%s', (_, order, prices, stop) => {
    expect(stopAfter(order, ...prices)).toBe(stop);
  });

  it.each<[string, PaperOrder, readonly number[], string]>([
    ['a sell that is reached exactly', sells, [103, 98], 'sell FILLED 3 at 98'],
    ['a sell that a gap is beyond', sells, [103, 90], 'sell FILLED 3 at 90'],
    ['a buy that is reached exactly', buys, [80, 82], 'buy FILLED 3 at 82'],
    ['a buy that a gap is beyond', buys, [80, 90], 'buy FILLED 3 at 90'],
  ])('fills at the market: %s', (_, order, prices, line) => {
    expect(posted(marketAfter(enter(marketOf(100), [order])), ...prices).lines.at(-1)).toBe(line);
  });

  it('is told with every move, and with none that changes nothing', () => {
    const market = marketAfter(enter(marketOf(100), [sells]));
    expect(posted(market, 99, 102, 101).lines).toEqual(['sell NEW 0']);
  });

  it('follows the prices at which orders trade', () => {
    const market = marketAfter(enter(marketOf(100), [sells]));
    const entry = enter(market, [buy({ named: 110 })]);
    expect(marketAfter(entry).working).toMatchObject([{ stopPrice: '105' }]);
    expect(changeOf(enter(marketAfter(entry), [buy({ id: 'low', named: 104 })]))).toMatchObject({
      orders: ['low FILLED 3 at 104', 'sell FILLED 3 at 104'],
    });
  });

  it('begins at the price that it names where the market has none, and needs one', () => {
    const entry = enter(marketOf(), [sell({ trail: { amount: 5 }, named: 90 })]);
    expect(marketAfter(entry)).toMatchObject({ working: [{ stopPrice: '85' }] });
    expect(marketAfter(entry)).not.toHaveProperty('price');
    expect(changeOf(enter(marketOf(), [sells]))).toBe('NO_PRICE');
    const known = enter(marketOf(100), [sell({ trail: { amount: 5 }, named: 90 })]);
    expect(marketAfter(known)).toMatchObject({ working: [{ stopPrice: '95' }] });
  });

  it('fills at its stop when a rehearsal fills it before the market is there', () => {
    const entry = enter(marketOf(100), [sells], 'late-fill');
    expect(seen(fillLate(marketAfter(entry), 'sell') ?? NO_CHANGE).orders).toEqual(['sell FILLED 3 at 95']);
  });
});

describe('an order for now', () => {
  it.each<[string, PaperOrder, RehearsedFill | undefined, string]>([
    ['a market order fills', buy({ timeInForce: 'ioc' }), undefined, 'buy FILLED 3 at 100'],
    ['a market order fills whole', buy({ timeInForce: 'fok' }), undefined, 'buy FILLED 3 at 100'],
    ['a limit order fills', buy({ limit: 100, timeInForce: 'ioc' }), undefined, 'buy FILLED 3 at 100'],
    ['a limit order fills whole', buy({ limit: 101, timeInForce: 'fok' }), undefined, 'buy FILLED 3 at 100'],
    ['a limit order does not rest', buy({ limit: 99, timeInForce: 'ioc' }), undefined, 'buy CANCELED 0'],
    ['a limit order is not taken', sell({ limit: 101, timeInForce: 'fok' }), undefined, 'sell CANCELED 0'],
    ['the rest of a half ends', buy({ timeInForce: 'ioc' }), 'partial-fill', 'buy CANCELED 1 at 100'],
    ['half is not the whole', buy({ timeInForce: 'fok' }), 'partial-fill', 'buy CANCELED 0'],
    [
      'half of a limit order is not the whole',
      sell({ limit: 100, timeInForce: 'fok' }),
      'partial-fill',
      'sell CANCELED 0',
    ],
    ['what comes late is open until then', buy({ timeInForce: 'fok' }), 'late-fill', 'buy NEW 0'],
    ['a stop order waits for its price', sell({ stop: 95, timeInForce: 'ioc' }), undefined, 'sell NEW 0'],
    [
      'a stop-limit order waits for its price',
      sell({ stop: 95, limit: 94, timeInForce: 'fok' }),
      undefined,
      'sell NEW 0',
    ],
    [
      'a stop-limit order beyond its limit ends',
      sell({ stop: 105, limit: 104, timeInForce: 'ioc' }),
      undefined,
      'sell CANCELED 0',
    ],
    ['a trailing stop waits', sell({ trail: { amount: 5 }, timeInForce: 'ioc' }), undefined, 'sell NEW 0'],
  ])('at the door: %s', (_, order, rehearsed, line) => {
    expect(changeOf(enter(marketOf(100), [order], rehearsed))).toMatchObject({ orders: [line] });
  });

  it.each<[string, PaperOrder, string]>([
    ['a limit order rests for the day', buy({ limit: 99, timeInForce: 'day' }), 'buy NEW 0'],
    ['a limit order rests till canceled', buy({ limit: 99, timeInForce: 'gtc' }), 'buy NEW 0'],
  ])('is no other: %s', (_, order, line) => {
    expect(changeOf(enter(marketOf(100), [order]))).toMatchObject({ orders: [line] });
  });

  it('that must not trade whole, because there is less to reduce, does not trade', () => {
    const exit = sell({ reduceOnly: true, timeInForce: 'fok' });
    expect(changeOf(enter(marketOf(100, 2), [exit]))).toMatchObject({
      orders: ['sell CANCELED 0'],
      position: '2',
    });
    expect(changeOf(enter(marketOf(100, 3), [exit]))).toMatchObject({ orders: ['sell FILLED 3 at 100'] });
    const part = sell({ reduceOnly: true, timeInForce: 'ioc' });
    expect(changeOf(enter(marketOf(100, 2), [part]))).toMatchObject({ orders: ['sell CANCELED 2 at 100'] });
  });

  it.each<[string, number, string]>([
    ['fills when its stop is reached', 95, 'sell FILLED 3 at 95'],
    ['ends when the market is beyond its limit by then', 93, 'sell CANCELED 0'],
  ])('with a stop and a limit %s', (_, price, line) => {
    for (const timeInForce of ['ioc', 'fok'] as const) {
      const market = marketAfter(enter(marketOf(100), [sell({ stop: 95, limit: 94, timeInForce })]));
      expect(posted(market, price)).toMatchObject({ lines: [line], market: { working: [] } });
    }
  });
});

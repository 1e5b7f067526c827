import { describe, expect, it } from 'vitest';
import type { Market, PaperOrder } from '../../functions/brokers/paper/market.ts';
import { enter, WORKING_ORDERS_MAX } from '../../functions/brokers/paper/matching.ts';
import { buy, changeOf, marketOf, sell, working } from './matching-case.ts';

type EntryRow = [
  what: string,
  market: Market,
  order: PaperOrder,
  expected: string | readonly [orders: readonly string[], price: string | undefined, position: string],
];

const entries: readonly EntryRow[] = [
  [
    'a market order fills at the price that it names',
    marketOf(90),
    buy({ named: 100 }),
    [['buy FILLED 3 at 100'], '100', '3'],
  ],
  [
    'a market order that names none fills at the last known one',
    marketOf(90),
    sell(),
    [['sell FILLED 3 at 90'], '90', '-3'],
  ],
  ['a market order is refused without any price', marketOf(), buy(), 'NO_PRICE'],
  [
    'quantities are exact',
    marketOf(1, '0.1'),
    buy({ quantity: '0.2' }),
    [['buy FILLED 0.2 at 1'], '1', '0.3'],
  ],
  [
    'a sell stop above which the market is rests',
    marketOf(96),
    sell({ stop: 95 }),
    [['sell NEW 0'], '96', '0'],
  ],
  [
    'a sell stop that is reached exactly fills at once',
    marketOf(95),
    sell({ stop: 95 }),
    [['sell FILLED 3 at 95'], '95', '-3'],
  ],
  [
    'a sell stop that the market is beyond fills at the market',
    marketOf(90),
    sell({ stop: 95 }),
    [['sell FILLED 3 at 90'], '90', '-3'],
  ],
  ['a buy stop below which the market is rests', marketOf(94), buy({ stop: 95 }), [['buy NEW 0'], '94', '0']],
  [
    'a buy stop that is reached exactly fills at once',
    marketOf(95),
    buy({ stop: 95 }),
    [['buy FILLED 3 at 95'], '95', '3'],
  ],
  [
    'a buy stop that the market is beyond fills at the market',
    marketOf(99),
    buy({ stop: 95 }),
    [['buy FILLED 3 at 99'], '99', '3'],
  ],
  [
    'a stop rests as long as no price is known',
    marketOf(),
    sell({ stop: 95 }),
    [['sell NEW 0'], undefined, '0'],
  ],
  [
    'the price that a stop names moves nothing',
    marketOf(96),
    sell({ stop: 95, named: 90 }),
    [['sell NEW 0'], '96', '0'],
  ],
  [
    'a reduce-only order that fits fills',
    marketOf(100, 3),
    sell({ reduceOnly: true }),
    [['sell FILLED 3 at 100'], '100', '0'],
  ],
  [
    'a reduce-only order that is too large is cut',
    marketOf(100, 2),
    sell({ reduceOnly: true }),
    [['sell CANCELED 2 at 100'], '100', '0'],
  ],
  [
    'a reduce-only buy is cut to the short position',
    marketOf(100, '-0.5'),
    buy({ reduceOnly: true }),
    [['buy CANCELED 0.5 at 100'], '100', '0'],
  ],
  [
    'a reduce-only order is refused without a position',
    marketOf(100),
    sell({ reduceOnly: true }),
    'REDUCE_ONLY',
  ],
  [
    'a reduce-only order is refused when it would add to the position',
    marketOf(100, -2),
    sell({ reduceOnly: true }),
    'REDUCE_ONLY',
  ],
  [
    'a reduce-only stop is refused without a position',
    marketOf(100),
    sell({ stop: 95, reduceOnly: true }),
    'REDUCE_ONLY',
  ],
];

describe('an order at the door', () => {
  it.each(entries)('%s', (_, before, it, expected) => {
    const after = changeOf(enter(before, [it]));
    const [orders, price, position] = typeof expected === 'string' ? [] : expected;
    const rests = orders?.some((line) => line.includes('NEW'));
    expect(after).toEqual(
      typeof expected === 'string'
        ? expected
        : { orders, price, position, working: rests ? [it.clientOrderId] : [] },
    );
  });

  it('moves the market to its price: it trades first, and then the stops that this reaches, oldest first', () => {
    const resting = [
      working(sell({ id: 'first', stop: 95, quantity: 2, reduceOnly: true })),
      working(sell({ id: 'second', stop: 94, quantity: 2, reduceOnly: true })),
      working(sell({ id: 'beyond', stop: 90 })),
      working(buy({ id: 'late', stop: 94 }), 'inquiry'),
      working(buy({ id: 'rest', named: 100 })),
    ];
    expect(changeOf(enter(marketOf(100, 4, resting), [sell({ quantity: 1, named: 94 })]))).toEqual({
      orders: ['sell FILLED 1 at 94', 'first FILLED 2 at 94', 'second CANCELED 1 at 94'],
      price: '94',
      position: '0',
      working: ['beyond', 'late', 'rest'],
    });
  });

  it('leaves the market where it is when it names no price, and triggers nothing', () => {
    const reached = working(sell({ id: 'half', stop: 95, quantity: 2 }));
    expect(changeOf(enter(marketOf(94, 4, [reached]), [buy({ quantity: 1 })]))).toEqual({
      orders: ['buy FILLED 1 at 94'],
      price: '94',
      position: '5',
      working: ['half'],
    });
  });

  it(`is refused when it would be one more than ${WORKING_ORDERS_MAX} that work`, () => {
    const many = Array.from({ length: WORKING_ORDERS_MAX }, (_, index) =>
      working(sell({ id: `stop-${index}`, stop: 95 })),
    );
    expect(changeOf(enter(marketOf(100, 0, many), [sell({ stop: 95 })]))).toBe('TOO_MANY_ORDERS');
    expect(enter(marketOf(100, 0, many.slice(1)), [sell({ stop: 95 })]).kind).toBe('entered');
    expect(enter(marketOf(100, 0, many), [sell()]).kind).toBe('entered');
  });
});

import { describe, expect, it } from 'vitest';
import type { ReadMarket } from '../../functions/brokers/paper/book.ts';
import { shortage } from '../../functions/brokers/paper/funds.ts';
import type { Market, PaperOrder } from '../../functions/brokers/paper/market.ts';
import { decimal } from '../../functions/core/decimal.ts';
import { buy, marketOf, sell, working } from './matching-case.ts';

interface Account {
  readonly cash?: number | string;
  readonly leverage?: number | string;
  readonly others?: readonly ReadMarket[];
}

type Row = [
  what: string,
  order: PaperOrder,
  market: Market,
  /** `undefined`: it can be paid for. */
  expected: string | undefined,
  account?: Account,
];

const read = (market: Market, symbol = 'MNQM5'): ReadMarket => ({ ...market, symbol, version: 1 });

/** A market in which so much is held that was bought, or sold, at 100. */
const held = (position: number, price: number, orders: readonly PaperOrder[] = []): Market => ({
  ...marketOf(price, position, orders),
  cashFlow: decimal(position * -100),
});

/** A point of the symbol is worth 2, of every other one 1. The account began with 1000 and may hold its equity once. */
function refusal(
  order: PaperOrder,
  market: Market,
  { cash = 1_000, leverage = 1, others = [] }: Account = {},
) {
  return shortage(read(market), others, order, {
    cash: decimal(cash),
    leverage: decimal(leverage),
    multiplierOf: (symbol) => decimal(symbol === 'MNQM5' ? 2 : 1),
  });
}

const requires = (opens: string, required: string, available: string) =>
  `To open ${opens} MNQM5 ${required} more is required, and ${available} is available.`;

const half = { ...working(buy({ quantity: 4, limit: 90 })), filledQuantity: decimal(1) };

const EXTENT: readonly Row[] = [
  ['all that is available', buy({ quantity: 5 }), marketOf(100), undefined],
  ['a little more', buy({ quantity: '5.001' }), marketOf(100), requires('5.001', '1000.2', '1000')],
  ['as much short', sell({ quantity: 6 }), marketOf(100), requires('6', '1200', '1000')],
  ['with leverage', buy({ quantity: '12.5' }), marketOf(100), undefined, { leverage: '2.5' }],
  [
    'more than with leverage',
    buy({ quantity: 13 }),
    marketOf(100),
    requires('13', '2600', '2500'),
    { leverage: '2.5' },
  ],
  [
    'with a leverage below 1',
    buy({ quantity: 3 }),
    marketOf(100),
    requires('3', '600', '500'),
    { leverage: '0.5' },
  ],
  ['in fractions, exactly', buy({ quantity: '0.3' }), marketOf('0.1'), undefined, { cash: '0.06' }],
  [
    'when more than everything is lost',
    buy({ quantity: 1 }),
    marketOf(100),
    requires('1', '200', '-5'),
    { cash: -5 },
  ],
];

const HELD: readonly Row[] = [
  ['what is left beside a long position', buy({ quantity: 2 }), held(3, 100), undefined],
  ['more than that', buy({ quantity: 3 }), held(3, 100), requires('3', '600', '400')],
  [
    'more than is left beside a short position',
    sell({ quantity: 3 }),
    held(-3, 100),
    requires('3', '600', '400'),
  ],
  ['with open profits', buy({ quantity: 1 }), held(3, 200), undefined],
  ['more than with open profits', buy({ quantity: 2 }), held(3, 200), requires('2', '800', '400')],
  ['after open losses', buy({ quantity: 4 }), held(3, 50), undefined],
  ['more than after open losses', buy({ quantity: 5 }), held(3, 50), requires('5', '500', '400')],
  [
    'beside another symbol',
    buy({ quantity: 5 }),
    marketOf(100),
    requires('5', '1000', '700'),
    { others: [read(held(3, 100), 'AAPL')] },
  ],
  [
    'beside what works in another symbol',
    buy({ quantity: 5 }),
    marketOf(100),
    requires('5', '1000', '730'),
    { others: [read(marketOf(100, 0, [working(buy({ limit: 90 }))]), 'AAPL')] },
  ],
];

const REDUCING: readonly Row[] = [
  [
    'nothing, by a reduce-only order',
    sell({ quantity: 99, reduceOnly: true }),
    held(3, 100),
    undefined,
    { cash: -9_999 },
  ],
  ['nothing, by closing', sell({ quantity: 3 }), held(3, 100), undefined, { cash: -9_999 }],
  ['nothing, by covering', buy({ quantity: '2.5' }), held(-3, 100), undefined, { cash: -9_999 }],
  [
    'nothing, by closing beside an order that may open',
    sell({ quantity: 3 }),
    held(3, 100, [working(buy({ quantity: 2, limit: 90 }))]),
    undefined,
    { cash: -9_999 },
  ],
  ['nothing, by turning to as much', sell({ quantity: 6 }), held(3, 100), undefined, { cash: -9_999 }],
  ['nothing, by turning to less', sell({ quantity: 5 }), held(3, 100), undefined, { cash: -9_999 }],
  ['what turning leads to, beyond what it closes', sell({ quantity: 8 }), held(3, 100), undefined],
  ['more than turning may lead to', sell({ quantity: 9 }), held(3, 100), requires('6', '600', '400')],
];

const WORKING: readonly Row[] = [
  [
    'beside an order that may open',
    buy({ quantity: 2 }),
    marketOf(100, 0, [working(buy({ quantity: 4, limit: 90 }))]),
    requires('2', '400', '280'),
  ],
  [
    'beside the rest of one that filled in part',
    buy({ quantity: 2 }),
    held(1, 100, [half]),
    requires('2', '400', '260'),
  ],
  [
    'beside a stop on the other side',
    buy({ quantity: 2 }),
    marketOf(100, 0, [working(sell({ quantity: 4, stop: 80 }))]),
    requires('2', '400', '360'),
  ],
  [
    'beside orders that reduce',
    buy({ quantity: 2 }),
    held(3, 100, [
      working(sell({ stop: 95, reduceOnly: true })),
      working(sell({ id: 'other', quantity: 2, limit: 110 })),
    ]),
    undefined,
  ],
  [
    'beyond what working orders leave of a position to be closed',
    sell({ id: 'second', quantity: 5 }),
    held(3, 100, [working(sell({ quantity: 2, limit: 110 }))]),
    requires('4', '600', '400'),
  ],
  [
    'beside an order that turns the position to less',
    buy({ id: 'second', quantity: 3 }),
    held(3, 100, [working(sell({ quantity: 5, limit: 110 }))]),
    requires('3', '600', '400'),
  ],
];

const PRICES: readonly Row[] = [
  [
    'at its limit',
    buy({ quantity: 5, limit: 90 }),
    marketOf(100),
    requires('5', '900', '899'),
    { cash: 899 },
  ],
  [
    'at its limit where there is no price',
    buy({ quantity: 5, limit: 90 }),
    marketOf(),
    requires('5', '900', '899'),
    { cash: 899 },
  ],
  [
    'at the market, which is better than its limit',
    buy({ quantity: 5, limit: 200 }),
    marketOf(100),
    undefined,
  ],
  [
    'at the market, which is above the limit of a sell',
    sell({ quantity: 6, limit: 1 }),
    marketOf(100),
    requires('6', '1200', '1000'),
  ],
  ['at its stop', buy({ quantity: 5, stop: 110 }), marketOf(100), requires('5', '1100', '1000')],
  ['at the market beyond its stop', buy({ quantity: 5, stop: 80 }), marketOf(100), undefined],
  [
    'at its limit behind its stop',
    buy({ quantity: 5, stop: 110, limit: 120 }),
    marketOf(100),
    requires('5', '1200', '1000'),
  ],
  [
    'where its trail begins',
    buy({ quantity: 5, trail: { amount: 10 } }),
    marketOf(100),
    requires('5', '1100', '1000'),
  ],
];

describe.each<[string, readonly Row[]]>([
  ['how much', EXTENT],
  ['beside what is held', HELD],
  ['to reduce', REDUCING],
  ['beside what works', WORKING],
  ['at which price', PRICES],
])('what an order requires: %s', (_, rows) => {
  it.each(rows)('%s', (_what, order, market, expected, account) => {
    expect(refusal(order, market, account)).toEqual(
      expected && { kind: 'refused', code: 'INSUFFICIENT_FUNDS', message: expected },
    );
  });
});

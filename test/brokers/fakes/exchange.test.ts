import { describe, expect, it } from 'vitest';
import { decimal } from '../../../functions/core/decimal.ts';
import { FakeExchange, type FillBehavior } from './exchange.ts';
import type { ExchangeOrder, ExchangeRequest } from './exchange-order.ts';

const post = (exchange: FakeExchange, ...prices: number[]) => {
  for (const price of prices) {
    exchange.post('BTC', decimal(price));
  }
};

const request = (changes: Partial<ExchangeRequest> = {}): ExchangeRequest => ({
  clientOrderId: 'one',
  symbol: 'BTC',
  side: 'sell',
  type: 'market',
  quantity: decimal(4),
  timeInForce: 'gtc',
  ...changes,
});

const stop = request({ clientOrderId: 'stop', type: 'stop', stopPrice: decimal(95) });
const limit = request({ clientOrderId: 'limit', type: 'limit', limitPrice: decimal(110) });

function place(exchange: FakeExchange, wanted: ExchangeRequest, fills?: FillBehavior): ExchangeOrder {
  const taken = exchange.place(wanted, fills);
  if (taken.kind !== 'taken') {
    throw new Error(taken.kind);
  }
  return taken.order;
}

function pair(exchange: FakeExchange, fills?: FillBehavior): readonly [ExchangeOrder, ExchangeOrder] {
  const taken = exchange.placePair(limit, stop, fills);
  if (taken.kind !== 'taken') {
    throw new Error(taken.kind);
  }
  return taken.orders;
}

/** What filled, for example `4 at 100`. */
const fillsOf = ({ fills }: ExchangeOrder) => fills.map(({ quantity, price }) => `${quantity} at ${price}`);

describe('an order at the fake exchange', () => {
  it.each<{ name: string; order: Partial<ExchangeRequest>; prices: number[]; fills: string[] }>([
    { name: 'market', order: {}, prices: [100], fills: ['4 at 100'] },
    {
      name: 'limit that is better at once',
      order: { type: 'limit', limitPrice: decimal(99) },
      prices: [100],
      fills: ['4 at 100'],
    },
    {
      name: 'limit that rests',
      order: { type: 'limit', limitPrice: decimal(105) },
      prices: [100, 104, 107],
      fills: ['4 at 105'],
    },
    {
      name: 'limit to buy',
      order: { type: 'limit', side: 'buy', limitPrice: decimal(95) },
      prices: [100, 96, 94],
      fills: ['4 at 95'],
    },
    {
      name: 'stop',
      order: { type: 'stop', stopPrice: decimal(95) },
      prices: [100, 96, 94],
      fills: ['4 at 94'],
    },
    {
      name: 'stop to buy',
      order: { type: 'stop', side: 'buy', stopPrice: decimal(105) },
      prices: [100, 104, 106],
      fills: ['4 at 106'],
    },
    {
      name: 'stop limit',
      order: { type: 'stop_limit', stopPrice: decimal(95), limitPrice: decimal(92) },
      prices: [100, 90, 91, 96],
      fills: ['4 at 92'],
    },
    {
      name: 'trailing stop by an amount',
      order: { type: 'trailing_stop', trail: { type: 'amount', amount: decimal(5) } },
      prices: [100, 120, 116, 115],
      fills: ['4 at 115'],
    },
    {
      name: 'trailing stop by percent, to buy',
      order: { type: 'trailing_stop', side: 'buy', trail: { type: 'percent', percent: decimal(10) } },
      prices: [100, 80, 87, 88],
      fills: ['4 at 88'],
    },
  ])('fills as a $name does', ({ order, prices, fills }) => {
    const exchange = new FakeExchange();
    const [first = 0, ...others] = prices;
    post(exchange, first);
    const placed = place(exchange, request(order));
    for (const price of others) {
      expect(fillsOf(placed)).toEqual([]);
      post(exchange, price);
    }
    expect(fillsOf(placed)).toEqual(fills);
    expect(placed.status).toBe('FILLED');
  });

  it('moves the position and the cash by what it fills', () => {
    const exchange = new FakeExchange({ cash: decimal(1_000) });
    post(exchange, 100);
    place(exchange, request({ side: 'buy' }));
    post(exchange, 110);
    place(exchange, request({ quantity: decimal(1) }));
    expect([exchange.position('BTC'), exchange.cash, exchange.equity()]).toEqual(['3', '710', '1040']);
  });

  it('fills half at once and the rest with the market, when it is told to', () => {
    const exchange = new FakeExchange();
    post(exchange, 100);
    const order = place(exchange, request({ quantity: decimal(5) }), 'partial');
    expect([order.status, ...fillsOf(order)]).toEqual(['PARTIALLY_FILLED', '2 at 100']);
    post(exchange, 90);
    expect(fillsOf(order)).toEqual(['2 at 100', '3 at 90']);
    expect(order.averageFillPrice).toBe('94');
  });

  it('fills late when somebody asks, or while its cancel is on the way, whatever the market does', () => {
    const exchange = new FakeExchange();
    post(exchange, 100);
    const asked = place(exchange, request(), 'late');
    const canceled = place(exchange, request(), 'late');
    post(exchange, 90);
    expect([asked.status, canceled.status]).toEqual(['NEW', 'NEW']);
    expect(exchange.inquire(asked).status).toBe('FILLED');
    expect([exchange.cancel(canceled), canceled.status]).toEqual([true, 'FILLED']);
    expect(exchange.cancel(canceled)).toBe(false);
  });

  it.each([
    ['ioc', 'partial', 'CANCELED 2'],
    ['fok', 'partial', 'CANCELED 0'],
    ['ioc', 'at-once', 'FILLED 4'],
    ['fok', 'at-once', 'FILLED 4'],
  ] as const)('that is good for %s and fills %s is %s', (timeInForce, fills, state) => {
    const exchange = new FakeExchange();
    post(exchange, 100);
    const order = place(exchange, request({ timeInForce }), fills);
    expect(`${order.status} ${order.filledQuantity}`).toBe(state);
  });

  it('that is good for the day expires with it', () => {
    const exchange = new FakeExchange();
    const [day, always] = [place(exchange, { ...stop, timeInForce: 'day' }), place(exchange, stop)];
    exchange.closeDay();
    expect([day.status, always.status]).toEqual(['EXPIRED', 'NEW']);
  });
});

describe('a pair at the fake exchange', () => {
  it.each([
    [110, 'FILLED', 'CANCELED'],
    [95, 'CANCELED', 'FILLED'],
  ])('is one fill: at %i the limit is %s and the stop %s', (price, first, second) => {
    const exchange = new FakeExchange();
    post(exchange, 100);
    const [takeProfit, stopLoss] = pair(exchange);
    post(exchange, price, 90, 120);
    expect([takeProfit.status, stopLoss.status, exchange.position('BTC')]).toEqual([first, second, '-4']);
  });

  it('is smaller by what one of it filled in part', () => {
    const exchange = new FakeExchange();
    post(exchange, 100);
    const [takeProfit, stopLoss] = pair(exchange, 'partial');
    expect([takeProfit.status, stopLoss.quantity]).toEqual(['PARTIALLY_FILLED', '2']);
    exchange.fillPart(takeProfit, decimal(1));
    expect(stopLoss.quantity).toBe('1');
    post(exchange, 95);
    expect([takeProfit.status, stopLoss.status, exchange.position('BTC')]).toEqual([
      'CANCELED',
      'FILLED',
      '-4',
    ]);
  });

  it('ends with either of its orders', () => {
    const exchange = new FakeExchange();
    const [takeProfit, stopLoss] = pair(exchange);
    exchange.cancel(stopLoss);
    expect([takeProfit.status, stopLoss.status]).toEqual(['CANCELED', 'CANCELED']);
  });
});

describe('a fake exchange without short positions', () => {
  const bought = () => {
    const exchange = new FakeExchange({ cash: decimal(1_000), allowsShort: false });
    post(exchange, 100);
    place(exchange, request({ side: 'buy' }));
    return exchange;
  };

  it('takes no order that it cannot pay for, and reserves what open orders would sell', () => {
    const exchange = bought();
    expect(exchange.place(request({ side: 'buy', quantity: decimal(7) })).kind).toBe('insufficient');
    expect(exchange.place(request({ quantity: decimal(5) })).kind).toBe('insufficient');
    const order = place(exchange, stop);
    expect(exchange.place(limit).kind).toBe('insufficient');
    expect(exchange.placePair(limit, stop).kind).toBe('insufficient');
    exchange.cancel(order);
    expect(exchange.place(limit).kind).toBe('taken');
  });

  it('reserves for a pair what one of its orders sells', () => {
    const exchange = bought();
    exchange.placePair({ ...limit, quantity: decimal(2) }, { ...stop, quantity: decimal(2) });
    expect(exchange.place(request({ quantity: decimal(3) })).kind).toBe('insufficient');
    expect(exchange.place(request({ quantity: decimal(2) })).kind).toBe('taken');
  });
});

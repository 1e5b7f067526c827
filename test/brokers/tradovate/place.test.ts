import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Broker } from '../../../functions/brokers/broker.ts';
import { TRADOVATE_TIMING } from '../../../functions/brokers/tradovate/timing.ts';
import { type Decimal, decimal } from '../../../functions/core/decimal.ts';
import type { ClientOrderId } from '../../../functions/core/ids.ts';
import { TIMING } from '../../../functions/core/lease.ts';
import type { OrderIntent, OrderPricing } from '../../../functions/core/order.ts';
import { unreachableUrl } from '../fakes/http-venue.ts';
import { ID, market } from '../support.ts';
import { brokerAt, eachWithVenue, TEST_TIMING, type TestVenue } from './support.ts';

const SYMBOL = 'MNQZ6';
const ORDER = market({ symbol: SYMBOL, price: null });
const PLACE = '/order/placeorder';

/** More digits than a float has. */
const EXACT = '25831.12345678901234567' as Decimal;

let venue: TestVenue;
let broker: Broker;
eachWithVenue((started) => {
  venue = started;
  broker = brokerAt(venue);
});

const bodies = (path: string) =>
  venue.fake.requests.filter((request) => request.path === `/v1${path}`).map(({ body }) => body);

/** An order of another kind than a market order. */
const of = (pricing: OrderPricing, changes: Partial<OrderIntent> = {}): OrderIntent =>
  ({ ...ORDER, side: 'sell', timeInForce: 'gtc', ...changes, ...pricing }) as OrderIntent;

describe('what is sent', () => {
  const terms = (rest: string) =>
    `"accountId":4711,"accountSpec":"DEMO4711","action":"Sell","clOrdId":"of-the-test","isAutomated":true,"orderQty":3,${rest},"symbol":"MNQZ6","timeInForce":"GTC"`;

  it.each<[string, OrderIntent, string]>([
    ['a market order', of({ type: 'market' }), terms('"orderType":"Market"')],
    [
      'a limit order',
      of({ type: 'limit', limitPrice: EXACT }),
      terms(`"orderType":"Limit","price":${EXACT}`),
    ],
    [
      'a stop order',
      of({ type: 'stop', stopPrice: EXACT }),
      terms(`"orderType":"Stop","stopPrice":${EXACT}`),
    ],
    [
      'a stop-limit order',
      of({ type: 'stop_limit', stopPrice: decimal('0.1'), limitPrice: EXACT }),
      terms(`"orderType":"StopLimit","price":${EXACT},"stopPrice":0.1`),
    ],
    [
      'a trailing stop to sell, which begins below the price',
      of(
        { type: 'trailing_stop', trail: { type: 'amount', amount: decimal('0.3') } },
        { referencePrice: decimal(100) },
      ),
      terms('"orderType":"TrailingStop","pegDifference":0.3,"stopPrice":99.7'),
    ],
    [
      'a trailing stop to buy, which begins above it',
      of(
        { type: 'trailing_stop', trail: { type: 'amount', amount: decimal('0.3') } },
        { referencePrice: decimal(100), side: 'buy' },
      ),
      terms('"orderType":"TrailingStop","pegDifference":0.3,"stopPrice":100.3').replace('Sell', 'Buy'),
    ],
  ])('is %s, to the digit', async (_, order, fields) => {
    const outcome = await broker.place(order);
    const [body = ''] = bodies(PLACE);
    expect(body.slice(1, -1).split(',').toSorted()).toEqual(fields.split(',').toSorted());
    expect(outcome).toMatchObject({
      kind: 'accepted',
      order: { type: order.type, quantity: '3', status: 'NEW' },
    });
  });

  it('is how long the order is good for', async () => {
    for (const timeInForce of ['day', 'gtc', 'ioc', 'fok'] as const) {
      await broker.place({ ...ORDER, timeInForce });
    }
    expect(bodies(PLACE).map((body) => JSON.parse(body).timeInForce)).toEqual(['Day', 'GTC', 'IOC', 'FOK']);
  });

  it('is a pair in one request, each order with its own id, the second without quantity and symbol', async () => {
    const takeProfit = 'of-take-profit' as ClientOrderId;
    const stopLoss = 'of-stop-loss' as ClientOrderId;
    const outcome = await broker.placeOco?.({
      takeProfit: of(
        { type: 'limit', limitPrice: decimal(110) },
        { clientOrderId: takeProfit, oco: stopLoss },
      ),
      stopLoss: of({ type: 'stop', stopPrice: decimal(95) }, { clientOrderId: stopLoss, oco: takeProfit }),
    });
    const [body = ''] = bodies('/order/placeoco');
    expect(JSON.parse(body)).toEqual({
      accountId: 4711,
      accountSpec: 'DEMO4711',
      action: 'Sell',
      clOrdId: 'of-take-profit',
      isAutomated: true,
      orderQty: 3,
      orderType: 'Limit',
      price: 110,
      symbol: SYMBOL,
      timeInForce: 'GTC',
      other: {
        action: 'Sell',
        clOrdId: 'of-stop-loss',
        orderType: 'Stop',
        stopPrice: 95,
        timeInForce: 'GTC',
      },
    });
    expect(outcome).toMatchObject({
      kind: 'accepted',
      takeProfit: { brokerOrderId: '1001', clientOrderId: 'of-take-profit' },
      stopLoss: { brokerOrderId: '1002', clientOrderId: 'of-stop-loss' },
    });
  });

  it('goes over a connection of its own: one that was kept may be gone', async () => {
    await broker.place(ORDER);
    expect(new Set(venue.fake.requests.map(({ headers }) => headers.connection))).toEqual(new Set(['close']));
  });

  it('is in the published schema', async () => {
    await broker.place(ORDER);
    await broker.lookup({ clientOrderId: ID, symbol: SYMBOL });
    await broker.cancel({ clientOrderId: ID, symbol: SYMBOL });
    await broker.orders(10);
    expect(venue.fake.problems).toEqual([]);
    await fetch(`${venue.fake.url}/v1${PLACE}`, {
      method: 'POST',
      body: '{"clOrdID":"of-the-test","price":"1"}',
    });
    expect(venue.fake.problems).toHaveLength(6);
  });
});

describe('what is refused before Tradovate is asked', () => {
  const PERCENT = { type: 'trailing_stop', trail: { type: 'percent', percent: decimal(1) } } as const;
  const AMOUNT = { type: 'trailing_stop', trail: { type: 'amount', amount: decimal(1) } } as const;
  it.each<[string, OrderIntent, string]>([
    ['a part of a contract', { ...ORDER, quantity: decimal('1.5') }, 'INVALID_QUANTITY'],
    ['a trailing stop by percent', of(PERCENT, { referencePrice: decimal(100) }), 'UNSUPPORTED'],
    ['a trailing stop when no price is known', of(AMOUNT), 'UNSUPPORTED'],
  ])('is %s', async (_, order, code) => {
    expect(await broker.place(order)).toMatchObject({ kind: 'rejected', code });
    expect(venue.fake.requests).toEqual([]);
  });

  it.each<[string, Partial<OrderIntent>, string]>([
    ['quantities', { quantity: decimal(2) }, 'UNSUPPORTED'],
    ['symbols', { symbol: 'MESZ6' }, 'UNSUPPORTED'],
  ])('is a pair with two %s', async (_, changes, code) => {
    const takeProfit = of({ type: 'limit', limitPrice: decimal(110) });
    const stopLoss = of({ type: 'stop', stopPrice: decimal(95) }, changes);
    expect(await broker.placeOco?.({ takeProfit, stopLoss })).toMatchObject({ kind: 'rejected', code });
    expect(venue.fake.requests).toEqual([]);
  });
});

it('waits for an answer no longer than the engine does', async () => {
  await broker.equity();
  const hasty = brokerAt(venue, { timing: { ...TEST_TIMING, callMs: 50 } });
  venue.fake.meet('place', 'timeout-after-accept');
  expect(await hasty.place(ORDER)).toMatchObject({ kind: 'unknown', cause: 'timeout' });
  expect(TRADOVATE_TIMING.callMs).toBeLessThan(TIMING.brokerTimeoutMs);
  expect(TRADOVATE_TIMING.sendWithinMs).toBeLessThan(TRADOVATE_TIMING.callMs);
  expect(TRADOVATE_TIMING.tokenWaitMs).toBeLessThan(TRADOVATE_TIMING.sendWithinMs);
});

describe('what was not sent for certain', () => {
  it('is an order to a Tradovate that cannot be reached', async () => {
    const gone = await unreachableUrl();
    await broker.equity();
    const unreachable: typeof fetch = (input, init) =>
      fetch(String(input).replace(venue.fake.url, gone), init);
    const cut = brokerAt(venue, { fetch: unreachable });
    expect(await cut.place(ORDER)).toMatchObject({
      kind: 'busy',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('is an order that would have been sent so late that nobody waits for its answer', async () => {
    const { credentials } = venue.environment();
    const slow = brokerAt(venue, {
      timing: { ...TEST_TIMING, sendWithinMs: 1 },
      credentials: {
        ...credentials,
        async read(name, shape) {
          await wait(20);
          return credentials.read(name, shape);
        },
      },
    });
    expect(await slow.place(ORDER)).toMatchObject({ kind: 'busy' });
    expect(bodies(PLACE)).toEqual([]);
  });
});

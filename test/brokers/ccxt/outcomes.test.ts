import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CcxtExchange } from '../../../functions/core/configuration.ts';
import { decimal } from '../../../functions/core/decimal.ts';
import type { OrderIntent } from '../../../functions/core/order.ts';
import { unreachableUrl, type VenueAnswer, type VenueRequest } from '../fakes/http-venue.ts';
import { type Answering, ORDER as order, startAnswering } from './answering.ts';
import { binance, OUTCOME_ROWS } from './outcome-rows.ts';

let http: Answering['http'];
let brokerAt: Answering['brokerAt'];
beforeAll(async () => {
  ({ http, brokerAt } = await startAnswering());
});
afterAll(() => http.close());

// In two parts, or scanners for secrets would take it for one.
const PEM_OF_NO_KEY = `-----BEGIN EC ${'PRIVATE KEY'}-----\nno\n`;

const isPlacing = ({ method, path }: VenueRequest) =>
  /AddOrder$/.test(path) || (method === 'POST' && /\/order(s)?$/.test(path));

const absent: Readonly<Record<CcxtExchange, VenueAnswer>> = {
  binance: { status: 400, body: { code: -2013, msg: 'Order does not exist.' } },
  kraken: { status: 200, body: { error: [], result: { open: {}, closed: {} } } },
  coinbase: { status: 200, body: { orders: [] } },
};

const short = (
  outcome: { kind: string } | { kind: string; code: string } | { kind: string; cause: string },
) =>
  [outcome.kind, 'code' in outcome ? outcome.code : 'cause' in outcome ? outcome.cause : ''].join(' ').trim();

describe('an order that is answered with', () => {
  it.each(OUTCOME_ROWS)('by %s: %s', async (exchange, _, answer, outcome) => {
    const broker = brokerAt(exchange, (request) => (isPlacing(request) ? answer : absent[exchange]));
    expect(short(await broker.place(order))).toBe(outcome);
  });

  it('a refusal is adopted if it was accepted earlier', async () => {
    const held = {
      orderId: 7,
      clientOrderId: order.clientOrderId,
      symbol: 'BTCUSD',
      side: 'BUY',
      type: 'MARKET',
      status: 'FILLED',
      price: '0.00000000',
      origQty: order.quantity,
      executedQty: order.quantity,
      cummulativeQuoteQty: '12.3456789012345678',
      time: 1_795_363_162_552,
    };
    const refusal = binance(-2010, 'Account has insufficient balance for requested action.');
    const broker = brokerAt('binance', (request) =>
      isPlacing(request) ? refusal : { status: 200, body: held },
    );
    expect(await broker.place(order)).toEqual({
      kind: 'accepted',
      order: {
        brokerOrderId: '7',
        clientOrderId: order.clientOrderId,
        symbol: 'BTC',
        side: 'buy',
        type: 'market',
        quantity: '0.123456789012345678',
        filledQuantity: '0.123456789012345678',
        averageFillPrice: '100',
        status: 'FILLED',
        createdAtMs: 1_795_363_162_552,
      },
    });
  });
});

// On a connection of its own: Lambda may have frozen one that was kept.
it.each([
  ['binance', (body: string) => new URLSearchParams(body).get('quantity')],
  ['kraken', (body: string) => new URLSearchParams(body).get('volume')],
  ['coinbase', (body: string) => JSON.parse(body).order_configuration.market_market_ioc.base_size],
] as const)(
  '%s gets the quantity to the last digit, on a connection that is not kept',
  async (exchange, quantityIn) => {
    const broker = brokerAt(exchange, () => ({ status: 503 }));
    await broker.place(order);
    expect(http.requests.map(({ body }) => quantityIn(body))).toEqual(['0.123456789012345678']);
    expect(http.requests.map(({ headers }) => headers.connection)).toEqual(['close']);
  },
);

it('gives up at its deadline', async () => {
  const broker = brokerAt('binance', () => ({ status: 503 }), { timeoutMs: 40 });
  http.meet('place', 'timeout');
  expect(await broker.place(order)).toMatchObject({ kind: 'unknown', cause: 'timeout' });
});

it('was not sent to an exchange that cannot be reached', async () => {
  const broker = brokerAt('binance', () => ({ status: 500 }), { url: await unreachableUrl() });
  expect(await broker.place(order)).toMatchObject({
    kind: 'busy',
    message: expect.stringContaining('ECONNREFUSED'),
  });
});

it.each(['kraken', 'coinbase'] as const)('is refused at %s where it asks for a demo', async (exchange) => {
  const broker = brokerAt(exchange, () => ({ status: 200, body: {} }), { environment: 'demo' });
  expect(await broker.place(order)).toMatchObject({ kind: 'rejected', code: 'NO_DEMO' });
  expect(http.requests).toEqual([]);
});

it('asks for the credentials anew when they were refused', async () => {
  let reads = 0;
  const broker = brokerAt('binance', () => binance(-2015, 'Invalid API-key.', 401), {
    onRead: () => (reads += 1),
  });
  await broker.place(order);
  expect(await broker.place(order)).toMatchObject({ kind: 'rejected', code: 'UNAUTHORIZED' });
  expect(reads).toBe(2);
});

it.each([
  ['binance', {}],
  ['binance', { apiKey: 'with\nline', secret: 'x' }],
  ['coinbase', { apiKey: 'organizations/1/apiKeys/2', secret: PEM_OF_NO_KEY }],
] as const)('sends nothing to %s with credentials that are none', async (exchange, keys) => {
  const broker = brokerAt(exchange, () => ({ status: 200, body: {} }), { keys });
  expect(await broker.place(order)).toMatchObject({ kind: 'rejected', code: 'UNAUTHORIZED' });
  expect(await broker.positions()).toMatchObject({ kind: 'unknown' });
  expect(http.requests).toEqual([]);
});

it.each<{ what: string; exchange: CcxtExchange; changes: Partial<OrderIntent>; code: string }>([
  {
    what: 'a symbol that the account does not trade',
    exchange: 'binance',
    changes: { symbol: 'DOGE' },
    code: 'UNKNOWN_SYMBOL',
  },
  {
    what: 'a market order that is good for fok',
    exchange: 'binance',
    changes: { timeInForce: 'fok' },
    code: 'UNSUPPORTED',
  },
  {
    what: 'a trail in price',
    exchange: 'binance',
    changes: { type: 'trailing_stop', trail: { type: 'amount', amount: decimal(5) } },
    code: 'UNSUPPORTED',
  },
  {
    what: 'a trail of a third of a basis point',
    exchange: 'binance',
    changes: { type: 'trailing_stop', trail: { type: 'percent', percent: decimal('0.003') } },
    code: 'UNSUPPORTED',
  },
  {
    what: 'a stop-limit order that is good for ioc',
    exchange: 'coinbase',
    changes: { type: 'stop_limit', timeInForce: 'ioc', stopPrice: decimal(95), limitPrice: decimal(90) },
    code: 'UNSUPPORTED',
  },
])('refuses $what at $exchange before it is asked', async ({ exchange, changes, code }) => {
  const broker = brokerAt(exchange, () => ({ status: 200, body: {} }));
  expect(await broker.place({ ...order, ...changes } as OrderIntent)).toMatchObject({
    kind: 'rejected',
    code,
  });
  expect(http.requests).toEqual([]);
});

it('does not know what became of an order whose symbol the account has no more', async () => {
  const broker = brokerAt('binance', () => ({ status: 200, body: {} }));
  const named = { clientOrderId: order.clientOrderId, symbol: 'DOGE' };
  expect(await broker.lookup(named)).toMatchObject({ kind: 'unknown' });
  expect(await broker.cancel(named)).toMatchObject({ kind: 'unknown' });
});

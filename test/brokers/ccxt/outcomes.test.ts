import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Broker } from '../../../functions/brokers/broker.ts';
import { createCcxtBroker } from '../../../functions/brokers/ccxt/ccxt-broker.ts';
import { createCredentialsStore } from '../../../functions/brokers/credentials.ts';
import type { CcxtExchange } from '../../../functions/core/configuration.ts';
import { decimal } from '../../../functions/core/decimal.ts';
import type { OrderIntent } from '../../../functions/core/order.ts';
import { idOf } from '../contract/contract-case.ts';
import { type HttpVenue, startHttpVenue, type VenueAnswer, type VenueRequest } from '../fakes/http-venue.ts';
import { binance, OUTCOME_ROWS } from './outcome-rows.ts';

type Answer = (request: VenueRequest) => VenueAnswer;

const KEYS = { apiKey: 'key-1', secret: Buffer.from('secret-1').toString('base64') };
const SYMBOLS = { BTC: 'BTC/USD', ETH: 'ETH/USD' };

let http: HttpVenue;
beforeAll(async () => {
  http = await startHttpVenue(speaking(() => ({ status: 500 })));
});
afterAll(() => http.close());

const speaking = (answer: Answer) => ({
  callOf: () => 'place' as const,
  refuse: () => ({ status: 500 }),
  answer,
});

interface Setting {
  readonly timeoutMs?: number;
  readonly keys?: unknown;
  readonly onRead?: () => void;
}

/** An adapter whose every request is answered like this. */
function brokerAt(
  exchange: CcxtExchange,
  answer: Answer,
  { timeoutMs = 10_000, keys = KEYS, onRead = () => undefined }: Setting = {},
): Broker {
  http.speak(speaking(answer));
  const readSecret = async () => {
    onRead();
    return JSON.stringify(keys);
  };
  return createCcxtBroker(
    { exchange, environment: 'live', credentials: 'main', symbols: SYMBOLS },
    {
      fetch,
      credentials: createCredentialsStore('test/', readSecret, Date),
      endpoints: { ccxt: http.url },
      clock: Date,
    },
    timeoutMs,
  );
}

const order: OrderIntent = {
  clientOrderId: idOf('order'),
  leg: 'entry',
  symbol: 'BTC',
  side: 'buy',
  quantity: decimal('0.123456789012345678'),
  timeInForce: 'gtc',
  reduceOnly: false,
  type: 'market',
};

const isPlacing = ({ method, path }: VenueRequest) =>
  /AddOrder$/.test(path) || (method === 'POST' && /\/order(s)?$/.test(path));

const absent: Readonly<Record<CcxtExchange, VenueAnswer>> = {
  binance: { status: 400, body: { code: -2013, msg: 'Order does not exist.' } },
  kraken: { status: 200, body: { error: [], result: { open: {}, closed: {} } } },
  coinbase: { status: 200, body: { orders: [] } },
};

const secretOf = (exchange: CcxtExchange) =>
  exchange === 'coinbase' ? { ...KEYS, secret: 'legacy-secret' } : KEYS;

const short = (
  outcome: { kind: string } | { kind: string; code: string } | { kind: string; cause: string },
) =>
  [outcome.kind, 'code' in outcome ? outcome.code : 'cause' in outcome ? outcome.cause : ''].join(' ').trim();

describe('an order that is answered with', () => {
  it.each(OUTCOME_ROWS)('$what by $exchange is $outcome', async ({ exchange, answer, outcome }) => {
    const broker = brokerAt(exchange, (request) => (isPlacing(request) ? answer : absent[exchange]), {
      keys: secretOf(exchange),
    });
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

it.each([
  ['binance', (body: string) => new URLSearchParams(body).get('quantity')],
  ['kraken', (body: string) => new URLSearchParams(body).get('volume')],
  ['coinbase', (body: string) => JSON.parse(body).order_configuration.market_market_ioc.base_size],
] as const)('%s gets the quantity to the last digit', async (exchange, quantityIn) => {
  const broker = brokerAt(exchange, () => ({ status: 503 }), { keys: secretOf(exchange) });
  await broker.place(order);
  expect(http.requests.map(({ body }) => quantityIn(body))).toEqual(['0.123456789012345678']);
});

it('gives up at its deadline', async () => {
  const broker = brokerAt('binance', () => ({ status: 503 }), { timeoutMs: 40 });
  http.meet('place', 'timeout');
  expect(await broker.place(order)).toMatchObject({ kind: 'unknown', cause: 'timeout' });
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
  ['coinbase', { apiKey: 'organizations/1/apiKeys/2', secret: '-----BEGIN EC PRIVATE KEY-----\nno\n' }],
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

it('adds up cash and what is held, reserved or not, at the last price', async () => {
  const balances = [
    { asset: 'USD', free: '1000.10000000', locked: '0.20000000' },
    { asset: 'BTC', free: '0.10000000', locked: '0.02000000' },
    { asset: 'ETH', free: '0.00000000', locked: '0.00000000' },
    { asset: 'BNB', free: '3.00000000', locked: '0.00000000' },
  ];
  const broker = brokerAt('binance', ({ path }) =>
    path.endsWith('account')
      ? { status: 200, body: { balances } }
      : { status: 200, body: { price: '100.01' } },
  );
  expect(await broker.positions()).toEqual({ kind: 'positions', quantities: { BTC: '0.12' } });
  expect(await broker.equity()).toEqual({ kind: 'equity', equity: '1012.3012' });
});

it('says that the exchange did not list its orders', async () => {
  const broker = brokerAt('kraken', () => ({ status: 503 }));
  await expect(broker.orders(10)).rejects.toMatchObject({ code: 'VENUE_UNAVAILABLE', disposition: 'retry' });
});

import { describe, expect, it } from 'vitest';
import { decimal } from '../../../functions/core/decimal.ts';
import type { OrderIntent, OrderPricing } from '../../../functions/core/order.ts';
import { KEYS } from '../fakes/alpaca/start-alpaca.ts';
import {
  answering,
  errorAt,
  NOT_FOUND,
  NOW_MS,
  networkError,
  orderAt,
  type Reply,
  TAKEN,
} from './answering.ts';
import { limitAt, order, pair, stopAt, stopLimitAt } from './intents.ts';

const place = (replies: readonly Reply[], intent: OrderIntent = order()) =>
  answering(replies).broker.place(intent);

const HTML = '<html>Bad Gateway</html>';

describe('an order that Alpaca answers with', () => {
  it.each<readonly [name: string, reply: Reply, expected: object]>([
    ['200', [200, orderAt()], { kind: 'accepted', order: { status: 'NEW', brokerOrderId: 'a1' } }],
    [
      '200 and a status that says it was refused afterwards',
      [200, orderAt({ status: 'rejected' })],
      { kind: 'accepted', order: { status: 'REJECTED' } },
    ],
    ['422 without words', [422, {}], { kind: 'unknown', cause: 'unavailable' }],
    ['422 that is no JSON', [422, HTML], { kind: 'unknown', cause: 'unavailable' }],
    ['403 of something before Alpaca', [403, HTML], { kind: 'unknown', cause: 'unavailable' }],
    ['408', [408, { message: 'timeout' }], { kind: 'unknown', cause: 'unavailable' }],
    ['409', [409, { message: 'conflict' }], { kind: 'unknown', cause: 'unavailable' }],
    ['202', [202, orderAt()], { kind: 'unknown', cause: 'unavailable' }],
    ['204', [204], { kind: 'unknown', cause: 'unavailable' }],
    [
      '500',
      [500, { message: 'oops' }],
      { kind: 'unknown', cause: 'unavailable', message: 'Alpaca answered 500.' },
    ],
    ['502', [502, HTML], { kind: 'unknown', cause: 'unavailable' }],
    ['504', [504], { kind: 'unknown', cause: 'unavailable' }],
    ['200 and half an answer', [200, '{"id":'], { kind: 'unknown', cause: 'unavailable' }],
    ['200 and no order', [200, {}], { kind: 'unknown', cause: 'unavailable' }],
    ['200 and another order', [200, orderAt({ client_order_id: 'x' })], { kind: 'unknown' }],
    ['200 and a type that is unknown', [200, orderAt({ type: 'iceberg' })], { kind: 'unknown' }],
    ['200 and numbers that are no text', [200, orderAt({ qty: 4 })], { kind: 'unknown' }],
    ['200 and a fill without a price', [200, orderAt({ filled_qty: '2' })], { kind: 'unknown' }],
    ['200 and a fill of nothing', [200, orderAt({ status: 'filled' })], { kind: 'unknown' }],
    [
      '200 and filled, though not whole',
      [200, orderAt({ status: 'filled', filled_qty: '3', filled_avg_price: '100' })],
      { kind: 'unknown' },
    ],
    ['a reset', networkError('ECONNRESET'), { kind: 'unknown', cause: 'connection' }],
    ['a closed socket', networkError('UND_ERR_SOCKET'), { kind: 'unknown', cause: 'connection' }],
    ['a redirect', new TypeError('unexpected redirect'), { kind: 'unknown', cause: 'connection' }],
    ['silence', 'silence', { kind: 'unknown', cause: 'timeout' }],
    ['no connection', networkError('ECONNREFUSED'), { kind: 'busy' }],
    ['no address', networkError('ENOTFOUND'), { kind: 'busy' }],
  ])('%s', async (_, reply, expected) => {
    const outcome = await place([reply]);
    expect(outcome).toMatchObject(expected);
    expect(JSON.stringify(outcome)).not.toContain(KEYS.secretKey);
  });

  it.each<readonly [status: number, alpacas: number, words: string, code: string]>([
    [403, 40310000, 'insufficient buying power', 'INSUFFICIENT_FUNDS'],
    [403, 40310000, 'insufficient qty available for order (requested: 4, available: 0)', 'ORDER_REJECTED'],
    [403, 40310100, 'trade denied due to pattern day trading protection', 'ORDER_REJECTED'],
    [422, 42210000, 'market is closed', 'MARKET_CLOSED'],
    [422, 42210000, 'asset "XYZ" not found', 'UNKNOWN_SYMBOL'],
    // The code of ids that are taken, which is a generic one.
    [422, 40010001, 'invalid position_intent specified', 'ORDER_REJECTED'],
    [400, 40010000, 'request body format is invalid', 'ORDER_REJECTED'],
  ])('%i, %i and "%s" is rejected as %s', async (status, alpacas, words, code) => {
    expect(await place([errorAt(status, alpacas, words)])).toEqual({
      kind: 'rejected',
      code,
      message: `${words} (${alpacas})`,
    });
  });

  it.each<readonly [name: string, headers: Record<string, string>, waitMs: number]>([
    ['retry-after', { 'retry-after': '3', 'x-ratelimit-reset': '1' }, 3_000],
    ['the second of the reset', { 'x-ratelimit-reset': String(NOW_MS / 1_000 + 7) }, 7_000],
    ['a reset that is over', { 'x-ratelimit-reset': '1' }, 100],
    ['a wait of hours', { 'retry-after': '7200' }, 60_000],
    ['words', { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }, 1_000],
    ['nothing', {}, 1_000],
  ])('429 and %s is busy for that long', async (_, headers, retryAfterMs) => {
    expect(await place([[429, HTML, headers]])).toMatchObject({ kind: 'busy', retryAfterMs });
  });

  it('words of any length is told a part of them', async () => {
    const outcome = await place([errorAt(422, 1, 'x'.repeat(1_000))]);
    expect(outcome).toEqual({
      kind: 'rejected',
      code: 'ORDER_REJECTED',
      message: `${'x'.repeat(200)} (1)`,
    });
  });
});

describe('an order whose id is taken', () => {
  const limit = order(limitAt('101.50'));
  const held = { type: 'limit', limit_price: '101.5' };

  it.each<readonly [name: string, reply: Reply, expected: object]>([
    [
      'was accepted earlier, and is what it has become since',
      [200, orderAt({ ...held, status: 'filled', filled_qty: '4', filled_avg_price: '101.75' })],
      { kind: 'accepted', order: { status: 'FILLED', filledQuantity: '4', averageFillPrice: '101.75' } },
    ],
    [
      'was accepted earlier, also when it was canceled since',
      [200, orderAt({ ...held, status: 'canceled' })],
      { kind: 'accepted', order: { status: 'CANCELED' } },
    ],
    [
      'and its symbol written another way is the same',
      [200, orderAt({ ...held, symbol: 'aapl' })],
      { kind: 'accepted' },
    ],
    ...Object.entries({
      symbol: 'TSLA',
      side: 'buy',
      qty: '5',
      limit_price: '101.51',
      type: 'market',
    }).map(([field, value]): [string, Reply, object] => [
      `belongs to an order of another ${field}, so that this one was not placed`,
      [200, orderAt({ ...held, [field]: value })],
      { kind: 'rejected', code: 'CLIENT_ORDER_ID_TAKEN' },
    ]),
    ['is unknown while it cannot be found', NOT_FOUND, { kind: 'unknown', cause: 'unavailable' }],
    ['is unknown while it cannot be looked up', [503], { kind: 'unknown', cause: 'unavailable' }],
    ['is unknown while the rate limit is met', [429], { kind: 'unknown', cause: 'unavailable' }],
    ['is unknown when nobody says', 'silence', { kind: 'unknown', cause: 'timeout' }],
  ])('%s', async (_, reply, expected) => {
    const { broker, asked } = answering([TAKEN, reply]);
    expect(await broker.place(limit)).toMatchObject(expected);
    expect(asked).toEqual(['POST /v2/orders', 'GET /v2/orders:by_client_order_id?client_order_id=of-order']);
  });

  it.each<readonly [OrderPricing, Record<string, unknown>, Record<string, unknown>]>([
    [stopAt(95), { type: 'stop', stop_price: '95' }, { stop_price: '96' }],
    [stopLimitAt(95, 94), { type: 'stop_limit', stop_price: '95', limit_price: '94' }, { limit_price: '93' }],
    [
      { type: 'trailing_stop', trail: { type: 'percent', percent: '5' as never } },
      { type: 'trailing_stop', trail_percent: '5', stop_price: '99.75' },
      { trail_percent: null, trail_price: '5' },
    ],
  ])('is compared by all its prices: %j', async (pricing, same, other) => {
    const intent = order(pricing);
    expect(await place([TAKEN, [200, orderAt(same)]], intent)).toMatchObject({ kind: 'accepted' });
    expect(await place([TAKEN, [200, orderAt({ ...same, ...other })]], intent)).toMatchObject({
      code: 'CLIENT_ORDER_ID_TAKEN',
    });
  });
});

describe('crypto', () => {
  it.each<readonly [what: string, pricing: OrderPricing, timeInForce: OrderIntent['timeInForce']]>([
    ['stop orders', stopAt(95), 'gtc'],
    ['trailing stops', { type: 'trailing_stop', trail: { type: 'amount', amount: decimal(5) } }, 'gtc'],
    ['limit orders that are good for the day', limitAt(95), 'day'],
    ['market orders that are good for fok', { type: 'market' }, 'fok'],
  ])('takes no %s, and Alpaca is not asked', async (_, pricing, timeInForce) => {
    const { broker, asked } = answering([]);
    const outcome = await broker.place(order(pricing, { symbol: 'BTC/USD', timeInForce }));
    expect(outcome).toMatchObject({ kind: 'rejected', code: 'UNSUPPORTED' });
    expect(asked).toEqual([]);
  });

  it('takes no pairs, and Alpaca is not asked', async () => {
    const { broker, asked } = answering([]);
    const outcome = await broker.placeOco?.(pair(stopAt(95), { symbol: 'BTC/USD' }));
    expect(outcome).toMatchObject({ kind: 'rejected', code: 'UNSUPPORTED' });
    expect(asked).toEqual([]);
  });
});

describe('the prices of an order', () => {
  it.each<readonly [pricing: OrderPricing, symbol: string, isTaken: boolean]>([
    [limitAt('100.25'), 'AAPL', true],
    [limitAt('100.250'), 'AAPL', true],
    [limitAt('100.255'), 'AAPL', false],
    [limitAt('1.00'), 'AAPL', true],
    [limitAt('1.001'), 'AAPL', false],
    [limitAt('0.9999'), 'AAPL', true],
    [limitAt('0.99999'), 'AAPL', false],
    [stopAt('95.5'), 'AAPL', true],
    [stopAt('95.555'), 'AAPL', false],
    [stopLimitAt('95', '94.999'), 'AAPL', false],
    [stopLimitAt('95.001', '94'), 'AAPL', false],
    [limitAt('0.00001234'), 'BTC/USD', true],
    [limitAt('60123.4567'), 'BTC/USD', true],
  ])(
    '%j of %s: is asked about is %s; what is too fine is refused and not rounded',
    async (pricing, symbol, isTaken) => {
      const { broker, asked } = answering([errorAt(422, 42210000, 'asked')]);
      const outcome = await broker.place(order(pricing, { symbol }));
      expect(outcome).toMatchObject({ kind: 'rejected', code: isTaken ? 'ORDER_REJECTED' : 'INVALID_PRICE' });
      expect(asked).toHaveLength(isTaken ? 1 : 0);
    },
  );

  it('that is refused is named with how fine it may be', async () => {
    expect(await place([], order(limitAt('100.255')))).toEqual({
      kind: 'rejected',
      code: 'INVALID_PRICE',
      message: 'Alpaca takes at most 2 decimals of a limit_price like 100.255.',
    });
  });
});

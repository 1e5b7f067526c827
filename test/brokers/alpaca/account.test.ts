import { describe, expect, it } from 'vitest';
import { answering, networkError, orderAt, type Reply } from './answering.ts';

describe('positions at Alpaca', () => {
  it('are signed, of stocks as they are named, and of crypto as they are ordered', async () => {
    const { broker, asked } = answering([
      [
        200,
        [
          { symbol: 'AAPL', qty: '4.50', side: 'long', asset_class: 'us_equity' },
          { symbol: 'TSLA', qty: '-3', side: 'short', asset_class: 'us_equity' },
          { symbol: 'MSFT', qty: '2', side: 'short', asset_class: 'us_equity' },
          { symbol: 'BTCUSD', qty: '0.000000001', side: 'long', asset_class: 'crypto' },
          { symbol: 'ETHUSDT', qty: '1', side: 'long', asset_class: 'crypto' },
          { symbol: 'ETH/BTC', qty: '2', side: 'long', asset_class: 'crypto' },
          { symbol: 'SHOPUSD', qty: '1', side: 'long', asset_class: 'us_equity' },
        ],
      ],
    ]);
    expect(await broker.positions()).toEqual({
      kind: 'positions',
      quantities: {
        AAPL: '4.5',
        TSLA: '-3',
        MSFT: '-2',
        'BTC/USD': '0.000000001',
        'ETH/USDT': '1',
        'ETH/BTC': '2',
        SHOPUSD: '1',
      },
    });
    expect(asked).toEqual(['GET /v2/positions']);
  });

  it.each<readonly [name: string, reply: Reply, cause: string]>([
    ['503', [503], 'unavailable'],
    ['429', [429], 'unavailable'],
    ['401', [401], 'unavailable'],
    ['404', [404, { message: 'not found' }], 'unavailable'],
    ['an object', [200, {}], 'unavailable'],
    ['a quantity that is none', [200, [{ symbol: 'AAPL', qty: 'four' }]], 'unavailable'],
    ['a reset', networkError('ECONNRESET'), 'connection'],
    ['silence', 'silence', 'timeout'],
  ])('are unknown, not flat, on %s; and so is equity', async (_, reply, cause) => {
    expect(await answering([reply]).broker.positions()).toMatchObject({ kind: 'unknown', cause });
    expect(await answering([reply]).broker.equity()).toMatchObject({ kind: 'unknown', cause });
  });
});

describe('the account at Alpaca', () => {
  it('has an equity', async () => {
    const { broker, asked } = answering([[200, { status: 'ACTIVE', equity: '103820.56', cash: '1' }]]);
    expect(await broker.equity()).toEqual({ kind: 'equity', equity: '103820.56' });
    expect(asked).toEqual(['GET /v2/account']);
  });

  it('has orders, of which those are shown that Onefill has words for', async () => {
    const { broker, asked } = answering([
      [
        200,
        [
          orderAt({ id: 'last' }),
          orderAt({ id: 'spread', order_class: 'mleg', symbol: '', side: null }),
          orderAt({ id: 'by-value', qty: null, notional: '500', filled_qty: '2', filled_avg_price: '250' }),
        ],
      ],
    ]);
    expect(
      (await broker.orders(1_000)).map(({ brokerOrderId, quantity }) => [brokerOrderId, quantity]),
    ).toEqual([
      ['last', '4'],
      ['by-value', '2'],
    ]);
    expect(asked).toEqual(['GET /v2/orders?status=all&limit=500&direction=desc']);
  });

  it.each<readonly [name: string, reply: Reply, message: string]>([
    ['503', [503], 'Alpaca answered 503.'],
    ['401', [401], 'Alpaca refuses the credentials of this account.'],
    ['no list', [200, {}], "Alpaca's answer 200 tells nothing."],
  ])(
    'that answers %s when it is asked for its orders says why it has none to show',
    async (_, reply, message) => {
      await expect(answering([reply]).broker.orders(1)).rejects.toMatchObject({
        code: 'VENUE_UNAVAILABLE',
        disposition: 'retry',
        message,
      });
    },
  );
});

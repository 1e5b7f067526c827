import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BrokerOrderId } from '../../../functions/core/ids.ts';
import { type Answering, ORDER, startAnswering } from './answering.ts';

let http: Answering['http'];
let brokerAt: Answering['brokerAt'];
beforeAll(async () => {
  ({ http, brokerAt } = await startAnswering());
});
afterAll(() => http.close());

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

it('knows nothing of an order from credentials that may not cancel it', async () => {
  const broker = brokerAt('binance', () => ({ status: 401, body: { code: -2015, msg: 'Invalid API-key.' } }));
  expect(await broker.cancel(ORDER)).toMatchObject({ kind: 'unknown', cause: 'unavailable' });
});

it('adds up what earns rewards at Kraken and what does not', async () => {
  const result = {
    ZUSD: { balance: '100.0000' },
    'USD.F': { balance: '0.5000' },
    XXBT: { balance: '0.1000000000' },
    'XBT.F': { balance: '0.0200000000' },
    'XBT.M': { balance: '9.0000000000' },
  };
  const broker = brokerAt('kraken', ({ path }) => ({
    status: 200,
    body: { error: [], result: path.endsWith('Ticker') ? { XXBTZUSD: { c: ['1000', '1'] } } : result },
  }));
  expect(await broker.positions()).toEqual({ kind: 'positions', quantities: { BTC: '0.12' } });
  expect(await broker.equity()).toEqual({ kind: 'equity', equity: '220.5' });
});

const wallet = (currency: string, value: string, hold = '0') => ({
  currency,
  available_balance: { value, currency },
  hold: { value: hold, currency },
});

it('reads every page of what is held at Coinbase', async () => {
  const broker = brokerAt('coinbase', ({ query }) => ({
    status: 200,
    body:
      query.get('cursor') === 'the-second'
        ? { accounts: [wallet('BTC', '0.5', '0.25')], has_next: false, cursor: '' }
        : { accounts: [wallet('USD', '10')], has_next: true, cursor: 'the-second' },
  }));
  expect(await broker.positions()).toEqual({ kind: 'positions', quantities: { BTC: '0.75' } });
});

it('does not take positions at Coinbase for flat because a page is missing', async () => {
  const broker = brokerAt('coinbase', ({ query }) =>
    query.has('cursor')
      ? { status: 503 }
      : { status: 200, body: { accounts: [wallet('USD', '10')], has_next: true, cursor: 'the-second' } },
  );
  expect(await broker.positions()).toMatchObject({ kind: 'unknown' });
});

it('finds and cancels an order at Coinbase that newer ones have driven off the list', async () => {
  const resting = {
    order_id: '7',
    client_order_id: ORDER.clientOrderId,
    product_id: 'BTC-USD',
    side: 'SELL',
    status: 'OPEN',
    order_configuration: {
      stop_limit_stop_limit_gtc: { base_size: '1', limit_price: '94', stop_price: '95' },
    },
    filled_size: '0',
    average_filled_price: '0',
    created_time: '2026-11-22T10:00:00.000Z',
  };
  const broker = brokerAt('coinbase', ({ path, body }) => {
    switch (path.replace('/api/v3/brokerage/', '')) {
      case 'orders/historical/7':
        return { status: 200, body: { order: resting } };
      case 'orders/historical/batch':
        return { status: 200, body: { orders: [] } };
      default:
        return {
          status: 200,
          body: { results: [{ success: body === '{"order_ids":["7"]}', order_id: '7' }] },
        };
    }
  });
  const numbered = { ...ORDER, brokerOrderId: '7' as BrokerOrderId };
  expect(await broker.lookup(numbered)).toMatchObject({
    kind: 'found',
    order: { brokerOrderId: '7', status: 'NEW', stopPrice: '95' },
  });
  expect(await broker.cancel(numbered)).toEqual({ kind: 'accepted' });
});

it('knows nothing of an order that Coinbase accepted and does not show', async () => {
  const gone = { status: 404, body: { error: 'unknown', message: 'order with this orderID was not found' } };
  const broker = brokerAt('coinbase', () => gone);
  const numbered = { ...ORDER, brokerOrderId: '7' as BrokerOrderId };
  expect(await broker.lookup(numbered)).toMatchObject({ kind: 'unknown' });
});

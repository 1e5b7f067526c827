import { describe, expect, it } from 'vitest';
import { decimal } from '../../../../functions/core/decimal.ts';
import type { VenueAnswer } from '../http-venue.ts';
import { FakeAlpaca } from './alpaca.ts';
import { KEYS } from './start-alpaca.ts';

type Body = Readonly<Record<string, unknown>>;

/** The fake with 100 for the price of AAPL, and a way to ask it. */
function start() {
  const alpaca = new FakeAlpaca(KEYS);
  alpaca.exchange.post('AAPL', decimal(100));
  const ask = (method: string, path: string, body?: Body): VenueAnswer => {
    const { pathname, searchParams } = new URL(path, 'http://venue');
    const headers = { 'apca-api-key-id': KEYS.keyId, 'apca-api-secret-key': KEYS.secretKey };
    const request = { method, path: pathname, query: searchParams, headers, body: JSON.stringify(body) };
    return alpaca.answer(request, 'at-once');
  };
  const post = (changes: Body = {}) =>
    ask('POST', '/v2/orders', {
      symbol: 'AAPL',
      qty: '4',
      side: 'buy',
      type: 'market',
      time_in_force: 'day',
      client_order_id: 'one',
      ...changes,
    });
  return { alpaca, ask, post };
}

const idIn = ({ body }: VenueAnswer): string => (body as { readonly id: string }).id;

describe('the fake Alpaca', () => {
  it.each<readonly [name: string, changes: Body, status: number, message: string]>([
    ['a symbol that is unknown', { symbol: 'XYZ' }, 422, 'asset "XYZ" not found'],
    ['a type that is unknown', { type: 'iceberg' }, 422, 'invalid order type or time_in_force'],
    ['a time that is unknown', { time_in_force: 'gtd' }, 422, 'invalid order type or time_in_force'],
    ['a price below a cent', { type: 'limit', limit_price: '99.001' }, 422, 'sub-penny increment'],
    ['more than can be paid', { qty: '100000' }, 403, 'insufficient buying power'],
    ['more than is held', { side: 'sell' }, 403, 'insufficient qty available for order'],
    ['a pair that is no limit order', { order_class: 'oco' }, 422, 'oco orders must be limit orders'],
  ])('refuses %s', (_, changes, status, message) => {
    const { alpaca, post } = start();
    expect(post(changes)).toMatchObject({ status, body: { message: expect.stringContaining(message) } });
    expect(alpaca.exchange.orders).toEqual([]);
  });

  it('accepts an id once, also after its order was canceled', () => {
    const { ask, post } = start();
    const resting = { type: 'limit', limit_price: '90' };
    const id = idIn(post(resting));
    expect(ask('DELETE', `/v2/orders/${id}`)).toEqual({ status: 204 });
    expect(ask('DELETE', `/v2/orders/${id}`)).toMatchObject({ status: 422 });
    expect(post(resting)).toMatchObject({
      status: 422,
      body: { code: 40010001, message: 'client_order_id must be unique' },
    });
  });

  it('shows an order as accepted first, and then as it is', () => {
    const { ask, post } = start();
    const accepted = post();
    expect(accepted).toMatchObject({ status: 200, body: { status: 'accepted', filled_qty: '0' } });
    expect(ask('GET', `/v2/orders/${idIn(accepted)}`)).toMatchObject({
      body: { status: 'filled', filled_qty: '4', filled_avg_price: '100' },
    });
  });

  it('has a pair as one order with a leg that is held', () => {
    const { ask, post } = start();
    post();
    const pair = post({
      client_order_id: 'two',
      side: 'sell',
      type: 'limit',
      order_class: 'oco',
      take_profit: { limit_price: '110' },
      stop_loss: { stop_price: '95', limit_price: '94' },
    });
    expect(pair).toMatchObject({
      body: { order_class: 'oco', limit_price: '110', legs: [{ status: 'held', type: 'stop_limit' }] },
    });
    expect(ask('GET', '/v2/orders')).toMatchObject({ body: [{ status: 'held' }, { status: 'new' }, {}] });
  });

  it('knows nobody else, and nothing else', () => {
    const { alpaca, ask } = start();
    for (const path of ['/v2/orders:by_client_order_id?client_order_id=x', '/v2/orders/x', '/v2/clock']) {
      expect(ask('GET', path)).toMatchObject({ status: 404, body: { code: 40410000 } });
    }
    alpaca.keys = { ...KEYS, secretKey: 'rotated' };
    expect(ask('GET', '/v2/account')).toEqual({ status: 401, body: { message: 'unauthorized.' } });
  });
});

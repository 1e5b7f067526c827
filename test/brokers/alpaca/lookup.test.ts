import { describe, expect, it } from 'vitest';
import {
  answering,
  errorAt,
  legAt,
  NOT_FOUND,
  networkError,
  orderAt,
  pairAt,
  type Reply,
} from './answering.ts';
import { order, pair, refTo } from './intents.ts';

const BY_ID = 'GET /v2/orders:by_client_order_id?client_order_id=';

describe('a status of Alpaca', () => {
  it.each([
    ['new', 'NEW'],
    ['accepted', 'NEW'],
    ['pending_new', 'NEW'],
    ['accepted_for_bidding', 'NEW'],
    ['held', 'NEW'],
    ['stopped', 'NEW'],
    ['suspended', 'NEW'],
    ['calculated', 'NEW'],
    ['done_for_day', 'NEW'],
    ['pending_cancel', 'NEW'],
    ['pending_replace', 'NEW'],
    ['replaced', 'NEW'],
    ['something_new', 'NEW'],
    ['canceled', 'CANCELED'],
    ['expired', 'EXPIRED'],
    ['rejected', 'REJECTED'],
  ])('%s is %s', async (status, ours) => {
    const { broker } = answering([[200, orderAt({ status })]]);
    expect(await broker.lookup(refTo(order()))).toMatchObject({ kind: 'found', order: { status: ours } });
  });

  it.each([
    ['partially_filled', 'PARTIALLY_FILLED'],
    ['pending_cancel', 'PARTIALLY_FILLED'],
    ['replaced', 'PARTIALLY_FILLED'],
    ['something_new', 'PARTIALLY_FILLED'],
    ['canceled', 'CANCELED'],
    ['expired', 'EXPIRED'],
    // The venue cannot refuse what it has filled in part.
    ['rejected', 'CANCELED'],
  ])('%s of what has filled in part is %s', async (status, ours) => {
    const { broker } = answering([[200, orderAt({ status, filled_qty: '1.5', filled_avg_price: '99.995' })]]);
    expect(await broker.lookup(refTo(order()))).toMatchObject({
      order: { status: ours, filledQuantity: '1.5', averageFillPrice: '99.995' },
    });
  });
});

describe('an order that is looked up', () => {
  it('is shown with all that Onefill knows of orders', async () => {
    const { broker } = answering([
      [200, orderAt({ type: 'trailing_stop', trail_price: '2.50', stop_price: '97.5', hwm: '100' })],
    ]);
    expect(await broker.lookup(refTo(order()))).toEqual({
      kind: 'found',
      order: {
        brokerOrderId: 'a1',
        clientOrderId: 'of-order',
        symbol: 'AAPL',
        side: 'sell',
        type: 'trailing_stop',
        stopPrice: '97.5',
        trail: { type: 'amount', amount: '2.5' },
        quantity: '4',
        status: 'NEW',
        filledQuantity: '0',
        createdAtMs: Date.parse('2026-11-23T15:00:00.123Z'),
      },
    });
  });

  it.each<readonly [name: string, reply: Reply, expected: object]>([
    ['absent on a 404 of Alpaca', NOT_FOUND, { kind: 'absent' }],
    ['unknown on a 404 of something else', [404, '<html>'], { kind: 'unknown', cause: 'unavailable' }],
    ['unknown on a 404 without a body', [404], { kind: 'unknown', cause: 'unavailable' }],
    ['unknown on a refusal', errorAt(403, 40310000, 'no'), { kind: 'unknown', cause: 'unavailable' }],
    ['unknown on another order', [200, orderAt({ client_order_id: 'x' })], { kind: 'unknown' }],
    ['unknown on a rate limit', [429], { kind: 'unknown', cause: 'unavailable' }],
    ['unknown on a 503', [503], { kind: 'unknown', cause: 'unavailable' }],
    ['unknown on a reset', networkError('ECONNRESET'), { kind: 'unknown', cause: 'connection' }],
    [
      'unknown when Alpaca cannot be reached',
      networkError('ENOTFOUND'),
      { kind: 'unknown', cause: 'unavailable' },
    ],
    ['unknown on silence', 'silence', { kind: 'unknown', cause: 'timeout' }],
  ])('is %s', async (_, reply, expected) => {
    expect(await answering([reply]).broker.lookup(refTo(order()))).toMatchObject(expected);
  });
});

describe('a stop-loss of a pair', () => {
  const stopLoss = refTo(pair().stopLoss);

  it('is the leg of its take-profit, under our id and with the quantity of the pair', async () => {
    const { broker, asked } = answering([
      NOT_FOUND,
      [
        200,
        pairAt({ status: 'partially_filled', filled_qty: '1', filled_avg_price: '110' }, legAt({ qty: '3' })),
      ],
    ]);
    expect(await broker.lookup(stopLoss)).toMatchObject({
      kind: 'found',
      order: {
        brokerOrderId: 'sl',
        clientOrderId: 'of-stop-loss',
        type: 'stop',
        quantity: '4',
        status: 'NEW',
      },
    });
    expect(asked).toEqual([`${BY_ID}of-stop-loss`, `${BY_ID}of-take-profit`]);
  });

  it('that filled what the take-profit had left is over, though it did not fill whole', async () => {
    const filled = { status: 'filled', qty: '3', filled_qty: '3', filled_avg_price: '94.5' };
    const { broker } = answering([
      NOT_FOUND,
      [200, pairAt({ status: 'canceled', filled_qty: '1', filled_avg_price: '110' }, legAt(filled))],
    ]);
    expect(await broker.lookup(stopLoss)).toMatchObject({
      order: { status: 'CANCELED', quantity: '4', filledQuantity: '3', averageFillPrice: '94.5' },
    });
  });

  it('is asked for by the number of its take-profit when a lookup shows no legs', async () => {
    const { broker, asked } = answering([NOT_FOUND, [200, pairAt()], [200, pairAt({}, legAt())]]);
    expect(await broker.lookup(stopLoss)).toMatchObject({ kind: 'found', order: { brokerOrderId: 'sl' } });
    expect(asked.at(-1)).toBe('GET /v2/orders/tp?nested=true');
  });

  it.each<readonly [name: string, reply: Reply]>([
    ['no legs', [200, pairAt()]],
    ['another order', [200, pairAt({ id: 'other' }, legAt())]],
    ['404', NOT_FOUND],
    ['503', [503]],
  ])('is unknown, not absent, when that is answered with %s: the pair exists', async (_, reply) => {
    const { broker } = answering([NOT_FOUND, [200, pairAt()], reply]);
    expect(await broker.lookup(stopLoss)).toMatchObject({ kind: 'unknown' });
  });

  it('that Alpaca replaced, because the quantity changed, is the leg that replaced it', async () => {
    const legs = [legAt({ id: 'old', status: 'replaced' }), legAt({ id: 'newer', qty: '3' })];
    for (const shown of [legs, legs.toReversed()]) {
      const { broker } = answering([NOT_FOUND, [200, pairAt({}, ...shown)]]);
      expect(await broker.lookup(stopLoss)).toMatchObject({
        order: { brokerOrderId: 'newer', status: 'NEW' },
      });
    }
  });

  it('that was replaced by what is not shown is open', async () => {
    const { broker } = answering([NOT_FOUND, [200, pairAt({}, legAt({ status: 'replaced' }))]]);
    expect(await broker.lookup(stopLoss)).toMatchObject({ order: { status: 'NEW' } });
  });

  it('is absent when its take-profit is, and when that was placed by itself', async () => {
    expect(await answering([NOT_FOUND, NOT_FOUND]).broker.lookup(stopLoss)).toEqual({ kind: 'absent' });
    const alone = pairAt({ order_class: 'simple' });
    expect(await answering([NOT_FOUND, [200, alone]]).broker.lookup(stopLoss)).toEqual({ kind: 'absent' });
  });

  it('that was placed by itself is found under its own id', async () => {
    const { broker, asked } = answering([[200, legAt({ client_order_id: 'of-stop-loss', status: 'new' })]]);
    expect(await broker.lookup(stopLoss)).toMatchObject({ order: { clientOrderId: 'of-stop-loss' } });
    expect(asked).toHaveLength(1);
  });
});

describe('a take-profit of a pair', () => {
  const takeProfit = refTo(pair().takeProfit);

  it('that never arrived is absent, and is not taken for its stop-loss', async () => {
    const { broker, asked } = answering([NOT_FOUND, NOT_FOUND]);
    expect(await broker.lookup(takeProfit)).toEqual({ kind: 'absent' });
    expect(asked).toEqual([`${BY_ID}of-take-profit`, `${BY_ID}of-stop-loss`]);
  });

  it('is found without its legs, and nothing more is asked', async () => {
    const filled = { status: 'filled', filled_qty: '4', filled_avg_price: '110' };
    const { broker, asked } = answering([[200, pairAt(filled)]]);
    expect(await broker.lookup(takeProfit)).toMatchObject({
      order: { status: 'FILLED', filledQuantity: '4' },
    });
    expect(asked).toEqual([`${BY_ID}of-take-profit`]);
  });

  it('that filled what its stop-loss had left is over, though it did not fill whole', async () => {
    const rest = { status: 'filled', qty: '3', filled_qty: '3', filled_avg_price: '110' };
    const stop = legAt({ status: 'canceled', filled_qty: '1', filled_avg_price: '95' });
    expect(await answering([[200, pairAt(rest, stop)]]).broker.lookup(takeProfit)).toMatchObject({
      order: { status: 'CANCELED', filledQuantity: '3' },
    });
  });

  it('is over when its stop-loss filled, with what it filled itself', async () => {
    const filled = legAt({ status: 'filled', filled_qty: '4', filled_avg_price: '95' });
    const { broker } = answering([[200, pairAt({ status: 'canceled' }, filled)]]);
    expect(await broker.lookup(takeProfit)).toMatchObject({
      order: { clientOrderId: 'of-take-profit', status: 'CANCELED', filledQuantity: '0' },
    });
  });
});

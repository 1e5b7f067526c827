import { describe, expect, it } from 'vitest';
import { answering, errorAt, legAt, NOT_FOUND, orderAt, pairAt, type Reply } from './answering.ts';
import { order, pair, refTo } from './intents.ts';

const open: Reply = [200, orderAt({ status: 'new' })];

describe('a cancel', () => {
  it.each<readonly [name: string, replies: readonly Reply[], expected: object]>([
    ['is accepted with 204, which is a request only', [open, [204]], { kind: 'accepted' }],
    [
      'is accepted of an order that is being canceled already',
      [[200, orderAt({ status: 'pending_cancel' })], [204]],
      { kind: 'accepted' },
    ],
    [
      'is rejected when the order ended in between',
      [open, errorAt(422, 42210000, 'order is already in "filled" state')],
      { kind: 'rejected', code: 'NOT_CANCELABLE', message: 'order is already in "filled" state (42210000)' },
    ],
    [
      'is rejected when Alpaca lost the order',
      [open, NOT_FOUND],
      { kind: 'rejected', code: 'NOT_CANCELABLE' },
    ],
    [
      'is busy on a rate limit',
      [open, [429, '', { 'retry-after': '1' }]],
      { kind: 'busy', retryAfterMs: 1_000 },
    ],
    ['is unknown on a 503', [open, [503]], { kind: 'unknown', cause: 'unavailable' }],
    ['is unknown on a 200 that it does not know', [open, [200, {}]], { kind: 'unknown' }],
    ['is unknown on silence', [open, 'silence'], { kind: 'unknown', cause: 'timeout' }],
    ['is unknown without credentials', [open, [401, {}]], { kind: 'unknown', cause: 'unavailable' }],
    ['is unknown when the order cannot be found', [[503]], { kind: 'unknown', cause: 'unavailable' }],
  ])('%s', async (_, replies, expected) => {
    const { broker, asked } = answering(replies);
    expect(await broker.cancel(refTo(order()))).toMatchObject(expected);
    expect(asked).toEqual(
      ['GET /v2/orders:by_client_order_id?client_order_id=of-order', 'DELETE /v2/orders/a1'].slice(
        0,
        replies.length,
      ),
    );
  });

  it.each(['filled', 'canceled', 'expired', 'rejected'])('is not sent for what is %s', async (status) => {
    const fill = status === 'filled' ? { filled_qty: '4', filled_avg_price: '100' } : {};
    const { broker, asked } = answering([[200, orderAt({ status, ...fill })]]);
    expect(await broker.cancel(refTo(order()))).toMatchObject({ kind: 'rejected', code: 'ORDER_ENDED' });
    expect(asked).toHaveLength(1);
  });

  it('is not sent for what was never there', async () => {
    const { broker, asked } = answering([NOT_FOUND]);
    expect(await broker.cancel(refTo(order()))).toMatchObject({ kind: 'rejected', code: 'ORDER_NOT_FOUND' });
    expect(asked).toHaveLength(1);
  });

  it('of a stop-loss in a pair goes to its leg', async () => {
    const { broker, asked } = answering([NOT_FOUND, [200, pairAt({}, legAt())], [204]]);
    expect(await broker.cancel(refTo(pair().stopLoss))).toEqual({ kind: 'accepted' });
    expect(asked.at(-1)).toBe('DELETE /v2/orders/sl');
  });
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import { type AdminHarness, startAdmin } from './harness.ts';
import { hold, newTrader } from './operations-support.ts';
import { beginExecution, executionId, sending } from './records-support.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.stop());

test('is shown with its orders, its direction and whether somebody is at work on it', async () => {
  for (const id of ['under-way', 'held-back', 'at-rest']) {
    await admin.put(`/accounts/${id}`, { broker: 'paper' });
  }
  const underWay = executionId(5, 'under-way');
  const heldBack = executionId(6, 'held-back');
  await beginExecution(admin.ledger, underWay, 'sending');
  await beginExecution(admin.ledger, heldBack, 'locked');
  await hold(admin.ledger, 'held-back');

  const items = await admin.walk('/monitoring/transactions?limit=1');
  const find = (accountId: string) => items.find((item) => item.accountId === accountId);
  expect(find('at-rest')).toBeUndefined();
  expect(find('under-way')).toMatchObject({
    executionId: underWay,
    strategyId: 'trend',
    startedAt: '2026-09-15T14:00:00.010Z',
    direction: 'forward',
    holder: 'abandoned',
    orders: [{ clientOrderId: sending(underWay).clientOrderId, status: 'SENDING' }],
  });
  expect(find('under-way')?.ageMs).toBeGreaterThan(0);
  expect(find('held-back')).toMatchObject({ executionId: heldBack, holder: 'leased', orders: [] });
});

test('an account tells its open orders and the figures of its day', async () => {
  const trader = await newTrader(admin.ledger);
  await trader.signal({ action: 'buy', stopLoss: { type: 'price', price: decimal(90) } });
  const { status, body } = await admin.get(`/accounts/${trader.accountId}/state`);
  expect(status).toBe(200);
  expect(body).toEqual({
    accountId: trader.accountId,
    halt: null,
    leased: false,
    activeExecutionId: null,
    openOrders: [expect.objectContaining({ type: 'stop', stopPrice: '90', status: 'NEW' })],
    daily: {
      day: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      orders: 2,
      realizedPnl: '0',
      strategies: { [trader.strategyId]: { orders: 2, realizedPnl: '0' } },
    },
  });
  expect((await admin.get('/accounts/absent/state')).status).toBe(404);
});

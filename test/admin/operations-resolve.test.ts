import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AdminHarness, startAdmin } from './harness.ts';
import { hold, newTrader, unknownTrader } from './operations-support.ts';
import { executionId } from './records-support.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.stop());

describe('resolving what stays unknown', () => {
  const resolve = (id: string, body: unknown) => admin.post(`/executions/${id}/resolve`, body);
  const reason = 'Asked the broker by telephone.';

  test('by the word that the order was filled', async () => {
    const { executionId, clientOrderId, accountId } = await unknownTrader(admin.ledger);
    const { status, body } = await resolve(executionId, {
      reason,
      orders: [{ clientOrderId, outcome: 'filled', quantity: 4, price: '101.5' }],
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      executionId,
      status: 'COMPLETED',
      orders: [{ clientOrderId, status: 'FILLED', filledQuantity: '4', averageFillPrice: '101.5' }],
    });
    const { items } = (await admin.get(`/accounts/${accountId}/positions`)).body;
    expect(items).toMatchObject([{ symbol: 'MNQM5', quantity: '4', averagePrice: '101.5' }]);
    expect((await admin.get(`/accounts/${accountId}/state`)).body.activeExecutionId).toBeNull();

    const again = await resolve(executionId, { reason, orders: [{ clientOrderId, outcome: 'not_placed' }] });
    expect(again).toMatchObject({ status: 409, body: { error: { code: 'CONFLICT' } } });
  });

  test('by the word that it was never placed', async () => {
    const { executionId, clientOrderId, accountId } = await unknownTrader(admin.ledger);
    const { status, body } = await resolve(executionId, {
      reason,
      orders: [{ clientOrderId, outcome: 'not_placed' }],
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'ROLLED_BACK',
      orders: [{ status: 'DENIED', filledQuantity: '0' }],
    });
    expect((await admin.get(`/accounts/${accountId}/positions`)).body.items).toEqual([]);
  });

  test('is logged with the reason and the word that was given', async () => {
    const { executionId, clientOrderId } = await unknownTrader(admin.ledger);
    const before = admin.said.length;
    await resolve(executionId, { reason, orders: [{ clientOrderId, outcome: 'not_placed' }] });
    const line = admin.said.slice(before).find((said) => said.includes('An operator asked for a change.'));
    expect(JSON.parse(line ?? '')).toMatchObject({
      tokenId: 'abc',
      reason,
      orders: [{ clientOrderId, outcome: 'not-placed' }],
    });
  });

  test('waits for whoever is at work on the account', async () => {
    const { executionId, clientOrderId, accountId } = await unknownTrader(admin.ledger);
    await hold(admin.ledger, accountId);
    const { status } = await resolve(executionId, {
      reason,
      orders: [{ clientOrderId, outcome: 'not_placed' }],
    });
    expect(status).toBe(409);
  });

  test('refuses words that cannot be true', async () => {
    const { executionId, clientOrderId } = await unknownTrader(admin.ledger);
    const tooMany = { clientOrderId, outcome: 'filled', quantity: '4.1', price: 1 };
    const unknown = { clientOrderId: 'of123', outcome: 'not_placed' };
    const { status, body } = await resolve(executionId, { reason, orders: [unknown, tooMany] });
    expect(status).toBe(422);
    expect(body.error.details).toEqual([
      { field: 'orders[0].clientOrderId', message: `must be one of ${clientOrderId}` },
      { field: 'orders[1].quantity', message: 'must be at most the ordered 4' },
    ]);
  });

  const list = 'must be a list of 1 to 20 orders, each with its clientOrderId and outcome';
  const outcome = 'must be not_placed, or filled with a quantity and a price';
  const positive = expect.stringContaining('must be a number, or text that is one, greater than 0');
  test.each([
    [
      { orders: [{ clientOrderId: 'of1', outcome: 'not_placed' }] },
      'reason',
      expect.stringContaining('1 to 500'),
    ],
    [{ reason }, 'orders', list],
    [{ reason, orders: [] }, 'orders', list],
    [{ reason, orders: [{ clientOrderId: 'of1', outcome: 'lost' }] }, 'orders[0].outcome', outcome],
    [
      { reason, orders: [{ clientOrderId: 'of1', outcome: 'filled', quantity: 0, price: 1 }] },
      'orders[0].quantity',
      positive,
    ],
    [
      { reason, orders: [{ clientOrderId: 'of1', outcome: 'filled', quantity: 1 }] },
      'orders[0].price',
      positive,
    ],
    [
      { reason, orders: [{ clientOrderId: 'of1', outcome: 'not_placed', quantity: 1 }] },
      'orders[0].quantity',
      expect.stringContaining('is not known here'),
    ],
    [
      { reason, orders: [1, 2].map(() => ({ clientOrderId: 'of1', outcome: 'not_placed' })) },
      'orders[1].clientOrderId',
      'is listed already; each can be listed once',
    ],
  ])('refuses %j', async (sent, field, message) => {
    const { status, body } = await resolve(executionId(0, 'absent'), sent);
    expect(status).toBe(422);
    expect(body.error.details).toContainEqual({ field, message });
  });

  test('is refused for what has ended, and for what is not there', async () => {
    const trader = await newTrader(admin.ledger);
    const { executionId: done, orders } = await trader.signal({ action: 'buy' });
    const word = { clientOrderId: orders[0]?.clientOrderId, outcome: 'not_placed' };
    expect((await resolve(done, { reason, orders: [word] })).status).toBe(409);
    for (const id of [executionId(0, 'absent'), executionId(9, trader.accountId), 'not-an-id']) {
      expect((await resolve(id, { reason, orders: [word] })).status).toBe(404);
    }
  });
});

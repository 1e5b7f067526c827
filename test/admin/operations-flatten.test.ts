import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import { releaseAccount } from '../../functions/ledger/held-account.ts';
import { type AdminHarness, startAdmin } from './harness.ts';
import { hold, newTrader, unknownTrader } from './operations-support.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.stop());

const operate = (accountId: string, verb: string, body?: unknown) =>
  admin.post(`/accounts/${accountId}/${verb}`, body);

describe('flattening an account', () => {
  const long = { action: 'buy', quantity: decimal(3) } as const;

  test('closes every position, on a halted account as well, and leaves a receipt', async () => {
    const trader = await newTrader(admin.ledger);
    await trader.signal(long);
    await trader.signal({ action: 'buy', symbol: 'ESM5' });
    await operate(trader.accountId, 'halt');
    const { status, body } = await operate(trader.accountId, 'flatten', { reason: 'Out of everything.' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'COMPLETED',
      accountId: trader.accountId,
      strategyId: 'operator',
      webhookId: 'operator',
    });
    const { items } = (await admin.get(`/accounts/${trader.accountId}/positions`)).body;
    expect(items.filter(({ quantity }) => quantity !== '0')).toEqual([]);
    expect((await trader.venue()).toSorted()).toEqual([
      'buy market 1 FILLED 1',
      'buy market 3 FILLED 3',
      'sell market 1 FILLED 1',
      'sell market 3 FILLED 3',
    ]);

    const { body: receipt } = await admin.get(`/signals/${body.signalId}`);
    expect(receipt).toMatchObject({
      webhookId: 'operator',
      status: 'accepted',
      signal: { action: 'flatten' },
      executions: [{ executionId: body.executionId, status: 'COMPLETED' }],
    });
    expect((await admin.get(`/executions/${body.executionId}`)).body).toEqual(body);
  });

  test('of an account that is flat is skipped', async () => {
    const trader = await newTrader(admin.ledger);
    expect(await operate(trader.accountId, 'flatten')).toMatchObject({
      status: 200,
      body: { status: 'SKIPPED', reason: 'NO_POSITION' },
    });
  });

  test('of an account that is held changes nothing, and its receipt says so', async () => {
    const trader = await newTrader(admin.ledger);
    await trader.signal(long);
    const fence = await hold(admin.ledger, trader.accountId);
    const { status, body } = await operate(trader.accountId, 'flatten');
    expect({ status, code: body.error.code }).toEqual({ status: 409, code: 'CONFLICT' });
    expect(await trader.venue()).toHaveLength(1);
    const [receipt] = await operatorReceipts(trader.accountId);
    expect(receipt).toMatchObject({ status: 'refused', reason: 'ACCOUNT_LEASED' });

    await releaseAccount(admin.ledger, fence);
    expect((await operate(trader.accountId, 'flatten')).body).toMatchObject({ status: 'COMPLETED' });
  });

  test('waits for an order whose outcome is unknown', async () => {
    const trader = await unknownTrader(admin.ledger);
    const { status, body } = await operate(trader.accountId, 'flatten');
    expect(status).toBe(409);
    expect(body.error.message).toContain('resolve that first');
  });

  test('is refused for an account that is not there', async () => {
    for (const id of ['absent', '~']) {
      expect((await operate(id, 'flatten')).status).toBe(404);
    }
  });
});

/** The receipts of commands, newest first; those for one account. */
async function operatorReceipts(accountId: string) {
  const receipts = await admin.walk('/signals?webhookId=operator');
  const held = await Promise.all(receipts.map(({ signalId }) => admin.get(`/signals/${signalId}`)));
  const logged = admin.said.filter((line) => line.includes(`/accounts/${accountId}/flatten`)).join();
  return held.map(({ body }) => body).filter(({ signalId }) => logged.includes(String(signalId)));
}

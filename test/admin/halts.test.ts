import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AccountId } from '../../functions/core/ids.ts';
import { haltAccount } from '../../functions/ledger/account-controls.ts';
import { lockAccount } from '../../functions/ledger/held-account.ts';
import { createTrader } from '../support/trader.ts';
import { type AdminHarness, startAdmin } from './harness.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.stop());
beforeEach(async () => {
  await admin.post('/resume');
});

type Trader = Awaited<ReturnType<typeof createTrader>>;

const SWITCHES = [
  { what: 'an account', path: ({ accountId }: Trader) => `/accounts/${accountId}`, code: 'ACCOUNT_HALTED' },
  {
    what: 'a strategy',
    path: ({ strategyId }: Trader) => `/strategies/${strategyId}`,
    code: 'STRATEGY_HALTED',
  },
  { what: 'everything', path: () => '', code: 'ALL_HALTED' },
];

describe.each(SWITCHES)('the kill switch of $what', ({ path, code }) => {
  test('stops the very next message, and lets the one after the resume through', async () => {
    const trader = await createTrader(admin.ledger);
    expect(await trader.signal({ action: 'buy' })).toMatchObject({ status: 'COMPLETED' });

    const halted = await admin.post(`${path(trader)}/halt`, { reason: 'The price is wrong.' });
    expect(halted.status).toBe(200);
    expect(halted.body.halt).toEqual({
      scope: 'all',
      reason: 'The price is wrong.',
      haltedBy: 'abc',
      haltedAt: expect.stringMatching(/^20.*Z$/),
    });
    for (const action of ['buy', 'exit'] as const) {
      const { status, reason, orders } = await trader.signal({ action });
      expect({ status, code: reason?.code, orders }).toEqual({ status: 'REJECTED', code, orders: [] });
    }

    const resumed = await admin.post(`${path(trader)}/resume`);
    expect(resumed).toMatchObject({ status: 200, body: { halt: null } });
    expect(await trader.signal({ action: 'buy' })).toMatchObject({ status: 'COMPLETED' });
    expect(await trader.venue()).toHaveLength(2);
  });

  test('of entries lets exits through', async () => {
    const trader = await createTrader(admin.ledger);
    await trader.signal({ action: 'buy' });
    await admin.post(`${path(trader)}/halt`, { scope: 'entries' });
    expect(await trader.signal({ action: 'buy' })).toMatchObject({ status: 'REJECTED', reason: { code } });
    expect(await trader.signal({ action: 'exit' })).toMatchObject({ status: 'COMPLETED' });
  });

  test('may be thrown twice: the first reason and time stand', async () => {
    const trader = await createTrader(admin.ledger);
    const first = await admin.post(`${path(trader)}/halt`, { reason: 'the first' });
    const second = await admin.post(`${path(trader)}/halt`, { reason: 'the second' });
    expect(second).toMatchObject({ status: 200, body: first.body });
  });

  test('is widened, and not narrowed without a resume', async () => {
    const trader = await createTrader(admin.ledger);
    await admin.post(`${path(trader)}/halt`, { scope: 'entries' });
    expect((await admin.post(`${path(trader)}/halt`)).body.halt).toMatchObject({ scope: 'all' });

    const narrowed = await admin.post(`${path(trader)}/halt`, { scope: 'entries' });
    expect(narrowed).toMatchObject({ status: 409, body: { error: { code: 'CONFLICT' } } });
    expect(await trader.signal({ action: 'exit' })).toMatchObject({ reason: { code } });
  });

  test('may be lifted when it was not thrown', async () => {
    const trader = await createTrader(admin.ledger);
    expect((await admin.post(`${path(trader)}/resume`, { reason: 'To be sure.' })).status).toBe(200);
  });

  test.each([
    [{ scope: 'exits' }, 'scope', 'must be all, or entries to let exits through'],
    [{ reason: 5 }, 'reason', 'must be text of 1 to 500 characters'],
    [{ until: 'noon' }, 'until', 'is not known here; there is reason, scope'],
    [[], 'body', 'must be an object with reason, scope'],
  ])('refuses %j', async (sent, field, message) => {
    const trader = await createTrader(admin.ledger);
    const { status, body } = await admin.post(`${path(trader)}/halt`, sent);
    expect(status).toBe(422);
    expect(body.error.details).toContainEqual({ field, message });
    expect(await trader.signal({ action: 'buy' })).toMatchObject({ status: 'COMPLETED' });
  });

  test('refuses a body that is not JSON', async () => {
    const trader = await createTrader(admin.ledger);
    const call = { method: 'POST', path: `${path(trader)}/halt`, rawBody: '{' };
    expect((await admin.call(call)).status).toBe(400);
  });
});

test('an account that is executing is halted without its lease', async () => {
  const trader = await createTrader(admin.ledger);
  const { accountId } = trader;
  await lockAccount(admin.ledger, { accountId, ownerId: 'busy', nowMs: Date.now() });
  expect((await admin.post(`/accounts/${accountId}/halt`)).status).toBe(200);
  expect(await trader.account()).toMatchObject({ halt: { scope: 'all' }, lease: { ownerId: 'busy' } });
});

test('everything that is halted is listed', async () => {
  for (const id of ['listed-1', 'listed-2', 'listed-3']) {
    await admin.put(`/accounts/${id}`, { broker: 'paper' });
    await admin.put(`/strategies/${id}`, { webhookId: 'demo', accounts: [] });
  }
  expect((await admin.get('/halt')).body).toEqual({ everything: null, strategies: [], accounts: [] });

  const halt = (scope: string, reason: string) => ({
    scope,
    reason,
    haltedBy: 'abc',
    haltedAt: expect.any(String),
  });
  await admin.post('/accounts/listed-2/halt', { reason: 'one' });
  await admin.post('/strategies/listed-3/halt', { reason: 'two', scope: 'entries' });
  await admin.post('/halt', { reason: 'three' });
  await haltAccount(admin.ledger, 'listed-3' as AccountId, {
    scope: 'all',
    reason: 'The rollback could not finish.',
    haltedBy: 'onefill',
    haltedAtMs: Date.parse('2026-11-22T10:00:00.000Z'),
  });
  expect((await admin.get('/halt')).body).toEqual({
    everything: halt('all', 'three'),
    strategies: [{ strategyId: 'listed-3', halt: halt('entries', 'two') }],
    accounts: [
      { accountId: 'listed-2', halt: halt('all', 'one') },
      {
        accountId: 'listed-3',
        halt: {
          scope: 'all',
          reason: 'The rollback could not finish.',
          haltedBy: 'onefill',
          haltedAt: '2026-11-22T10:00:00.000Z',
        },
      },
    ],
  });
  expect((await admin.get('/accounts/listed-2/state')).body.halt).toEqual(halt('all', 'one'));
  expect((await admin.get('/halt?all=1')).status).toBe(422);
});

test.each(['accounts', 'strategies'])(
  'there is nothing to halt or resume among %s that are not there',
  async (collection) => {
    for (const id of ['absent', '~']) {
      for (const verb of ['halt', 'resume']) {
        const { status, body } = await admin.post(`/${collection}/${id}/${verb}`);
        expect({ status, code: body.error.code }).toEqual({ status: 404, code: 'NOT_FOUND' });
      }
    }
    expect((await admin.get('/halt')).body[collection]).not.toContainEqual(
      expect.objectContaining({ halt: expect.objectContaining({ reason: 'No reason was given.' }) }),
    );
  },
);

test('a halt is logged with its reason', async () => {
  const before = admin.said.length;
  await admin.post('/halt', { reason: 'Exchange outage.' });
  const line = admin.said.slice(before).find((said) => said.includes('An operator asked for a change.'));
  expect(JSON.parse(line ?? '')).toMatchObject({
    tokenId: 'abc',
    reason: 'Exchange outage.',
    statusCode: 200,
  });
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AccountId, parseExecutionId } from '../../functions/core/ids.ts';
import { TIMING } from '../../functions/core/lease.ts';
import { readAccount } from '../../functions/ledger/accounts.ts';
import {
  countLeaseTimeout,
  type LockResult,
  lockAccount,
  recordIntent,
  releaseAccount,
  renewLease,
} from '../../functions/ledger/held-account.ts';
import { type AdminHarness, startAdmin } from './harness.ts';
import { beginExecution, executionId, sending } from './records-support.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.stop());

const account = (id: string) => admin.put(`/accounts/${id}`, { broker: 'paper' });
const unlock = (id: string, body: unknown) => admin.post(`/monitoring/locks/account/${id}/unlock`, body);
const why = { reason: 'It hangs.' };

/** Locks an account in this moment. */
async function lock(accountId: string, ownerId = 'owner', heldForMs = 0) {
  const result: LockResult = await lockAccount(admin.ledger, {
    accountId: accountId as AccountId,
    ownerId,
    nowMs: Date.now() - heldForMs,
    waited: { contentions: 2, waitMs: 340 },
  });
  if (result.kind !== 'locked') {
    throw new Error(result.kind);
  }
  return result;
}

test('an account that was never traded is free', async () => {
  await account('fresh');
  const { status, body } = await admin.get('/monitoring/locks/account/fresh');
  expect(status).toBe(200);
  expect(body).toEqual({
    accountId: 'fresh',
    leased: false,
    fencingToken: 0,
    contentions: 0,
    waitMs: 0,
    timeouts: 0,
  });
});

test('an account that is held tells by whom and until when, and what it was fought over', async () => {
  await account('held');
  const { lease, fence } = await lock('held');
  await countLeaseTimeout(admin.ledger, 'held' as AccountId, { contentions: 4, waitMs: 900 });
  const { body } = await admin.get('/monitoring/locks/account/held');
  expect(body).toEqual({
    accountId: 'held',
    leased: true,
    ownerId: 'owner',
    expiresAt: new Date(lease.expiresAtMs).toISOString(),
    fencingToken: fence.fencingToken,
    contentions: 6,
    waitMs: 1_240,
    timeouts: 1,
  });
});

test('a lease counts until it may be given to another, and not longer', async () => {
  await account('lapsing');
  const margin = TIMING.leaseDurationMs + TIMING.clockSkewMs;
  await lock('lapsing', 'first', margin - 5_000);
  expect((await admin.get('/monitoring/locks/account/lapsing')).body).toMatchObject({ leased: true });
  await account('lapsed');
  await lock('lapsed', 'first', margin + 1);
  const { body } = await admin.get('/monitoring/locks/account/lapsed');
  expect(body).toMatchObject({ leased: false, ownerId: 'first' });
  await lock('lapsed', 'second');
});

test('what an account is busy with is shown, and in which direction', async () => {
  for (const id of ['forward', 'backward']) {
    await account(id);
    await beginExecution(admin.ledger, executionId(0, id), 'sending');
  }
  await turnBack('backward');
  for (const direction of ['forward', 'backward']) {
    const { body } = await admin.get(`/monitoring/locks/account/${direction}`);
    expect(body.activeExecution).toEqual({
      executionId: executionId(0, direction),
      startedAt: '2026-09-15T14:00:00.010Z',
      direction,
    });
  }
});

test('the overview has accounts that are held or were fought over, page by page', async () => {
  for (const id of ['overview-a', 'overview-b', 'overview-c', 'overview-d']) {
    await account(id);
  }
  await releaseAccount(admin.ledger, (await lock('overview-b')).fence);
  await lock('overview-d');
  const shown = (await admin.walk('/monitoring/locks/status?limit=1')).map(({ accountId, leased }) => [
    accountId,
    leased,
  ]);
  expect(shown).not.toContainEqual(['overview-a', false]);
  expect(shown).not.toContainEqual(['fresh', false]);
  expect(shown).toContainEqual(['overview-b', false]);
  expect(shown).toContainEqual(['overview-d', true]);
});

test('the forced unlock frees an account, and its old holder can change nothing any more', async () => {
  await account('stuck');
  const { fence } = await lock('stuck', 'old holder');
  const { status, body } = await unlock('stuck', why);
  expect(status).toBe(200);
  expect(body).toEqual({ accountId: 'stuck', unlocked: true, fencingToken: fence.fencingToken + 1 });

  const after = await readAccount(admin.ledger, 'stuck' as AccountId);
  await expect(renewLease(admin.ledger, fence, Date.now())).rejects.toMatchObject({ code: 'FENCED_OUT' });
  expect(await readAccount(admin.ledger, 'stuck' as AccountId)).toEqual(after);
  expect(after?.lease).toBeUndefined();

  expect((await unlock('stuck', why)).body).toMatchObject({ unlocked: false });
});

test('the forced unlock is logged with who asked for it, why, and what it did', async () => {
  await account('logged');
  await lock('logged');
  const before = admin.said.length;
  await unlock('logged', { reason: 'It hangs since 10:00.' });
  const line = admin.said.slice(before).find((said) => said.includes('An operator asked for a change.'));
  expect(JSON.parse(line ?? '')).toMatchObject({
    tokenId: 'abc',
    path: '/api/v1/monitoring/locks/account/logged/unlock',
    statusCode: 200,
    reason: 'It hangs since 10:00.',
    unlocked: true,
  });
});

test.each([
  [undefined, 'reason', 'must be text of 1 to 500 characters'],
  [{}, 'reason', 'must be text of 1 to 500 characters'],
  [{ reason: '' }, 'reason', 'must be text of 1 to 500 characters'],
  [{ reason: 'x'.repeat(501) }, 'reason', 'must be text of 1 to 500 characters'],
  [{ reason: 'why', force: true }, 'force', 'is not known here; there is reason'],
  [[], 'body', 'must be an object with reason'],
])('the forced unlock refuses %j', async (sent, field, message) => {
  await account('refused');
  const { status, body } = await unlock('refused', sent);
  expect(status).toBe(422);
  expect(body.error.details).toContainEqual({ field, message });
});

test('there is no lock of an account that is not there', async () => {
  for (const id of ['absent', '~']) {
    expect((await admin.get(`/monitoring/locks/account/${id}`)).status).toBe(404);
    expect((await unlock(id, why)).status).toBe(404);
  }
});

/** Writes into the journal that what it did is being undone. */
async function turnBack(accountId: string): Promise<void> {
  const { fence, account } = await lock(accountId, 'owner of the turn');
  const active = account.activeExecution;
  const id = executionId(0, accountId);
  if (!active?.intent || !parseExecutionId(id)) {
    throw new Error('The account has no journal.');
  }
  const turnedBack = { code: 'PROTECTION_REFUSED', message: 'The venue refused the stop-loss.' };
  const intent = { ...active.intent, orders: [sending(id)], turnedBack };
  await recordIntent(admin.ledger, fence, { active: { ...active, intent }, nowMs: Date.now() });
}

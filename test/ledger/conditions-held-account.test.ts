import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Books } from '../../functions/core/books.ts';
import { decimal } from '../../functions/core/decimal.ts';
import type { Execution } from '../../functions/core/execution.ts';
import type { AccountId, ExecutionId } from '../../functions/core/ids.ts';
import { TIMING } from '../../functions/core/lease.ts';
import { unplaced } from '../../functions/engine/unplaced.ts';
import { deleteAccount, readAccount } from '../../functions/ledger/accounts.ts';
import { configureAccount } from '../../functions/ledger/configure-account.ts';
import { readExecution } from '../../functions/ledger/executions.ts';
import {
  bookOpenOrders,
  countLeaseTimeout,
  type Fence,
  lockAccount,
  recordIntent,
  releaseAccount,
  renewLease,
  settleAccount,
} from '../../functions/ledger/held-account.ts';
import type { ActiveExecution, Intent } from '../../functions/ledger/shapes/account.ts';
import { recordUnplaced } from '../../functions/ledger/unplaced.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { accountOf, requestOf, TestClock, testEngine } from '../support/world.ts';

let store: TestDynamoDb;

beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

const NOW_MS = Date.parse('2026-11-22T10:00:00.000Z');
const LAPSED_MS = NOW_MS + TIMING.leaseDurationMs + TIMING.clockSkewMs + 1;
const INTENT: Intent = { fencingToken: 1, orders: [] };
const BEFORE: Books = { positions: {}, openOrders: {}, daily: undefined, trades: {} };
const AFTER: Books = {
  ...BEFORE,
  positions: { MNQM5: { quantity: decimal(3), averagePrice: decimal(100), realizedPnl: decimal(0) } },
};

let accounts = 0;

/** An account of its own, and somebody who takes it. */
async function newAccount() {
  accounts += 1;
  const accountId = `fenced-${accounts}` as AccountId;
  await configureAccount(store.ledger, accountOf(accountId));
  const request = requestOf(accountId, {});
  const journalOf = (executionId: ExecutionId): ActiveExecution => ({
    executionId,
    webhookId: request.webhookId,
    correlationId: 'c',
    receivedAtMs: NOW_MS,
    startedAtMs: NOW_MS,
    expiresAtMs: NOW_MS + 60_000,
  });
  const journal = journalOf(request.executionId);
  return {
    accountId,
    journal,
    /** The journal of another execution. */
    otherJournal: journalOf(requestOf(accountId, {}).executionId),
    execution: unplaced(testEngine(store.ledger, new TestClock()), request, journal, {
      status: 'SKIPPED',
      reason: { code: 'NO_POSITION', message: 'None.' },
    }),
    take: async (ownerId: string, nowMs = NOW_MS, begins: ActiveExecution = journal): Promise<Fence> => {
      const lock = await lockAccount(store.ledger, { accountId, ownerId, nowMs, begins });
      return lock.kind === 'locked' ? lock.fence : expect.fail(lock.kind);
    },
    state: () => readAccount(store.ledger, accountId),
  };
}

type Subject = Awaited<ReturnType<typeof newAccount>>;

/** Everything that a holder can write. */
const VERBS: readonly (readonly [string, (fence: Fence, subject: Subject) => Promise<unknown>])[] = [
  ['prolongs the lease', (fence) => renewLease(store.ledger, fence, NOW_MS + 1)],
  [
    'writes an intent',
    (fence, { journal }) =>
      recordIntent(store.ledger, fence, { active: { ...journal, intent: INTENT }, nowMs: NOW_MS + 1 }),
  ],
  [
    'settles',
    (fence, { journal: { executionId } }) =>
      settleAccount(store.ledger, fence, { executionId, before: BEFORE, after: AFTER }),
  ],
  ['books open orders', (fence) => bookOpenOrders(store.ledger, fence, { before: BEFORE, after: AFTER })],
  ['gives the account back', (fence) => releaseAccount(store.ledger, fence)],
  ['records that nothing was placed', (fence, { execution }) => record(fence, execution, 'close')],
  [
    'records that nothing was placed behind another journal',
    (fence, { execution }) => record(fence, execution, 'keep'),
  ],
];

function record(fence: Fence, execution: Execution, journal: 'close' | 'keep'): Promise<Execution> {
  return recordUnplaced(store.ledger, fence, execution, journal);
}

/** That a write of a holder that lost the account changes nothing, and says so unless it only gives back. */
async function expectNothing(verb: (typeof VERBS)[number], fence: Fence, subject: Subject): Promise<void> {
  const [name, write] = verb;
  const before = await subject.state();
  const written = await write(fence, subject).then(
    () => 'written',
    (error: { code?: string }) => error.code,
  );
  expect(await subject.state()).toEqual(before);
  expect(written).toBe(name === 'gives the account back' ? 'written' : 'FENCED_OUT');
  const { accountId, journal } = subject;
  expect(await readExecution(store.ledger, accountId, journal.executionId)).toBeUndefined();
}

describe.each(VERBS)('a holder that %s (I2, I5)', (...verb) => {
  it('changes nothing once somebody else has taken the account', async () => {
    const subject = await newAccount();
    const fence = await subject.take('a');
    await subject.take('b', LAPSED_MS);
    await expectNothing(verb, fence, subject);
  });

  it('changes nothing once the fencing token has grown, whoever it is', async () => {
    const subject = await newAccount();
    const fence = await subject.take('a');
    await subject.take('a');
    await expectNothing(verb, fence, subject);
  });

  it('changes nothing once it has given the account back', async () => {
    const subject = await newAccount();
    const fence = await subject.take('a');
    await releaseAccount(store.ledger, fence);
    await expectNothing(verb, fence, subject);
  });
});

describe('an open journal', () => {
  it('is not overwritten by the intent of another execution', async () => {
    const subject = await newAccount();
    const { otherJournal, journal } = subject;
    await subject.take('a', NOW_MS, otherJournal);
    const fence = await subject.take('b', LAPSED_MS, journal);
    const intent = { active: { ...journal, intent: INTENT }, nowMs: LAPSED_MS };
    await expect(recordIntent(store.ledger, fence, intent)).rejects.toThrow('no longer held');
    expect((await subject.state())?.activeExecution).toEqual(otherJournal);
  });

  it('is not closed by an execution that placed nothing behind it', async () => {
    const subject = await newAccount();
    const { otherJournal, execution } = subject;
    await subject.take('a', NOW_MS, otherJournal);
    const fence = await subject.take('b', LAPSED_MS);
    await expect(record(fence, execution, 'close')).rejects.toThrow('no longer held');
    expect((await subject.state())?.activeExecution).toEqual(otherJournal);
    await record(fence, execution, 'keep');
    expect(await subject.state()).toMatchObject({ activeExecution: otherJournal });
    expect((await subject.state())?.lease).toBeUndefined();
  });

  it('keeps its intent when the settlement that opened it is repeated late', async () => {
    const subject = await newAccount();
    const { journal, otherJournal } = subject;
    const fence = await subject.take('a');
    const settlement = {
      executionId: journal.executionId,
      before: BEFORE,
      after: AFTER,
      next: otherJournal,
    };
    await settleAccount(store.ledger, fence, settlement);
    const active = { ...otherJournal, intent: INTENT };
    await recordIntent(store.ledger, fence, { active, nowMs: NOW_MS });
    await settleAccount(store.ledger, fence, settlement);
    expect((await subject.state())?.activeExecution).toEqual(active);
  });

  it('is closed once when the settlement is repeated after a lost answer', async () => {
    const subject = await newAccount();
    const { executionId } = subject.journal;
    const fence = await subject.take('a');
    const settlement = { executionId, before: BEFORE, after: AFTER };
    await settleAccount(store.ledger, fence, settlement);
    await settleAccount(store.ledger, fence, settlement);
    expect(await subject.state()).toMatchObject({ positions: AFTER.positions });
    expect((await subject.state())?.activeExecution).toBeUndefined();
  });
});

describe('taking an account', () => {
  const request = (accountId: AccountId, ownerId: string, nowMs: number) => ({ accountId, ownerId, nowMs });

  it('makes none that is not configured', async () => {
    const accountId = 'never-configured' as AccountId;
    expect(await lockAccount(store.ledger, request(accountId, 'a', NOW_MS))).toEqual({ kind: 'not-found' });
    await countLeaseTimeout(store.ledger, accountId, { contentions: 1, waitMs: 1 });
    expect(await readAccount(store.ledger, accountId)).toBeUndefined();
  });

  it('is refused when it was deleted', async () => {
    const { accountId } = await newAccount();
    await deleteAccount(store.ledger, accountId);
    expect(await lockAccount(store.ledger, request(accountId, 'a', NOW_MS))).toEqual({ kind: 'not-found' });
  });

  it('waits until the lease of a holder has lapsed by every clock', async () => {
    const { accountId, take } = await newAccount();
    const { fencingToken } = await take('a');
    const expiresAtMs = NOW_MS + TIMING.leaseDurationMs;
    const onTheDot = request(accountId, 'b', expiresAtMs + TIMING.clockSkewMs);
    expect(await lockAccount(store.ledger, onTheDot)).toEqual({
      kind: 'contended',
      leaseExpiresAtMs: expiresAtMs,
    });
    const fence = await take('b', expiresAtMs + TIMING.clockSkewMs + 1);
    expect(fence.fencingToken).toBe(fencingToken + 1);
  });

  it('is safe to repeat for the one who took it', async () => {
    const { take } = await newAccount();
    const first = await take('a');
    const again = await take('a');
    expect(again.fencingToken).toBeGreaterThan(first.fencingToken);
  });
});

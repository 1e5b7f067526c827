import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccountId } from '../../functions/core/ids.ts';
import { TIMING } from '../../functions/core/lease.ts';
import { forceUnlock, haltAccount } from '../../functions/ledger/account-controls.ts';
import { deleteAccount, readAccount } from '../../functions/ledger/accounts.ts';
import { configureAccount } from '../../functions/ledger/configure-account.ts';
import { lockAccount, releaseAccount } from '../../functions/ledger/held-account.ts';
import type { AccountState, ActiveExecution, Intent } from '../../functions/ledger/shapes/account.ts';
import { takeAccount } from '../../functions/ledger/take-account.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { accountOf, requestOf } from '../support/world.ts';

let store: TestDynamoDb;

beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

const NOW_MS = Date.parse('2026-11-22T10:00:00.000Z');

let accounts = 0;

/** An account as it was read a moment ago, and somebody who takes it as such. */
async function readOne() {
  accounts += 1;
  const accountId = `taken-${accounts}` as AccountId;
  await configureAccount(store.ledger, accountOf(accountId));
  const read = async (): Promise<AccountState> =>
    (await readAccount(store.ledger, accountId)) ?? expect.fail('There is no such account.');
  const account = await read();
  const { executionId, webhookId } = requestOf(accountId, {});
  const journal: ActiveExecution & { intent: Intent } = {
    executionId,
    webhookId,
    correlationId: 'c',
    receivedAtMs: NOW_MS,
    startedAtMs: NOW_MS,
    expiresAtMs: NOW_MS + 60_000,
    intent: { fencingToken: account.fencingToken + 1, orders: [] },
  };
  return {
    accountId,
    journal,
    read,
    take: (ownerId = 'me') => takeAccount(store.ledger, { account, ownerId, nowMs: NOW_MS, journal }),
    lock: (ownerId: string) => lockAccount(store.ledger, { accountId, ownerId, nowMs: NOW_MS }),
  };
}

describe('an account that is taken as it was read', () => {
  it('is leased, and its journal has the intent, after one write', async () => {
    const { take, read, journal, lock } = await readOne();
    const taken = await take();
    const lease = { ownerId: 'me', expiresAtMs: NOW_MS + TIMING.leaseDurationMs };
    expect(taken).toMatchObject({ kind: 'locked', lease, fence: { ownerId: 'me', fencingToken: 1 } });
    expect(await read()).toEqual(taken?.account);
    expect(await read()).toMatchObject({ lease, fencingToken: 1, activeExecution: journal });
    expect(await lock('another')).toMatchObject({ kind: 'contended' });
  });

  it('is taken once by the same taker, however often the write arrives', async () => {
    const { take, read } = await readOne();
    const first = await take();
    expect(await take()).toEqual(first);
    expect(await read()).toMatchObject({ fencingToken: 1 });
  });

  it('is taken by one of two that read the same', async () => {
    const { take, read } = await readOne();
    const taken = await Promise.all([take('one'), take('another')]);
    expect(taken.filter((each) => each !== undefined)).toHaveLength(1);
    expect(await read()).toMatchObject({ fencingToken: 1 });
  });
});

describe('an account that is not as it was read any more', () => {
  type Read = Awaited<ReturnType<typeof readOne>>;

  it.each<[string, (read: Read) => Promise<unknown>]>([
    ['is held', ({ lock }) => lock('another')],
    [
      'was held and given back',
      async ({ lock }) => {
        const held = await lock('another');
        await releaseAccount(store.ledger, held.kind === 'locked' ? held.fence : expect.fail(held.kind));
      },
    ],
    [
      'was unlocked by force',
      async ({ accountId, lock }) => {
        await lock('another');
        await forceUnlock(store.ledger, accountId);
      },
    ],
    [
      'was halted',
      ({ accountId }) =>
        haltAccount(store.ledger, accountId, {
          scope: 'entries',
          reason: 'Enough.',
          haltedBy: 'operator',
          haltedAtMs: NOW_MS,
        }),
    ],
    ['was deleted', ({ accountId }) => deleteAccount(store.ledger, accountId)],
  ])('is left as it is when it %s', async (_, change) => {
    const read = await readOne();
    await change(read);
    const before = await readAccount(store.ledger, read.accountId);
    expect(await read.take()).toBeUndefined();
    expect(await readAccount(store.ledger, read.accountId)).toEqual(before);
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import type { Halt } from '../../functions/core/halt.ts';
import type { AccountId } from '../../functions/core/ids.ts';
import { TIMING } from '../../functions/core/lease.ts';
import { applyOrderEvent, orderFrom } from '../../functions/core/order.ts';
import { forceUnlock, haltAccount, resumeAccount } from '../../functions/ledger/account-controls.ts';
import { deleteAccount, readAccount } from '../../functions/ledger/accounts.ts';
import { NOTHING_BOOKED } from '../../functions/ledger/booking.ts';
import { configureAccount } from '../../functions/ledger/configure-account.ts';
import {
  bookOpenOrders,
  type Fence,
  type LockResult,
  lockAccount,
  recordIntent,
  releaseAccount,
  renewLease,
  settleAccount,
} from '../../functions/ledger/held-account.ts';
import type { ActiveExecution } from '../../functions/ledger/shapes/account.ts';
import { recordUnplaced } from '../../functions/ledger/unplaced.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { intercepted } from '../support/intercepted-ledger.ts';
import { accountOf, requestOf } from '../support/world.ts';

let store: TestDynamoDb;
beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

const NOW_MS = Date.parse('2026-11-22T10:00:00.000Z');
const ABSENT = 'absent' as AccountId;

let accounts = 0;
async function newAccount(): Promise<AccountId> {
  accounts += 1;
  const account = accountOf(`account-${accounts}`);
  await configureAccount(store.ledger, account);
  return account.accountId;
}

const read = (accountId: AccountId) => readAccount(store.ledger, accountId);

function journalFor(accountId: AccountId): ActiveExecution {
  const { executionId, webhookId, correlationId } = requestOf(accountId, {});
  return {
    executionId,
    webhookId,
    correlationId,
    receivedAtMs: NOW_MS,
    startedAtMs: NOW_MS,
    expiresAtMs: NOW_MS + 60_000,
  };
}

async function lock(accountId: AccountId, ownerId: string, begins = journalFor(accountId)) {
  const result = await lockAccount(store.ledger, { accountId, ownerId, begins, nowMs: NOW_MS });
  return asLocked(result);
}

function asLocked(result: LockResult) {
  if (result.kind !== 'locked') {
    throw new Error(result.kind);
  }
  return result;
}

const all: Halt = { scope: 'all', reason: 'the first', haltedBy: 'abc', haltedAtMs: 1_000 };
const entries: Halt = { ...all, scope: 'entries' };
const later = { reason: 'a later one', haltedBy: 'def', haltedAtMs: 2_000 };

describe('the kill switch of an account', () => {
  test('is thrown and lifted, and changes nothing else', async () => {
    const accountId = await newAccount();
    const before = await read(accountId);
    expect(await haltAccount(store.ledger, accountId, all)).toBe(true);
    expect(await read(accountId)).toEqual({ ...before, halt: all });
    expect(await resumeAccount(store.ledger, accountId)).toBe(true);
    expect(await read(accountId)).toEqual(before);
    expect(await resumeAccount(store.ledger, accountId)).toBe(true);
  });

  test.each([
    ['a second one keeps the first', all, { ...all, ...later }, all],
    ['one of entries is widened', entries, { ...all, ...later }, { ...all, ...later }],
    ['one of everything is not narrowed', all, { ...entries, ...later }, all],
    ['a second one of entries keeps the first', entries, { ...entries, ...later }, entries],
  ])('%s', async (_, first, second, standing) => {
    const accountId = await newAccount();
    await haltAccount(store.ledger, accountId, first);
    expect(await haltAccount(store.ledger, accountId, second)).toBe(true);
    expect((await read(accountId))?.halt).toEqual(standing);
  });

  test('needs no lease, and leaves the holder at work', async () => {
    const accountId = await newAccount();
    const { fence, lease } = await lock(accountId, 'holder');
    await haltAccount(store.ledger, accountId, all);
    expect((await read(accountId))?.lease).toEqual(lease);
    await releaseAccount(store.ledger, fence);
    // The next one to take the account reads it with the lock.
    expect((await lock(accountId, 'next')).account.halt).toEqual(all);
  });

  test('a halt that was thrown after somebody looked is not lifted by what they decided then', async () => {
    const accountId = await newAccount();
    await haltAccount(store.ledger, accountId, entries);
    const widened = { ...all, ...later };
    let calls = 0;
    const meanwhile = intercepted(store.ledger, async (call) => {
      const result = await call();
      calls += 1;
      await (calls === 1 && haltAccount(store.ledger, accountId, widened));
      return result;
    });
    await expect(resumeAccount(meanwhile, accountId)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await read(accountId))?.halt).toEqual(widened);
  });

  test('lifting may be repeated when its answer is lost', async () => {
    const accountId = await newAccount();
    await haltAccount(store.ledger, accountId, all);
    const twice = intercepted(store.ledger, async (call) => {
      await call();
      return call();
    });
    expect(await resumeAccount(twice, accountId)).toBe(true);
    expect((await read(accountId))?.halt).toBeUndefined();
  });

  test('is not there without an account, and makes none', async () => {
    const deleted = await newAccount();
    await deleteAccount(store.ledger, deleted);
    for (const accountId of [ABSENT, deleted]) {
      expect(await haltAccount(store.ledger, accountId, all)).toBe(false);
      expect(await resumeAccount(store.ledger, accountId)).toBe(false);
      expect(await forceUnlock(store.ledger, accountId)).toBeUndefined();
      expect(await read(accountId)).toBeUndefined();
    }
  });
});

describe('the forced unlock', () => {
  test('takes the lease and raises the fencing token, and leaves the journal', async () => {
    const accountId = await newAccount();
    const { fence } = await lock(accountId, 'old');
    const before = await read(accountId);
    expect(await forceUnlock(store.ledger, accountId)).toEqual({
      unlocked: true,
      fencingToken: fence.fencingToken + 1,
    });
    const { lease: _, ...rest } = before ?? {};
    expect(await read(accountId)).toEqual({ ...rest, fencingToken: fence.fencingToken + 1 });
  });

  test('of an account that nobody holds changes nothing', async () => {
    const accountId = await newAccount();
    const { fence } = await lock(accountId, 'old');
    await releaseAccount(store.ledger, fence);
    const before = await read(accountId);
    expect(await forceUnlock(store.ledger, accountId)).toEqual({
      unlocked: false,
      fencingToken: fence.fencingToken,
    });
    expect(await read(accountId)).toEqual(before);
  });

  test('that arrives once more does not throw out the next holder', async () => {
    const accountId = await newAccount();
    await lock(accountId, 'old');
    let next: Fence | undefined;
    const repeated = intercepted(store.ledger, async (call, name) => {
      const result = await call();
      if (name === 'UpdateCommand' && next === undefined) {
        next = (await lock(accountId, 'next')).fence;
        return call();
      }
      return result;
    });
    expect(await forceUnlock(repeated, accountId)).toMatchObject({ unlocked: true });
    expect((await read(accountId))?.lease?.ownerId).toBe('next');
    await renewLease(store.ledger, next as Fence, NOW_MS);
  });

  test('makes the account free at once', async () => {
    const accountId = await newAccount();
    const old = journalFor(accountId);
    await lock(accountId, 'old', old);
    await forceUnlock(store.ledger, accountId);
    const { account } = await lock(accountId, 'next');
    expect(account.activeExecution).toEqual(old);
  });
});

/** Everything that a holder of an account can write. */
const WRITES = {
  renewLease: (fence: Fence) => renewLease(store.ledger, fence, NOW_MS + TIMING.leaseRenewalMs),
  recordIntent: (fence: Fence, active: ActiveExecution) => {
    const order = orderFrom({
      clientOrderId: 'of1' as never,
      leg: 'entry',
      symbol: 'MNQM5',
      side: 'buy',
      type: 'market',
      quantity: decimal(1),
      timeInForce: 'day',
      reduceOnly: false,
    });
    const intent = { fencingToken: fence.fencingToken, orders: [applyOrderEvent(order, { kind: 'sent' })] };
    return recordIntent(store.ledger, fence, { active: { ...active, intent }, nowMs: NOW_MS });
  },
  settleAccount: (fence: Fence, { executionId }: ActiveExecution) =>
    settleAccount(store.ledger, fence, { executionId, ...NOTHING_BOOKED, halt: all }),
  bookOpenOrders: (fence: Fence) => {
    const before = { positions: {}, openOrders: {}, daily: undefined, trades: {} };
    const daily = { day: '2026-11-22', orders: 1, realizedPnl: decimal(5), strategies: {} };
    return bookOpenOrders(store.ledger, fence, { before, after: { ...before, daily } });
  },
  recordUnplaced: (fence: Fence, active: ActiveExecution) => {
    const { signal: _, multiplier: __, maxSignalAgeSeconds: ___, ...ids } = requestOf(fence.accountId, {});
    const execution = { ...ids, executionId: active.executionId, status: 'SKIPPED' as const };
    return recordUnplaced(
      store.ledger,
      fence,
      { ...execution, orders: [], steps: [], retries: 0, startedAtMs: NOW_MS, endedAtMs: NOW_MS },
      'close',
    );
  },
};

describe('after a forced unlock the old holder can change nothing (I5)', () => {
  const STAGES = [
    { stage: 'while nobody has the account', takeAgain: false },
    { stage: 'when somebody else has it', takeAgain: true },
  ];
  const TABLE = STAGES.flatMap((stage) => Object.keys(WRITES).map((name) => ({ ...stage, name })));

  test.each(TABLE)('$name $stage', async ({ name, takeAgain }) => {
    const write = WRITES[name as keyof typeof WRITES];
    const accountId = await newAccount();
    const active = journalFor(accountId);
    const { fence } = await lock(accountId, 'old', active);
    await forceUnlock(store.ledger, accountId);
    await (takeAgain && lock(accountId, 'next'));
    const before = await read(accountId);

    await expect(write(fence, active)).rejects.toMatchObject({ code: 'FENCED_OUT' });
    expect(await read(accountId)).toEqual(before);
  });

  test('and what it gives back late is not the lease of the next one', async () => {
    const accountId = await newAccount();
    const { fence } = await lock(accountId, 'old');
    await forceUnlock(store.ledger, accountId);
    await lock(accountId, 'next');
    const before = await read(accountId);
    await releaseAccount(store.ledger, fence);
    expect(await read(accountId)).toEqual(before);
  });

  test.each(Object.keys(WRITES))('whereas without it, %s goes through', async (name) => {
    const accountId = await newAccount();
    const active = journalFor(accountId);
    const { fence } = await lock(accountId, 'old', active);
    const before = await read(accountId);
    await WRITES[name as keyof typeof WRITES](fence, active);
    expect(await read(accountId)).not.toEqual(before);
  });
});

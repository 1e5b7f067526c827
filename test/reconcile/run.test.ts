import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AccountId } from '../../functions/core/ids.ts';
import { execute } from '../../functions/engine/execute.ts';
import type { AccountReconciliation } from '../../functions/engine/reconcile.ts';
import { enlist } from '../../functions/ledger/catalog.ts';
import { listExecutions } from '../../functions/ledger/executions.ts';
import { findUnrecorded } from '../../functions/ledger/pending.ts';
import { readReconcileCursor } from '../../functions/ledger/reconcile-cursor.ts';
import { reconcileAll } from '../../functions/reconcile/run.ts';
import { FAULTS, faultyLedger } from '../support/faulty-ledger.ts';
import { scaled } from '../support/scale.ts';
import { brokerOrders, seed, stateOf, testEngine } from '../support/world.ts';
import {
  accounts,
  deliver,
  dieExecuting,
  recordAccepted,
  runOf,
  type Scene,
  signalFor,
  startScene,
} from './support.ts';

const MINUTE_MS = 60_000;
const IDLE: AccountReconciliation = { kind: 'idle' };

let scene: Scene;

beforeEach(async () => {
  scene = await startScene();
});
afterEach(() => scene.stop());

const configure = (accountIds: readonly string[]) =>
  Promise.all(accountIds.map((accountId) => enlist(scene.ledger, 'ACCOUNT', accountId)));

describe('a run', () => {
  it('finishes what is in a journal and what is in no queue (B10)', async () => {
    await seed(scene.ledger, 'a');
    await seed(scene.ledger, 'b');
    await configure(['a', 'b']);
    const receivedAtMs = scene.clock.now() - MINUTE_MS;
    const [died, unsent] = signalFor(['a', 'b'], receivedAtMs);
    await recordAccepted(scene.ledger, [died ?? expect.fail(), unsent ?? expect.fail()]);
    await dieExecuting(scene, died ?? expect.fail(), 'before-intent');
    scene.clock.advance(MINUTE_MS);

    expect(await scene.run()).toMatchObject({
      receipts: { unrecorded: 2, queued: 2, isComplete: true, hasFailed: false },
      accounts: { accounts: 2, failed: 0, left: 0 },
    });

    expect(await deliver(scene)).toMatchObject([{ status: 'COMPLETED' }, { status: 'COMPLETED' }]);
    for (const accountId of ['a', 'b']) {
      expect(await brokerOrders(scene.ledger, accountId, scene.clock)).toHaveLength(1);
      expect(await stateOf(scene.ledger, accountId)).toMatchObject({
        quantity: '1',
        lease: undefined,
        activeExecution: undefined,
      });
    }
    expect(await scene.run()).toMatchObject({ receipts: { queued: 0 }, accounts: { reconciled: 0 } });
  });

  it('can run beside live traffic and beside itself: one order for each execution', async () => {
    const accountIds = accounts(10);
    for (const accountId of accountIds) {
      await seed(scene.ledger, accountId);
    }
    await configure(accountIds);
    const signals = [4, 3, 2].map((age) => signalFor(accountIds, scene.clock.now() - age * 30_000));
    for (const requests of signals) {
      await recordAccepted(scene.ledger, requests);
    }
    const requests = signals.flat();
    const environment = () => runOf(testEngine(scene.ledger, scene.clock), scene.queue);
    // Half of them are at work at the same time, each in its own message's environment.
    const live = requests
      .slice(0, 15)
      .map((request) => execute(testEngine(scene.ledger, scene.clock), request));

    await Promise.allSettled([reconcileAll(environment()), reconcileAll(environment()), ...live]);
    await Promise.all([deliver(scene), deliver(scene), reconcileAll(environment())]);
    // Whatever was overtaken meanwhile expires.
    scene.clock.advance(5 * MINUTE_MS);
    await Promise.all([reconcileAll(environment()), reconcileAll(environment())]);
    await deliver(scene);

    expect(await findUnrecorded(scene.ledger, requests, scene.engine)).toEqual([]);
    for (const accountId of accountIds) {
      const { executions } = await listExecutions(scene.ledger, accountId as AccountId, {
        from: '',
        to: '~',
        order: 'oldest-first',
        limit: 100,
      });
      const completed = executions.filter(({ status }) => status === 'COMPLETED');
      expect(executions).toHaveLength(3);
      expect(completed.length).toBeGreaterThan(0);
      const venues = await brokerOrders(scene.ledger, accountId, scene.clock);
      expect(venues.map(({ clientOrderId }) => clientOrderId).sort()).toEqual(
        completed.map(({ orders }) => orders[0]?.clientOrderId).sort(),
      );
    }
  });

  it('goes on in the next run wherever it was killed', async () => {
    await Promise.all([seed(scene.ledger, 'a'), configure(['a'])]);
    let covered = 0;
    const faults = FAULTS.slice(0, scaled(2, FAULTS.length));
    for (const fault of faults) {
      for (let at = 1; ; at += 1) {
        scene.clock.advance(16 * MINUTE_MS);
        const [request] = signalFor(['a'], scene.clock.now() - MINUTE_MS);
        await recordAccepted(scene.ledger, [request ?? expect.fail()]);
        const faulty = faultyLedger(scene.ledger, at, fault);
        await reconcileAll(runOf(testEngine(faulty.ledger, scene.clock), scene.queue)).catch(() => undefined);

        await scene.run();

        expect(await deliver(scene), `${fault} at call ${at}`).toMatchObject([{ status: 'COMPLETED' }]);
        if (faulty.calls() < at) {
          break;
        }
        covered += 1;
      }
    }
    // Every call was met by every fault, and not one became an order more.
    expect(covered).toBeGreaterThan(faults.length * 10);
    expect(await brokerOrders(scene.ledger, 'a', scene.clock)).toHaveLength(covered + faults.length);
  }, 120_000);
});

describe('the sweep of accounts', () => {
  it('takes every account, and not more than eight at once', async () => {
    await configure(accounts(30));
    const seen: string[] = [];
    let [running, peak] = [0, 0];
    const reconcileAccount = async (accountId: AccountId) => {
      running += 1;
      peak = Math.max(peak, running);
      await new Promise(setImmediate);
      running -= 1;
      seen.push(accountId);
      return IDLE;
    };

    expect(await scene.run({ reconcileAccount })).toMatchObject({ accounts: { accounts: 30, left: 0 } });

    expect(seen.toSorted()).toEqual(accounts(30));
    expect(peak).toBe(8);
  });

  it('is not stopped by an account that fails, and says in the end that one did', async () => {
    await configure(['a', 'b', 'c']);
    const seen: string[] = [];
    const reconcileAccount = async (accountId: AccountId) => {
      if (accountId === 'a') {
        throw new Error('unreadable');
      }
      seen.push(accountId);
      return IDLE;
    };

    await expect(scene.run({ reconcileAccount })).rejects.toMatchObject({
      code: 'RECONCILE_INCOMPLETE',
      disposition: 'retry',
    });

    expect(seen).toEqual(['b', 'c']);
    expect(await readReconcileCursor(scene.ledger)).toMatchObject({
      receipts: { fromMs: expect.any(Number) },
      lastRun: { atMs: scene.clock.now(), accounts: 3, left: 0, drifted: 0, failed: 1 },
    });
  });

  it('goes on after the last account, run by run, where there is no time for all', async () => {
    await configure(accounts(20));
    const seen = new Map<string, number>();
    for (let run = 0; run < 10; run += 1) {
      let remainingMs = 50_000;
      const summary = await scene.run({
        remainingTimeMs: () => remainingMs,
        reconcileAccount: async (accountId) => {
          remainingMs -= 5_000;
          seen.set(accountId, (seen.get(accountId) ?? 0) + 1);
          return IDLE;
        },
      });
      expect(summary.accounts).toMatchObject({ accounts: 20, left: 13 });
    }
    // 7 in each of 10 runs.
    expect([...new Set(seen.values())].toSorted()).toEqual([3, 4]);
    expect(seen.size).toBe(20);
  });

  it('begins anew when there was time for all', async () => {
    await configure(accounts(3));
    await scene.run({ reconcileAccount: async () => IDLE });

    expect(await readReconcileCursor(scene.ledger)).not.toHaveProperty('accountsAfter');
  });

  it('begins where it began when there was no time for any, and leaves its time to accounts', async () => {
    await configure(accounts(3));
    const [request] = signalFor(['account-000'], scene.clock.now() - MINUTE_MS);
    await recordAccepted(scene.ledger, [request ?? expect.fail()]);
    const seen: string[] = [];
    const run = (remainingMs: number) =>
      scene.run({
        remainingTimeMs: () => remainingMs,
        reconcileAccount: async (accountId) => {
          seen.push(accountId);
          return IDLE;
        },
      });

    expect(await run(15_000)).toMatchObject({ receipts: { isComplete: false }, accounts: { left: 3 } });
    expect(await run(30_000)).toMatchObject({ receipts: { isComplete: false }, accounts: { left: 0 } });
    expect(await run(30_001)).toMatchObject({ receipts: { isComplete: true, queued: 1 } });
    expect(seen).toEqual([...accounts(3), ...accounts(3)]);
  });

  it('counts what it found', async () => {
    await configure(['idle', 'gone', 'held', 'recovered', 'drifted']);
    const reconciled = {
      kind: 'reconciled',
      openOrders: 0,
      changedOrders: 0,
      drift: [],
      halted: false,
    } as const;
    const outcomes: Record<string, AccountReconciliation> = {
      idle: IDLE,
      gone: { kind: 'not-found' },
      held: { kind: 'contended' },
      recovered: {
        ...reconciled,
        changedOrders: 2,
        recovered: { executionId: 'x' as never, status: 'COMPLETED' },
      },
      drifted: {
        ...reconciled,
        changedOrders: 1,
        drift: [{ symbol: 'A', ours: '1', brokers: '2' } as never],
      },
    };

    const { accounts: counted } = await scene.run({
      reconcileAccount: async (accountId) => outcomes[accountId] ?? IDLE,
    });

    expect(counted).toMatchObject({
      ...{ accounts: 5, reconciled: 2, recovered: 1, changedOrders: 3, drifted: 1, contended: 1 },
      ...{ failed: 0, left: 0, hasFailed: false },
    });
  });
});

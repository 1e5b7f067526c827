import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Alert, isGraver } from '../../functions/core/alert.ts';
import { DEFAULT_ACCOUNT_LIMITS } from '../../functions/core/configuration.ts';
import { decimal } from '../../functions/core/decimal.ts';
import { TIMING } from '../../functions/core/lease.ts';
import type { MarketPosition } from '../../functions/core/signal.ts';
import { execute } from '../../functions/engine/execute.ts';
import { lockAccount } from '../../functions/ledger/held-account.ts';
import { saveStrategy, saveWebhook } from '../../functions/ledger/webhooks.ts';
import { reconcileAll } from '../../functions/reconcile/run.ts';
import { alertInLog } from '../../functions/shared/alert-log.ts';
import { type EnvironmentReport, watchMemory } from '../../functions/shared/memory-watch.ts';
import { runOf } from '../reconcile/support.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { ingestEnvironment, startTestQueue, type TestQueue } from '../support/ingest.ts';
import { createTrader } from '../support/trader.ts';
import { strategyOf, TestClock, testEngine, webhookOf } from '../support/world.ts';

let store: TestDynamoDb;
let queue: TestQueue;

beforeAll(async () => {
  [store, queue] = await Promise.all([startTestDynamoDb(), startTestQueue()]);
});
afterAll(() => Promise.all([store.stop(), queue.stop()]));

let hooks = 0;

/** A webhook with a strategy, and an environment of ingest that raises alerts here. */
async function webhook(changes: Parameters<typeof webhookOf>[1] = {}, broken?: (alert: Alert) => void) {
  hooks += 1;
  const webhookId = `hook-${hooks}`;
  await saveWebhook(store.ledger, webhookOf(webhookId, changes));
  await saveStrategy(store.ledger, strategyOf(`s-${webhookId}`, webhookId, ['a']));
  const alerts: Alert[] = [];
  const clock = new TestClock();
  const alert = broken ?? ((raised: Alert) => alerts.push(raised));
  const { post } = ingestEnvironment(store, queue, { alert, clock });
  return {
    webhookId,
    alerts,
    clock,
    post: (id: string, payload: object = {}) =>
      post(webhookId, { id, symbol: 'MNQM5', action: 'buy', quantity: 1, ...payload }),
  };
}

describe('ingest', () => {
  it('tells of an id that is used for another payload', async () => {
    const { post, alerts, webhookId } = await webhook();
    await post('one');
    expect((await post('one', { quantity: 2 })).status).toBe(409);
    expect(alerts).toMatchObject([{ type: 'DUPLICATE_CONFLICT', severity: 'HIGH', subject: webhookId }]);
  });

  it('tells of a storm of signals beyond the limit, not of a few', async () => {
    const { post, alerts, webhookId } = await webhook({ rateLimit: { limit: 1, windowSeconds: 60 } });
    for (let index = 0; index < 10; index += 1) {
      await post(`signal-${index}`);
    }
    expect(alerts).toEqual([]);
    expect((await post('signal-10')).status).toBe(429);
    expect(alerts).toMatchObject([{ type: 'RATE_LIMITED', severity: 'MEDIUM', subject: webhookId }]);
  });

  it('tells of a storm of wrong secrets; those of different minutes are none', async () => {
    const guarded = { allowedIps: [], secretHash: 'salt:00' };
    const { post, alerts, clock, webhookId } = await webhook(guarded);
    for (let index = 0; index < 9; index += 1) {
      expect((await post('one', { secret: `guess-${index}` })).status).toBe(401);
    }
    clock.advance(60_000);
    for (let index = 0; index < 9; index += 1) {
      await post('one', { secret: `guess-${index}` });
    }
    expect(alerts).toEqual([]);
    await post('one', { secret: 'guess' });
    expect(alerts).toMatchObject([{ type: 'SECRETS_REFUSED', severity: 'HIGH', subject: webhookId }]);
    expect(alerts[0]?.message).not.toContain('guess');
  });

  it('answers as ever when alerts cannot be logged (I10)', async () => {
    const logger = new Logger();
    vi.spyOn(logger, 'error').mockImplementation(() => {
      throw new Error('EPIPE');
    });
    const { post } = await webhook({}, alertInLog(logger));
    await post('one');
    expect((await post('one', { quantity: 2 })).status).toBe(409);
    expect(logger.error).toHaveBeenCalledOnce();
  });
});

describe('the engine', () => {
  it('tells of an account that it got only after waiting for it', async () => {
    const { accountId, clock, engine, request } = await createTrader(store.ledger);
    const lapsesAfterMs = 200;
    const nowMs = clock.now() - TIMING.leaseDurationMs - TIMING.clockSkewMs + lapsesAfterMs;
    await lockAccount(store.ledger, { accountId, ownerId: 'other', nowMs });
    expect(await execute(engine, request({}))).toMatchObject({ kind: 'done' });
    expect(engine.alerts).toMatchObject([{ type: 'LOCK_CONTENTION', severity: 'LOW', subject: accountId }]);
  });

  it('tells of an account that it did not get', async () => {
    const { accountId, clock, engine, request } = await createTrader(store.ledger);
    await lockAccount(store.ledger, { accountId, ownerId: 'other', nowMs: clock.now() });
    expect(await execute(engine, request({}))).toMatchObject({ kind: 'hand-back' });
    expect(engine.alerts).toMatchObject([{ type: 'LOCK_TIMEOUT', severity: 'MEDIUM', subject: accountId }]);
  });

  it('tells of a loss that reaches the limit, with the fill that brings it there and once', async () => {
    const limits = { ...DEFAULT_ACCOUNT_LIMITS, maxDailyLoss: decimal(10) };
    const { signal, engine, accountId } = await createTrader(store.ledger, { account: { limits } });
    await signal({ quantity: decimal(4), price: decimal(100) });
    await signal({ action: 'exit', quantity: decimal(1), price: decimal(96) });
    expect(engine.alerts).toEqual([]);
    await signal({ action: 'exit', quantity: decimal(2), price: decimal(96) });
    await signal({ action: 'exit', quantity: decimal(1), price: decimal(96) });
    expect(engine.alerts).toMatchObject([
      { type: 'DAILY_LOSS_REACHED', severity: 'HIGH', subject: accountId },
    ]);
  });

  it('tells of entries that the loss of a strategy refuses', async () => {
    const strategy = { limits: { maxDailyLoss: decimal(10) } };
    const { signal, engine } = await createTrader(store.ledger, { strategy });
    await signal({ quantity: decimal(2), price: decimal(100) });
    await signal({ action: 'exit', quantity: decimal(2), price: decimal(95) });
    expect(await signal({})).toMatchObject({ reason: { code: 'MAX_DAILY_LOSS' } });
    expect(engine.alerts).toMatchObject([{ type: 'DAILY_LOSS_REACHED' }]);
  });
});

describe('a signal whose sender had another position before', () => {
  const missedAfter = async (
    signals: readonly Parameters<Awaited<ReturnType<typeof createTrader>>['signal']>[0][],
    previousPosition: MarketPosition,
    options: { allowShort?: boolean; action?: 'buy' | 'sell' | 'exit' } = {},
  ) => {
    const { action = 'buy', allowShort = false } = options;
    const { signal, engine, strategyId } = await createTrader(store.ledger, { strategy: { allowShort } });
    for (const each of signals) {
      await signal(each);
    }
    const execution = await signal({ action, previousPosition });
    const missed = engine.alerts.filter(({ type }) => type === 'SIGNAL_MISSED');
    expect(missed.every(({ subject }) => subject === strategyId)).toBe(true);
    return { missed: missed.length, status: execution.status };
  };
  const BUY = { quantity: decimal(1) } as const;

  it.each([
    ['long, and here nothing is held', [], 'long', {}, 1, 'COMPLETED'],
    ['long, and its exit finds nothing', [], 'long', { action: 'exit' }, 1, 'SKIPPED'],
    ['flat, and here it is long', [BUY], 'flat', {}, 1, 'COMPLETED'],
    ['short, and here it is flat', [], 'short', { allowShort: true }, 1, 'COMPLETED'],
    ['flat, as here', [], 'flat', {}, 0, 'COMPLETED'],
    ['long, as here', [BUY], 'long', { action: 'exit' }, 0, 'COMPLETED'],
    ['short, where this strategy may not be', [], 'short', {}, 0, 'COMPLETED'],
  ] as const)('%s', async (_, signals, previous, options, missed, status) => {
    expect(await missedAfter(signals, previous, options)).toEqual({ missed, status });
  });

  it('is told of once: a repetition finds what the first one did', async () => {
    const { engine, request, clock } = await createTrader(store.ledger);
    const exit = request({ action: 'exit', previousPosition: 'long' });
    await execute(engine, exit);
    clock.advance(1);
    await execute(engine, exit);
    expect(engine.alerts).toMatchObject([{ type: 'SIGNAL_MISSED', severity: 'MEDIUM' }]);
  });
});

describe('the reconciler', () => {
  const run = (countDeadLetters: () => Promise<number>) => {
    const engine = testEngine(store.ledger, new TestClock());
    return reconcileAll(runOf(engine, queue, { countDeadLetters })).then(() => engine.alerts);
  };

  it('tells of dead letters as long as there are some', async () => {
    expect((await run(async () => 2)).filter(({ type }) => type === 'DEAD_LETTERS')).toMatchObject([
      { severity: 'HIGH', subject: 'accounts', message: expect.stringContaining('2 messages') },
    ]);
    expect((await run(async () => 0)).filter(({ type }) => type === 'DEAD_LETTERS')).toEqual([]);
  });

  it('goes on when the queue does not answer', async () => {
    await expect(run(() => Promise.reject(new Error('SQS is down.')))).resolves.toBeDefined();
  });
});

describe('a function', () => {
  const invocation = (memoryLimitInMB: string) =>
    ({ functionName: 'onefill-strategy', memoryLimitInMB }) as Context;
  const unheard = () => undefined;

  it('tells when it uses more than 80 % of its memory', () => {
    const alerts: Alert[] = [];
    const raise = (alert: Alert) => alerts.push(alert);
    watchMemory(raise, unheard, () => 409 * 1_048_576)(invocation('512'));
    expect(alerts).toEqual([]);
    const watch = watchMemory(raise, unheard, () => 410 * 1_048_576);
    watch(invocation('512'));
    watch(invocation('512'));
    expect(alerts).toMatchObject([{ type: 'MEMORY_HIGH', severity: 'MEDIUM', subject: 'onefill-strategy' }]);
  });

  it('says how much it uses when it begins, and every five minutes', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const reports: EnvironmentReport[] = [];
      const report = (environment: EnvironmentReport) => reports.push(environment);
      const watch = watchMemory(unheard, report, () => 100 * 1_048_576);
      for (let second = 0; second <= 600; second += 1) {
        watch(invocation('512'));
        vi.advanceTimersByTime(1_000);
      }
      const later = { memoryUsedMb: 100 };
      expect(reports).toEqual([{ ...later, coldStart: true }, later, later]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('looks at what its process really uses', () => {
    const alerts: Alert[] = [];
    watchMemory((alert) => alerts.push(alert), unheard)(invocation('1'));
    expect(alerts).toMatchObject([{ type: 'MEMORY_HIGH' }]);
  });
});

it('severities have an order', () => {
  expect(isGraver('CRITICAL', 'HIGH')).toBe(true);
  expect(isGraver('MEDIUM', 'MEDIUM')).toBe(false);
});

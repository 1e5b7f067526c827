import { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod/mini';
import { OnefillError } from '../../functions/core/errors.ts';
import type { Execution, ExecutionRequest } from '../../functions/core/execution.ts';
import { executionIdOf, type SignalId, signalIdOf, type WebhookId } from '../../functions/core/ids.ts';
import type { Receipt } from '../../functions/core/receipt.ts';
import type { Engine } from '../../functions/engine/engine.ts';
import { execute } from '../../functions/engine/execute.ts';
import { reconcileAccount } from '../../functions/engine/reconcile.ts';
import { lockAccount, recordIntent } from '../../functions/ledger/held-account.ts';
import { recordReceipt } from '../../functions/ledger/receipts.ts';
import { executionRequestShape } from '../../functions/ledger/shapes/signal.ts';
import type { Ledger } from '../../functions/ledger/table.ts';
import { type ReconcileDependencies, reconcileAll } from '../../functions/reconcile/run.ts';
import { startTestDynamoDb } from '../support/dynamodb.ts';
import { startTestQueue, type TestQueue } from '../support/ingest.ts';
import { until } from '../support/until.ts';
import { requestOf, TestClock, testEngine } from '../support/world.ts';

/** A ledger, a queue, a clock and an engine of one test's own. */
export async function startScene() {
  const [store, queue] = await Promise.all([startTestDynamoDb(), startTestQueue()]);
  const { ledger } = store;
  const clock = new TestClock();
  const engine = testEngine(ledger, clock);
  return {
    store,
    ledger,
    queue,
    clock,
    engine,
    /** One run of the reconciler, which has all the time it needs. */
    run: (changes: Partial<ReconcileDependencies> = {}) => reconcileAll(runOf(engine, queue, changes)),
    stop: async () => {
      await Promise.all([store.stop(), queue.stop()]);
    },
  };
}

export type Scene = Awaited<ReturnType<typeof startScene>>;

export const SILENT = new Logger({ logLevel: 'SILENT' });

/** What one environment of the reconcile function brings along. */
export function runOf(
  engine: Engine,
  queue: Pick<TestQueue, 'client' | 'url'>,
  changes: Partial<ReconcileDependencies> = {},
): ReconcileDependencies {
  return {
    engine,
    queue,
    logger: SILENT,
    remainingTimeMs: () => 50_000,
    countDeadLetters: async () => 0,
    reconcileAccount: (accountId) => reconcileAccount(engine, accountId),
    ...changes,
  };
}

/** The ids of some accounts, in alphabetical order. */
export const accounts = (count: number) =>
  Array.from({ length: count }, (_, index) => `account-${String(index).padStart(3, '0')}`);

let signals = 0;

/** What one signal, first seen at a time, asks of some accounts: one request of the same signal for each. */
export function signalFor(
  accountIds: readonly string[],
  receivedAtMs: number,
  signal: Partial<ExecutionRequest['signal']> = {},
): ExecutionRequest[] {
  signals += 1;
  const signalId: SignalId = signalIdOf('hook' as WebhookId, `reconcile-${signals}`, receivedAtMs);
  return accountIds.map((accountId) => {
    const request = requestOf(accountId, signal, { receivedAtMs });
    const executionId = executionIdOf(signalId, request.strategyId, request.accountId);
    return { ...request, signalId, executionId, correlationId: `correlation-${signals}` };
  });
}

/** Writes the receipt of a signal as ingest does, and sends nothing. */
export async function recordAccepted(
  ledger: Ledger,
  requests: readonly ExecutionRequest[],
  changes: Partial<Extract<Receipt, { status: 'accepted' }>> = {},
): Promise<void> {
  const [first] = requests;
  if (!first) {
    throw new Error('A signal without requests.');
  }
  const { signalId, webhookId, correlationId, receivedAtMs, signal, maxSignalAgeSeconds } = first;
  await recordReceipt(ledger, {
    ...{ signalId, webhookId, correlationId, receivedAtMs, signal, maxSignalAgeSeconds },
    sourceIp: '203.0.113.1',
    duplicates: 0,
    status: 'accepted',
    targets: requests.map(({ executionId, strategyId, accountId, multiplier }) => ({
      ...{ executionId, strategyId, accountId, multiplier },
    })),
    ...changes,
  });
}

/**
 * Has a worker take the account for a request, now, and die: before its intent, or with its orders in the journal and
 * none of them sent.
 */
export async function dieExecuting(
  { ledger, clock }: Pick<Scene, 'ledger' | 'clock'>,
  request: ExecutionRequest,
  when: 'before-intent' | 'after-intent',
): Promise<void> {
  const { accountId, executionId, webhookId, correlationId, receivedAtMs } = request;
  const nowMs = clock.now();
  const begins = {
    ...{ executionId, webhookId, correlationId, receivedAtMs },
    startedAtMs: nowMs,
    expiresAtMs: nowMs + 300_000,
  };
  const lock = await lockAccount(ledger, { accountId, ownerId: 'dead', begins, nowMs });
  if (lock.kind !== 'locked') {
    throw new Error(`The account ${accountId} is ${lock.kind}.`);
  }
  if (when === 'after-intent') {
    const intent = { fencingToken: lock.fence.fencingToken, orders: [] };
    await recordIntent(ledger, lock.fence, { active: { ...begins, intent }, nowMs });
  }
}

/** Executes whatever is in the queue, as the strategy function does: in order, and again what is handed back. */
export async function deliver({ engine, queue }: Pick<Scene, 'engine' | 'queue'>): Promise<Execution[]> {
  const executions: Execution[] = [];
  for (const body of await queue.drain()) {
    const request = z.parse(executionRequestShape, body);
    const ended = async () => {
      const result = await execute(engine, request).catch(orFencedOut);
      return result?.kind === 'done' ? result.execution : undefined;
    };
    executions.push(await until(ended, `the end of ${request.executionId}`));
  }
  return executions;
}

/** The clock of a test moves for all of its environments when one of them waits, and so leases lapse early. */
function orFencedOut(error: unknown): undefined {
  if (!(error instanceof OnefillError && error.code === 'FENCED_OUT')) {
    throw error;
  }
}

/** A signal for some accounts that was accepted so long ago and never sent. */
export async function recordOrphan(
  { ledger, clock }: Pick<Scene, 'ledger' | 'clock'>,
  ageMs: number,
  accountIds: readonly string[],
  signal: Parameters<typeof signalFor>[2] = {},
): Promise<ExecutionRequest[]> {
  const requests = signalFor(accountIds, clock.now() - ageMs, signal);
  await recordAccepted(ledger, requests);
  return requests;
}

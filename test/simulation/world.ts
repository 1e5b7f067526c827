import { Logger } from '@aws-lambda-powertools/logger';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Alert } from '../../functions/core/alert.ts';
import type { Engine } from '../../functions/engine/engine.ts';
import { execute } from '../../functions/engine/execute.ts';
import { reconcileAccount } from '../../functions/engine/reconcile.ts';
import type { IngestDependencies } from '../../functions/ingest/dependencies.ts';
import { receiveWebhook } from '../../functions/ingest/receive.ts';
import { createRouteCache } from '../../functions/ingest/route-cache.ts';
import { type ReconcileSummary, reconcileAll } from '../../functions/reconcile/run.ts';
import { readRequest } from '../../functions/shared/http.ts';
import { processBatch } from '../../functions/strategy/process-batch.ts';
import { keepInvisible } from '../../functions/strategy/visibility.ts';
import { httpEvent } from '../support/http-event.ts';
import { type SimulatedProcess, simulatedProcess } from './faults.ts';
import type { ProcessOptions } from './life.ts';
import { type ModelQueue, modelQueue } from './model-queue.ts';
import { type ModelLedger, modelLedger } from './model-table.ts';
import { type ModelVenue, type ModelVenueOptions, modelVenue } from './model-venue.ts';
import { type Random, seededRandom } from './random.ts';
import { newTrace, type Trace } from './trace.ts';
import { type VirtualTime, virtualTime } from './virtual-time.ts';

/** The function timeouts of the stack. */
const TIMEOUTS_MS = { ingest: 5_000, strategy: 3_000, reconcile: 50_000 } as const;

export interface WorldOptions {
  /** @default 1 */
  readonly seed?: number;
  /** @default PERMANENT, and nothing goes wrong */
  readonly venue?: Partial<Omit<ModelVenueOptions, 'clock' | 'after'>>;
  /** The store as it is at first, for example a fork of one that was configured. @default empty */
  readonly store?: ModelLedger;
  /** How often a message is received before it goes to the dead-letter queue. @default as deployed, 30 */
  readonly maxReceiveCount?: number;
  /** @default a silent one */
  readonly logger?: Logger;
}

/** Answer to a webhook. */
export interface Posted {
  readonly status: number;
  readonly body: {
    readonly signalId?: string;
    readonly executions?: readonly { readonly executionId: string; readonly accountId: string }[];
    readonly error?: { readonly code: string };
  };
}

/**
 * Onefill in one process and virtual time: the functions' real code on models of what it calls. Functions are run in
 * simulated processes, which may meet faults; the world itself never does.
 */
export interface World {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly trace: Trace;
  readonly store: ModelLedger;
  readonly queue: ModelQueue;
  readonly deadLetters: ModelQueue;
  readonly venue: ModelVenue;
  /** What operators were told, oldest first. */
  readonly alerts: readonly Alert[];
  /** A process of this world. */
  process(options: Omit<ProcessOptions, 'time' | 'trace'>): SimulatedProcess;
  /** The engine of one execution environment. */
  engine(process: SimulatedProcess): Engine;
  /** An ingest environment, as after a cold start: posts a payload to a webhook. */
  ingest(process: SimulatedProcess): (webhookId: string, payload: unknown) => Promise<Posted>;
  /** A strategy environment: its handler. */
  strategy(process: SimulatedProcess): (event: SQSEvent) => Promise<SQSBatchResponse>;
  /** A reconcile environment: its handler. */
  reconcile(process: SimulatedProcess): () => Promise<ReconcileSummary>;
}

export function simulatedWorld(options: WorldOptions = {}): World {
  const time = virtualTime();
  const random = seededRandom(options.seed ?? 1);
  const trace = newTrace();
  const store = options.store ?? modelLedger();
  const deadLetters = modelQueue({
    name: 'accounts-dead-letters.fifo',
    clock: time,
    visibilityTimeoutSeconds: 30,
  });
  const queue = modelQueue({
    clock: time,
    visibilityTimeoutSeconds: TIMEOUTS_MS.strategy / 1_000,
    maxReceiveCount: options.maxReceiveCount ?? 30,
    deadLetterQueue: deadLetters,
  });
  const venue = modelVenue({ guarantee: 'PERMANENT', ...options.venue, clock: time, after: time.after });
  const alerts: Alert[] = [];
  const logger = options.logger ?? SILENT;
  const parts = { time, random, trace, store, queue, deadLetters, venue, alerts, logger };
  const engine = (process: SimulatedProcess) => engineOf(parts, process);
  return {
    ...parts,
    process: (given) => simulatedProcess({ ...given, time, trace }),
    engine,
    ingest: (process) => ingestOf(parts, process),
    strategy: (process) => strategyOf(parts, process, engine(process)),
    reconcile: (process) => reconcileOf(parts, process, engine(process)),
  };
}

type Parts = Omit<World, 'process' | 'engine' | 'ingest' | 'strategy' | 'reconcile' | 'alerts'> & {
  readonly alerts: Alert[];
  readonly logger: Logger;
};

const SILENT = new Logger({ logLevel: 'SILENT' });

function engineOf({ random, store, venue, alerts }: Parts, process: SimulatedProcess): Engine {
  let owners = 0;
  return {
    ledger: process.ledger(store.ledger),
    clock: process.clock,
    random,
    newOwnerId: () => {
      owners += 1;
      return `${process.name}-${owners}`;
    },
    wait: (durationMs) => process.wait(durationMs),
    after: (durationMs, callback) => process.after(durationMs, callback),
    remainingTimeMs: () => Number.POSITIVE_INFINITY,
    alert: process.shows((alert: Alert) => alerts.push(alert)),
    circuitMemory: new Map(),
    createBroker: ({ accountId }) => process.broker(venue.broker(accountId)),
  };
}

function ingestOf({ store, queue, logger }: Parts, process: SimulatedProcess): ReturnType<World['ingest']> {
  const ledger = process.ledger(store.ledger);
  const dependencies: IngestDependencies = {
    ledger,
    idempotencyTableName: store.idempotencyTableName,
    queue: { client: process.queueClient(queue.client), url: queue.url },
    routes: createRouteCache(ledger),
    hmacSecrets: async () => [],
    rateMemory: new Map(),
    watchRefusal: () => undefined,
    clock: process.clock,
    wait: (durationMs) => process.wait(durationMs),
    logger,
  };
  return async (webhookId, payload) => {
    const event = httpEvent({
      method: 'POST',
      path: `/webhooks/${webhookId}`,
      routeKey: 'POST /webhooks/{webhookId}',
      routeParameters: { webhookId },
      body: JSON.stringify(payload),
    });
    const { statusCode, body = 'null' } = await invoke(process, TIMEOUTS_MS.ingest, (context) =>
      receiveWebhook(dependencies, readRequest(event), context),
    );
    return { status: statusCode, body: JSON.parse(body) as Posted['body'] };
  };
}

function strategyOf(
  { queue, logger }: Parts,
  process: SimulatedProcess,
  engine: Engine,
): ReturnType<World['strategy']> {
  const held = { client: process.queueClient(queue.client), url: queue.url };
  return (event) =>
    invoke(process, TIMEOUTS_MS.strategy, async (context) => {
      const remainingTimeMs = () => context.getRemainingTimeInMillis();
      const visibility = keepInvisible(held, event.Records, { clock: process.clock, logger });
      try {
        return await processBatch(event.Records, {
          execute: (request) => execute({ ...engine, remainingTimeMs }, request),
          handBack: visibility.handBack,
          remainingTimeMs,
          clock: process.clock,
          logger,
        });
      } finally {
        await visibility.stop();
      }
    });
}

function reconcileOf(
  { queue, logger }: Parts,
  process: SimulatedProcess,
  engine: Engine,
): ReturnType<World['reconcile']> {
  return () =>
    invoke(process, TIMEOUTS_MS.reconcile, (context) => {
      const remainingTimeMs = () => context.getRemainingTimeInMillis();
      return reconcileAll({
        engine,
        queue: { client: process.queueClient(queue.client), url: queue.url },
        logger,
        remainingTimeMs,
        countDeadLetters: async () => 0,
        reconcileAccount: (accountId) => reconcileAccount({ ...engine, remainingTimeMs }, accountId),
      });
    });
}

/** One invocation as Lambda runs it: it ends the process when the function's time is over. */
async function invoke<Result>(
  process: SimulatedProcess,
  timeoutMs: number,
  work: (context: Context) => Promise<Result>,
): Promise<Result> {
  const startedAtMs = process.clock.now();
  const cancelTimeout = process.after(timeoutMs, () => process.kill());
  const context = {
    getRemainingTimeInMillis: () => Math.max(0, timeoutMs - (process.clock.now() - startedAtMs)),
  } as Context;
  try {
    return await work(context);
  } finally {
    cancelTimeout();
  }
}

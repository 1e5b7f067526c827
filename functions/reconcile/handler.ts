import type { Context } from 'aws-lambda';
import { createVenueAccess } from '../brokers/venue-access.ts';
import { createEngine } from '../engine/create-engine.ts';
import { reconcileAccount } from '../engine/reconcile.ts';
import { alertInLog } from '../shared/alert-log.ts';
import { createDocumentClient, createQueueClient } from '../shared/clients.ts';
import { readEnvironment } from '../shared/environment.ts';
import { readQueueState } from '../shared/queue-state.ts';
import { beginInvocation, createLogger } from '../shared/telemetry.ts';
import { type ReconcileSummary, reconcileAll } from './run.ts';

const environment = readEnvironment('reconcile', process.env);
const sqs = createQueueClient();
const queue = { client: sqs, url: environment.ACCOUNTS_QUEUE_URL };
const deadLetterQueue = { client: sqs, url: environment.DEAD_LETTER_QUEUE_URL };
const ledger = { client: createDocumentClient(), tableName: environment.LEDGER_TABLE_NAME };
const logger = createLogger();
const clock = { now: () => Date.now() };
const engine = createEngine({
  ...ledger,
  ...createVenueAccess(environment.SECRET_NAME_PREFIX, clock, process.env),
  clock,
  alert: alertInLog(logger),
});

/** Runs by schedule, and whenever somebody invokes it; the event says nothing. */
export const handler = (_event: unknown, context: Context): Promise<ReconcileSummary> => {
  beginInvocation(logger, context);
  const remainingTimeMs = () => context.getRemainingTimeInMillis();
  return reconcileAll({
    engine,
    queue,
    logger,
    remainingTimeMs,
    countDeadLetters: async () => {
      const { visible, inFlight } = await readQueueState(deadLetterQueue);
      return visible + inFlight;
    },
    reconcileAccount: (accountId) => reconcileAccount({ ...engine, remainingTimeMs }, accountId),
  });
};

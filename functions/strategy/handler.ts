import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createVenueAccess } from '../brokers/venue-access.ts';
import { createEngine } from '../engine/create-engine.ts';
import { execute } from '../engine/execute.ts';
import { alertInLog } from '../shared/alert-log.ts';
import { createDocumentClient, createQueueClient } from '../shared/clients.ts';
import { readEnvironment } from '../shared/environment.ts';
import { beginInvocation, createLogger } from '../shared/telemetry.ts';
import { processBatch } from './process-batch.ts';
import { keepInvisible } from './visibility.ts';

const environment = readEnvironment('strategy', process.env);
const queue = { client: createQueueClient(), url: environment.ACCOUNTS_QUEUE_URL };
const ledger = { client: createDocumentClient(), tableName: environment.LEDGER_TABLE_NAME };
const clock = { now: () => Date.now() };
const logger = createLogger();
const engine = createEngine({
  ...ledger,
  ...createVenueAccess(environment.SECRET_NAME_PREFIX, clock, process.env),
  clock,
  alert: alertInLog(logger),
});

/** Executes the messages of the accounts queue. */
export const handler = async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
  beginInvocation(logger, context);
  const remainingTimeMs = () => context.getRemainingTimeInMillis();
  const visibility = keepInvisible(queue, event.Records, { clock, logger });
  try {
    return await processBatch(event.Records, {
      execute: (request) => execute({ ...engine, remainingTimeMs }, request),
      handBack: visibility.handBack,
      remainingTimeMs,
      clock,
      logger,
    });
  } finally {
    await visibility.stop();
  }
};

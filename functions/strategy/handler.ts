import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createBroker } from '../brokers/create-broker.ts';
import type { Engine } from '../engine/engine.ts';
import { execute } from '../engine/execute.ts';
import { createDocumentClient, createQueueClient } from '../shared/clients.ts';
import { readEnvironment } from '../shared/environment.ts';
import { createLogger } from '../shared/telemetry.ts';
import { processBatch } from './process-batch.ts';
import { keepInvisible } from './visibility.ts';

const environment = readEnvironment('strategy', process.env);
const client = createDocumentClient();
const queue = { client: createQueueClient(), url: environment.ACCOUNTS_QUEUE_URL };
const ledger = { client, tableName: environment.LEDGER_TABLE_NAME };
const clock = { now: () => Date.now() };
const logger = createLogger();

const engine: Engine = {
  ledger,
  clock,
  random: Math.random,
  newOwnerId: randomUUID,
  wait: (durationMs) => wait(durationMs),
  createBroker: (account) => createBroker(account, { ...ledger, clock }),
};

/** Executes the messages of the accounts queue. */
export const handler = async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
  logger.resetKeys();
  logger.addContext(context);
  const visibility = keepInvisible(queue, event.Records, logger);
  try {
    return await processBatch(event.Records, {
      execute: (request) => execute(engine, request),
      handBack: visibility.handBack,
      remainingTimeMs: () => context.getRemainingTimeInMillis(),
      clock,
      logger,
    });
  } finally {
    await visibility.stop();
  }
};

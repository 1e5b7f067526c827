import { createVenueAccess } from '../brokers/venue-access.ts';
import { createEngine } from '../engine/create-engine.ts';
import { alertInLog } from '../shared/alert-log.ts';
import { createDocumentClient, createQueueClient } from '../shared/clients.ts';
import { readEnvironment } from '../shared/environment.ts';
import { httpHandler } from '../shared/http-handler.ts';
import { createSecretReader } from '../shared/secret-reader.ts';
import { createSecretWriter } from '../shared/secret-writer.ts';
import { createLogger } from '../shared/telemetry.ts';
import { createAdminApi } from './api.ts';

const environment = readEnvironment('admin', process.env);
const logger = createLogger();
const client = createDocumentClient();
const ledger = { client, tableName: environment.LEDGER_TABLE_NAME };
const operations = { client, tableName: environment.OPERATIONS_TABLE_NAME };
const sqs = createQueueClient();
const clock = { now: () => Date.now() };

/** The admin API behind `/api/v1`. */
export const handler = httpHandler(
  logger,
  createAdminApi(
    {
      ledger,
      operations,
      idempotencyTableName: environment.IDEMPOTENCY_TABLE_NAME,
      secrets: createSecretWriter(),
      readSecret: createSecretReader(),
      secretNamePrefix: environment.SECRET_NAME_PREFIX,
      clock,
      engine: createEngine({
        ...ledger,
        ...createVenueAccess(environment.SECRET_NAME_PREFIX, clock, process.env),
        clock,
        alert: alertInLog(logger),
      }),
      accountsQueue: { client: sqs, url: environment.ACCOUNTS_QUEUE_URL },
      deadLetterQueue: { client: sqs, url: environment.DEAD_LETTER_QUEUE_URL },
      failureQueues: {
        activity: { client: sqs, url: environment.ACTIVITY_FAILURES_QUEUE_URL },
        alerts: { client: sqs, url: environment.ALERT_FAILURES_QUEUE_URL },
      },
    },
    logger,
  ),
);

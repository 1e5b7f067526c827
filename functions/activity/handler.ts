import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { alertInLog } from '../shared/alert-log.ts';
import { createDocumentClient } from '../shared/clients.ts';
import { readEnvironment } from '../shared/environment.ts';
import { beginInvocation, createLogger } from '../shared/telemetry.ts';
import { countFigures } from './count-figures.ts';
import { emitMetrics } from './emit-metrics.ts';
import { keepListings } from './keep-listings.ts';
import { raiseAlerts } from './raise-alerts.ts';
import { recordActivity } from './record-activity.ts';

const environment = readEnvironment('activity', process.env);
const operations = { client: createDocumentClient(), tableName: environment.OPERATIONS_TABLE_NAME };
const logger = createLogger();
const listings = keepListings(operations, { now: () => Date.now() });
const consumers = [
  raiseAlerts(alertInLog(logger)),
  countFigures(operations, emitMetrics(process.env.ONEFILL_STAGE ?? 'unknown')),
];

/** Writes the activity log from the ledger's stream, and tells operators of what they have to hear. */
export const handler = (event: DynamoDBStreamEvent, context: Context): Promise<DynamoDBBatchResponse> => {
  beginInvocation(logger, context);
  return recordActivity(event.Records, { operations, logger, listings, consumers });
};

import { randomUUID } from 'node:crypto';
import { SNSClient } from '@aws-sdk/client-sns';
import type { Context } from 'aws-lambda';
import { CALL, createDocumentClient } from '../shared/clients.ts';
import { readEnvironment } from '../shared/environment.ts';
import { beginInvocation, createLogger } from '../shared/telemetry.ts';
import { handleLogs } from './handle.ts';
import type { LogsEvent } from './log-events.ts';
import { publishAlert } from './publish.ts';

const environment = readEnvironment('alerts', process.env);
const topic = { client: new SNSClient(CALL), arn: environment.ALERTS_TOPIC_ARN };
const logger = createLogger();
const context = {
  operations: { client: createDocumentClient(), tableName: environment.OPERATIONS_TABLE_NAME },
  clock: { now: () => Date.now() },
  publish: (alert: Parameters<typeof publishAlert>[1]) => publishAlert(topic, alert),
  logger,
};

/** Keeps the alerts in lines of the log, and tells operators. */
export const handler = async (event: LogsEvent, invocation: Context): Promise<void> => {
  beginInvocation(logger, invocation);
  await handleLogs(context, event, randomUUID());
};

import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { createDocumentClient } from '../shared/clients.ts';
import { readEnvironment } from '../shared/environment.ts';
import { beginInvocation, createLogger } from '../shared/telemetry.ts';
import { Canary, type CanaryResult } from './run.ts';

const environment = readEnvironment('canary', process.env);
const logger = createLogger();
const metrics = new Metrics({
  namespace: `onefill/${process.env.ONEFILL_STAGE ?? 'unknown'}`,
  serviceName: 'canary',
});
const canary = new Canary({
  ledger: { client: createDocumentClient(), tableName: environment.LEDGER_TABLE_NAME },
  apiUrl: environment.API_URL,
  clock: { now: () => Date.now() },
});

/** Runs by schedule, and whenever somebody invokes it; the event says nothing. Fails when the canary does. */
export const handler = async (_event: unknown, context: Context): Promise<CanaryResult> => {
  beginInvocation(logger, context);
  let succeeded = 0;
  try {
    const result = await canary.sing();
    succeeded = 1;
    if (result.kind === 'sung') {
      metrics.addMetric('CanaryLatencyMs', MetricUnit.Milliseconds, result.latencyMs);
    }
    logger.info('The canary is well.', { ...result });
    return result;
  } catch (error) {
    logger.error('The canary failed.', error as Error);
    throw error;
  } finally {
    metrics.addMetric('CanarySuccess', MetricUnit.Count, succeeded);
    metrics.publishStoredMetrics();
  }
};

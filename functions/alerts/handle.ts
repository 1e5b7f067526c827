import type { Logger } from '@aws-lambda-powertools/logger';
import { OnefillError } from '../core/errors.ts';
import type { Occurrences } from '../core/kept-alert.ts';
import { mapInParallel } from '../shared/parallel.ts';
import { type AlertsContext, handleOccurrences } from './keep.ts';
import { type LogsEvent, readOccurrences } from './log-events.ts';

/** How many alerts of one delivery are worked on at once. */
const WIDTH = 4;

/**
 * Handles one delivery of CloudWatch Logs. One alert that fails does not keep the others from it.
 *
 * @param ownerId of this invocation alone
 * @throws OnefillError ALERTS_INCOMPLETE at the end when one failed, so that Lambda delivers all of it again; those that were
 * done add nothing then
 */
export async function handleLogs(
  context: AlertsContext & { readonly logger: Logger },
  event: LogsEvent,
  ownerId: string,
): Promise<void> {
  const { logger } = context;
  const counted = readOccurrences(event, logger);
  const failures = await mapInParallel(counted, WIDTH, (each) => attempt(context, each, ownerId));
  const failed = failures.filter((hasFailed) => hasFailed).length;
  if (failed > 0) {
    const message = `${failed} of ${counted.length} alerts could not be kept or sent; what failed is in the log.`;
    throw new OnefillError('ALERTS_INCOMPLETE', 'retry', message);
  }
}

/** @returns whether it failed */
async function attempt(
  context: AlertsContext & { readonly logger: Logger },
  counted: Occurrences,
  ownerId: string,
): Promise<boolean> {
  try {
    await handleOccurrences(context, counted, ownerId);
    return false;
  } catch (error) {
    // Not as an alert: this function does not tell itself.
    const { type, subject } = counted;
    context.logger.error('An alert could not be kept or sent.', {
      alertType: type,
      subject,
      error: error as Error,
    });
    return true;
  }
}

import { LogFormatter, Logger, LogItem } from '@aws-lambda-powertools/logger';
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';
import type { Context } from 'aws-lambda';
import { alertInLog } from './alert-log.ts';
import { watchMemory } from './memory-watch.ts';

/** Lines as short as they can be: what CloudWatch charges for is their bytes. */
class LineFormatter extends LogFormatter {
  override formatAttributes(
    { logLevel, message, timestamp, serviceName }: UnformattedAttributes,
    { correlationId, ...others }: LogAttributes,
  ): LogItem {
    return new LogItem({
      attributes: {
        level: logLevel,
        message,
        timestamp: timestamp.toISOString(),
        correlationId,
        service: serviceName,
        ...others,
      },
    });
  }
}

/** How every logger of Onefill writes. */
export const LINES = { logFormatter: new LineFormatter() } as const;

/**
 * The logger of one function: JSON lines with the service's name, the correlation id and timings.
 *
 * Log lines carry ids and outcomes, never headers or bodies, so that no secret can reach them.
 */
export function createLogger(): Logger {
  return new Logger(LINES);
}

/**
 * Begins the lines of an invocation: with its request id, and with nothing of the one before. What else Powertools would
 * add (name, ARN, memory) is the same in every line of a log group, and as long as the rest of the line.
 */
export function beginInvocation(logger: Logger, context: Context): void {
  logger.resetKeys();
  logger.appendKeys({ requestId: context.awsRequestId });
  let watch = memoryWatches.get(logger);
  if (watch === undefined) {
    watch = watchMemory(alertInLog(logger), (report) => logger.info('Environment.', { ...report }));
    memoryWatches.set(logger, watch);
  }
  watch(context);
}

/** By the logger of the environment. */
const memoryWatches = new WeakMap<Logger, ReturnType<typeof watchMemory>>();

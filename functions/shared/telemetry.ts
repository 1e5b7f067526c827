import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';

/**
 * The logger of one function: JSON lines with the service's name, the correlation id and timings.
 *
 * Log lines carry ids and outcomes, never headers or bodies, so that no secret can reach them.
 */
export function createLogger(): Logger {
  return new Logger({ logRecordOrder: ['level', 'message', 'timestamp', 'correlationId'] });
}

/**
 * Begins the lines of an invocation: with its request id, and with nothing of the one before. What else Powertools would
 * add (name, ARN, memory) is the same in every line of a log group, and as long as the rest of the line.
 */
export function beginInvocation(logger: Logger, { awsRequestId }: Context): void {
  logger.resetKeys();
  logger.appendKeys({ requestId: awsRequestId });
}

import { Logger } from '@aws-lambda-powertools/logger';

/**
 * The logger of one function: JSON lines with the service's name, the correlation id and timings.
 *
 * Log lines carry ids and outcomes, never headers or bodies, so that no secret can reach them.
 */
export function createLogger(): Logger {
  return new Logger({ logRecordOrder: ['level', 'message', 'timestamp', 'correlationId'] });
}

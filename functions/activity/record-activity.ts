import type { Logger } from '@aws-lambda-powertools/logger';
import type { DynamoDBBatchResponse } from 'aws-lambda';
import type { ActivityRecord } from '../core/activity.ts';
import { type ActivityFailure, writeActivity } from '../ledger/activity-log.ts';
import type { Operations } from '../ledger/operations-table.ts';
import { activityOf } from './changes-of.ts';
import type { FailedChange, KeepListings } from './keep-listings.ts';
import { readStreamRecord } from './stream-record.ts';

/**
 * Who hears of what is in the log now, in its order: at least once each, again when a delivery is repeated. What is behind
 * a record that failed comes again with it, and is told then.
 *
 * @returns from which records on it has to be told again, if any. What it throws is logged, and nothing is told again
 */
export type ActivityConsumer = (
  records: readonly ActivityRecord[],
) => Promise<readonly ActivityFailure[]> | undefined;

/** What recording needs. */
export interface ActivityDependencies {
  readonly operations: Operations;
  readonly logger: Logger;
  readonly listings: KeepListings;
  readonly consumers: readonly ActivityConsumer[];
}

/**
 * Writes what a delivery of the ledger's stream tells into the activity log, every record for itself: whatever fails is
 * answered by its number and delivered again, and nothing waits for it.
 *
 * @param records as Lambda delivers them
 * @throws ZodError when one is no record of a stream at all
 */
export async function recordActivity(
  records: readonly unknown[],
  { operations, logger, listings, consumers }: ActivityDependencies,
): Promise<DynamoDBBatchResponse> {
  const changes = records.map(readStreamRecord);
  const numberOf = new Map<ActivityRecord, string>();
  for (const change of changes) {
    for (const activity of activityOf(change)) {
      numberOf.set(activity, change.sequenceNumber);
    }
  }
  const activities = [...numberOf.keys()];
  const failedChange = ({ record, error }: ActivityFailure): FailedChange => ({
    sequenceNumber: numberOf.get(record) ?? '',
    error,
  });
  const [unwritten, unlisted] = await Promise.all([
    writeActivity(operations, activities),
    unlessItFails(() => listings(changes), 'listings', logger),
  ]);
  const failures: FailedChange[] = [...unwritten.map(failedChange), ...unlisted];
  const notWritten = new Set(failures.map(({ sequenceNumber }) => sequenceNumber));
  const firstNotWritten = changes.findIndex(({ sequenceNumber }) => notWritten.has(sequenceNumber));
  const passed = firstNotWritten < 0 ? changes : changes.slice(0, firstNotWritten);
  const isPassed = new Set(passed.map(({ sequenceNumber }) => sequenceNumber));
  const written = activities.filter((activity) => isPassed.has(numberOf.get(activity) ?? ''));
  logUnreadable(logger, written);
  for (const consume of consumers) {
    const untold = await unlessItFails(async () => (await consume(written)) ?? [], consume.name, logger);
    failures.push(...untold.map(failedChange));
  }
  const failed = new Set(failures.map(({ sequenceNumber }) => sequenceNumber));
  if (failures.length > 0) {
    const error = failures[0]?.error as Error;
    logger.error('Activity could not be written and is tried again.', { records: failed.size, error });
  }
  // In the order of the stream: Lambda goes back to the first of them.
  return {
    batchItemFailures: changes
      .filter(({ sequenceNumber }) => failed.has(sequenceNumber))
      .map(({ sequenceNumber }) => ({ itemIdentifier: sequenceNumber })),
  };
}

/**
 * What follows from a delivery keeps neither the log nor the others back when it throws: that would be thrown again by a
 * delivery that is repeated.
 *
 * @returns what has to be done again
 */
async function unlessItFails<Failure>(
  follow: () => Promise<readonly Failure[]>,
  consumer: string,
  logger: Logger,
): Promise<readonly Failure[]> {
  try {
    return await follow();
  } catch (error) {
    logger.error('What follows from activity failed.', { consumer, error: error as Error });
    return [];
  }
}

function logUnreadable(logger: Logger, written: readonly ActivityRecord[]): void {
  for (const { scope, place, entries } of written) {
    const unreadable = entries.filter(({ type }) => type === 'UNREADABLE');
    if (unreadable.length > 0) {
      logger.error('A change of the ledger could not be read.', { scope, place, unreadable });
    }
  }
}

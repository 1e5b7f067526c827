import { createHash } from 'node:crypto';
import { batchItemFailures } from './batch-response.ts';
import type { StreamRecord } from './stream-client.ts';

/** A stream as functions know it. */
export interface StreamIdentity {
  /** As the template's `StreamArn`. */
  readonly arn: string;
  readonly region: string;
}

/** A record on its way to a function. */
export interface StreamItem {
  readonly sequenceNumber: string;
  /** Epoch seconds. */
  readonly arrivedAtSeconds: number;
  /** What tells the changed item from others of its table. */
  readonly key: string;
  /** The record as the function gets it, as JSON. */
  readonly text: string;
}

/** What Lambda makes of a record of a shard. */
export function streamEventRecord(record: StreamRecord, shardId: string, { arn, region }: StreamIdentity) {
  return {
    ...record,
    // dynoxide numbers the events of each table from 1: alone they would not tell the records of two tables apart.
    eventID: createHash('md5').update(`${shardId}:${record.dynamodb.SequenceNumber}`).digest('hex'),
    awsRegion: region,
    eventSourceARN: arn,
  };
}

/** A record with what its delivery needs to know. */
export function streamItem(record: ReturnType<typeof streamEventRecord>): StreamItem {
  const { SequenceNumber, ApproximateCreationDateTime, Keys } = record.dynamodb;
  return {
    sequenceNumber: SequenceNumber,
    arrivedAtSeconds: ApproximateCreationDateTime,
    key: JSON.stringify(Object.entries(Keys).toSorted(([left], [right]) => (left < right ? -1 : 1))),
    text: JSON.stringify(record),
  };
}

/** The event that a function gets for a batch, as JSON. */
export function streamEvent(items: readonly StreamItem[]): string {
  return `{"Records":[${items.map(({ text }) => text).join(',')}]}`;
}

/**
 * How many records of a batch are done, by what a function that reports batch item failures answers: those before
 * the first that failed, in the stream's order. An answer that Lambda cannot read, or that names a record which is
 * not in the batch, means that none is.
 *
 * @param payload the function's result as JSON
 */
export function succeededCount(items: readonly StreamItem[], payload: string): number {
  const failures = batchItemFailures(payload);
  if (failures === undefined) {
    return 0;
  }
  const indexes = failures.map((failed) =>
    items.findIndex(({ sequenceNumber }) => sequenceNumber === failed),
  );
  // A stranger has the index -1.
  return Math.max(0, Math.min(items.length, ...indexes));
}

/** Why records are given up. */
export type DiscardCondition = 'RecordAgeExceeded' | 'RetryAttemptsExhausted';

/** Records that are given up, all of one shard. */
export interface DiscardedItems {
  readonly items: readonly StreamItem[];
  readonly condition: DiscardCondition;
  /** How often the function was called with them. */
  readonly invocations: number;
}

/** The message that Lambda sends to the on-failure destination: it says where the records are, not what they say. */
export function onFailureMessage(
  { items, condition, invocations }: DiscardedItems,
  source: {
    readonly functionArn: string;
    readonly stream: StreamIdentity;
    readonly shardId: string;
    readonly requestId: string;
    readonly now: Date;
  },
) {
  const first = items[0];
  const last = items.at(-1);
  return {
    requestContext: {
      requestId: source.requestId,
      functionArn: source.functionArn,
      condition,
      approximateInvokeCount: invocations,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: source.now.toISOString(),
    DDBStreamBatchInfo: {
      shardId: source.shardId,
      startSequenceNumber: first?.sequenceNumber,
      endSequenceNumber: last?.sequenceNumber,
      approximateArrivalOfFirstRecord: arrival(first),
      approximateArrivalOfLastRecord: arrival(last),
      batchSize: items.length,
      streamArn: source.stream.arn,
    },
  };
}

/** To the second, as Lambda writes it. */
function arrival(item: StreamItem | undefined): string | undefined {
  return item && new Date(item.arrivedAtSeconds * 1_000).toISOString().replace(/\.\d+Z$/, 'Z');
}

import type { Logger } from '@aws-lambda-powertools/logger';
import { ChangeMessageVisibilityBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import type { Clock } from '../core/clock.ts';
import { TIMING } from '../core/lease.ts';

/** The accounts queue. */
export interface Queue {
  readonly client: SQSClient;
  readonly url: string;
}

/** The hold on the messages of one delivery. */
export interface Visibility {
  readonly handBack: (records: readonly SQSRecord[], delaySeconds: number) => Promise<void>;
  /** Ends the renewals and waits for the one under way: a frozen environment must not be left with an open call. */
  stop(): Promise<void>;
}

const MILLISECONDS = 1_000;
const RENEWAL_MS = (TIMING.visibilityTimeoutSeconds * MILLISECONDS) / 3;
/**
 * A function that was warm begins this soon. Its lease then lapses no more than that after its messages come back: who
 * gets them next has the account within its first attempts to take it.
 */
const WARM_START_MS = 250;

/**
 * Keeps the messages of one delivery to ourselves while we live, and no longer: the queue hides them for a few seconds,
 * which are renewed until stopped; at once for the first time if a cold start may have taken some of them.
 *
 * Beside the trade path: nothing waits for these calls and none of them can fail an execution. When they fail, a message
 * is delivered twice and meets the lease and the journal.
 */
export function keepInvisible(
  queue: Queue,
  records: readonly SQSRecord[],
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Visibility {
  const held = new Map(records.map((record) => [record.messageId, record]));
  let renewal = Promise.resolve();
  const renew = () => {
    renewal = change(queue, [...held.values()], TIMING.visibilityTimeoutSeconds, logger);
  };
  if (!records.every((record) => isJustReceived(record, clock.now()))) {
    renew();
  }
  const timer = setInterval(renew, RENEWAL_MS);
  return {
    handBack: async (undone, delaySeconds) => {
      for (const { messageId } of undone) {
        held.delete(messageId);
      }
      await change(queue, undone, delaySeconds, logger);
    },
    stop: () => {
      clearInterval(timer);
      return renewal;
    },
  };
}

/** Only a first delivery says when it was received; of any other it is not known. */
function isJustReceived({ attributes }: SQSRecord, nowMs: number): boolean {
  const receivedAtMs = Number(attributes.ApproximateFirstReceiveTimestamp);
  return attributes.ApproximateReceiveCount === '1' && Math.abs(nowMs - receivedAtMs) < WARM_START_MS;
}

async function change(
  queue: Queue,
  records: readonly SQSRecord[],
  visibilityTimeoutSeconds: number,
  logger: Logger,
): Promise<void> {
  if (records.length === 0) {
    return;
  }
  try {
    await queue.client.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: queue.url,
        Entries: records.map(({ receiptHandle }, index) => ({
          Id: String(index),
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: visibilityTimeoutSeconds,
        })),
      }),
    );
  } catch (error) {
    logger.warn('The visibility of messages could not be changed.', error as Error);
  }
}

import type { Logger } from '@aws-lambda-powertools/logger';
import { ChangeMessageVisibilityBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
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

/**
 * Keeps the messages of one delivery to ourselves while we live, and no longer: their visibility timeout is cut to
 * a few seconds on receipt and renewed until stopped. A kill therefore frees them within those seconds instead of
 * the queue's timeout, which AWS wants to be at least as long as the function's.
 *
 * Beside the trade path: nothing waits for these calls and none of them can fail an execution. When they fail, the
 * queue's own timeout applies, and a message delivered twice meets the lease and the journal.
 */
export function keepInvisible(queue: Queue, records: readonly SQSRecord[], logger: Logger): Visibility {
  const held = new Map(records.map((record) => [record.messageId, record]));
  let renewal = Promise.resolve();
  const renew = () => {
    renewal = change(queue, [...held.values()], TIMING.visibilityTimeoutSeconds, logger);
  };
  renew();
  const timer = setInterval(renew, (TIMING.visibilityTimeoutSeconds * MILLISECONDS) / 3);
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

import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import type { Queue } from './accounts-queue.ts';
import { readQueueState } from './queue-state.ts';

/** A message that was received too often without being done. */
export interface DeadLetter {
  readonly messageId: string;
  /** Of this receive; needed to delete it or to make it visible again. */
  readonly receiptHandle: string;
  readonly body: string;
  readonly receiveCount: number;
  /** Milliseconds since the epoch. */
  readonly sentAtMs: number;
}

/** SQS handles at most ten messages in one call. */
const BATCH_SIZE = 10;
const LAST_WAIT_SECONDS = 1;

/**
 * Receives the oldest visible messages, those of one group in order. SQS gives none of a group of which others are
 * hidden; so whoever goes on receiving without deleting comes by every group, and not to the end of long ones.
 *
 * @param take how many at most; fewer are given even if there are more
 * @param hiddenSeconds how long they stay hidden when we die
 * @returns empty when there is nothing to receive
 */
export async function receiveDeadLetters(
  queue: Queue,
  take: number,
  hiddenSeconds: number,
): Promise<DeadLetter[]> {
  const letters = await receive(queue, take, hiddenSeconds, 0);
  // A receive that does not wait may miss messages on real SQS; it asks only some of its servers.
  return letters.length === 0 && (await readQueueState(queue)).visible > 0
    ? receive(queue, take, hiddenSeconds, LAST_WAIT_SECONDS)
    : letters;
}

/** Makes messages visible again at once. Best effort: they are visible by themselves a little later. */
export async function showAgain(queue: Queue, letters: readonly DeadLetter[]): Promise<void> {
  for (let start = 0; start < letters.length; start += BATCH_SIZE) {
    const batch = letters.slice(start, start + BATCH_SIZE);
    const change = new ChangeMessageVisibilityBatchCommand({
      QueueUrl: queue.url,
      Entries: batch.map(({ receiptHandle }, index) => ({
        Id: String(index),
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: 0,
      })),
    });
    await queue.client.send(change).catch(() => undefined);
  }
}

/** Takes a message out of the queue for good. */
export async function deleteDeadLetter(queue: Queue, { receiptHandle }: DeadLetter): Promise<void> {
  await queue.client.send(new DeleteMessageCommand({ QueueUrl: queue.url, ReceiptHandle: receiptHandle }));
}

async function receive(
  queue: Queue,
  take: number,
  hiddenSeconds: number,
  waitSeconds: number,
): Promise<DeadLetter[]> {
  const { Messages = [] } = await queue.client.send(
    new ReceiveMessageCommand({
      QueueUrl: queue.url,
      MaxNumberOfMessages: Math.min(take, BATCH_SIZE),
      VisibilityTimeout: hiddenSeconds,
      WaitTimeSeconds: waitSeconds,
      MessageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp'],
    }),
  );
  return Messages.map(letterOf);
}

function letterOf({ MessageId = '', ReceiptHandle = '', Body = '', Attributes = {} }: Message): DeadLetter {
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    receiveCount: Number(Attributes.ApproximateReceiveCount ?? 0),
    sentAtMs: Number(Attributes.SentTimestamp ?? 0),
  };
}

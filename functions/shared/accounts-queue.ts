import { hash } from 'node:crypto';
import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { OnefillError } from '../core/errors.ts';
import type { ExecutionRequest } from '../core/execution.ts';

/** The accounts queue. */
export interface Queue {
  readonly client: SQSClient;
  readonly url: string;
}

/** How messages are sent. */
export interface EnqueueOptions {
  /**
   * Under which id a message is deduplicated: SQS drops a second one with the same id for five minutes.
   *
   * @default the execution id
   */
  readonly deduplication?: (request: ExecutionRequest) => string;
}

/** SQS takes at most ten messages in one call. */
const BATCH_SIZE = 10;

/**
 * Puts the requests into the queue, all batches at once: grouped by account, so that one account's executions keep
 * their order, and deduplicated by execution, so that sending again within five minutes adds nothing.
 *
 * The order within an account is kept within a batch only: requests for one account that must stay in order go into
 * calls of their own, one after the other.
 *
 * @throws OnefillError ENQUEUE_FAILED when not every message is in the queue; sending all again is safe
 */
export async function enqueue(
  queue: Queue,
  requests: readonly ExecutionRequest[],
  { deduplication = ({ executionId }) => executionId }: EnqueueOptions = {},
): Promise<void> {
  const batches: ExecutionRequest[][] = [];
  for (let start = 0; start < requests.length; start += BATCH_SIZE) {
    batches.push(requests.slice(start, start + BATCH_SIZE));
  }
  const results = await Promise.all(batches.map((batch) => send(queue, batch, deduplication)));
  const failed = results.flatMap(({ Failed = [] }) => Failed);
  if (failed.length > 0) {
    const codes = [...new Set(failed.map(({ Code }) => Code))].join(', ');
    throw new OnefillError('ENQUEUE_FAILED', 'retry', `${failed.length} messages were not queued: ${codes}.`);
  }
}

function send(
  queue: Queue,
  batch: readonly ExecutionRequest[],
  deduplication: (request: ExecutionRequest) => string,
) {
  return queue.client.send(
    new SendMessageBatchCommand({
      QueueUrl: queue.url,
      Entries: batch.map((request, index) => ({
        Id: String(index),
        MessageBody: JSON.stringify(request),
        MessageGroupId: hash('sha256', request.accountId, 'hex'),
        MessageDeduplicationId: deduplication(request),
      })),
    }),
  );
}

import { createHash } from 'node:crypto';
import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { OnefillError } from '../core/errors.ts';
import type { ExecutionRequest } from '../core/execution.ts';
import { executionIdOf, type SignalId } from '../core/ids.ts';
import type { Target } from '../core/receipt.ts';
import type { Signal } from '../core/signal.ts';
import type { Route } from '../ledger/webhooks.ts';

/** The accounts queue. */
export interface Queue {
  readonly client: SQSClient;
  readonly url: string;
}

/** A signal that was let in, with what its executions need to know. */
export interface AcceptedSignal {
  readonly signalId: SignalId;
  readonly signal: Signal;
  readonly correlationId: string;
  readonly receivedAtMs: number;
}

/** SQS takes at most ten messages in one call. */
const BATCH_SIZE = 10;

/** What a signal asks for: one execution per strategy and account. */
export function fanOut(route: Route, accepted: AcceptedSignal): ExecutionRequest[] {
  return route.subscribers.flatMap(({ strategyId, accounts }) =>
    accounts.map(({ accountId, multiplier }) => ({
      ...accepted,
      executionId: executionIdOf(accepted.signalId, strategyId, accountId),
      webhookId: route.webhook.webhookId,
      strategyId,
      accountId,
      multiplier,
      maxSignalAgeSeconds: route.webhook.maxSignalAgeSeconds,
    })),
  );
}

/** The part of a request that the sender and the receipt are told. */
export function targetOf({ executionId, strategyId, accountId }: ExecutionRequest): Target {
  return { executionId, strategyId, accountId };
}

/**
 * Puts the requests into the queue, all batches at once: grouped by account, so that one account's executions keep
 * their order, and deduplicated by execution, so that sending again within five minutes adds nothing.
 *
 * @throws OnefillError ENQUEUE_FAILED when not every message is in the queue; sending all again is safe
 */
export async function enqueue(queue: Queue, requests: readonly ExecutionRequest[]): Promise<void> {
  const batches: ExecutionRequest[][] = [];
  for (let start = 0; start < requests.length; start += BATCH_SIZE) {
    batches.push(requests.slice(start, start + BATCH_SIZE));
  }
  const results = await Promise.all(batches.map((batch) => send(queue, batch)));
  const failed = results.flatMap(({ Failed = [] }) => Failed);
  if (failed.length > 0) {
    const codes = [...new Set(failed.map(({ Code }) => Code))].join(', ');
    throw new OnefillError('ENQUEUE_FAILED', 'retry', `${failed.length} messages were not queued: ${codes}.`);
  }
}

function send(queue: Queue, batch: readonly ExecutionRequest[]) {
  return queue.client.send(
    new SendMessageBatchCommand({
      QueueUrl: queue.url,
      Entries: batch.map((request, index) => ({
        Id: String(index),
        MessageBody: JSON.stringify(request),
        MessageGroupId: createHash('sha256').update(request.accountId).digest('hex'),
        MessageDeduplicationId: request.executionId,
      })),
    }),
  );
}

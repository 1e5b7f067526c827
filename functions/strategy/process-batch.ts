import type { Logger } from '@aws-lambda-powertools/logger';
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import type { Clock } from '../core/clock.ts';
import { OnefillError } from '../core/errors.ts';
import type { ExecutionRequest } from '../core/execution.ts';
import { TIMING } from '../core/lease.ts';
import type { ExecuteResult } from '../engine/execute.ts';
import { executionRequestShape } from '../ledger/shapes/signal.ts';

/** What processing a batch needs. */
export interface BatchDependencies {
  readonly execute: (request: ExecutionRequest) => Promise<ExecuteResult>;
  /** Makes messages that were not done deliverable again after a delay. */
  readonly handBack: (records: readonly SQSRecord[], delaySeconds: number) => Promise<void>;
  readonly remainingTimeMs: () => number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long a message that failed without a word about when to come back stays invisible. */
const FAILURE_DELAY_SECONDS = TIMING.visibilityTimeoutSeconds;

/**
 * Processes one delivery of the FIFO queue, whatever its size and grouping (B1): accounts in parallel, the messages
 * of one account one after the other. When one is not done, it and those behind it in its group are handed back,
 * in order; other groups are not affected.
 *
 * Messages are grouped by the account in their body, not by `MessageGroupId`: nothing depends on attributes.
 */
export async function processBatch(
  records: readonly SQSRecord[],
  dependencies: BatchDependencies,
): Promise<SQSBatchResponse> {
  const failed = await Promise.all(
    [...groupByAccount(records).values()].map((group) => processGroup(group, dependencies)),
  );
  return {
    batchItemFailures: failed.flat().map(({ messageId }) => ({ itemIdentifier: messageId })),
  };
}

interface Message {
  readonly record: SQSRecord;
  /** Absent when the body is not a request of ours; it fails until it is in the dead-letter queue. */
  readonly request: ExecutionRequest | undefined;
}

function groupByAccount(records: readonly SQSRecord[]): Map<string, Message[]> {
  const groups = new Map<string, Message[]>();
  for (const record of records) {
    const request = parseBody(record.body);
    const group = request?.accountId ?? `unreadable#${record.attributes.MessageGroupId ?? record.messageId}`;
    groups.set(group, [...(groups.get(group) ?? []), { record, request }]);
  }
  return groups;
}

function parseBody(body: string): ExecutionRequest | undefined {
  try {
    const parsed = z.safeParse(executionRequestShape, JSON.parse(body));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** @returns the records that were not done: the first that failed and all behind it */
async function processGroup(
  group: readonly Message[],
  dependencies: BatchDependencies,
): Promise<readonly SQSRecord[]> {
  for (const [index, message] of group.entries()) {
    const delaySeconds = await processMessage(message, dependencies);
    if (delaySeconds !== undefined) {
      const undone = group.slice(index).map(({ record }) => record);
      await dependencies.handBack(undone, delaySeconds);
      return undone;
    }
  }
  return [];
}

/** @returns `undefined` when the message is done, else after how many seconds it is to be delivered again */
async function processMessage(
  { record, request }: Message,
  { execute, remainingTimeMs, clock, logger }: BatchDependencies,
): Promise<number | undefined> {
  if (!request) {
    logger.error('A queue message is not an execution request.', { messageId: record.messageId });
    return FAILURE_DELAY_SECONDS;
  }
  const { correlationId, signalId, executionId, accountId, strategyId, receivedAtMs } = request;
  const ids = { correlationId, signalId, executionId, accountId, strategyId };
  if (remainingTimeMs() < TIMING.remainingTimeFloorMs) {
    logger.warn('Handed back for want of time.', { ...ids, code: 'OUT_OF_TIME' });
    return 0;
  }
  const startedAtMs = clock.now();
  try {
    const result = await execute(request);
    const timing = {
      durationMs: clock.now() - startedAtMs,
      sinceReceivedMs: clock.now() - receivedAtMs,
      deliveries: Number(record.attributes.ApproximateReceiveCount),
    };
    if (result.kind === 'hand-back') {
      logger.warn('Handed back.', { ...ids, code: result.code, ...timing });
      return result.delaySeconds;
    }
    const { status, reason, orders } = result.execution;
    logger.info('Executed.', { ...ids, status, reason: reason?.code, orders: orders.length, ...timing });
    return undefined;
  } catch (error) {
    const code = error instanceof OnefillError ? error.code : 'UNEXPECTED';
    if (code === 'OUT_OF_TIME') {
      logger.warn('Handed back for want of time.', { ...ids, code });
      return 0;
    }
    logger.error('The execution failed and is handed back.', { ...ids, code, error: error as Error });
    return FAILURE_DELAY_SECONDS;
  }
}

import { setTimeout as wait } from 'node:timers/promises';
import {
  BatchWriteCommand,
  type BatchWriteCommandInput,
  type BatchWriteCommandOutput,
} from '@aws-sdk/lib-dynamodb';
import type { ActivityRecord } from '../core/activity.ts';
import { mapInParallel } from '../shared/parallel.ts';
import { type Operations, operationsKeys } from './operations-table.ts';

/** What one call of BatchWriteItem takes. */
const WRITES_PER_CALL_MAX = 25;
const CALLS_AT_ONCE_MAX = 4;
/** A store that is short of capacity may write a part only; waits before the rest is tried again. */
const BACKOFF_MS = [50, 100, 200];

const RETENTION_DAYS = 90;
const DAY_SECONDS = 86_400;
const MILLISECONDS = 1_000;

/** The item of a record of the log: a pure function of it, so that writing it again changes nothing. */
export function activityItem({ scope, place, atMs, entries }: ActivityRecord): Record<string, unknown> {
  const expiresAtSeconds = Math.floor(atMs / MILLISECONDS) + RETENTION_DAYS * DAY_SECONDS;
  return { ...operationsKeys.activity(scope, place), atMs, entries, expiresAtSeconds };
}

/**
 * Writes records of the log. Writing one twice comes to the same.
 *
 * @returns those that could not be written, and why; the others are
 */
export async function writeActivity(
  operations: Operations,
  records: readonly ActivityRecord[],
): Promise<readonly { readonly record: ActivityRecord; readonly error: unknown }[]> {
  const calls: (readonly ActivityRecord[])[] = [];
  for (let start = 0; start < records.length; start += WRITES_PER_CALL_MAX) {
    calls.push(records.slice(start, start + WRITES_PER_CALL_MAX));
  }
  const failed = await mapInParallel(calls, CALLS_AT_ONCE_MAX, (call) => write(operations, call));
  return failed.flat();
}

async function write(
  operations: Operations,
  records: readonly ActivityRecord[],
): Promise<{ record: ActivityRecord; error: unknown }[]> {
  try {
    await putAll(operations, records.map(activityItem));
    return [];
  } catch (error) {
    // One that cannot be stored must not keep those beside it out of the log.
    return records.length > 1 && isInvalid(error)
      ? (await mapInParallel(records, CALLS_AT_ONCE_MAX, (record) => write(operations, [record]))).flat()
      : records.map((record) => ({ record, error }));
  }
}

async function putAll(
  { client, tableName }: Operations,
  items: readonly Record<string, unknown>[],
): Promise<void> {
  let left: BatchWriteCommandInput['RequestItems'] = {
    [tableName]: items.map((Item) => ({ PutRequest: { Item } })),
  };
  for (let attempt = 0; ; attempt += 1) {
    const answer: BatchWriteCommandOutput = await client.send(new BatchWriteCommand({ RequestItems: left }));
    const backoffMs = BACKOFF_MS[attempt];
    if (!answer.UnprocessedItems?.[tableName]?.length) {
      return;
    }
    if (backoffMs === undefined) {
      throw new Error('The store wrote only a part of what it was given.');
    }
    left = answer.UnprocessedItems;
    await wait(backoffMs);
  }
}

function isInvalid(error: unknown): boolean {
  return error instanceof Error && error.name === 'ValidationException';
}

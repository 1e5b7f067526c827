import { setTimeout as wait } from 'node:timers/promises';
import {
  BatchWriteCommand,
  type BatchWriteCommandInput,
  type BatchWriteCommandOutput,
  PutCommand,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { ActivityEntry, ActivityRecord, ActivityScope } from '../core/activity.ts';
import { mapInParallel } from '../shared/parallel.ts';
import { number, text } from '../shared/shapes.ts';
import { type Operations, operationsKeys } from './operations-table.ts';
import { isInvalid } from './table.ts';

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

/** A record of the log that something could not be done with, and why. */
export interface ActivityFailure {
  readonly record: ActivityRecord;
  readonly error: unknown;
}

/**
 * Writes records of the log. Writing one twice comes to the same.
 *
 * @returns those that could not be written; the others are
 */
export async function writeActivity(
  operations: Operations,
  records: readonly ActivityRecord[],
): Promise<readonly ActivityFailure[]> {
  const calls: (readonly ActivityRecord[])[] = [];
  for (let start = 0; start < records.length; start += WRITES_PER_CALL_MAX) {
    calls.push(records.slice(start, start + WRITES_PER_CALL_MAX));
  }
  const failed = await mapInParallel(calls, CALLS_AT_ONCE_MAX, (call) => write(operations, call));
  return failed.flat();
}

async function write(operations: Operations, records: readonly ActivityRecord[]): Promise<ActivityFailure[]> {
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

/** Writes one record of the log, or writes it anew with more in it. */
export async function putActivity({ client, tableName }: Operations, record: ActivityRecord): Promise<void> {
  await client.send(new PutCommand({ TableName: tableName, Item: activityItem(record) }));
}

/** Which records of a scope to read, by their places. */
export interface ActivityRange {
  /** Places or prefixes of them, inclusive. */
  readonly from: string;
  readonly to: string;
  readonly order: 'newest-first' | 'oldest-first';
  readonly limit: number;
}

/** Some records of one scope in the order asked for, and whether the range holds more after the last of them. */
export interface ActivityPage {
  readonly records: readonly ActivityRecord[];
  readonly hasMore: boolean;
}

/** One that a later version wrote is read as it is, as long as it says of which type it is. */
const recordShape = z.object({
  sk: text,
  atMs: number,
  entries: z.array(z.looseObject({ type: text })),
});

/** One page of the log of a scope; maybe fewer than the limit. */
export async function listActivity(
  { client, tableName }: Operations,
  scope: ActivityScope,
  { from, to, order, limit }: ActivityRange,
): Promise<ActivityPage> {
  const { Items = [], LastEvaluatedKey } = await client.send(
    new QueryCommand({
      TableName: tableName,
      KeyConditionExpression: 'pk = :scope AND sk BETWEEN :from AND :to',
      ExpressionAttributeValues: {
        ':scope': operationsKeys.activity(scope, '').pk,
        ':from': from,
        ':to': to,
      },
      ScanIndexForward: order === 'oldest-first',
      Limit: limit,
    }),
  );
  return { records: Items.map((item) => recordIn(scope, item)), hasMore: LastEvaluatedKey !== undefined };
}

function recordIn(scope: ActivityScope, item: unknown): ActivityRecord {
  const { sk, atMs, entries } = z.parse(recordShape, item);
  return {
    scope,
    place: sk,
    atMs,
    entries: entries as readonly { type: string }[] as readonly ActivityEntry[],
  };
}

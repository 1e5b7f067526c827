import { PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { ActivityEntry, ActivityRecord, ActivityScope } from '../core/activity.ts';
import { number, text } from '../shared/shapes.ts';
import { type KeyRange, readKeyRange } from './key-range.ts';
import { type Operations, operationsKeys } from './operations-table.ts';
import { putItems } from './put-items.ts';

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
  const unwritten = await putItems(operations, records, activityItem);
  return unwritten.map(({ of, error }) => ({ record: of, error }));
}

/** Writes one record of the log, or writes it anew with more in it. */
export async function putActivity({ client, tableName }: Operations, record: ActivityRecord): Promise<void> {
  await client.send(new PutCommand({ TableName: tableName, Item: activityItem(record) }));
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

/** One page of the log of a scope, by places; maybe fewer than the limit. */
export async function listActivity(
  operations: Operations,
  scope: ActivityScope,
  range: KeyRange,
): Promise<ActivityPage> {
  const { pk } = operationsKeys.activity(scope, '');
  const { items, end } = await readKeyRange(operations, pk, range, 'eventual');
  return { records: items.map((item) => recordIn(scope, item)), hasMore: end !== undefined };
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

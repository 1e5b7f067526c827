import { setTimeout as wait } from 'node:timers/promises';
import {
  BatchWriteCommand,
  type BatchWriteCommandInput,
  type BatchWriteCommandOutput,
} from '@aws-sdk/lib-dynamodb';
import { mapInParallel } from '../shared/parallel.ts';
import { isInvalid, type Ledger } from './table.ts';

/** What one call of BatchWriteItem takes. */
const WRITES_PER_CALL_MAX = 25;
const CALLS_AT_ONCE_MAX = 4;
/** A store that is short of capacity may write a part only; waits before the rest is tried again. */
const BACKOFF_MS = [50, 100, 200];

/** What could not be written, and why. */
export interface Unwritten<Of> {
  readonly of: Of;
  readonly error: unknown;
}

/**
 * Puts an item for each of these, many in a call. Those of a call in which two are of the same key are put one by one.
 *
 * @returns those whose items could not be written; the others are
 */
export async function putItems<Of>(
  table: Ledger,
  all: readonly Of[],
  itemOf: (each: Of) => Record<string, unknown>,
): Promise<readonly Unwritten<Of>[]> {
  const calls: (readonly Of[])[] = [];
  for (let start = 0; start < all.length; start += WRITES_PER_CALL_MAX) {
    calls.push(all.slice(start, start + WRITES_PER_CALL_MAX));
  }
  const unwritten = await mapInParallel(calls, CALLS_AT_ONCE_MAX, (call) => put(table, call, itemOf));
  return unwritten.flat();
}

async function put<Of>(
  table: Ledger,
  call: readonly Of[],
  itemOf: (each: Of) => Record<string, unknown>,
): Promise<readonly Unwritten<Of>[]> {
  try {
    await putAll(table, call.map(itemOf));
    return [];
  } catch (error) {
    // One that cannot be stored must not keep those beside it out.
    return call.length > 1 && isInvalid(error)
      ? (await mapInParallel(call, CALLS_AT_ONCE_MAX, (each) => put(table, [each], itemOf))).flat()
      : call.map((of) => ({ of, error }));
  }
}

async function putAll(
  { client, tableName }: Ledger,
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

import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import { OnefillError } from '../core/errors.ts';
import { mapInParallel } from '../shared/parallel.ts';
import type { Key, Ledger } from './table.ts';

/** An item as the table has it, before it is parsed. */
export type Item = Readonly<Record<string, unknown>>;

/** A store that is short of capacity may answer in parts. */
const READS_MAX = 4;

/** What one call of BatchGetItem takes. */
const KEYS_PER_CALL_MAX = 100;
const CALLS_AT_ONCE_MAX = 8;

/**
 * Reads items in one call, each strongly consistent by itself. Absent ones are left out.
 *
 * @throws OnefillError STORE_BUSY when the store goes on answering only a part of what is asked
 */
export async function readItems(ledger: Ledger, wanted: readonly Key[]): Promise<Item[]> {
  const items: Item[] = [];
  let left: Record<string, unknown>[] = [...wanted];
  for (let reads = 0; left.length > 0; reads += 1) {
    if (reads === READS_MAX) {
      throw new OnefillError('STORE_BUSY', 'retry', 'The store answered only a part of what was asked.');
    }
    const { Responses = {}, UnprocessedKeys = {} } = await ledger.client.send(
      new BatchGetCommand({ RequestItems: { [ledger.tableName]: { Keys: left, ConsistentRead: true } } }),
    );
    items.push(...(Responses[ledger.tableName] ?? []));
    left = UnprocessedKeys[ledger.tableName]?.Keys ?? [];
  }
  return items;
}

/** As {@link readItems}, of any number and in as many calls as it takes. */
export async function readManyItems(ledger: Ledger, wanted: readonly Key[]): Promise<Item[]> {
  const calls = Array.from({ length: Math.ceil(wanted.length / KEYS_PER_CALL_MAX) }, (_, index) =>
    wanted.slice(index * KEYS_PER_CALL_MAX, (index + 1) * KEYS_PER_CALL_MAX),
  );
  return (await mapInParallel(calls, CALLS_AT_ONCE_MAX, (call) => readItems(ledger, call))).flat();
}

/** The item with this key among those that were read. */
export function itemAt(items: readonly Item[], { pk, sk }: Key): Item | undefined {
  return items.find((item) => item.pk === pk && item.sk === sk);
}

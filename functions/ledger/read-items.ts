import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import { OnefillError } from '../core/errors.ts';
import type { Key, Ledger } from './table.ts';

/** An item as the table has it, before it is parsed. */
export type Item = Readonly<Record<string, unknown>>;

/** A store that is short of capacity may answer in parts. */
const READS_MAX = 4;

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

/** The item with this key among those that were read. */
export function itemAt(items: readonly Item[], { pk, sk }: Key): Item | undefined {
  return items.find((item) => item.pk === pk && item.sk === sk);
}

import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { Listing } from '../core/listing.ts';
import { type KeyRange, readKeyRange } from './key-range.ts';
import { type Operations, operationsKeys } from './operations-table.ts';
import { putItems, type Unwritten } from './put-items.ts';

/** That a record has, or had, a value. Records have no end, and neither have these. */
export interface ListingEntry {
  readonly listing: Listing;
  /** The id of the signal, the execution, or the trade, all of which sort by time. */
  readonly id: string;
}

/**
 * Writes that records have values. Writing it twice comes to the same, in any order: nothing is ever taken out, since who
 * reads a listing looks at the records themselves.
 *
 * @returns those that could not be written; the others are
 */
export function writeListings<Entry extends ListingEntry>(
  operations: Operations,
  entries: readonly Entry[],
): Promise<readonly Unwritten<Entry>[]> {
  return putItems(operations, entries, ({ listing, id }) => operationsKeys.listing(listing, id));
}

/** Some ids in the order asked for, and whether the range holds more after the last of them. */
export interface IdPage {
  readonly ids: readonly string[];
  readonly hasMore: boolean;
}

/** One page of a listing; maybe fewer than the limit. Eventually consistent, as the listing itself is. */
export async function listIdsOf(operations: Operations, listing: Listing, range: KeyRange): Promise<IdPage> {
  const { pk } = operationsKeys.listing(listing, '');
  const { items, end } = await readKeyRange(operations, pk, range, 'eventual');
  return { ids: items.map(({ sk }) => String(sk)), hasMore: end !== undefined };
}

/**
 * Notes from when on everything is listed, unless that is noted already.
 *
 * @param atMs milliseconds since the epoch
 */
export async function beginListings({ client, tableName }: Operations, atMs: number): Promise<void> {
  await client.send(
    new UpdateCommand({
      TableName: tableName,
      Key: operationsKeys.listingBeginning(),
      UpdateExpression: 'SET atMs = if_not_exists(atMs, :at)',
      ExpressionAttributeValues: { ':at': atMs },
    }),
  );
}

const beginningShape = z.object({ atMs: z.number() });

/** Records of signals that were first seen then or later are listed; `undefined` as long as none are. */
export async function readListingBeginning({ client, tableName }: Operations): Promise<number | undefined> {
  const { Item } = await client.send(
    new GetCommand({ TableName: tableName, Key: operationsKeys.listingBeginning() }),
  );
  return Item && z.parse(beginningShape, Item).atMs;
}

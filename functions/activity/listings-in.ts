import * as z from 'zod/mini';
import { type Listing, listingsOfExecution, listingsOfSignal, listingsOfTrade } from '../core/listing.ts';
import { parseRecorded } from '../ledger/executions.ts';
import type { ListingEntry } from '../ledger/listings.ts';
import { receiptShape } from '../ledger/shapes/receipt.ts';
import { endedTradeShape } from '../ledger/shapes/trade.ts';
import type { Item, LedgerChange } from './stream-record.ts';

/**
 * The listings that a change brings a record into: pure. Those that it was in before came with an earlier change. One that
 * cannot be read is in none; the activity log tells of it.
 */
export function listingsIn({ pk, sk, before, after }: LedgerChange): ListingEntry[] {
  const read = readerOf(pk, sk);
  if (read === undefined || after === undefined) {
    return [];
  }
  const known = new Set(before && readable(read, before)?.listings.map(textOf));
  const { id = '', listings = [] } = readable(read, after) ?? {};
  return listings.flatMap((listing) => (known.has(textOf(listing)) ? [] : [{ listing, id }]));
}

interface Listed {
  readonly id: string;
  readonly listings: readonly Listing[];
}

function readerOf(pk: string, sk: string): ((item: Item) => Listed) | undefined {
  if (pk.startsWith('SIGNAL#')) {
    return readSignal;
  }
  if (!pk.startsWith('ACCOUNT#')) {
    return undefined;
  }
  return sk.startsWith('EXECUTION#') ? readExecution : sk.startsWith('TRADE#') ? readTrade : undefined;
}

function readSignal(item: Item): Listed {
  const receipt = z.parse(receiptShape, item);
  return { id: receipt.signalId, listings: listingsOfSignal(receipt) };
}

function readExecution(item: Item): Listed {
  const { execution } = parseRecorded(item);
  return { id: execution.executionId, listings: listingsOfExecution(execution) };
}

function readTrade(item: Item): Listed {
  const trade = z.parse(endedTradeShape, item);
  return { id: trade.executionId, listings: listingsOfTrade(trade) };
}

function readable(read: (item: Item) => Listed, item: Item): Listed | undefined {
  try {
    return read(item);
  } catch {
    return undefined;
  }
}

function textOf({ by, value }: Listing): string {
  return `${by}#${value}`;
}

import type { Clock } from '../core/clock.ts';
import { beginListings, type ListingEntry, writeListings } from '../ledger/listings.ts';
import type { Operations } from '../ledger/operations-table.ts';
import { isInvalid } from '../ledger/table.ts';
import { listingsIn } from './listings-in.ts';
import type { LedgerChange } from './stream-record.ts';

/** Far above how long an invocation of an older version, which lists nothing, may still be under way. */
const BEGINNING_MARGIN_MS = 5 * 60_000;

/** A change that has to be told again, and why. */
export interface FailedChange {
  readonly sequenceNumber: string;
  readonly error: unknown;
}

/**
 * Lists records by their values. What is written is a function of the changes alone: telling one again, in whatever order,
 * comes to the same.
 *
 * @returns which changes have to be told again
 * @throws what the table refuses for itself, once the others are written: told again and again it would hold up the log
 */
export type KeepListings = (changes: readonly LedgerChange[]) => Promise<readonly FailedChange[]>;

/** Keeps the listings by which the admin API finds records. */
export function keepListings(operations: Operations, clock: Clock): KeepListings {
  let isBegun = false;
  return async function listings(changes) {
    if (!isBegun) {
      // Again with the next delivery if it fails: lists do without what is not noted.
      isBegun = await beginListings(operations, clock.now() + BEGINNING_MARGIN_MS).then(
        () => true,
        () => false,
      );
    }
    const unwritten = await writeListings(operations, changes.flatMap(entriesOf));
    const failed = unwritten.filter(({ error }) => !isInvalid(error));
    if (failed.length === 0 && unwritten.length > 0) {
      throw unwritten[0]?.error;
    }
    return failed.map(({ of, error }) => ({ sequenceNumber: of.sequenceNumber, error }));
  };
}

type Entry = ListingEntry & Pick<LedgerChange, 'sequenceNumber'>;

function entriesOf(change: LedgerChange): Entry[] {
  const { sequenceNumber } = change;
  return listingsIn(change).map((entry) => ({ ...entry, sequenceNumber }));
}

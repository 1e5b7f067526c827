import { type AccountId, type ExecutionId, parseExecutionId, signalIdPrefixAt } from '../core/ids.ts';
import type { Listing } from '../core/listing.ts';
import { listAllIds } from '../ledger/catalog.ts';
import { listIdsOf, readListingBeginning } from '../ledger/listings.ts';
import type { Ledger } from '../ledger/table.ts';
import type { IdRange } from './list-range.ts';
import type { AdminContext } from './route.ts';
import type { Source, SourcePage } from './walk.ts';

/** What is younger is looked for in the ledger itself, since it may not be listed yet. */
const RECENT_MS = 10 * 60_000;

/** How many ids of a listing are read at once, when there is something else to compare them with. */
const IDS_AT_ONCE = 1_000;
/** How many records are read at once. */
const RECORDS_AT_ONCE = 100;

/** A range of a list, without its direction. */
export type Part = Source<unknown>['range'];

/** Finds ids that may be wanted, a page at a time. */
type FindIds = (range: IdRange) => Promise<SourcePage<string>>;

/** The ways to records of a kind. Whether what is found is wanted is for the walk to say. */
export interface Ways<Item> {
  /** All in a range, by their keys in the ledger. */
  all(part: Part): readonly Source<Item>[];
  /** Those in a range that are found by their ids. */
  found(part: Part, findIds: FindIds): Source<Item>;
  /** A part of the ledger's keys that all that is wanted is in, if there is one. */
  readonly keys?:
    | ((range: IdRange) => Promise<SourcePage<{ readonly executionId: ExecutionId }>>)
    | undefined;
  /** Whether a record with this id can be wanted, as far as the id tells. */
  canBeWanted?(id: string): boolean;
}

/**
 * Where to look for what filters leave, one stage after the other in the order of the walk: in listings and, where they
 * do not reach, in everything. They do not reach what is younger than some minutes, and what was there before them.
 *
 * @param listings all that is wanted is in each of them; without any it is found by walking
 */
export async function stagesOf<Item>(
  { operations, clock }: Pick<AdminContext, 'operations' | 'clock'>,
  listings: readonly Listing[],
  range: IdRange,
  { all, found, keys, canBeWanted = () => true }: Ways<Item>,
): Promise<(readonly Source<Item>[])[]> {
  const beginningMs = listings.length === 0 ? undefined : await readListingBeginning(operations);
  const recentMs = clock.now() - RECENT_MS;
  if (beginningMs === undefined || beginningMs >= recentMs) {
    return [all(range)];
  }
  const limit = listings.length === 1 && keys === undefined ? RECORDS_AT_ONCE : IDS_AT_ONCE;
  const lookups = listings.map(
    (listing): FindIds =>
      async (rest) => {
        const { ids, hasMore } = await listIdsOf(operations, listing, { ...rest, limit });
        return { items: ids, end: ids.at(-1), hasMore };
      },
  );
  const ofKeys: FindIds[] = keys ? [async (rest) => withIds(await keys(rest))] : [];
  const findIds = narrowest([...lookups, ...ofKeys], canBeWanted);
  const listed = (part: Part) => [found(part, findIds)];
  // No id is equal to what those of a time begin with, and so none is in two parts.
  const [beginning, recent] = [signalIdPrefixAt(beginningMs), signalIdPrefixAt(recentMs)];
  const stages = [
    { from: range.from, to: earlier(range.to, beginning), look: all },
    { from: later(range.from, beginning), to: earlier(range.to, recent), look: listed },
    { from: later(range.from, recent), to: range.to, look: all },
  ].flatMap(({ from, to, look }) => (from < to ? [look({ from, to })] : []));
  return range.order === 'oldest-first' ? stages : stages.reverse();
}

function withIds({ items, ...page }: SourcePage<{ readonly executionId: ExecutionId }>): SourcePage<string> {
  return { ...page, items: items.map(({ executionId }) => executionId) };
}

/**
 * Asks all lookups at once and goes by the one whose page reaches furthest: it has the least in that stretch. What
 * another one would have to have, and has not, is left out.
 */
function narrowest(lookups: readonly FindIds[], canBeWanted: (id: string) => boolean): FindIds {
  return async (range) => {
    const isBehind = (id: string, other: string) =>
      range.order === 'oldest-first' ? id > other : id < other;
    const isFurther = (one: SourcePage<string>, other: SourcePage<string>) =>
      !one.hasMore || (other.hasMore && isBehind(one.end ?? '', other.end ?? ''));
    const pages = await Promise.all(lookups.map((lookup) => lookup(range)));
    const furthest = pages.reduce((one, other) => (isFurther(one, other) ? one : other));
    const others = pages.map((page) => ({ page, ids: new Set(page.items) }));
    const ids = furthest.items.filter(
      (id) =>
        canBeWanted(id) &&
        others.every(({ page, ids }) => ids.has(id) || (page.hasMore && isBehind(id, page.end ?? ''))),
    );
    const items = ids.slice(0, RECORDS_AT_ONCE);
    return items.length < ids.length
      ? { items, end: items.at(-1), hasMore: true }
      : { items, end: furthest.end, hasMore: furthest.hasMore };
  };
}

function earlier(one: string, other: string): string {
  return one < other ? one : other;
}

function later(one: string, other: string): string {
  return one > other ? one : other;
}

/** The parts of these ids. */
export function idsOf(executionIds: readonly string[]) {
  return executionIds.flatMap((id) => parseExecutionId(id) ?? []);
}

/** Records in the order of these ids; those that there are no records of are left out. */
export function inOrderOf<Item>(
  ids: readonly string[],
  records: readonly Item[],
  idOf: (record: Item) => string,
): Item[] {
  const byId = new Map(records.map((record) => [idOf(record), record]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** The account that is asked for, or all there are. */
export async function accountsToRead(ledger: Ledger, accountId: string | undefined): Promise<AccountId[]> {
  const ids = accountId === undefined ? await listAllIds(ledger, 'ACCOUNT') : [accountId];
  return ids as AccountId[];
}

/** Whether an execution is of one of these accounts and, if one is asked for, of the strategy: its id tells. */
export function isOf(accountIds: readonly string[], strategyId: string | undefined) {
  const accounts = new Set(accountIds);
  return (executionId: string): boolean => {
    const ids = parseExecutionId(executionId);
    return (
      ids !== undefined &&
      accounts.has(ids.accountId) &&
      (strategyId === undefined || ids.strategyId === strategyId)
    );
  };
}

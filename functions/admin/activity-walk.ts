import type { ActivityEntry, ActivityRecord, ActivityScope } from '../core/activity.ts';
import { type ActivityRange, listActivity } from '../ledger/activity-log.ts';
import type { Operations } from '../ledger/operations-table.ts';
import { FIRST_ID } from './pages.ts';
import { mapInParallel, READ_WIDTH } from './parallel.ts';

/** A place in a walk: an entry of a record, by its number in it. */
export interface ActivityPosition {
  readonly place: string;
  readonly scope: string;
  readonly index: number;
}

export interface ActivityWalk {
  readonly scopes: readonly ActivityScope[];
  /** Places or prefixes of them, inclusive. */
  readonly from: string;
  readonly to: string;
  readonly order: ActivityRange['order'];
  /** Where the last page ended: the walk goes on behind it. */
  readonly after: ActivityPosition | undefined;
  readonly limit: number;
  readonly matches: (record: ActivityRecord, entry: ActivityEntry) => boolean;
}

interface FoundEntry {
  readonly record: ActivityRecord;
  readonly index: number;
  readonly entry: ActivityEntry;
}

/** Entries that match, in order, and where to go on, unless the walk is over. */
export interface ActivityFound {
  readonly found: readonly FoundEntry[];
  readonly next: ActivityPosition | undefined;
}

/** How much one page may read: records at once, of one scope or of all together, and reads after the first ones. */
interface ReadBounds {
  readonly recordsAtOnce: number;
  readonly recordsPerScopeMin: number;
  readonly furtherReadsMax: number;
}

const READ_BOUNDS: ReadBounds = { recordsAtOnce: 200, recordsPerScopeMin: 4, furtherReadsMax: 100 };

/** The log of one scope as far as it is read. */
interface Source {
  readonly scope: ActivityScope;
  records: ActivityRecord[];
  /** What is not read yet; absent when all of it is. */
  rest: { readonly from: string; readonly to: string } | undefined;
  /** The place of the record that was read last. */
  last: string | undefined;
}

/**
 * Merges the logs of several scopes in the order of their places, which is that of time. Places of two scopes may be the
 * same, and then the scope decides, so that one position says for all of them how far the walk has come.
 */
export async function walkActivity(
  operations: Operations,
  walk: ActivityWalk,
  bounds: ReadBounds = READ_BOUNDS,
): Promise<ActivityFound> {
  const share = Math.ceil(bounds.recordsAtOnce / Math.max(1, walk.scopes.length));
  const readSize = Math.max(bounds.recordsPerScopeMin, share);
  const sources = walk.scopes.map((scope) => sourceOf(scope, walk));
  const found: FoundEntry[] = [];
  let readsLeft = sources.length + bounds.furtherReadsMax;
  let next = walk.after;
  for (;;) {
    const hungry = sources.filter(isHungry);
    readsLeft -= hungry.length;
    if (readsLeft < 0) {
      return { found, next };
    }
    await mapInParallel(hungry, READ_WIDTH, (source) => read(operations, source, walk, readSize));
    if (hungry.some(isHungry)) {
      continue;
    }
    const record = takeNext(sources, walk.order);
    if (record === undefined) {
      return { found, next: undefined };
    }
    for (const one of wantedIn(record, walk)) {
      if (found.length === walk.limit) {
        return { found, next };
      }
      found.push(one);
      next = { place: record.place, scope: record.scope, index: one.index };
    }
    next = endOf(record, walk.order);
  }
}

/** From where the last page ended on: the record that it ended with may hold more. */
function sourceOf(scope: ActivityScope, { from, to, after, order }: ActivityWalk): Source {
  const isForward = order === 'oldest-first';
  const rest = {
    from: isForward && after && after.place > from ? after.place : from,
    to: !isForward && after && after.place < to ? after.place : to,
  };
  return { scope, records: [], rest: rest.from <= rest.to ? rest : undefined, last: undefined };
}

/** Whether the next record is only known after a read. */
function isHungry({ records, rest }: Source): boolean {
  return records.length === 0 && rest !== undefined;
}

async function read(
  operations: Operations,
  source: Source,
  { order, after }: ActivityWalk,
  readSize: number,
): Promise<void> {
  const { scope, rest = { from: FIRST_ID, to: FIRST_ID }, last } = source;
  const page = await listActivity(operations, scope, { ...rest, order, limit: readSize + 1 });
  // Ranges include both ends, so a page begins with the record that the last one ended with.
  source.records = page.records.filter(
    (record) => record.place !== last && (after === undefined || !isBefore(record, after, order)),
  );
  const end = page.records.at(-1)?.place;
  source.last = end;
  const isOver = !page.hasMore || end === undefined;
  source.rest = isOver ? undefined : order === 'oldest-first' ? { ...rest, from: end } : { ...rest, to: end };
}

function takeNext(sources: readonly Source[], order: ActivityWalk['order']): ActivityRecord | undefined {
  let first: Source | undefined;
  for (const source of sources) {
    const [head] = source.records;
    const [best] = first?.records ?? [];
    if (head && (!best || isBefore(head, best, order))) {
      first = source;
    }
  }
  return first?.records.shift();
}

type Place = Pick<ActivityPosition, 'place' | 'scope'>;

function isBefore(left: Place, right: Place, order: ActivityWalk['order']): boolean {
  const isSame = left.place === right.place;
  const isEarlier = isSame ? left.scope < right.scope : left.place < right.place;
  const isEqual = isSame && left.scope === right.scope;
  return !isEqual && isEarlier === (order === 'oldest-first');
}

/** The record's entries that match, in the direction of the walk, behind the last page's end. */
function wantedIn(record: ActivityRecord, { after, order, matches }: ActivityWalk): FoundEntry[] {
  const isForward = order === 'oldest-first';
  const isEnd = record.place === after?.place && record.scope === after.scope;
  const wanted = [...record.entries.entries()].flatMap(([index, entry]) => {
    const isBehind = !isEnd || (isForward ? index > after.index : index < after.index);
    return isBehind && matches(record, entry) ? [{ record, index, entry }] : [];
  });
  return isForward ? wanted : wanted.reverse();
}

/** The position at which a record is done with. */
function endOf({ place, scope, entries }: ActivityRecord, order: ActivityWalk['order']): ActivityPosition {
  return { place, scope, index: order === 'oldest-first' ? entries.length - 1 : 0 };
}

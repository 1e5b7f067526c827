import type { IdRange } from './list-range.ts';
import { mapInParallel, READ_WIDTH } from './parallel.ts';

/** A place in a walk: an entry of an item, by its number in it. */
export interface Position {
  readonly id: string;
  /** Which of the items with this id; empty where ids are distinct. */
  readonly scope: string;
  readonly index: number;
}

/** Items of a source in the order of the walk. */
export interface SourcePage<Item> {
  readonly items: readonly Item[];
  /** Up to which id, inclusive, these are all; it grows with each page. Absent: nothing was there. */
  readonly end: string | undefined;
  readonly hasMore: boolean;
}

/** Of a source that has nothing but what is beside. */
export const NO_PAGE: SourcePage<never> = { items: [], end: undefined, hasMore: false };

/** A part of what is walked. */
export interface Source<Item> {
  /** Ids or prefixes of them, inclusive. */
  readonly range: Pick<IdRange, 'from' | 'to'>;
  /** What tells its items from those of another source with the same id. @default '' */
  readonly scope?: string;
  /**
   * What is there beside the pages, in no order, read before the first of them: so what goes over to the pages in between
   * is in either. In both, that of the pages counts.
   */
  beside?(): Promise<readonly Item[]>;
  page(range: IdRange): Promise<SourcePage<Item>>;
}

/** What is walked, from where on, and what is wanted of it. */
export interface Walk<Item, Entry> {
  readonly order: IdRange['order'];
  /** Where the last page ended: the walk goes on behind it. */
  readonly after: Position | undefined;
  readonly limit: number;
  /**
   * After the first read of every source, at most this many more; then a page ends early. It bounds the time of a
   * request whose filter matches next to nothing.
   *
   * @default 100
   */
  readonly furtherReadsMax?: number;
  readonly idOf: (item: Item) => string;
  /** What a page has of an item, each at a number that stays its own; `undefined` is not wanted. */
  readonly entriesOf: (item: Item) => readonly (Entry | undefined)[];
}

/** Something that was found, and where. */
export interface Found<Entry> {
  readonly position: Position;
  readonly entry: Entry;
}

/** What was found, in order, and where to go on, unless the walk is over. */
export interface WalkPage<Entry> {
  readonly found: readonly Found<Entry>[];
  readonly next: Position | undefined;
}

const FURTHER_READS_MAX = 100;

/** How many items to read at once: of one source, or of all together when there are few. */
const ITEMS_AT_ONCE = 100;
const ITEMS_OF_EACH_MIN = 4;

/** How much to read of each of so many sources at once; one more, as a read begins with what the last one ended with. */
export function readSizeOf(sources: number, itemsAtOnce = ITEMS_AT_ONCE): number {
  return Math.max(ITEMS_OF_EACH_MIN, Math.ceil(itemsAtOnce / Math.max(1, sources))) + 1;
}

/** More than an item has entries. */
const LAST_INDEX = 9_999;

/** The position at which everything of an id is done with. */
export function endOf(id: string, order: IdRange['order'], scope = ''): Position {
  return { id, scope, index: order === 'oldest-first' ? LAST_INDEX : 0 };
}

/**
 * Merges sources in the order of ids, which is that of time. It is one total order, so one position says for all of
 * them how far the walk has come: nothing is skipped or repeated, however much is added between two pages.
 *
 * @param stages what is walked one after the other: each has only what comes behind all of the one before it
 */
export async function walk<Item, Entry>(
  stages: readonly (readonly Source<Item>[])[],
  how: Walk<Item, Entry>,
): Promise<WalkPage<Entry>> {
  const found: Found<Entry>[] = [];
  const budget = { readsLeft: stages.flat().length + (how.furtherReadsMax ?? FURTHER_READS_MAX) };
  let position = how.after;
  for (const stage of stages) {
    const merge = new Merge(stage, how, budget);
    let next = await merge.next();
    for (; typeof next === 'object'; next = await merge.next()) {
      for (const one of wanted(next, how)) {
        if (found.length === how.limit) {
          return { found, next: position };
        }
        found.push(one);
        position = one.position;
      }
      position = endOf(next.id, how.order, next.scope);
    }
    position = further(position, merge.end(), how.order);
    if (next === 'enough-read') {
      return { found, next: position };
    }
  }
  return { found, next: undefined };
}

/** An item and its place. */
interface Placed<Item> {
  readonly item: Item;
  readonly id: string;
  readonly scope: string;
}

type Place = Pick<Position, 'id' | 'scope'>;

/** A source as far as it is read. */
interface Reading<Item> {
  readonly source: Source<Item>;
  beside: Placed<Item>[] | undefined;
  paged: Placed<Item>[];
  /** What is not read yet; absent when all of it is. */
  rest: Pick<IdRange, 'from' | 'to'> | undefined;
  /** Up to where it is read. */
  end: Place | undefined;
}

/** Takes the items of several sources in one order, with so many reads. */
class Merge<Item> {
  readonly #readings: readonly Reading<Item>[];
  readonly #how: Walk<Item, unknown>;
  readonly #budget: { readsLeft: number };

  constructor(sources: readonly Source<Item>[], how: Walk<Item, unknown>, budget: { readsLeft: number }) {
    this.#how = how;
    this.#budget = budget;
    this.#readings = sources.map((source) => {
      const rest = from(how.after?.id, source.range, how.order);
      return { source, beside: undefined, paged: [], rest, end: undefined };
    });
  }

  async next(): Promise<Placed<Item> | 'over' | 'enough-read'> {
    for (;;) {
      const hungry = this.#readings.filter(isHungry);
      const first = this.#first();
      if (first && hungry.every(({ end }) => end && !isBefore(end, first.head, this.#how.order))) {
        return take(first);
      }
      if (hungry.length === 0) {
        return 'over';
      }
      this.#budget.readsLeft -= hungry.length;
      if (this.#budget.readsLeft < 0) {
        return 'enough-read';
      }
      await mapInParallel(hungry, READ_WIDTH, (reading) => this.#read(reading));
    }
  }

  /** Up to where everything is taken: where the sources are that are read least far, or all of them when it is over. */
  end(): Place | undefined {
    const { order } = this.#how;
    const hungry = this.#readings.filter(isHungry);
    const ends = (hungry.length > 0 ? hungry : this.#readings).map((reading) => reading.end);
    const sorted = ends
      .flatMap((end) => end ?? [])
      .sort((one, other) => (isBefore(one, other, order) ? -1 : 1));
    return hungry.length === 0 ? sorted.at(-1) : sorted.length < ends.length ? undefined : sorted[0];
  }

  #first(): { readonly reading: Reading<Item>; readonly head: Placed<Item> } | undefined {
    const { order } = this.#how;
    let first: { readonly reading: Reading<Item>; readonly head: Placed<Item> } | undefined;
    for (const reading of this.#readings) {
      for (const head of [reading.paged[0], reading.beside?.[0]]) {
        if (head && (!first || isBefore(head, first.head, order))) {
          first = { reading, head };
        }
      }
    }
    return first;
  }

  async #read(reading: Reading<Item>): Promise<void> {
    const { source, rest = { from: '', to: '' }, end } = reading;
    const { order } = this.#how;
    const beside = reading.beside ?? this.#place(source, (await source.beside?.()) ?? [], rest);
    const page = await source.page({ ...rest, order });
    // Ranges include both ends, so a page begins with what the last one ended with.
    reading.paged = this.#place(source, page.items, rest).filter(({ id }) => id !== end?.id);
    const known = new Set(reading.paged.map(({ id }) => id));
    reading.beside = beside
      .filter(({ id }) => !known.has(id))
      .sort((one, other) => (isBefore(one, other, order) ? -1 : 1));
    const { scope = '' } = source;
    reading.end = page.end === undefined ? end : { id: page.end, scope };
    reading.rest = page.hasMore && page.end !== undefined ? from(page.end, rest, order) : undefined;
  }

  /** Those in the range, from where the last page of the walk ended on: what it ended with may hold more. */
  #place(source: Source<Item>, items: readonly Item[], range: Pick<IdRange, 'from' | 'to'>): Placed<Item>[] {
    const { idOf, after, order } = this.#how;
    return items
      .map((item) => ({ item, id: idOf(item), scope: source.scope ?? '' }))
      .filter(({ id }) => id >= range.from && id <= range.to)
      .filter((placed) => after === undefined || !isBefore(placed, after, order));
  }
}

/** Whether what comes next of it is only known after a read. */
function isHungry({ paged, rest }: Reading<unknown>): boolean {
  return paged.length === 0 && rest !== undefined;
}

function take<Item>({ reading, head }: { readonly reading: Reading<Item>; readonly head: Placed<Item> }) {
  (head === reading.paged[0] ? reading.paged : reading.beside)?.shift();
  return head;
}

/** What is left of a range from an id on, inclusive; `undefined` when nothing is. */
function from(
  id: string | undefined,
  range: Pick<IdRange, 'from' | 'to'>,
  order: IdRange['order'],
): Pick<IdRange, 'from' | 'to'> | undefined {
  const isForward = order === 'oldest-first';
  const rest = {
    from: isForward && id !== undefined && id > range.from ? id : range.from,
    to: !isForward && id !== undefined && id < range.to ? id : range.to,
  };
  return rest.from <= rest.to ? rest : undefined;
}

/** The entries that are wanted, in the direction of the walk, behind the last page's end. */
function wanted<Item, Entry>(
  { item, id, scope }: Placed<Item>,
  { entriesOf, after, order }: Walk<Item, Entry>,
): Found<Entry>[] {
  const isForward = order === 'oldest-first';
  const isEnd = after?.id === id && after.scope === scope;
  const found = [...entriesOf(item).entries()].flatMap(([index, entry]) => {
    const isBehind = !isEnd || (isForward ? index > after.index : index < after.index);
    return entry !== undefined && isBehind ? [{ position: { id, scope, index }, entry }] : [];
  });
  return isForward ? found : found.reverse();
}

function further(position: Position | undefined, end: Place | undefined, order: IdRange['order']) {
  const isFurther = end && (position === undefined || isBefore(position, end, order));
  return isFurther ? endOf(end.id, order, end.scope) : position;
}

function isBefore(left: Place, right: Place, order: IdRange['order']): boolean {
  if (left.id === right.id) {
    return left.scope !== right.scope && left.scope < right.scope === (order === 'oldest-first');
  }
  return left.id < right.id === (order === 'oldest-first');
}

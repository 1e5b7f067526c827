import type { AccountId, ExecutionId } from '../core/ids.ts';
import type { Order } from '../core/order.ts';
import { readAccount } from '../ledger/accounts.ts';
import { type ExecutionRange, listExecutions } from '../ledger/executions.ts';
import type { Ledger } from '../ledger/table.ts';
import type { ExecutionState } from './execution-state.ts';
import { mapInParallel, READ_WIDTH } from './parallel.ts';

/** An execution that is recorded or under way. */
export interface BegunExecution {
  readonly executionId: ExecutionId;
  readonly orders: readonly Order[];
  readonly startedAtMs: number;
  readonly endedAtMs?: number;
  readonly state: Exclude<ExecutionState, { kind: 'pending' }>;
}

/** A place in a walk: an entry of an execution, by its number among the execution's. */
export interface Position {
  readonly executionId: ExecutionId;
  readonly index: number;
}

/** Which executions, in which order, from where on. */
export interface WalkRange {
  /** Execution ids or prefixes, inclusive. */
  readonly from: string;
  readonly to: string;
  readonly order: ExecutionRange['order'];
  /** Where the last page ended: the walk goes on behind it. */
  readonly after: Position | undefined;
}

/** What a walk finds in the executions that it passes. */
export interface Walk<Entry> extends WalkRange {
  readonly limit: number;
  /** What a page has of an execution, each at a number that stays its own; `undefined` is not wanted. */
  readonly entriesOf: (execution: BegunExecution) => readonly (Entry | undefined)[];
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

/** A part of the executions in the order of the walk, read a page at a time. */
export interface ExecutionSource {
  /** Whether the next execution is only known after a read. */
  readonly isHungry: boolean;
  readonly head: BegunExecution | undefined;
  take(): BegunExecution | undefined;
  read(): Promise<void>;
}

/** How much one page may read. */
export interface ReadBounds {
  /** How many executions to read at first: of one account, or of all of them together when there are few. */
  readonly executionsAtOnce: number;
  readonly executionsPerAccountMin: number;
  /**
   * After the first read of every source, at most this many more; then a page ends early. It bounds the time of a
   * request whose filter matches next to nothing.
   */
  readonly furtherReadsMax: number;
}

const READ_BOUNDS: ReadBounds = { executionsAtOnce: 100, executionsPerAccountMin: 4, furtherReadsMax: 100 };

/** The executions of each account, for a walk that merges them. */
export function accountSources(
  ledger: Ledger,
  accountIds: readonly AccountId[],
  range: WalkRange,
  bounds: ReadBounds = READ_BOUNDS,
): ExecutionSource[] {
  const share = Math.ceil(bounds.executionsAtOnce / Math.max(1, accountIds.length));
  const readSize = Math.max(bounds.executionsPerAccountMin, share);
  return accountIds.map((accountId) => new AccountExecutions(ledger, accountId, range, readSize));
}

/**
 * Merges executions of several sources in the order of their ids, and so of their signals' times. All are read in one
 * total order, so one position says for all of them how far the walk has come: nothing is skipped or repeated, however
 * many executions are added between two pages.
 *
 * @param stages what is walked one after the other: each has only what comes behind all of the one before it
 */
export async function walkExecutions<Entry>(
  stages: readonly (readonly ExecutionSource[])[],
  walk: Walk<Entry>,
  bounds: ReadBounds = READ_BOUNDS,
): Promise<WalkPage<Entry>> {
  const found: Found<Entry>[] = [];
  const merge = new Merge(stages, walk.order, stages.flat().length + bounds.furtherReadsMax);
  let position = walk.after;
  for (;;) {
    const execution = await merge.next();
    if (typeof execution === 'string') {
      return { found, next: execution === 'over' ? undefined : position };
    }
    const entries = walk.entriesOf(execution);
    for (const one of wanted(execution, entries, walk)) {
      if (found.length === walk.limit) {
        return { found, next: position };
      }
      found.push(one);
      position = one.position;
    }
    position = endOf(execution, entries, walk.order);
  }
}

/** Takes the executions of several sources in one order, with so many reads. */
class Merge {
  #stages: readonly (readonly ExecutionSource[])[];
  readonly #order: WalkRange['order'];
  #readsLeft: number;

  constructor(stages: readonly (readonly ExecutionSource[])[], order: WalkRange['order'], readsMax: number) {
    this.#stages = stages;
    this.#order = order;
    this.#readsLeft = readsMax;
  }

  async next(): Promise<BegunExecution | 'over' | 'enough-read'> {
    for (;;) {
      const [sources] = this.#stages;
      if (sources === undefined) {
        return 'over';
      }
      const hungry = sources.filter((source) => source.isHungry);
      this.#readsLeft -= hungry.length;
      if (this.#readsLeft < 0) {
        return 'enough-read';
      }
      await mapInParallel(hungry, READ_WIDTH, (source) => source.read());
      const execution = hungry.some((source) => source.isHungry) ? undefined : takeNext(sources, this.#order);
      if (execution) {
        return execution;
      }
      if (!sources.some((source) => source.isHungry)) {
        this.#stages = this.#stages.slice(1);
      }
    }
  }
}

function takeNext(
  sources: readonly ExecutionSource[],
  order: WalkRange['order'],
): BegunExecution | undefined {
  let first: ExecutionSource | undefined;
  for (const source of sources) {
    if (source.head && (!first?.head || isBefore(source.head, first.head, order))) {
      first = source;
    }
  }
  return first?.take();
}

/** The entries that are wanted, in the direction of the walk, behind the last page's end. */
function wanted<Entry>(
  { executionId }: BegunExecution,
  entries: readonly (Entry | undefined)[],
  { after, order }: WalkRange,
): Found<Entry>[] {
  const isForward = order === 'oldest-first';
  const found = entries.flatMap((entry, index) => {
    const isBehind =
      executionId !== after?.executionId || (isForward ? index > after.index : index < after.index);
    return entry !== undefined && isBehind ? [{ position: { executionId, index }, entry }] : [];
  });
  return isForward ? found : found.reverse();
}

/** The position at which an execution is done with, whether or not it has entries. */
function endOf(
  { executionId }: BegunExecution,
  { length }: readonly unknown[],
  order: WalkRange['order'],
): Position {
  return { executionId, index: order === 'oldest-first' ? Math.max(0, length - 1) : 0 };
}

function isBefore(
  left: { readonly executionId: string },
  right: { readonly executionId: string },
  order: WalkRange['order'],
): boolean {
  return order === 'oldest-first'
    ? left.executionId < right.executionId
    : left.executionId > right.executionId;
}

/** One account's executions in the order of the walk, read a page at a time. */
class AccountExecutions implements ExecutionSource {
  readonly #ledger: Ledger;
  readonly #accountId: AccountId;
  readonly #walk: WalkRange;
  readonly #readSize: number;
  #from: string;
  #to: string;
  #known: BegunExecution[] = [];
  #hasMore: boolean;
  #lastRead: string | undefined;
  #active: BegunExecution | undefined;

  constructor(ledger: Ledger, accountId: AccountId, walk: WalkRange, readSize: number) {
    this.#ledger = ledger;
    this.#accountId = accountId;
    this.#walk = walk;
    this.#readSize = readSize;
    const start = walk.after?.executionId;
    const isForward = walk.order === 'oldest-first';
    this.#from = isForward && start !== undefined && start > walk.from ? start : walk.from;
    this.#to = !isForward && start !== undefined && start < walk.to ? start : walk.to;
    this.#hasMore = this.#from <= this.#to;
  }

  get isHungry(): boolean {
    return this.#hasMore && this.#known.length === 0;
  }

  get head(): BegunExecution | undefined {
    const [next] = this.#known;
    return this.#active && (!next || isBefore(this.#active, next, this.#walk.order)) ? this.#active : next;
  }

  take(): BegunExecution | undefined {
    const { head } = this;
    if (head === this.#active) {
      this.#active = undefined;
    } else {
      this.#known.shift();
    }
    return head;
  }

  async read(): Promise<void> {
    if (this.#lastRead === undefined) {
      // Before the records: an execution is recorded before it stops being the active one, so it is in either.
      this.#active = await this.#readActive();
    }
    const page = await listExecutions(this.#ledger, this.#accountId, {
      from: this.#from,
      to: this.#to,
      order: this.#walk.order,
      limit: this.#readSize + 1,
    });
    // Ranges include both ends, so a page begins with the execution that the last one ended with.
    const added = page.executions
      .filter(({ executionId }) => executionId !== this.#lastRead)
      .map((execution): BegunExecution => ({ ...execution, state: { kind: 'recorded', execution } }));
    this.#known.push(...added);
    this.#hasMore = page.hasMore;
    this.#lastRead = added.at(-1)?.executionId ?? this.#lastRead ?? '';
    if (this.#lastRead !== '') {
      this.#continueFrom(this.#lastRead);
    }
    if (added.some(({ executionId }) => executionId === this.#active?.executionId)) {
      this.#active = undefined;
    }
  }

  #continueFrom(executionId: string): void {
    if (this.#walk.order === 'oldest-first') {
      this.#from = executionId;
    } else {
      this.#to = executionId;
    }
  }

  async #readActive(): Promise<BegunExecution | undefined> {
    const { activeExecution: active, openOrders = {} } =
      (await readAccount(this.#ledger, this.#accountId)) ?? {};
    const isInRange = active && active.executionId >= this.#from && active.executionId <= this.#to;
    return isInRange
      ? { ...active, orders: active.intent?.orders ?? [], state: { kind: 'running', active, openOrders } }
      : undefined;
  }
}

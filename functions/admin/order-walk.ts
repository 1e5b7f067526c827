import type { AccountId, ExecutionId } from '../core/ids.ts';
import type { Order } from '../core/order.ts';
import { readAccount } from '../ledger/accounts.ts';
import { type ExecutionRange, listExecutions } from '../ledger/executions.ts';
import type { Ledger } from '../ledger/table.ts';
import { mapInParallel, READ_WIDTH } from './parallel.ts';

/** The orders of one execution, recorded or under way. */
interface OrderedExecution {
  readonly executionId: ExecutionId;
  readonly orders: readonly Order[];
  readonly startedAtMs: number;
  readonly endedAtMs?: number;
}

/** A place in a walk: an order of an execution, by its number among the execution's orders. */
export interface Position {
  readonly executionId: ExecutionId;
  readonly index: number;
}

export interface OrderWalk {
  readonly accountIds: readonly AccountId[];
  /** Execution ids or prefixes, inclusive. */
  readonly from: string;
  readonly to: string;
  readonly order: ExecutionRange['order'];
  /** Where the last page ended: the walk goes on behind it. */
  readonly after: Position | undefined;
  readonly limit: number;
  readonly matches: (execution: OrderedExecution, order: Order) => boolean;
}

interface FoundOrder {
  readonly execution: OrderedExecution;
  readonly order: Order;
}

/** Orders that match, in order, and where to go on, unless the walk is over. */
export interface OrdersFound {
  readonly found: readonly FoundOrder[];
  readonly next: Position | undefined;
}

/** How much one page may read. */
interface ReadBounds {
  /** How many executions to read at first: of one account, or of all of them together when there are few. */
  readonly executionsAtOnce: number;
  readonly executionsPerAccountMin: number;
  /**
   * After the first read of every account, at most this many more; then a page ends early. It bounds the time of a
   * request whose filter matches next to nothing.
   */
  readonly furtherReadsMax: number;
}

const READ_BOUNDS: ReadBounds = { executionsAtOnce: 100, executionsPerAccountMin: 4, furtherReadsMax: 100 };

/**
 * Merges the executions of several accounts in the order of their ids, and so of their signals' times. All accounts
 * are read in one total order, so one position says for all of them how far the walk has come: nothing is skipped
 * or repeated, however many executions are added between two pages.
 */
export async function walkOrders(
  ledger: Ledger,
  walk: OrderWalk,
  bounds: ReadBounds = READ_BOUNDS,
): Promise<OrdersFound> {
  const share = Math.ceil(bounds.executionsAtOnce / Math.max(1, walk.accountIds.length));
  const readSize = Math.max(bounds.executionsPerAccountMin, share);
  const sources = walk.accountIds.map(
    (accountId) => new AccountExecutions(ledger, accountId, walk, readSize),
  );
  const found: FoundOrder[] = [];
  let readsLeft = sources.length + bounds.furtherReadsMax;
  let position = walk.after;
  for (;;) {
    const hungry = sources.filter((source) => source.isHungry);
    readsLeft -= hungry.length;
    if (readsLeft < 0) {
      return { found, next: position };
    }
    await mapInParallel(hungry, READ_WIDTH, (source) => source.read());
    if (hungry.some((source) => source.isHungry)) {
      continue;
    }
    const execution = takeNext(sources, walk.order);
    if (execution === undefined) {
      return { found, next: undefined };
    }
    for (const [index, order] of matching(execution, walk)) {
      if (found.length === walk.limit) {
        return { found, next: position };
      }
      found.push({ execution, order });
      position = { executionId: execution.executionId, index };
    }
    position = endOf(execution, walk.order);
  }
}

function takeNext(
  sources: readonly AccountExecutions[],
  order: OrderWalk['order'],
): OrderedExecution | undefined {
  let first: AccountExecutions | undefined;
  for (const source of sources) {
    if (source.head && (!first?.head || isBefore(source.head, first.head, order))) {
      first = source;
    }
  }
  return first?.take();
}

/** The execution's orders that match, with their numbers, in the direction of the walk, behind the last page's end. */
function matching(execution: OrderedExecution, { after, order, matches }: OrderWalk): [number, Order][] {
  const isForward = order === 'oldest-first';
  const entries = [...execution.orders.entries()].filter(
    ([index, candidate]) =>
      matches(execution, candidate) &&
      (execution.executionId !== after?.executionId ||
        (isForward ? index > after.index : index < after.index)),
  );
  return isForward ? entries : entries.reverse();
}

/** The position at which an execution is done with, whether or not it has orders. */
function endOf({ executionId, orders }: OrderedExecution, order: OrderWalk['order']): Position {
  return { executionId, index: order === 'oldest-first' ? Math.max(0, orders.length - 1) : 0 };
}

function isBefore(
  left: { readonly executionId: string },
  right: { readonly executionId: string },
  order: OrderWalk['order'],
): boolean {
  return order === 'oldest-first'
    ? left.executionId < right.executionId
    : left.executionId > right.executionId;
}

/** One account's executions in the order of the walk, read a page at a time. */
class AccountExecutions {
  readonly #ledger: Ledger;
  readonly #accountId: AccountId;
  readonly #walk: OrderWalk;
  readonly #readSize: number;
  #from: string;
  #to: string;
  #known: OrderedExecution[] = [];
  #hasMore: boolean;
  #lastRead: string | undefined;
  #active: OrderedExecution | undefined;

  constructor(ledger: Ledger, accountId: AccountId, walk: OrderWalk, readSize: number) {
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

  /** Whether the next execution is only known after a read. */
  get isHungry(): boolean {
    return this.#hasMore && this.#known.length === 0;
  }

  get head(): OrderedExecution | undefined {
    const [next] = this.#known;
    return this.#active && (!next || isBefore(this.#active, next, this.#walk.order)) ? this.#active : next;
  }

  take(): OrderedExecution | undefined {
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
    const added = page.executions.filter(({ executionId }) => executionId !== this.#lastRead);
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

  async #readActive(): Promise<OrderedExecution | undefined> {
    const active = (await readAccount(this.#ledger, this.#accountId))?.activeExecution;
    const isInRange = active && active.executionId >= this.#from && active.executionId <= this.#to;
    return isInRange && active.intent ? { ...active, orders: active.intent.orders } : undefined;
  }
}

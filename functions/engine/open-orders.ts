import type { Books, OpenOrder, OrderProgress } from '../core/books.ts';
import { book, bookingTermsOf } from '../core/books.ts';
import { OnefillError } from '../core/errors.ts';
import { type ExecutionId, parseExecutionId } from '../core/ids.ts';
import { isFinal, type Order } from '../core/order.ts';
import { recordOrders } from '../ledger/executions.ts';
import { bookOpenOrders } from '../ledger/held-account.ts';
import { recordEndedTrades } from '../ledger/trades.ts';
import { adopt } from './adopt.ts';
import type { Engine } from './engine.ts';
import { tellOfLoss } from './loss-limit.ts';
import { cancelOrder } from './place.ts';
import type { Venue } from './venue.ts';
import type { Hold } from './with-account.ts';

/** What following an account's open orders came to. */
export interface Followed {
  readonly books: Books;
  /** How many orders filled or ended since they were looked at last. */
  readonly changed: number;
  /** Orders that the venue did not tell about, or that were to be cancelled and have not ended. */
  readonly unresolved: readonly OpenOrder[];
}

/**
 * Finds out how the open orders of ended executions stand at the venue, cancels those that are to be, and books what
 * changed.
 */
export async function followOpenOrders(
  engine: Engine,
  hold: Hold,
  venue: Venue,
  books: Books,
  isToBeCanceled: (open: OpenOrder) => boolean = () => false,
): Promise<Followed> {
  const looks = await Promise.all(
    Object.values(books.openOrders).map((open) => follow(engine, venue, open, isToBeCanceled(open))),
  );
  const progress = looks.flatMap(({ change }) => change ?? []);
  const after = progress.length === 0 ? books : await bookProgress(engine, hold, books, progress);
  return { books: after, changed: progress.length, unresolved: unresolvedOf(looks) };
}

/**
 * Books how far orders of ended executions have come, and goes on holding the account. Their records, and those of trades
 * that this brings to their end, are written before the books; dying in between, the next holder does it again.
 *
 * @param before the books as they are written; differs from `books` in what is to be written along
 */
export async function bookProgress(
  engine: Engine,
  hold: Hold,
  books: Books,
  progress: readonly OrderProgress[],
  before: Books = books,
): Promise<Books> {
  const terms = bookingTermsOf(hold.account.configuration, engine.clock.now());
  const { books: after, ended } = book(books, progress, terms);
  await Promise.all([
    recordProgress(engine, hold, progress),
    recordEndedTrades(engine.ledger, hold.fence, ended),
  ]);
  // Before the write that ends it: dying in between, operators are told twice rather than not at all.
  tellOfLoss(engine, hold.account, books, after);
  await bookOpenOrders(engine.ledger, hold.fence, { before, after });
  return after;
}

async function recordProgress(
  { ledger }: Engine,
  { fence }: Hold,
  progress: readonly OrderProgress[],
): Promise<void> {
  const { accountId, fencingToken } = fence;
  const changed = progress.filter(({ before, after }) => after !== before);
  await Promise.all(
    [...new Set(changed.map(({ executionId }) => executionId))].map((executionId) => {
      const orders = changed.filter((each) => each.executionId === executionId).map(({ after }) => after);
      return recordOrders(ledger, accountId, { executionId, orders, fencingToken });
    }),
  );
}

interface Look {
  readonly open: OpenOrder;
  /** Absent: nothing new. */
  readonly change: OrderProgress | undefined;
  readonly isResolved: boolean;
}

function unresolvedOf(looks: readonly Look[]): OpenOrder[] {
  return looks.filter(({ isResolved }) => !isResolved).map(({ open }) => open);
}

async function follow(engine: Engine, venue: Venue, open: OpenOrder, isToBeCanceled: boolean): Promise<Look> {
  const outcome = await venue.lookup(open.order);
  if (outcome.kind === 'unknown') {
    // Of an order that is only suspected, no news is no reason to wait.
    return { open, change: undefined, isResolved: open.watchUntilMs !== undefined };
  }
  if (outcome.kind === 'absent') {
    return followAbsent(engine, open, isToBeCanceled);
  }
  let after = adopt(open.order, outcome.order);
  if (open.watchUntilMs !== undefined) {
    engine.alert(lateOrder(open, after));
  }
  if (isToBeCanceled && !isFinal(after)) {
    after = await cancelOrder(engine, venue, after);
  }
  const isResolved = !isToBeCanceled || isFinal(after);
  const isChanged = after !== open.order || open.watchUntilMs !== undefined;
  return {
    open,
    change: isChanged ? progressOf(open.executionId, open.order, after) : undefined,
    isResolved,
  };
}

/** An order that was never more than suspected is dropped in time; one that the venue had is not given up. */
function followAbsent(engine: Engine, open: OpenOrder, isToBeCanceled: boolean): Look {
  const { order, watchUntilMs } = open;
  if (watchUntilMs !== undefined && engine.clock.now() >= watchUntilMs) {
    return {
      open,
      change: progressOf(open.executionId, order, { ...order, status: 'DENIED' }),
      isResolved: true,
    };
  }
  return { open, change: undefined, isResolved: !isToBeCanceled || watchUntilMs !== undefined };
}

/** An order's step forward, of the execution that it belongs to. */
export function progressOf(executionId: ExecutionId, before: Order | undefined, after: Order): OrderProgress {
  const strategyId = parseExecutionId(executionId)?.strategyId;
  if (strategyId === undefined) {
    throw new OnefillError('LEDGER_CORRUPT', 'terminal', `${executionId} is not an execution id.`);
  }
  return { executionId, strategyId, before, after };
}

function lateOrder({ executionId }: OpenOrder, { symbol, side, quantity }: Order) {
  return {
    type: 'LATE_ORDER',
    severity: 'CRITICAL',
    subject: executionId,
    message: `An order that was taken for not placed is at the venue after all: ${side} ${quantity} ${symbol}.`,
  } as const;
}

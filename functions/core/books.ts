import { type Decimal, subtract, ZERO } from './decimal.ts';
import type { ExecutionId, StrategyId } from './ids.ts';
import { isFinal, type Order } from './order.ts';
import { applyFillToPosition, fillSince, type Positions, positionIn } from './position.ts';
import { addFigures, type DailyFigures, figuresOn } from './risk.ts';

/** An order of an execution that has ended, whose own end is still open: it works at the venue, or may. */
export interface OpenOrder {
  readonly executionId: ExecutionId;
  readonly order: Order;
  /** The venue had no such order when it was last asked; it is asked again until then. */
  readonly watchUntilMs?: number;
}

/** What an account's books say: what it holds, what is still open, and what was done today. */
export interface Books {
  readonly positions: Positions;
  /** By client order id. What of them is filled so far is in the positions. */
  readonly openOrders: Readonly<Record<string, OpenOrder>>;
  readonly daily: DailyFigures | undefined;
}

/** One order's step forward: from what is booked of it to what is known of it now. */
export interface OrderProgress {
  readonly executionId: ExecutionId;
  readonly strategyId: StrategyId;
  /** Absent: nothing of this order is booked yet. */
  readonly before: Order | undefined;
  readonly after: Order;
  readonly watchUntilMs?: number;
}

/** Books what orders filled since they were booked last, and which of them are still open. Pure. */
export function book(books: Books, progress: readonly OrderProgress[], day: string): Books {
  return progress.reduce((before, each) => bookOne(before, each, day), books);
}

function bookOne(books: Books, progress: OrderProgress, day: string): Books {
  const { before, after, executionId, strategyId, watchUntilMs } = progress;
  const fill = fillSince(before, after);
  const position = positionIn(books.positions, after.symbol);
  const changed = fill ? applyFillToPosition(position, fill) : position;
  const realizedPnl: Decimal = subtract(changed.realizedPnl, position.realizedPnl);
  const orders = before === undefined && wasSent(after) ? 1 : 0;
  const isCounted = orders > 0 || realizedPnl !== ZERO;
  const { [after.clientOrderId]: _, ...others } = books.openOrders;
  const isOpen = !isFinal(after) || watchUntilMs !== undefined;
  // A watched order is denied in its record; to the books it is one that may still turn up.
  const open: OpenOrder =
    watchUntilMs === undefined
      ? { executionId, order: after }
      : { executionId, order: { ...after, status: 'UNKNOWN' }, watchUntilMs };
  return {
    positions: fill ? { ...books.positions, [after.symbol]: changed } : books.positions,
    openOrders: isOpen ? { ...others, [after.clientOrderId]: open } : others,
    daily: isCounted
      ? addFigures(figuresOn(books.daily, day), strategyId, { orders, realizedPnl })
      : books.daily,
  };
}

/** Whether the venue may have seen the order. */
function wasSent(order: Order): boolean {
  return order.status !== 'INTENT' && order.status !== 'DENIED';
}

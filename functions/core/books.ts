import type { Account } from './configuration.ts';
import { type Decimal, subtract, ZERO } from './decimal.ts';
import type { ExecutionId, StrategyId } from './ids.ts';
import { isFinal, type Order } from './order.ts';
import { applyFillToPosition, type Fill, fillSince, type Positions, positionIn } from './position.ts';
import { isProtective, protectiveRevisionOf } from './protection.ts';
import { addFigures, type DailyFigures, figuresOn } from './risk.ts';
import { termsOf } from './tradable.ts';
import {
  applyFillToTrades,
  type EndedTrade,
  endTrades,
  type Protection,
  type Trades,
  waitingTrade,
} from './trade.ts';
import { dayIn } from './trading-window.ts';

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
  readonly trades: Trades;
}

/** The books after something was booked, and the trades that it brought to their end. */
export interface Booked {
  readonly books: Books;
  readonly ended: readonly EndedTrade[];
}

/** One order's step forward: from what is booked of it to what is known of it now. */
export interface OrderProgress {
  readonly executionId: ExecutionId;
  readonly strategyId: StrategyId;
  /** Absent: nothing of this order is booked yet. */
  readonly before: Order | undefined;
  readonly after: Order;
  readonly watchUntilMs?: number;
  /** Of the trade that an entry opens. */
  readonly protection?: Protection;
}

/** When and in what terms something is booked. */
export interface BookingTerms {
  /** `YYYY-MM-DD` in the account's time zone. */
  readonly day: string;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** What a price step of 1 of one unit is worth. */
  readonly multiplierOf: (symbol: string) => Decimal;
}

/** The terms on which an account books at a moment. */
export function bookingTermsOf(account: Account, nowMs: number): BookingTerms {
  return {
    day: dayIn(account.limits.timeZone, nowMs),
    nowMs,
    multiplierOf: (symbol) => termsOf(account, symbol, nowMs).multiplier,
  };
}

/** Books what orders filled since they were booked last, and which of them are still open. Pure. */
export function book(books: Books, progress: readonly OrderProgress[], terms: BookingTerms): Booked {
  const booked = progress.reduce((before, each) => bookOne(before, each, terms), books);
  const working = new Set(
    Object.values(booked.openOrders).map(({ executionId, order }) => order.trade ?? executionId),
  );
  const { trades, ended } = endTrades(booked.trades, (id) => working.has(id), terms.nowMs);
  return { books: { ...booked, trades }, ended };
}

function bookOne(books: Books, progress: OrderProgress, terms: BookingTerms): Books {
  const { before, after, executionId, strategyId, watchUntilMs } = progress;
  const fill = fillSince(before, after);
  const position = positionIn(books.positions, after.symbol);
  const multiplier = terms.multiplierOf(after.symbol);
  const changed = fill ? applyFillToPosition(position, fill, multiplier) : position;
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
      ? addFigures(figuresOn(books.daily, terms.day), strategyId, { orders, realizedPnl })
      : books.daily,
    trades: tradesAfter(books, progress, fill, terms),
  };
}

function tradesAfter(
  { trades, positions }: Books,
  { after, executionId, protection, watchUntilMs }: OrderProgress,
  fill: Fill | undefined,
  { nowMs, multiplierOf }: BookingTerms,
): Trades {
  const { symbol, side, trade } = after;
  if (fill) {
    const position = positionIn(positions, symbol).quantity;
    const reduceOnly = !isEntry(after);
    const what = {
      ...fill,
      executionId,
      symbol,
      position,
      reduceOnly,
      multiplier: multiplierOf(symbol),
      nowMs,
    };
    const meant = trade === undefined ? what : { ...what, trade };
    return countLegs(applyFillToTrades(trades, meant, protection), executionId, after);
  }
  if (protectiveRevisionOf(after) !== undefined) {
    return countLegs(trades, executionId, after);
  }
  const isWaiting = isEntry(after) && trade === undefined && (!isFinal(after) || watchUntilMs !== undefined);
  return isWaiting && trades[executionId] === undefined
    ? { ...trades, [executionId]: waitingTrade({ executionId, symbol, side }, protection) }
    : trades;
}

/** How often protective orders were made for a trade is told by the orders that were. */
function countLegs(trades: Trades, executionId: ExecutionId, order: Order): Trades {
  const trade = trades[executionId];
  const revision = protectiveRevisionOf(order);
  return trade === undefined || revision === undefined || revision <= trade.legs
    ? trades
    : { ...trades, [executionId]: { ...trade, legs: revision } };
}

/** Whether an order may open a trade. */
export function isEntry(order: Order): boolean {
  return !order.reduceOnly && !isProtective(order);
}

/** Whether the venue may have seen the order. */
function wasSent(order: Order): boolean {
  return order.status !== 'INTENT' && order.status !== 'DENIED';
}

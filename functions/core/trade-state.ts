import { type Books, isEntry, type OpenOrder } from './books.ts';
import { isPlanned } from './compensation.ts';
import { isZero } from './decimal.ts';
import { isFinal, type Order } from './order.ts';
import type { EndedTrade, Trade } from './trade.ts';
import { workingOrders } from './working-orders.ts';

/** Every state of a trade, in the order in which it goes through them; CANCELED in place of what follows WAITING. */
export const TRADE_STATES = ['WAITING', 'OPENED', 'CLOSING', 'CLOSED', 'CANCELED'] as const;

/**
 * Where a trade stands: its entry works and nothing is held (WAITING), something is held (OPENED), an exit of it works or
 * is being placed, or orders of it are left at the venue though nothing is held (CLOSING), all that it held is closed
 * (CLOSED), or its entry ended before it filled (CANCELED).
 */
export type TradeState = (typeof TRADE_STATES)[number];

/**
 * The state of a trade that is not over.
 *
 * @param placing orders of the execution that is under way, if any
 */
export function stateOfTrade(
  trade: Trade,
  books: Books,
  placing: readonly Order[] = [],
): Exclude<TradeState, EndedTrade['state']> {
  if (isZero(trade.openQuantity)) {
    return isZero(trade.openedQuantity) || isEntering(trade.executionId, books) ? 'WAITING' : 'CLOSING';
  }
  const isClosing =
    trade.refusal !== undefined ||
    isExiting(trade, books) ||
    placing.some((order) => isPlanned(order) && !isFinal(order) && closes(order, trade, order.trade));
  return isClosing ? 'CLOSING' : 'OPENED';
}

/** Whether an exit works at the venue, or may, that closes a trade. */
export function isExiting(trade: Trade, books: Books): boolean {
  return workingOrders(books, trade.symbol).some((open) => closes(open.order, trade, meantBy(open, books)));
}

/** Whether an entry of a trade works at the venue, or may. */
export function isEntering(id: Trade['executionId'], books: Books): boolean {
  return entryOf(id, books) !== undefined;
}

/** The entry of a trade that works at the venue, or may. */
export function entryOf(id: Trade['executionId'], { openOrders }: Books): Order | undefined {
  return Object.values(openOrders).find(
    ({ executionId, order }) => isEntry(order) && (order.trade ?? executionId) === id,
  )?.order;
}

/** The trade that an order is about: it says so, or was made for the trade of its execution. */
function meantBy({ executionId, order }: OpenOrder, { trades }: Books): Trade['executionId'] | undefined {
  return order.trade ?? (trades[executionId] ? executionId : undefined);
}

/** An exit that is meant for no trade in particular closes any of its symbol. */
function closes(order: Order, trade: Trade, meant: Trade['executionId'] | undefined): boolean {
  return (
    order.reduceOnly &&
    order.symbol === trade.symbol &&
    order.side !== trade.side &&
    (meant === undefined || meant === trade.executionId)
  );
}

import type { Books, OpenOrder } from './books.ts';
import type { OcoKind } from './configuration.ts';
import { compare, type Decimal, isZero, sign, subtract } from './decimal.ts';
import { clientOrderIdOf, type ExecutionId } from './ids.ts';
import { applyOrderEvent, type Order, orderFrom } from './order.ts';
import { isProtective, protectiveKindOf, protectiveOrders } from './protection.ts';
import { hasProtection, type Protection, type Trade } from './trade.ts';
import { isExiting } from './trade-state.ts';

/**
 * The next thing to do so that every trade has at the venue what is to protect it, exactly that and for exactly what it
 * holds, and nothing is left there of trades that are over:
 *
 * - `bring`: orders that are about to be sent, or may have been; `wanted` tells whether they still are
 * - `cancel`: orders that are not what they should be
 * - `add`: orders to be made, a pair or one
 * - `confirm`: a trade whose changed protection the venue has taken; what protected it before is not needed any more
 * - `refuse`: a trade whose protection has no price; it is to be closed
 * - `halt`: a trade that can neither be protected nor closed
 */
export type Upkeep = { readonly trade: Trade } & (
  | { readonly kind: 'bring'; readonly open: readonly OpenOrder[]; readonly wanted: boolean }
  | { readonly kind: 'cancel'; readonly open: readonly OpenOrder[] }
  | { readonly kind: 'add'; readonly orders: readonly Order[] }
  | { readonly kind: 'confirm' | 'refuse' | 'halt' }
);

const CLOSING = /^close(?:-\d+)?$/;
const CLOSINGS_MAX = 3;

/** What upkeep goes by. */
export interface UpkeepTerms {
  /** How the venue keeps pairs. */
  readonly pairs: OcoKind;
  readonly tickSizeOf: (symbol: string) => Decimal | undefined;
  /** Trades that are left alone. */
  readonly except: ReadonlySet<ExecutionId>;
}

/** A trade, and the ticks of what is traded. */
interface KeptTrade extends Trade {
  readonly tickSize: Decimal | undefined;
}

/** The next thing to do for the trades of an account; `undefined` when all is as it should be. Pure. */
export function nextUpkeep(books: Books, { pairs, tickSizeOf, except }: UpkeepTerms): Upkeep | undefined {
  const kept = Object.values(books.openOrders).filter(
    ({ order, watchUntilMs }) =>
      watchUntilMs === undefined && (isProtective(order) || CLOSING.test(order.leg)),
  );
  for (const trade of Object.values(books.trades)) {
    if (except.has(trade.executionId)) {
      continue;
    }
    const own = kept.filter(({ executionId }) => executionId === trade.executionId);
    const upkeep = upkeepOf(books, { ...trade, tickSize: tickSizeOf(trade.symbol) }, own, pairs);
    if (upkeep) {
      return upkeep;
    }
  }
  return undefined;
}

function upkeepOf(
  books: Books,
  trade: KeptTrade,
  own: readonly OpenOrder[],
  pairs: OcoKind,
): Upkeep | undefined {
  const legs = own.filter(({ order }) => isProtective(order));
  const closings = own.filter(({ order }) => !isProtective(order));
  const undecidedClosings = closings.filter(isUndecided);
  if (undecidedClosings.length > 0) {
    return { kind: 'bring', trade, open: undecidedClosings, wanted: true };
  }
  if (trade.fallback !== undefined && isTaken(trade, legs)) {
    return { kind: 'confirm', trade };
  }
  const fitting = fittingOf(trade, legs);
  const isBroken = pairs === 'native' && fitting.length !== legsWanted(trade) && legs.length > 0;
  const surplus = isBroken ? legs : legs.filter((leg) => !fitting.includes(leg));
  if (surplus.length > 0) {
    return endOf(trade, surplus);
  }
  const undecided = legs.filter(isUndecided);
  if (undecided.length > 0) {
    return { kind: 'bring', trade, open: undecided, wanted: true };
  }
  // What would protect it while an exit works could close it twice.
  return isZero(trade.openQuantity) || isExiting(trade, books) ? undefined : additionTo(trade, fitting);
}

/** Whether the venue has taken what is wanted, for however much: its word is about the prices. */
function isTaken(trade: KeptTrade, legs: readonly OpenOrder[]): boolean {
  return (legsFor(trade) ?? [undefined]).every(
    (wanted) =>
      wanted !== undefined &&
      legs.some(
        (leg) =>
          !isUndecided(leg) &&
          protectiveKindOf(leg.order) === protectiveKindOf(wanted) &&
          isPricedAs(wanted, leg.order),
      ),
  );
}

/** One of each kind at most: of two that are alike, one turned up late. */
function fittingOf(trade: KeptTrade, legs: readonly OpenOrder[]): readonly OpenOrder[] {
  const fitting = legs.filter(({ order }) => fits(trade, order));
  const kinds = fitting.map(({ order }) => protectiveKindOf(order));
  return fitting.filter((_, index) => kinds.indexOf(kinds[index]) === index);
}

/** Orders that may be on their way are found out about first, and then cancelled. */
function endOf(trade: Trade, surplus: readonly OpenOrder[]): Upkeep {
  const undecided = surplus.filter(isUndecided);
  return undecided.length > 0
    ? { kind: 'bring', trade, open: undecided, wanted: false }
    : { kind: 'cancel', trade, open: surplus };
}

function additionTo(trade: KeptTrade, fitting: readonly OpenOrder[]): Upkeep | undefined {
  if (trade.refusal !== undefined) {
    return trade.closings < CLOSINGS_MAX
      ? { kind: 'add', trade, orders: [closingOrder(trade)] }
      : { kind: 'halt', trade };
  }
  const missing = missingProtection(trade.protection, fitting);
  if (!hasProtection(missing)) {
    return undefined;
  }
  const orders = legsFor({ ...trade, protection: missing });
  return orders ? { kind: 'add', trade, orders } : { kind: 'refuse', trade };
}

function missingProtection({ stopLoss, takeProfit }: Protection, fitting: readonly OpenOrder[]): Protection {
  const has = (kind: string) => fitting.some(({ order }) => protectiveKindOf(order) === kind);
  return {
    ...(stopLoss && !has('stop-loss') ? { stopLoss } : {}),
    ...(takeProfit && !has('take-profit') ? { takeProfit } : {}),
  };
}

function legsFor(trade: KeptTrade): readonly Order[] | undefined {
  return protectiveOrders({ ...trade, quantity: trade.openQuantity, revision: trade.legs + 1 });
}

function legsWanted({ protection, refusal, openQuantity }: Trade): number {
  return refusal !== undefined || isZero(openQuantity)
    ? 0
    : [protection.stopLoss, protection.takeProfit].filter((target) => target !== undefined).length;
}

/** Whether a protective order is what the trade is to have: it closes all of it, at the price that is wanted. */
function fits(trade: KeptTrade, leg: Order): boolean {
  if (legsWanted(trade) === 0 || leg.status === 'PENDING_CANCEL') {
    return false;
  }
  const kind = protectiveKindOf(leg);
  const wanted = legsFor(trade)?.find((order) => protectiveKindOf(order) === kind);
  const open = subtract(leg.quantity, leg.filledQuantity);
  return wanted !== undefined && compare(open, trade.openQuantity) === 0 && isPricedAs(wanted, leg);
}

function isPricedAs(wanted: Order, leg: Order): boolean {
  switch (wanted.type) {
    case 'stop':
      return leg.type === 'stop' && compare(leg.stopPrice, wanted.stopPrice) === 0;
    case 'limit':
      return leg.type === 'limit' && compare(leg.limitPrice, wanted.limitPrice) === 0;
    case 'trailing_stop':
      return leg.type === 'trailing_stop' && areSameTrail(leg.trail, wanted.trail);
    default:
      return false;
  }
}

function areSameTrail(
  left: Extract<Order, { type: 'trailing_stop' }>['trail'],
  right: Extract<Order, { type: 'trailing_stop' }>['trail'],
): boolean {
  const distance = (trail: typeof left) => (trail.type === 'amount' ? trail.amount : trail.percent);
  return left.type === right.type && compare(distance(left), distance(right)) === 0;
}

function isUndecided({ order }: OpenOrder): boolean {
  return order.status === 'SENDING' || order.status === 'UNKNOWN';
}

/** The order that closes a trade which cannot be protected. Each attempt has an id of its own. */
function closingOrder({ executionId, symbol, side, openQuantity, closings }: Trade): Order {
  const leg = closings === 0 ? 'close' : `close-${closings + 1}`;
  return applyOrderEvent(
    orderFrom({
      clientOrderId: clientOrderIdOf(executionId, leg),
      leg,
      symbol,
      side: side === 'buy' ? 'sell' : 'buy',
      type: 'market',
      quantity: openQuantity,
      timeInForce: 'day',
      reduceOnly: true,
    }),
    { kind: 'sent' },
  );
}

/** Whether a trade holds something that is to be protected, or closed. */
export function isKept({ openQuantity, protection, refusal }: Trade): boolean {
  return sign(openQuantity) > 0 && (hasProtection(protection) || refusal !== undefined);
}

/**
 * The books once the venue has refused to protect a trade: what protected it before does again, if anything did; else it
 * is to be closed.
 */
export function withRefusal(books: Books, executionId: ExecutionId, refusal: string): Books {
  const trade = books.trades[executionId];
  if (trade === undefined) {
    return books;
  }
  const { fallback, ...terms } = trade;
  const after: Trade = fallback ? { ...terms, protection: fallback } : { ...terms, refusal };
  return { ...books, trades: { ...books.trades, [executionId]: after } };
}

/** The books once the venue has taken what is to protect a trade: from then on a refusal closes it. */
export function withConfirmation(books: Books, executionId: ExecutionId): Books {
  const trade = books.trades[executionId];
  if (trade === undefined) {
    return books;
  }
  const { fallback: _, ...confirmed } = trade;
  return { ...books, trades: { ...books.trades, [executionId]: confirmed } };
}

/** The books once one more order was made to close a trade. */
export function withClosing(books: Books, { executionId, closings }: Trade): Books {
  const trade = books.trades[executionId];
  return trade === undefined
    ? books
    : { ...books, trades: { ...books.trades, [executionId]: { ...trade, closings: closings + 1 } } };
}

import {
  absolute,
  add,
  compare,
  type Decimal,
  divide,
  isZero,
  multiply,
  negate,
  sign,
  smaller,
  subtract,
  ZERO,
} from './decimal.ts';
import { type ExecutionId, parseExecutionId } from './ids.ts';
import type { Side } from './order.ts';
import type { Fill } from './position.ts';
import type { PriceTarget, StopTarget } from './signal.ts';

/** Where a trade is closed: at a profit, at a loss. Absent: nothing is kept at the venue for it. */
export interface Protection {
  readonly takeProfit?: PriceTarget;
  readonly stopLoss?: StopTarget;
}

/**
 * What an entry opened and what became of it. Positions are the account's, trades are the strategy's: the open
 * quantities of all trades in a symbol add up to the position.
 */
export interface Trade {
  /** Of the execution that entered; it names the trade, too. */
  readonly executionId: ExecutionId;
  readonly symbol: string;
  /** Of the entry: a trade that was bought is long. */
  readonly side: Side;
  /** What its entries filled in all. */
  readonly openedQuantity: Decimal;
  /** What of that is still held. */
  readonly openQuantity: Decimal;
  /** Average price of what is held, or was last; 0 as long as nothing is. */
  readonly entryPrice: Decimal;
  /** Average price of what was closed; 0 as long as nothing is. */
  readonly exitPrice: Decimal;
  /** Profit or loss of what was closed, in money. */
  readonly realizedPnl: Decimal;
  readonly protection: Protection;
  /** How often protective orders were made for it; each time they have new ids. */
  readonly legs: number;
  /** What protected it before a change, as long as it is not known that the venue took the change. */
  readonly fallback?: Protection;
  /** Why its protection cannot be kept: it is to be closed instead. */
  readonly refusal?: string;
  /** How many orders were made to close it for that. */
  readonly closings: number;
  /** Milliseconds since the epoch. Absent while it waits. */
  readonly openedAtMs?: number;
}

/** A trade that is over: what it held is closed, or it never came to hold anything. */
export interface EndedTrade extends Trade {
  readonly state: 'CLOSED' | 'CANCELED';
  /** Milliseconds since the epoch. */
  readonly endedAtMs: number;
}

/** The trades of an account that are not over, by their execution's id. */
export type Trades = Readonly<Record<string, Trade>>;

/** A fill, and what says whose trade it opens or closes. */
export interface TradeFill extends Fill {
  readonly executionId: ExecutionId;
  readonly symbol: string;
  /** The trade that the order was meant for; absent: its execution's own. */
  readonly trade?: ExecutionId;
  /** The signed position before it. */
  readonly position: Decimal;
  /** Whether the order was to close only. */
  readonly reduceOnly: boolean;
  /** What one unit's price step of 1 is worth. */
  readonly multiplier: Decimal;
  readonly nowMs: number;
}

const NOTHING: Protection = {};

/** A trade whose entry works at the venue. */
export function waitingTrade(
  { executionId, symbol, side }: Pick<Trade, 'executionId' | 'symbol' | 'side'>,
  protection: Protection = NOTHING,
): Trade {
  return {
    executionId,
    symbol,
    side,
    openedQuantity: ZERO,
    openQuantity: ZERO,
    entryPrice: ZERO,
    exitPrice: ZERO,
    realizedPnl: ZERO,
    protection,
    legs: 0,
    closings: 0,
  };
}

/**
 * What a fill does to trades. What it takes off the position closes trades: the one that it was meant for first, then the
 * strategy's own, the oldest first, then others. What it adds opens its own trade, or adds to one.
 */
export function applyFillToTrades(trades: Trades, fill: TradeFill, protection?: Protection): Trades {
  const isAgainst = sign(fill.position) === (fill.side === 'buy' ? -1 : 1);
  const closed = isAgainst ? smaller(fill.quantity, absolute(fill.position)) : ZERO;
  const opened = subtract(fill.quantity, closed);
  const after = isZero(closed) ? trades : close(trades, { ...fill, quantity: closed });
  return isZero(opened) ? after : open(after, { ...fill, quantity: opened }, protection);
}

function close(trades: Trades, fill: TradeFill): Trades {
  let left = fill.quantity;
  const after: Record<string, Trade> = { ...trades };
  for (const trade of closedBy(trades, fill)) {
    const quantity = smaller(left, trade.openQuantity);
    after[trade.executionId] = closePart(trade, { ...fill, quantity });
    left = subtract(left, quantity);
    if (isZero(left)) {
      break;
    }
  }
  return after;
}

/** The open trades that a fill may close, in the order in which it does. */
function closedBy(trades: Trades, fill: TradeFill): Trade[] {
  const strategyOf = (id: ExecutionId) => parseExecutionId(id)?.strategyId;
  const rank = ({ executionId }: Trade): number => {
    if (executionId === (fill.trade ?? fill.executionId)) {
      return 0;
    }
    return strategyOf(executionId) === strategyOf(fill.executionId) ? 1 : 2;
  };
  return Object.values(trades)
    .filter(
      ({ symbol, side, openQuantity }) =>
        symbol === fill.symbol && side !== fill.side && !isZero(openQuantity),
    )
    .toSorted((left, right) => rank(left) - rank(right) || (left.executionId < right.executionId ? -1 : 1));
}

function closePart(trade: Trade, { quantity, price, multiplier }: TradeFill): Trade {
  const closedBefore = subtract(trade.openedQuantity, trade.openQuantity);
  const gain = trade.side === 'buy' ? subtract(price, trade.entryPrice) : subtract(trade.entryPrice, price);
  return {
    ...trade,
    openQuantity: subtract(trade.openQuantity, quantity),
    exitPrice: average(closedBefore, trade.exitPrice, quantity, price),
    realizedPnl: add(trade.realizedPnl, multiply(multiply(gain, quantity), multiplier)),
  };
}

function open(trades: Trades, fill: TradeFill, protection: Protection = NOTHING): Trades {
  const own = trades[fill.trade ?? fill.executionId];
  const trade = fill.reduceOnly
    ? turned(own, fill)
    : (own ?? plainTrade(trades, fill, protection) ?? waitingTrade(fill, protection));
  return { ...trades, [trade.executionId]: openPart(trade, fill) };
}

/**
 * What closes a trade may fill more than it holds, where the venue does not see to it that orders only reduce: both of a
 * pair, for example. Nobody wants the position that this opens, so it is to be closed.
 */
function turned(own: Trade | undefined, { executionId, symbol, side }: TradeFill): Trade {
  const before = own ?? waitingTrade({ executionId, symbol, side });
  const { legs, closings, realizedPnl } = before;
  const trade =
    before.side === side ? before : { ...waitingTrade({ ...before, side }), legs, closings, realizedPnl };
  return { ...trade, refusal: 'More was closed than was held.' };
}

/**
 * An entry that wants no protection adds to its strategy's trade of the same kind: a strategy that only ever buys and
 * sells has one trade in a symbol, however often it does.
 */
function plainTrade(trades: Trades, fill: TradeFill, protection: Protection): Trade | undefined {
  const strategyId = parseExecutionId(fill.executionId)?.strategyId;
  return hasProtection(protection)
    ? undefined
    : Object.values(trades).find(
        (trade) =>
          trade.symbol === fill.symbol &&
          trade.side === fill.side &&
          !isZero(trade.openQuantity) &&
          !hasProtection(trade.protection) &&
          parseExecutionId(trade.executionId)?.strategyId === strategyId,
      );
}

function openPart(trade: Trade, { quantity, price, nowMs }: TradeFill): Trade {
  return {
    ...trade,
    openedQuantity: add(trade.openedQuantity, quantity),
    openQuantity: add(trade.openQuantity, quantity),
    entryPrice: average(trade.openQuantity, trade.entryPrice, quantity, price),
    openedAtMs: trade.openedAtMs ?? nowMs,
  };
}

/** What a trade holds of its symbol, signed as positions are. */
export function heldBy({ side, openQuantity }: Pick<Trade, 'side' | 'openQuantity'>): Decimal {
  return side === 'buy' ? openQuantity : negate(openQuantity);
}

/** Whether anything is to be kept at the venue. */
export function hasProtection({ takeProfit, stopLoss }: Protection): boolean {
  return takeProfit !== undefined || stopLoss !== undefined;
}

/**
 * Parts with the trades that are over.
 *
 * @param isWorking whether an order that is meant for the trade may still fill
 */
export function endTrades(
  trades: Trades,
  isWorking: (executionId: ExecutionId) => boolean,
  nowMs: number,
): { readonly trades: Trades; readonly ended: readonly EndedTrade[] } {
  const over = Object.values(trades).filter(
    ({ executionId, openQuantity }) => isZero(openQuantity) && !isWorking(executionId),
  );
  if (over.length === 0) {
    return { trades, ended: [] };
  }
  const left = Object.values(trades).filter((trade) => !over.includes(trade));
  return {
    trades: Object.fromEntries(left.map((trade) => [trade.executionId, trade])),
    ended: over.map((trade) => ({
      ...trade,
      state: isZero(trade.openedQuantity) ? 'CANCELED' : 'CLOSED',
      endedAtMs: nowMs,
    })),
  };
}

function average(quantity: Decimal, price: Decimal, added: Decimal, at: Decimal): Decimal {
  if (isZero(quantity) || compare(price, at) === 0) {
    return at;
  }
  return divide(add(multiply(quantity, price), multiply(added, at)), add(quantity, added));
}

import * as z from 'zod/mini';
import { ZERO } from '../../core/decimal.ts';
import type { ExecutionId } from '../../core/ids.ts';
import {
  type EndedTrade,
  hasProtection,
  type Protection,
  type Trade,
  type Trades,
} from '../../core/trade.ts';
import {
  decimalText,
  executionId,
  number,
  numberOrZero,
  optionalDecimal,
  optionalNumber,
  optionalText,
  text,
} from '../../shared/shapes.ts';
import { priceTargetShape, stopTargetShape } from './pricing.ts';

const protectionShape = z.object({
  takeProfit: z.exactOptional(priceTargetShape),
  stopLoss: z.exactOptional(stopTargetShape),
}) satisfies z.ZodMiniType<Protection>;

const tradeShape = z.object({
  executionId,
  symbol: text,
  side: z.enum(['buy', 'sell']),
  openedQuantity: decimalText,
  openQuantity: decimalText,
  entryPrice: decimalText,
  exitPrice: decimalText,
  realizedPnl: decimalText,
  protection: protectionShape,
  legs: numberOrZero,
  fallback: z.exactOptional(protectionShape),
  refusal: optionalText,
  closings: numberOrZero,
  openedAtMs: optionalNumber,
}) satisfies z.ZodMiniType<Trade>;

const zero = z._default(decimalText, ZERO);

/** A trade as the account item has it: what is nothing yet is left out, since every write of the item pays for its size. */
const storedTradeShape = z.object({
  symbol: text,
  side: z.enum(['buy', 'sell']),
  openQuantity: zero,
  /** Absent: all that was opened is held. */
  openedQuantity: optionalDecimal,
  entryPrice: zero,
  exitPrice: zero,
  realizedPnl: zero,
  protection: z._default(protectionShape, {}),
  legs: numberOrZero,
  fallback: z.exactOptional(protectionShape),
  refusal: optionalText,
  closings: numberOrZero,
  openedAtMs: optionalNumber,
});

/** By their execution's id, which is not stored twice. */
export const tradesShape = z.pipe(
  z.record(text, storedTradeShape),
  z.transform((stored): Trades => {
    const trades = Object.entries(stored).map(([id, { openedQuantity, ...trade }]): [string, Trade] => [
      id,
      { ...trade, executionId: id as ExecutionId, openedQuantity: openedQuantity ?? trade.openQuantity },
    ]);
    return Object.fromEntries(trades);
  }),
);

/** What {@link tradesShape} reads. */
export function storedTrades(trades: Trades): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  return Object.fromEntries(
    Object.values(trades).map(({ executionId: id, ...trade }) => [
      id,
      Object.fromEntries(Object.entries(trade).filter(([field, value]) => isToBeStored(trade, field, value))),
    ]),
  );
}

function isToBeStored(trade: Omit<Trade, 'executionId'>, field: string, value: unknown): boolean {
  switch (field) {
    case 'openedQuantity':
      return value !== trade.openQuantity;
    case 'protection':
      return hasProtection(trade.protection);
    default:
      return value !== ZERO && value !== 0;
  }
}

export const endedTradeShape = z.extend(tradeShape, {
  state: z.enum(['CLOSED', 'CANCELED']),
  endedAtMs: number,
}) satisfies z.ZodMiniType<EndedTrade>;

import * as z from 'zod/mini';
import type { EndedTrade, Protection, Trade } from '../../core/trade.ts';
import {
  decimalText,
  executionId,
  number,
  numberOrZero,
  optionalNumber,
  optionalText,
  text,
} from '../../shared/shapes.ts';
import { priceTargetShape, stopTargetShape } from './pricing.ts';

const protectionShape = z.object({
  takeProfit: z.exactOptional(priceTargetShape),
  stopLoss: z.exactOptional(stopTargetShape),
}) satisfies z.ZodMiniType<Protection>;

export const tradeShape = z.object({
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

export const endedTradeShape = z.extend(tradeShape, {
  state: z.enum(['CLOSED', 'CANCELED']),
  endedAtMs: number,
}) satisfies z.ZodMiniType<EndedTrade>;

import * as z from 'zod/mini';
import type { ExecutionRequest } from '../../core/execution.ts';
import { MARKET_POSITIONS, SIGNAL_ACTIONS, type Signal } from '../../core/signal.ts';
import {
  accountId,
  decimalText,
  executionId,
  number,
  optionalDecimal,
  optionalNumber,
  signalId,
  strategyId,
  text,
  webhookId,
} from '../../shared/shapes.ts';
import { priceTargetShape, pricingShape, stopTargetShape, timeInForce } from './pricing.ts';
import { computedSizingShape } from './sizing.ts';

export const signalShape = z.object({
  symbol: text,
  action: z.enum(SIGNAL_ACTIONS),
  quantity: optionalDecimal,
  sizing: z.exactOptional(computedSizingShape),
  positionPercent: optionalDecimal,
  targetQuantity: optionalDecimal,
  timeInForce,
  pricing: z.exactOptional(pricingShape),
  takeProfit: z.exactOptional(priceTargetShape),
  stopLoss: z.exactOptional(stopTargetShape),
  trade: z.exactOptional(executionId),
  price: optionalDecimal,
  previousPosition: z.exactOptional(z.enum(MARKET_POSITIONS)),
  sentAtMs: optionalNumber,
  maxLagSeconds: optionalNumber,
}) satisfies z.ZodMiniType<Signal>;

/** The body of a message to the accounts queue. */
export const executionRequestShape = z.object({
  executionId,
  signalId,
  webhookId,
  strategyId,
  accountId,
  multiplier: decimalText,
  signal: signalShape,
  correlationId: text,
  receivedAtMs: number,
  maxSignalAgeSeconds: number,
}) satisfies z.ZodMiniType<ExecutionRequest>;

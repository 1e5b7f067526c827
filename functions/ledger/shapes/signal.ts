import * as z from 'zod/mini';
import type { ExecutionRequest } from '../../core/execution.ts';
import { type PriceTarget, SIGNAL_ACTIONS, type Signal, TIMES_IN_FORCE } from '../../core/signal.ts';
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
import { computedSizingShape } from './sizing.ts';

export const timeInForce = z.enum(TIMES_IN_FORCE);

export const priceTargetShape = z.discriminatedUnion('type', [
  z.object({ type: z.literal('price'), price: decimalText }),
  z.object({ type: z.literal('percent'), percent: decimalText }),
  z.object({ type: z.literal('amount'), amount: decimalText }),
]) satisfies z.ZodMiniType<PriceTarget>;

export const signalShape = z.object({
  symbol: text,
  action: z.enum(SIGNAL_ACTIONS),
  quantity: optionalDecimal,
  sizing: z.exactOptional(computedSizingShape),
  positionPercent: optionalDecimal,
  targetQuantity: optionalDecimal,
  timeInForce,
  stopLoss: z.exactOptional(priceTargetShape),
  price: optionalDecimal,
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

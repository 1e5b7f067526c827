import * as z from 'zod/mini';
import { DEFAULT_CIRCUIT_SETTINGS } from '../../core/circuit.ts';
import { CLEANUP_STEPS, STRATEGY_DEFAULTS, type Strategy } from '../../core/configuration.ts';
import {
  accountId,
  decimalText,
  flag,
  number,
  optionalText,
  strategyId,
  webhookId,
} from '../../shared/shapes.ts';
import { riskLimits } from './risk-limits.ts';
import { computedSizings } from './sizing.ts';
import { tradingWindow } from './trading-window.ts';

export const strategyShape = z.object({
  strategyId,
  webhookId,
  name: optionalText,
  enabled: flag,
  accounts: z.array(z.object({ accountId, multiplier: decimalText })),
  allowShort: flag,
  sizing: z.discriminatedUnion('type', [
    z.object({ type: z.literal('signal') }),
    z.object({ type: z.literal('fixed'), quantity: decimalText }),
    ...computedSizings,
  ]),
  limits: z._default(z.object(riskLimits), {}),
  window: z.exactOptional(tradingWindow),
  circuitBreaker: z._default(
    z.object({
      consecutiveFailures: number,
      failureRate: number,
      windowSeconds: number,
      minimumCalls: number,
      coolDownSeconds: number,
      halfOpenProbes: number,
    }),
    DEFAULT_CIRCUIT_SETTINGS,
  ),
  inherits: z.exactOptional(z.array(z.enum(STRATEGY_DEFAULTS))),
  cleanup: z._default(z.array(z.enum(CLEANUP_STEPS)), []),
}) satisfies z.ZodMiniType<Strategy>;

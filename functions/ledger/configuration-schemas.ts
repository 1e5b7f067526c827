import * as z from 'zod/mini';
import { DEFAULT_CIRCUIT_SETTINGS } from '../core/circuit.ts';
import {
  type Account,
  CLEANUP_STEPS,
  CLIENT_ORDER_ID_GUARANTEES,
  DEFAULT_ACCOUNT_LIMITS,
  REHEARSAL_FAULT_KINDS,
  REHEARSED_CALLS,
  type Strategy,
  WEEKDAYS,
  type Webhook,
} from '../core/configuration.ts';
import { accountId, decimalText, strategyId, webhookId } from './values.ts';

/** The shapes of what operators configure, as it was stored; defaults stand for what version 0.1 did not know. */

export const webhookShape = z.object({
  webhookId,
  name: z.exactOptional(z.string()),
  enabled: z.boolean(),
  secretHash: z.exactOptional(z.string()),
  hmacSecretCount: z.number(),
  allowedIps: z.array(z.string()),
  rateLimit: z.object({ limit: z.number(), windowSeconds: z.number() }),
  dedupeWindowSeconds: z.number(),
  maxSignalAgeSeconds: z.number(),
}) satisfies z.ZodMiniType<Webhook>;

const riskLimits = {
  maxPosition: z.exactOptional(decimalText),
  maxOrdersPerDay: z.exactOptional(z.number()),
  maxDailyLoss: z.exactOptional(decimalText),
};
const riskLimitsShape = z.object(riskLimits);

export const strategyShape = z.object({
  strategyId,
  webhookId,
  name: z.exactOptional(z.string()),
  enabled: z.boolean(),
  accounts: z.array(z.object({ accountId, multiplier: decimalText })),
  allowShort: z.boolean(),
  sizing: z.discriminatedUnion('type', [
    z.object({ type: z.literal('signal') }),
    z.object({ type: z.literal('fixed'), quantity: decimalText }),
  ]),
  limits: z._default(riskLimitsShape, {}),
  window: z.exactOptional(
    z.object({ days: z.array(z.enum(WEEKDAYS)), from: z.string(), to: z.string(), timeZone: z.string() }),
  ),
  circuitBreaker: z._default(
    z.object({
      consecutiveFailures: z.number(),
      failureRate: z.number(),
      windowSeconds: z.number(),
      minimumCalls: z.number(),
      coolDownSeconds: z.number(),
      halfOpenProbes: z.number(),
    }),
    DEFAULT_CIRCUIT_SETTINGS,
  ),
  cleanup: z._default(z.array(z.enum(CLEANUP_STEPS)), []),
}) satisfies z.ZodMiniType<Strategy>;

export const accountConfigurationShape = z.object({
  accountId,
  name: z.exactOptional(z.string()),
  broker: z.enum(['paper']),
  enabled: z.boolean(),
  cash: decimalText,
  simulation: z.object({
    latencyMs: z.number(),
    guarantee: z._default(z.enum(CLIENT_ORDER_ID_GUARANTEES), 'PERMANENT'),
    faults: z.array(
      z.object({
        kind: z.enum(REHEARSAL_FAULT_KINDS),
        when: z.discriminatedUnion('type', [
          z.object({ type: z.literal('nth'), nth: z.number() }),
          z.object({ type: z.literal('every'), every: z.number() }),
          z.object({ type: z.literal('always') }),
        ]),
        on: z.enum(REHEARSED_CALLS),
        symbol: z.exactOptional(z.string()),
      }),
    ),
  }),
  limits: z._default(
    z.object({ ...riskLimits, timeZone: z.string(), haltOnDrift: z.boolean() }),
    DEFAULT_ACCOUNT_LIMITS,
  ),
}) satisfies z.ZodMiniType<Account>;

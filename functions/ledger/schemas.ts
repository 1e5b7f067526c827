import * as z from 'zod/mini';
import type { Account, Strategy, Webhook } from '../core/configuration.ts';
import type { Decimal } from '../core/decimal.ts';
import type { Execution, ExecutionRequest } from '../core/execution.ts';
import type {
  AccountId,
  BrokerOrderId,
  ClientOrderId,
  ExecutionId,
  SignalId,
  StrategyId,
  WebhookId,
} from '../core/ids.ts';
import type { Lease } from '../core/lease.ts';
import type { Order } from '../core/order.ts';
import type { Positions } from '../core/position.ts';
import type { Receipt } from '../core/receipt.ts';
import { SIGNAL_ACTIONS, type Signal, TIMES_IN_FORCE } from '../core/signal.ts';

/**
 * The shapes of what Onefill itself wrote: items of the table and bodies of queue messages. Reading them is an
 * edge too: an item that does not fit is an error with a path, never a wrong order.
 */

/** A string that was validated when it was written and only needs its brand back. */
const branded = <Brand extends string>() =>
  z.pipe(
    z.string(),
    z.transform((text) => text as Brand),
  );

const decimalText = branded<Decimal>();
const webhookId = branded<WebhookId>();
const strategyId = branded<StrategyId>();
const accountId = branded<AccountId>();
const signalId = branded<SignalId>();
const executionId = branded<ExecutionId>();

const signalShape = z.object({
  symbol: z.string(),
  action: z.enum(SIGNAL_ACTIONS),
  quantity: z.exactOptional(decimalText),
  targetQuantity: z.exactOptional(decimalText),
  timeInForce: z.enum(TIMES_IN_FORCE),
  price: z.exactOptional(decimalText),
  sentAtMs: z.exactOptional(z.number()),
}) satisfies z.ZodMiniType<Signal>;

const orderShape = z.object({
  clientOrderId: branded<ClientOrderId>(),
  leg: z.string(),
  symbol: z.string(),
  side: z.enum(['buy', 'sell']),
  type: z.enum(['market']),
  quantity: decimalText,
  timeInForce: z.enum(TIMES_IN_FORCE),
  reduceOnly: z.boolean(),
  referencePrice: z.exactOptional(decimalText),
  status: z.enum([
    'INTENT',
    'SENDING',
    'UNKNOWN',
    'DENIED',
    'NEW',
    'PARTIALLY_FILLED',
    'FILLED',
    'CANCELED',
    'REJECTED',
    'EXPIRED',
  ]),
  brokerOrderId: z.exactOptional(branded<BrokerOrderId>()),
  filledQuantity: decimalText,
  averageFillPrice: z.exactOptional(decimalText),
  reason: z.exactOptional(z.string()),
}) satisfies z.ZodMiniType<Order>;

export const executionRequestShape = z.object({
  executionId,
  signalId,
  webhookId,
  strategyId,
  accountId,
  multiplier: decimalText,
  signal: signalShape,
  correlationId: z.string(),
  receivedAtMs: z.number(),
  maxSignalAgeSeconds: z.number(),
}) satisfies z.ZodMiniType<ExecutionRequest>;

const reasonShape = z.object({ code: z.string(), message: z.string() });

export const executionShape = z.object({
  executionId,
  signalId,
  webhookId,
  strategyId,
  accountId,
  correlationId: z.string(),
  status: z.enum(['COMPLETED', 'SKIPPED', 'REJECTED', 'ROLLED_BACK', 'UNKNOWN', 'HALTED']),
  reason: z.exactOptional(reasonShape),
  orders: z.array(orderShape),
  steps: z.array(
    z.object({
      name: z.enum(['reserve', 'place', 'settle']),
      status: z.enum(['COMPLETED', 'FAILED', 'COMPENSATED']),
      startedAtMs: z.number(),
      endedAtMs: z.number(),
      detail: z.exactOptional(z.string()),
    }),
  ),
  receivedAtMs: z.number(),
  startedAtMs: z.number(),
  endedAtMs: z.number(),
}) satisfies z.ZodMiniType<Execution>;

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
}) satisfies z.ZodMiniType<Strategy>;

const accountConfigurationShape = z.object({
  accountId,
  name: z.exactOptional(z.string()),
  broker: z.enum(['paper']),
  enabled: z.boolean(),
  cash: decimalText,
  simulation: z.object({
    latencyMs: z.number(),
    faults: z.array(
      z.object({
        kind: z.enum([
          'reject',
          'unavailable',
          'rate-limit',
          'timeout-before-accept',
          'timeout-after-accept',
        ]),
        when: z.discriminatedUnion('type', [
          z.object({ type: z.literal('nth'), nth: z.number() }),
          z.object({ type: z.literal('every'), every: z.number() }),
          z.object({ type: z.literal('always') }),
        ]),
        on: z.enum(['place', 'lookup']),
        symbol: z.exactOptional(z.string()),
      }),
    ),
  }),
}) satisfies z.ZodMiniType<Account>;

const intentShape = z.object({
  /** The token of the holder that wrote it: records by older holders are of an earlier, finished attempt. */
  fencingToken: z.number(),
  orders: z.array(orderShape),
});

/** An execution's orders as they were decided, durable before the venue is called. */
export type Intent = z.output<typeof intentShape>;

/** The open journal of an account: which execution it is busy with and, from the intent on, its orders. */
const activeExecutionShape = z.object({
  executionId,
  webhookId,
  correlationId: z.string(),
  receivedAtMs: z.number(),
  startedAtMs: z.number(),
  /** When the signal is too old to be placed, milliseconds since the epoch. */
  expiresAtMs: z.number(),
  /** Absent as long as nothing can have reached the venue. */
  intent: z.exactOptional(intentShape),
});

/** What an account is busy with. */
export type ActiveExecution = z.output<typeof activeExecutionShape>;

/** The account item: configuration and state in one, so that one write sees and changes a consistent whole. */
export const accountStateShape = z.object({
  configuration: accountConfigurationShape,
  deleted: z.exactOptional(z.boolean()),
  positions: z.record(
    z.string(),
    z.object({ quantity: decimalText, averagePrice: decimalText, realizedPnl: decimalText }),
  ) satisfies z.ZodMiniType<Positions>,
  fencingToken: z.number(),
  lease: z.exactOptional(
    z.object({ ownerId: z.string(), expiresAtMs: z.number() }) satisfies z.ZodMiniType<Lease>,
  ),
  activeExecution: z.exactOptional(activeExecutionShape),
});

/** The account item as the engine sees it. */
export type AccountState = z.output<typeof accountStateShape>;

const receiptFields = {
  signalId,
  webhookId,
  correlationId: z.string(),
  receivedAtMs: z.number(),
  sourceIp: z.string(),
  duplicates: z.number(),
};

export const receiptShape = z.discriminatedUnion('status', [
  z.object({
    ...receiptFields,
    status: z.literal('accepted'),
    signal: signalShape,
    targets: z.array(z.object({ executionId, strategyId, accountId })),
  }),
  z.object({
    ...receiptFields,
    status: z.literal('refused'),
    reason: reasonShape,
    signal: z.exactOptional(signalShape),
  }),
]) satisfies z.ZodMiniType<Receipt>;

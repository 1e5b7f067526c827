import * as z from 'zod/mini';
import type { OpenOrder } from '../core/books.ts';
import { CLEANUP_STEPS } from '../core/configuration.ts';
import { type Execution, type ExecutionRequest, STEP_NAMES } from '../core/execution.ts';
import { HALT_SCOPES, type Halt } from '../core/halt.ts';
import type { BrokerOrderId, ClientOrderId } from '../core/ids.ts';
import type { Lease } from '../core/lease.ts';
import type { Order } from '../core/order.ts';
import type { Positions } from '../core/position.ts';
import type { Receipt } from '../core/receipt.ts';
import type { DailyFigures } from '../core/risk.ts';
import { type PriceTarget, SIGNAL_ACTIONS, type Signal, TIMES_IN_FORCE } from '../core/signal.ts';
import { accountConfigurationShape } from './configuration-schemas.ts';
import { accountId, branded, decimalText, executionId, signalId, strategyId, webhookId } from './values.ts';

/**
 * The shapes of what Onefill itself wrote: items of the table and bodies of queue messages. Reading them is an
 * edge too: an item that does not fit is an error with a path, never a wrong order.
 */

const priceTargetShape = z.discriminatedUnion('type', [
  z.object({ type: z.literal('price'), price: decimalText }),
  z.object({ type: z.literal('percent'), percent: decimalText }),
  z.object({ type: z.literal('amount'), amount: decimalText }),
]) satisfies z.ZodMiniType<PriceTarget>;

const signalShape = z.object({
  symbol: z.string(),
  action: z.enum(SIGNAL_ACTIONS),
  quantity: z.exactOptional(decimalText),
  targetQuantity: z.exactOptional(decimalText),
  timeInForce: z.enum(TIMES_IN_FORCE),
  stopLoss: z.exactOptional(priceTargetShape),
  price: z.exactOptional(decimalText),
  sentAtMs: z.exactOptional(z.number()),
}) satisfies z.ZodMiniType<Signal>;

const orderFields = {
  clientOrderId: branded<ClientOrderId>(),
  leg: z.string(),
  symbol: z.string(),
  side: z.enum(['buy', 'sell']),
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
    'PENDING_CANCEL',
    'FILLED',
    'CANCELED',
    'REJECTED',
    'EXPIRED',
  ]),
  brokerOrderId: z.exactOptional(branded<BrokerOrderId>()),
  filledQuantity: decimalText,
  averageFillPrice: z.exactOptional(decimalText),
  reason: z.exactOptional(z.string()),
};

const orderShape = z.discriminatedUnion('type', [
  z.object({ ...orderFields, type: z.literal('market') }),
  z.object({ ...orderFields, type: z.literal('stop'), stopPrice: decimalText }),
]) satisfies z.ZodMiniType<Order>;

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

const watchedShape = z.exactOptional(
  z.array(z.object({ clientOrderId: branded<ClientOrderId>(), untilMs: z.number() })),
);

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
      name: z.enum(STEP_NAMES),
      status: z.enum(['COMPLETED', 'FAILED', 'COMPENSATED']),
      startedAtMs: z.number(),
      endedAtMs: z.number(),
      detail: z.exactOptional(z.string()),
    }),
  ),
  retries: z._default(z.number(), 0),
  watched: watchedShape,
  reexecutedAs: z.exactOptional(executionId),
  receivedAtMs: z.number(),
  startedAtMs: z.number(),
  endedAtMs: z.number(),
}) satisfies z.ZodMiniType<Execution>;

const intentShape = z.object({
  /** The token of the holder that wrote it: records by older holders are of an earlier, finished attempt. */
  fencingToken: z.number(),
  /** As they were decided, then as they stand; compensating orders are added before they are sent. */
  orders: z.array(orderShape),
  /** Present once the saga turned back: what was done is being undone, for this reason. */
  turnedBack: z.exactOptional(reasonShape),
  /** Where to protect what the entry fills. */
  stopLoss: z.exactOptional(priceTargetShape),
  /** Where the position was protected by the orders in `cancels`: what is left of it is protected there again. */
  restoreStopAt: z.exactOptional(decimalText),
  /** Open orders of earlier executions that are cancelled before anything is sent. */
  cancels: z.exactOptional(z.array(branded<ClientOrderId>())),
  /** The positions that the orders were decided on, by symbol; given with `cancels`, since those may change them. */
  decidedOn: z.exactOptional(z.record(z.string(), decimalText)),
  /** What the strategy wants done when the execution is rolled back, and how much of it is done. */
  cleanup: z.exactOptional(z.array(z.enum(CLEANUP_STEPS))),
  cleanedUp: z.exactOptional(z.number()),
  /** Present while nobody is at work on it, because its holder ran out of time and gave it back by itself. */
  handedOn: z.exactOptional(z.literal(true)),
  /** Its orders that the venue denies having, though they may have been sent. */
  watched: watchedShape,
});

/** An execution's orders as they were decided, durable before the venue is called. */
export type Intent = z.output<typeof intentShape>;

const openOrderShape = z.object({
  executionId,
  order: orderShape,
  /** The venue had no such order when it was last asked; it is asked again until then. */
  watchUntilMs: z.exactOptional(z.number()),
}) satisfies z.ZodMiniType<OpenOrder>;

const figures = { orders: z.number(), realizedPnl: decimalText };

export const haltShape = z.object({
  scope: z.enum(HALT_SCOPES),
  reason: z.string(),
  haltedBy: z.string(),
  haltedAtMs: z.number(),
}) satisfies z.ZodMiniType<Halt>;

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
  /** By client order id; what of them is filled so far is in the positions. */
  openOrders: z._default(z.record(z.string(), openOrderShape), {}),
  halt: z.exactOptional(haltShape),
  daily: z.exactOptional(
    z.object({
      day: z.string(),
      ...figures,
      strategies: z.record(z.string(), z.object(figures)),
    }) satisfies z.ZodMiniType<DailyFigures>,
  ),
  /** How often the account was held by somebody else when it was asked for, and how long takers waited in all. */
  leaseContentions: z._default(z.number(), 0),
  leaseWaitMs: z._default(z.number(), 0),
  /** How often a taker gave up waiting. */
  leaseTimeouts: z._default(z.number(), 0),
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
    targets: z.array(
      z.object({ executionId, strategyId, accountId, multiplier: z.exactOptional(decimalText) }),
    ),
    maxSignalAgeSeconds: z.exactOptional(z.number()),
    reexecutionOf: z.exactOptional(executionId),
  }),
  z.object({
    ...receiptFields,
    status: z.literal('refused'),
    reason: reasonShape,
    signal: z.exactOptional(signalShape),
  }),
]) satisfies z.ZodMiniType<Receipt>;

import * as z from 'zod/mini';
import type { OpenOrder } from '../../core/books.ts';
import { CLEANUP_STEPS } from '../../core/configuration.ts';
import type { Lease } from '../../core/lease.ts';
import type { Positions } from '../../core/position.ts';
import type { DailyFigures } from '../../core/risk.ts';
import {
  clientOrderId,
  decimalText,
  executionId,
  number,
  numberOrZero,
  optionalFlag,
  optionalNumber,
  text,
  webhookId,
} from '../../shared/shapes.ts';
import { accountConfigurationShape } from './account-configuration.ts';
import { watchedShape } from './execution.ts';
import { haltShape } from './halt.ts';
import { orderShape } from './order.ts';
import { priceTargetShape, stopTargetShape } from './pricing.ts';
import { reasonShape } from './reason.ts';
import { tradesShape } from './trade.ts';

const intentShape = z.object({
  /** The token of the holder that wrote it: records by older holders are of an earlier, finished attempt. */
  fencingToken: number,
  /** As they were decided, then as they stand; compensating orders are added before they are sent. */
  orders: z.array(orderShape),
  /** Present once the saga turned back: what was done is being undone, for this reason. */
  turnedBack: z.exactOptional(reasonShape),
  /** Where to protect what the entry fills. */
  stopLoss: z.exactOptional(stopTargetShape),
  takeProfit: z.exactOptional(priceTargetShape),
  /** Open orders of earlier executions that are cancelled before anything is sent. */
  cancels: z.exactOptional(z.array(clientOrderId)),
  /** The positions that the orders were decided on, by symbol; given with `cancels`, since those may change them. */
  decidedOn: z.exactOptional(z.record(text, decimalText)),
  /** What the strategy wants done when the execution is rolled back, and how much of it is done. */
  cleanup: z.exactOptional(z.array(z.enum(CLEANUP_STEPS))),
  cleanedUp: optionalNumber,
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
  watchUntilMs: optionalNumber,
}) satisfies z.ZodMiniType<OpenOrder>;

const figures = { orders: number, realizedPnl: decimalText };

/** The open journal of an account: which execution it is busy with and, from the intent on, its orders. */
const activeExecutionShape = z.object({
  executionId,
  webhookId,
  correlationId: text,
  receivedAtMs: number,
  startedAtMs: number,
  /** When the signal is too old to be placed, milliseconds since the epoch. */
  expiresAtMs: number,
  /** Absent as long as nothing can have reached the venue. */
  intent: z.exactOptional(intentShape),
});

/** What an account is busy with. */
export type ActiveExecution = z.output<typeof activeExecutionShape>;

/** The account item: configuration and state in one, so that one write sees and changes a consistent whole. */
export const accountStateShape = z.object({
  configuration: accountConfigurationShape,
  deleted: optionalFlag,
  positions: z.record(
    text,
    z.object({ quantity: decimalText, averagePrice: decimalText, realizedPnl: decimalText }),
  ) satisfies z.ZodMiniType<Positions>,
  fencingToken: number,
  lease: z.exactOptional(z.object({ ownerId: text, expiresAtMs: number }) satisfies z.ZodMiniType<Lease>),
  activeExecution: z.exactOptional(activeExecutionShape),
  /** By client order id; what of them is filled so far is in the positions. */
  openOrders: z._default(z.record(text, openOrderShape), {}),
  /** Those that are not over, by their execution's id. */
  trades: z._default(tradesShape, {}),
  halt: z.exactOptional(haltShape),
  daily: z.exactOptional(
    z.object({
      day: text,
      ...figures,
      strategies: z.record(text, z.object(figures)),
    }) satisfies z.ZodMiniType<DailyFigures>,
  ),
  /** How often the account was held by somebody else when it was asked for, and how long takers waited in all. */
  leaseContentions: numberOrZero,
  leaseWaitMs: numberOrZero,
  /** How often a taker gave up waiting. */
  leaseTimeouts: numberOrZero,
});

/** The account item as the engine sees it. */
export type AccountState = z.output<typeof accountStateShape>;

import * as z from 'zod/mini';
import type { Decimal } from '../core/decimal.ts';
import type {
  AccountId,
  BrokerOrderId,
  ClientOrderId,
  ExecutionId,
  SignalId,
  StrategyId,
  WebhookId,
} from '../core/ids.ts';
import type { Trail } from '../core/order.ts';

/**
 * What the shapes of stored items and messages are made of. Reading what Onefill itself wrote is an edge too: an item that
 * does not fit is an error with a path, never a wrong order.
 *
 * Each is made once and shared: a function makes its shapes while it starts, and one costs it some twenty microseconds.
 */

export const text = z.string();
export const number = z.number();
export const flag = z.boolean();
export const optionalText = z.exactOptional(text);
export const optionalNumber = z.exactOptional(number);
export const optionalFlag = z.exactOptional(flag);
export const numberOrZero = z._default(number, 0);

/** A string that was validated when it was written and only needs its brand back, which is nothing but a type. */
const branded = <Brand extends string>() => text as z.ZodMiniType as z.ZodMiniType<Brand, string>;

export const decimalText = branded<Decimal>();
export const optionalDecimal = z.exactOptional(decimalText);
export const webhookId = branded<WebhookId>();
export const strategyId = branded<StrategyId>();
export const accountId = branded<AccountId>();
export const signalId = branded<SignalId>();
export const executionId = branded<ExecutionId>();
export const clientOrderId = branded<ClientOrderId>();
export const brokerOrderId = branded<BrokerOrderId>();

export const trailShape = z.discriminatedUnion('type', [
  z.object({ type: z.literal('amount'), amount: decimalText }),
  z.object({ type: z.literal('percent'), percent: decimalText }),
]) satisfies z.ZodMiniType<Trail>;

import * as z from 'zod/mini';
import type { Decimal } from '../core/decimal.ts';
import type { AccountId, ExecutionId, SignalId, StrategyId, WebhookId } from '../core/ids.ts';

/** A string that was validated when it was written and only needs its brand back. */
export const branded = <Brand extends string>() =>
  z.pipe(
    z.string(),
    z.transform((text) => text as Brand),
  );

export const decimalText = branded<Decimal>();
export const webhookId = branded<WebhookId>();
export const strategyId = branded<StrategyId>();
export const accountId = branded<AccountId>();
export const signalId = branded<SignalId>();
export const executionId = branded<ExecutionId>();

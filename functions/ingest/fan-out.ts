import type { ExecutionRequest } from '../core/execution.ts';
import { executionIdOf, type SignalId } from '../core/ids.ts';
import type { ReceiptTarget, Target } from '../core/receipt.ts';
import type { Signal } from '../core/signal.ts';
import type { Route } from '../ledger/webhooks.ts';

/** A signal that was let in, with what its executions need to know. */
export interface AcceptedSignal {
  readonly signalId: SignalId;
  readonly signal: Signal;
  readonly correlationId: string;
  readonly receivedAtMs: number;
}

/** What a signal asks for: one execution per strategy and account. */
export function fanOut(route: Route, accepted: AcceptedSignal): ExecutionRequest[] {
  return route.subscribers.flatMap(({ strategyId, accounts }) =>
    accounts.map(({ accountId, multiplier }) => ({
      ...accepted,
      executionId: executionIdOf(accepted.signalId, strategyId, accountId),
      webhookId: route.webhook.webhookId,
      strategyId,
      accountId,
      multiplier,
      maxSignalAgeSeconds: route.webhook.maxSignalAgeSeconds,
    })),
  );
}

/** The part of a request, or of what the receipt keeps of it, that the sender is told. */
export function targetOf({ executionId, strategyId, accountId }: Target): Target {
  return { executionId, strategyId, accountId };
}

/** The part of a request that the receipt keeps. */
export function receiptTargetOf(request: ExecutionRequest): ReceiptTarget {
  return { ...targetOf(request), multiplier: request.multiplier };
}

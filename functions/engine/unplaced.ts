import type { Execution, ExecutionRequest, Reason } from '../core/execution.ts';
import type { ActiveExecution } from '../ledger/shapes/account.ts';
import type { Engine } from './engine.ts';

/** How an execution ends that places nothing. */
export interface Unplaced {
  readonly status: 'SKIPPED' | 'REJECTED' | 'COMPLETED';
  readonly reason: Reason;
}

/** The record of an execution that placed nothing. */
export function unplaced(
  engine: Engine,
  request: ExecutionRequest,
  begins: ActiveExecution,
  { status, reason }: Unplaced,
): Execution {
  const { executionId, signalId, webhookId, strategyId, accountId, correlationId, receivedAtMs } = request;
  const { startedAtMs } = begins;
  const endedAtMs = engine.clock.now();
  return {
    executionId,
    signalId,
    webhookId,
    strategyId,
    accountId,
    correlationId,
    status,
    reason,
    orders: [],
    steps: [{ name: 'reserve', status: 'COMPLETED', startedAtMs, endedAtMs, detail: reason.message }],
    retries: 0,
    receivedAtMs,
    startedAtMs,
    endedAtMs,
  };
}

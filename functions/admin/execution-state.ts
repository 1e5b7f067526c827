import { isoTime } from '../core/clock.ts';
import type { Execution, ExecutionStatus, Reason, Step } from '../core/execution.ts';
import type { AccountId, ExecutionId } from '../core/ids.ts';
import { readAccount } from '../ledger/accounts.ts';
import { readExecution } from '../ledger/executions.ts';
import type { AccountState, ActiveExecution } from '../ledger/shapes/account.ts';
import type { Ledger } from '../ledger/table.ts';
import { showOrder } from './show-order.ts';

/** Where an execution stands, with what is known of it. */
export type ExecutionState =
  | { readonly kind: 'recorded'; readonly execution: Execution }
  | {
      readonly kind: 'running';
      readonly active: ActiveExecution;
      /** Of the account. */
      readonly openOrders: AccountState['openOrders'];
    }
  | { readonly kind: 'pending' };

/**
 * Finds out where an execution stands. An execution is recorded before its account is free again; so when neither
 * says anything, the record is asked once more, in case the execution ended between the two reads.
 */
export async function readExecutionState(
  ledger: Ledger,
  { accountId, executionId }: { readonly accountId: AccountId; readonly executionId: ExecutionId },
): Promise<ExecutionState> {
  const recorded = await readExecution(ledger, accountId, executionId);
  if (recorded) {
    return { kind: 'recorded', execution: recorded.execution };
  }
  const { activeExecution: active, openOrders = {} } = (await readAccount(ledger, accountId)) ?? {};
  if (active?.executionId === executionId) {
    return { kind: 'running', active, openOrders };
  }
  const endedMeanwhile = await readExecution(ledger, accountId, executionId);
  return endedMeanwhile ? { kind: 'recorded', execution: endedMeanwhile.execution } : { kind: 'pending' };
}

/** The part of an execution that receipts and executions have in common. */
export function showState(state: ExecutionState, ids: { readonly executionId: ExecutionId }) {
  switch (state.kind) {
    case 'recorded':
      return {
        status: state.execution.status,
        ...showReason(state.execution.reason),
        orders: state.execution.orders.map((order) => showOrder(state.execution, order)),
      };
    case 'running': {
      const orders = state.active.intent?.orders ?? [];
      return {
        status: 'RUNNING' satisfies ExecutionStatus,
        orders: orders.map((order) => showOrder({ ...state.active, ...ids }, order)),
      };
    }
    case 'pending':
      return { status: 'PENDING' satisfies ExecutionStatus, orders: [] };
  }
}

/** A reason as answers have it: the code to act on, the sentence for a person. */
export function showReason(reason: Reason | undefined) {
  return reason === undefined ? {} : { reason: reason.code, reasonMessage: reason.message };
}

/** A step with its times in ISO 8601. */
export function showStep({ startedAtMs, endedAtMs, ...step }: Step) {
  return { ...step, startedAt: isoTime(startedAtMs), endedAt: isoTime(endedAtMs) };
}

import { isoTime } from '../core/clock.ts';
import { parseExecutionId } from '../core/ids.ts';
import type { AccountState } from '../ledger/shapes/account.ts';
import { accountPages } from './account-pages.ts';
import { showReason } from './execution-state.ts';
import { journalSteps } from './journal-steps.ts';
import { directionOf, isLeased } from './locks.ts';
import type { Route } from './route.ts';
import { showOrder } from './show-order.ts';

/** `/api/v1/monitoring/transactions`: the executions that are under way, or that nobody has finished yet. */
export const TRANSACTION_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/monitoring/transactions',
    access: 'viewer',
    handle: accountPages(showTransaction),
  },
];

function showTransaction(account: AccountState, nowMs: number) {
  const active = account.activeExecution;
  const ids = active && parseExecutionId(active.executionId);
  if (!active || !ids) {
    return undefined;
  }
  const { intent } = active;
  return {
    ...ids,
    correlationId: active.correlationId,
    startedAt: isoTime(active.startedAtMs),
    ageMs: Math.max(0, nowMs - active.startedAtMs),
    direction: directionOf(active),
    ...showReason(intent?.turnedBack),
    holder: isLeased(account, nowMs) ? 'leased' : 'abandoned',
    steps: journalSteps(active, account.openOrders),
    orders: (intent?.orders ?? []).map((order) => showOrder({ ...active, ...ids }, order)),
  };
}

import type { ActivityEntry } from '../core/activity.ts';
import type { AccountState, ActiveExecution } from '../ledger/shapes/account.ts';
import { orderChanges, orderEntry } from './order-changes.ts';

/**
 * What the journal of an account tells: which execution it is busy with, and each order that is durable before it is sent.
 * Those that protect a trade later are among the open orders first.
 */
export function journalChanges(
  before: AccountState | undefined,
  after: AccountState | undefined,
): ActivityEntry[] {
  const then = before?.activeExecution;
  const now = after?.activeExecution;
  const isNew = now?.executionId !== then?.executionId;
  return [
    ...(then && now && isNew && !then.intent
      ? [{ type: 'EXECUTION_DROPPED', executionId: then.executionId } as const]
      : []),
    ...(now ? activeChanges(isNew ? undefined : then, now) : []),
    ...sentLater(before, after),
  ];
}

function activeChanges(then: ActiveExecution | undefined, now: ActiveExecution): ActivityEntry[] {
  const { executionId, correlationId, intent } = now;
  const reason = then?.intent?.turnedBack === undefined ? intent?.turnedBack : undefined;
  return [
    ...(then ? [] : [{ type: 'EXECUTION_STARTED', executionId, correlationId } as const]),
    ...(reason ? [{ type: 'EXECUTION_TURNED_BACK', executionId, reason } as const] : []),
    ...orderChanges(executionId, then?.intent?.orders ?? [], intent?.orders ?? []),
  ];
}

/** What becomes of open orders is in the records of their executions; that they are about to be sent is here only. */
function sentLater(before: AccountState | undefined, after: AccountState | undefined): ActivityEntry[] {
  return Object.entries(after?.openOrders ?? {}).flatMap(([id, { executionId, order }]) =>
    before?.openOrders[id] === undefined && order.status === 'SENDING'
      ? [orderEntry(executionId, order)]
      : [],
  );
}

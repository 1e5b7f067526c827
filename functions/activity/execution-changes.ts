import * as z from 'zod/mini';
import type { ActivityEntry } from '../core/activity.ts';
import type { Execution } from '../core/execution.ts';
import { parseRecorded } from '../ledger/executions.ts';
import { endedTradeShape } from '../ledger/shapes/trade.ts';
import { orderChanges } from './order-changes.ts';
import type { Item, LedgerChange } from './stream-record.ts';

/** What the record of an execution tells: how it ended, with all its orders, and what became of those later. */
export function executionChanges({ before, after }: LedgerChange): ActivityEntry[] {
  const now = after && parseRecorded(after).execution;
  const then = before && parseRecorded(before).execution;
  if (now === undefined) {
    return [];
  }
  const { executionId, reexecutedAs } = now;
  const isRecorded = now.status !== then?.status || now.endedAtMs !== then.endedAtMs;
  return [
    ...(isRecorded ? [recorded(now, then)] : []),
    ...orderChanges(executionId, then?.orders ?? [], now.orders),
    ...(reexecutedAs !== undefined && then?.reexecutedAs === undefined
      ? [{ type: 'EXECUTION_REEXECUTED', executionId, as: reexecutedAs } as const]
      : []),
  ];
}

function recorded(now: Execution, then: Execution | undefined): ActivityEntry {
  const { executionId, correlationId, status, reason, retries, receivedAtMs, startedAtMs, endedAtMs } = now;
  const placed = now.steps.filter(({ name }) => name === 'place');
  return {
    type: 'EXECUTION_RECORDED',
    executionId,
    correlationId,
    status,
    ...(then ? { from: then.status } : {}),
    ...(reason ? { reason } : {}),
    retries,
    receivedAtMs,
    startedAtMs,
    endedAtMs,
    ...(placed.length === 0
      ? {}
      : { placeMs: placed.reduce((sum, step) => sum + step.endedAtMs - step.startedAtMs, 0) }),
  };
}

/** What the record of a trade tells: that it is over. One that is recorded again by a later holder may say otherwise. */
export function tradeChanges({ before, after }: LedgerChange): ActivityEntry[] {
  const now = after && ended(after);
  return now && JSON.stringify(now) !== JSON.stringify(before && ended(before)) ? [now] : [];
}

function ended(item: Item): ActivityEntry {
  const { executionId, symbol, side, state, openedQuantity, entryPrice, exitPrice, realizedPnl } = z.parse(
    endedTradeShape,
    item,
  );
  return {
    type: 'TRADE_ENDED',
    ...{ executionId, symbol, side, state, openedQuantity, entryPrice, exitPrice, realizedPnl },
  };
}

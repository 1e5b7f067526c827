import { applyOrdersToPositions, type Positions } from '../core/position.ts';
import { type RecordedExecution, readExecution } from './executions.ts';
import type { AccountState, Intent } from './schemas.ts';
import type { Ledger } from './table.ts';

/**
 * The positions once a recorded execution is booked. A record by an older holder than the intent's belongs to an
 * earlier attempt, which was booked before its journal was closed; it adds nothing.
 */
export function positionsAfter(positions: Positions, intent: Intent, recorded: RecordedExecution): Positions {
  return recorded.fencingToken >= intent.fencingToken
    ? applyOrdersToPositions(positions, recorded.execution.orders)
    : positions;
}

/**
 * An account's positions for a reader. An execution is recorded a moment before it is booked; whoever has seen its
 * order filled must not see the position without it.
 */
export async function readPositions(ledger: Ledger, account: AccountState): Promise<Positions> {
  const { activeExecution, configuration, positions } = account;
  if (!activeExecution?.intent) {
    return positions;
  }
  const recorded = await readExecution(ledger, configuration.accountId, activeExecution.executionId);
  return recorded ? positionsAfter(positions, activeExecution.intent, recorded) : positions;
}

import * as z from 'zod/mini';
import type { ExecutionRequest } from '../core/execution.ts';
import { type Controls, controlKeysOf, controlsIn } from './controls.ts';
import { parseRecorded, type RecordedExecution } from './executions.ts';
import { itemAt, readItems } from './read-items.ts';
import { type AccountState, accountStateShape } from './shapes/account.ts';
import { keys, type Ledger } from './table.ts';

/** Everything that an execution is decided on. */
export interface Snapshot {
  /** Absent when there is none, or it was deleted. */
  readonly account: AccountState | undefined;
  /** The execution, if it was executed before. */
  readonly recorded: RecordedExecution | undefined;
  readonly controls: Controls;
}

/**
 * Reads all of it in one call, without taking the account. Each part is as of this moment or a little later; that they
 * belong together is only certain once the account was taken as it was read.
 */
export async function readSnapshot(
  ledger: Ledger,
  { accountId, executionId, strategyId }: ExecutionRequest,
): Promise<Snapshot> {
  const [accountKey, executionKey] = [keys.account(accountId), keys.execution(accountId, executionId)];
  const items = await readItems(ledger, [accountKey, executionKey, ...controlKeysOf(strategyId)]);
  const account = z.safeParse(accountStateShape, itemAt(items, accountKey));
  const recorded = itemAt(items, executionKey);
  return {
    account: account.success && !account.data.deleted ? account.data : undefined,
    recorded: recorded && parseRecorded(recorded),
    controls: controlsIn(items, strategyId),
  };
}

import { type AccountId, parseExecutionId } from '../core/ids.ts';
import { listAllIds } from '../ledger/catalog.ts';
import { accountSources, type ExecutionSource, type Position, type WalkRange } from './execution-walk.ts';
import type { AdminContext } from './route.ts';

/** What a list of executions or orders is asked for; the more it leaves out, the more it is to be found by. */
export interface ExecutionFilter {
  readonly accountId?: string | undefined;
  readonly strategyId?: string | undefined;
  readonly symbol?: string | undefined;
  readonly status?: string | undefined;
  readonly orderStatus?: string | undefined;
}

/** Where to look for executions, one stage after the other in the order of the walk. */
export async function stagesOf(
  { ledger }: AdminContext,
  range: WalkRange,
  { accountId }: ExecutionFilter,
): Promise<ExecutionSource[][]> {
  const accountIds = accountId === undefined ? await listAllIds(ledger, 'ACCOUNT') : [accountId];
  return [accountSources(ledger, accountIds as AccountId[], range)];
}

/** A place in a walk, for a cursor. */
export function textOf({ executionId, index }: Position): string {
  return `${executionId}#${index}`;
}

/** Reads a position out of a cursor; `undefined` when it is none of ours. */
export function parsePosition(text: string): Position | undefined {
  const [, execution = '', index = ''] = /^([^#]+)#(\d{1,4})$/.exec(text) ?? [];
  const executionId = parseExecutionId(execution)?.executionId;
  return executionId && { executionId, index: Number(index) };
}

import type { Execution, Reason } from '../core/execution.ts';
import type { Positions } from '../core/position.ts';
import { settleAccount } from '../ledger/accounts.ts';
import { readExecution } from '../ledger/executions.ts';
import type { ActiveExecution } from '../ledger/schemas.ts';
import type { Engine } from './engine.ts';
import { book, hasIntent, type OpenJournal, type Settled, settle } from './settle.ts';
import type { Hold } from './with-account.ts';

/** What became of an execution that somebody else left unfinished. */
export type Resumed =
  | { readonly kind: 'resumed'; readonly positions: Positions }
  | { readonly kind: 'unresolved'; readonly reason: Reason };

/**
 * Finishes an execution whose intent was written before: by a holder that died, or lost the venue's answer.
 *
 * @param next whose journal to open with the same write that closes this one; without it the lease is given back
 */
export async function finish(
  engine: Engine,
  hold: Hold,
  active: OpenJournal,
  next?: ActiveExecution,
): Promise<Settled> {
  const work = { active, positions: hold.account.positions, ...(next ? { next } : {}) };
  const recorded = await readExecution(engine.ledger, hold.fence.accountId, active.executionId);
  return recorded && recorded.execution.status !== 'UNKNOWN'
    ? book(engine, hold, { ...work, recorded })
    : settle(engine, hold, { ...work, maybeSent: true });
}

/** Finishes the execution that the last holder of the account left behind, and goes on with the next one. */
export async function resume(
  engine: Engine,
  hold: Hold,
  abandoned: ActiveExecution,
  next: ActiveExecution,
): Promise<Resumed> {
  if (!hasIntent(abandoned)) {
    // Nothing can have reached the venue, and its message is delivered again, or waits in the dead-letter queue.
    const { executionId } = abandoned;
    await settleAccount(engine.ledger, hold.fence, { executionId, positions: {}, next });
    return { kind: 'resumed', positions: hold.account.positions };
  }
  const { execution, positions } = await finish(engine, hold, abandoned, next);
  return execution.status === 'UNKNOWN'
    ? { kind: 'unresolved', reason: { code: 'ORDER_UNKNOWN', message: unresolved(execution) } }
    : { kind: 'resumed', positions };
}

function unresolved(execution: Execution): string {
  return `The outcome of an earlier order (execution ${execution.executionId}) is still unknown.`;
}

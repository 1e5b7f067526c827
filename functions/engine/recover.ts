import type { Books } from '../core/books.ts';
import type { Reason } from '../core/execution.ts';
import { NOTHING_BOOKED } from '../ledger/booking.ts';
import { readExecution } from '../ledger/executions.ts';
import { settleAccount } from '../ledger/held-account.ts';
import { booksOf } from '../ledger/positions.ts';
import type { ActiveExecution } from '../ledger/shapes/account.ts';
import type { Engine } from './engine.ts';
import { hasIntent, type OpenJournal, sagaOf } from './saga.ts';
import { bookRecorded, type Settled, settle } from './settle.ts';
import { venueOf } from './venue.ts';
import type { Hold } from './with-account.ts';

/** What became of an execution that somebody else left unfinished. */
export type Resumed =
  | { readonly kind: 'resumed'; readonly books: Books }
  | { readonly kind: 'unresolved'; readonly reason: Reason };

/**
 * Finishes an execution whose intent was written before: by a holder that died, or lost the venue's answer.
 *
 * @param next whose journal to open with the same write that closes this one; without it the lease is given back
 */
export async function finish(
  engine: Engine,
  hold: Hold,
  journal: OpenJournal,
  next?: ActiveExecution,
): Promise<Settled> {
  const books = booksOf(hold.account);
  const venue = venueOf(engine, hold);
  const recorded = await readExecution(engine.ledger, hold.fence.accountId, journal.executionId);
  if (recorded && recorded.execution.status !== 'UNKNOWN') {
    return bookRecorded(engine, hold, { journal, books, recorded, venue, next, isRecordedBefore: true });
  }
  const { handedOn = false, ...intent } = journal.intent;
  const hasCrashed = recorded === undefined && !handedOn;
  if (hasCrashed) {
    const message = 'An execution was left unfinished by a process that died, and is being finished.';
    engine.alert({ type: 'WORKER_CRASHED', severity: 'MEDIUM', subject: journal.executionId, message });
  }
  return settle(sagaOf(engine, hold, venue, { books, journal: { ...journal, intent }, hasCrashed }), next);
}

/** Finishes the execution that the last holder of the account left behind, and goes on with the next one. */
export async function resume(
  engine: Engine,
  hold: Hold,
  abandoned: ActiveExecution,
  next: ActiveExecution,
): Promise<Resumed> {
  if (!hasIntent(abandoned)) {
    // Nothing can have reached the venue, and its message is delivered again, or put into the queue by the reconciler.
    const { executionId } = abandoned;
    await settleAccount(engine.ledger, hold.fence, { executionId, ...NOTHING_BOOKED, next });
    return { kind: 'resumed', books: booksOf(hold.account) };
  }
  const { execution, books } = await finish(engine, hold, abandoned, next);
  return execution.status === 'UNKNOWN'
    ? {
        kind: 'unresolved',
        reason: {
          code: 'ORDER_UNKNOWN',
          message: `The outcome of an earlier order (execution ${execution.executionId}) is still unknown.`,
        },
      }
    : { kind: 'resumed', books };
}

import type { Alert } from '../core/alert.ts';
import type { Books } from '../core/books.ts';
import { OnefillError } from '../core/errors.ts';
import type { Execution, Step } from '../core/execution.ts';
import { type Halt, ONEFILL } from '../core/halt.ts';
import { parseExecutionId } from '../core/ids.ts';
import { type RecordedExecution, recordExecution } from '../ledger/executions.ts';
import { releaseAccount, settleAccount } from '../ledger/held-account.ts';
import { booksAfter } from '../ledger/positions.ts';
import type { ActiveExecution } from '../ledger/shapes/account.ts';
import { recordEndedTrades } from '../ledger/trades.ts';
import { goBack, turnBack } from './compensate.ts';
import type { Engine } from './engine.ts';
import { goForward } from './forward.ts';
import { keepTrades, needsKeeping } from './keep-trades.ts';
import { tellOfLoss } from './loss-limit.ts';
import { reportVenue } from './report-venue.ts';
import { amend, checkpoint, type OpenJournal, type Outcome, type Saga } from './saga.ts';
import type { Venue } from './venue.ts';
import type { Hold } from './with-account.ts';

/** A recorded execution and the account's books after it. */
export interface Settled {
  readonly execution: Execution;
  readonly books: Books;
}

/** What is needed to book a recorded execution. */
interface Booking {
  readonly journal: OpenJournal;
  readonly books: Books;
  readonly recorded: RecordedExecution;
  readonly venue: Venue;
  /** By an earlier holder, which died or was overtaken on it. */
  readonly isRecordedBefore?: boolean;
  /** What the holder goes on with; without it the lease is given back. */
  readonly next?: ActiveExecution | undefined;
}

/**
 * Brings an execution to its end: forward or, once that fails, back; records it, books what was filled and gives the
 * account back, in this order. Dying between any two of them leaves the journal open, and whoever takes the account
 * next does the rest.
 *
 * @param next whose journal to open with the same write that closes this one
 */
export async function settle(saga: Saga, next?: ActiveExecution): Promise<Settled> {
  const { engine, hold } = saga;
  const outcome = await run(saga).catch((error: unknown) => handOn(saga, error));
  const execution = describe(saga, outcome);
  const { fencingToken } = hold.fence;
  const expected = booksAfter(hold.account, saga.books, saga.journal.intent, { execution, fencingToken });
  const [recorded] = await Promise.all([
    recordExecution(engine.ledger, execution, fencingToken),
    // What an earlier holder recorded instead comes to the same trades; a later one has the last word on them.
    recordEndedTrades(engine.ledger, hold.fence, execution.status === 'UNKNOWN' ? [] : expected.ended),
    reportVenue(saga),
  ]);
  if (recorded.execution.status === 'UNKNOWN') {
    engine.alert(orderUnknown(recorded.execution));
    // The journal stays open. A holder with something else to do goes on holding the account.
    await (next ? undefined : releaseAccount(engine.ledger, hold.fence));
    return { execution: recorded.execution, books: saga.books };
  }
  const { journal, books, venue } = saga;
  return bookRecorded(engine, hold, { journal, books, recorded, venue, next });
}

async function run(saga: Saga): Promise<Outcome> {
  const { turnedBack } = saga.journal.intent;
  if (turnedBack) {
    return goBack(saga, turnedBack);
  }
  const forward = await goForward(saga);
  if (forward.kind === 'ended') {
    return forward.outcome;
  }
  await turnBack(saga, forward.reason);
  return goBack(saga, forward.reason);
}

/** A holder that runs out of time leaves what it has learned, and that it did not die, to the next one. */
async function handOn(saga: Saga, error: unknown): Promise<never> {
  if (error instanceof OnefillError && error.code === 'OUT_OF_TIME') {
    amend(saga, { handedOn: true });
    // Best effort: the next holder takes this one for dead, and learns the rest again.
    await checkpoint(saga).catch(() => undefined);
  }
  throw error;
}

/** Books what a recorded execution filled and closes the journal. */
export async function bookRecorded(engine: Engine, hold: Hold, booking: Booking): Promise<Settled> {
  const { journal, books, recorded, next, isRecordedBefore = false } = booking;
  const { execution } = recorded;
  const { books: after, ended } = booksAfter(hold.account, books, journal.intent, recorded);
  const halt = haltAfter(journal, execution);
  const keepsLease = halt === undefined && needsKeeping(engine, hold, after, booking.venue);
  // Before the write that ends it: dying in between, operators are told twice rather than not at all.
  for (const alert of alertsOf(journal, execution)) {
    engine.alert(alert);
  }
  tellOfLoss(engine, hold.account, books, after);
  if (isRecordedBefore) {
    await recordEndedTrades(engine.ledger, hold.fence, ended);
  }
  await settleAccount(engine.ledger, hold.fence, {
    executionId: journal.executionId,
    before: books,
    after,
    next,
    keepsLease,
    ...(halt ? { halt } : {}),
  });
  if (!keepsLease) {
    return { execution, books: after };
  }
  const kept = await keepTrades(engine, hold, booking.venue, after);
  await (next ? undefined : releaseAccount(engine.ledger, hold.fence));
  return { execution, books: kept };
}

/** A rollback that failed stops the account, and so does one whose strategy wants it. */
function haltAfter({ intent }: OpenJournal, { status, reason, endedAtMs }: Execution): Halt | undefined {
  const isWanted = status === 'ROLLED_BACK' && intent.turnedBack && intent.cleanup?.includes('halt-account');
  return status === 'HALTED' || isWanted
    ? { scope: 'all', reason: reason?.message ?? status, haltedBy: ONEFILL, haltedAtMs: endedAtMs }
    : undefined;
}

function alertsOf({ intent }: OpenJournal, { executionId, status, reason }: Execution): Alert[] {
  const message = reason?.message ?? status;
  if (status === 'HALTED') {
    return [{ type: 'COMPENSATION_FAILED', severity: 'CRITICAL', subject: executionId, message }];
  }
  return status === 'ROLLED_BACK' && intent.turnedBack
    ? [{ type: 'ROLLED_BACK', severity: 'MEDIUM', subject: executionId, message }]
    : [];
}

function orderUnknown({ executionId, reason }: Execution): Alert {
  const message = reason?.message ?? 'The venue does not say what became of an order.';
  return { type: 'ORDER_UNKNOWN', severity: 'HIGH', subject: executionId, message };
}

function describe(saga: Saga, { status, reason }: Outcome): Execution {
  const { engine, hold, journal, venue } = saga;
  const { watched = [] } = journal.intent;
  const ids = parseExecutionId(journal.executionId);
  if (!ids) {
    throw new OnefillError('LEDGER_CORRUPT', 'terminal', `${journal.executionId} is not an execution id.`);
  }
  const endedAtMs = engine.clock.now();
  return {
    ...ids,
    webhookId: journal.webhookId,
    correlationId: journal.correlationId,
    status,
    ...(reason ? { reason } : {}),
    orders: journal.intent.orders,
    steps: stepsOf(saga, status, endedAtMs),
    retries: venue.calls.retries + hold.contentions,
    ...(watched.length > 0 ? { watched } : {}),
    receivedAtMs: journal.receivedAtMs,
    startedAtMs: journal.startedAtMs,
    endedAtMs,
  };
}

/** The steps as they were taken, between reserving the account and giving it back. */
function stepsOf({ journal, steps }: Saga, status: Execution['status'], endedAtMs: number): Step[] {
  const { startedAtMs } = journal;
  const reservedAtMs = steps[0]?.startedAtMs ?? endedAtMs;
  const isUndone = status === 'REJECTED' || status === 'ROLLED_BACK' || status === 'SKIPPED';
  const reserve: Step = {
    name: 'reserve',
    status: isUndone ? 'COMPENSATED' : 'COMPLETED',
    startedAtMs,
    endedAtMs: reservedAtMs,
  };
  const taken = journal.intent.turnedBack
    ? steps.map((step) =>
        step.name === 'place' && step.status === 'COMPLETED' && status === 'ROLLED_BACK'
          ? { ...step, status: 'COMPENSATED' as const }
          : step,
      )
    : steps;
  const settled: Step = { name: 'settle', status: 'COMPLETED', startedAtMs: endedAtMs, endedAtMs };
  return status === 'COMPLETED' ? [reserve, ...taken, settled] : [reserve, ...taken];
}

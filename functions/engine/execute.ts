import type { Books } from '../core/books.ts';
import { admission } from '../core/circuit.ts';
import type { Decimal } from '../core/decimal.ts';
import type { Execution, ExecutionRequest, Reason } from '../core/execution.ts';
import { TIMING } from '../core/lease.ts';
import { needsEquity } from '../core/sizing.ts';
import { NOTHING_BOOKED } from '../ledger/booking.ts';
import { acquireProbe } from '../ledger/circuits.ts';
import { type Controls, readControls } from '../ledger/controls.ts';
import { readExecution, recordExecution } from '../ledger/executions.ts';
import { recordIntent, releaseAccount, settleAccount } from '../ledger/held-account.ts';
import { booksOf } from '../ledger/positions.ts';
import type { ActiveExecution } from '../ledger/shapes/account.ts';
import { readSnapshot } from '../ledger/snapshot.ts';
import { recordUnplaced } from '../ledger/unplaced.ts';
import { type Decision, decide } from './decide.ts';
import type { Engine } from './engine.ts';
import { executeAtOnce } from './execute-at-once.ts';
import { keepTrades } from './keep-trades.ts';
import { missedSignal } from './missed-signal.ts';
import { followOpenOrders } from './open-orders.ts';
import { finish, resume } from './recover.ts';
import { reportTo } from './report-venue.ts';
import { hasIntent, sagaOf } from './saga.ts';
import { settle } from './settle.ts';
import { type Unplaced, unplaced } from './unplaced.ts';
import { type Venue, venueOf } from './venue.ts';
import { type Hold, withAccount } from './with-account.ts';

/**
 * What executing a message came to. `done`: there is a final record, the message may go. `hand-back`: it must be
 * delivered again, after `delaySeconds`.
 */
export type ExecuteResult =
  | { readonly kind: 'done'; readonly execution: Execution }
  | { readonly kind: 'hand-back'; readonly code: string; readonly delaySeconds: number };

/** One request in the hands of whoever holds its account. */
interface Turn {
  readonly engine: Engine;
  readonly hold: Hold;
  readonly request: ExecutionRequest;
  readonly begins: ActiveExecution;
  readonly venue: Venue;
}

const CONTENTION_DELAY_SECONDS = 1;

/**
 * Executes one account's share of a signal: read → decide → take with intent → place → protect → settle; or, when the
 * account is not idle or nothing is placed, lock and load → decide → intent → place → protect → settle.
 *
 * Safe to call any number of times with the same request, concurrently and after a kill at any point: the journal
 * in the account item says how far it came, and the first final record stands.
 */
export async function execute(engine: Engine, request: ExecutionRequest): Promise<ExecuteResult> {
  const begins = journalOf(engine, request);
  const snapshot = await readSnapshot(engine.ledger, request);
  const execution = await executeAtOnce(engine, request, begins, snapshot);
  if (execution) {
    return asResult(execution);
  }
  const held = await withAccount(engine, request.accountId, begins, async (hold) => {
    const turn = { engine, hold, request, begins, venue: venueOf(engine, hold) };
    // A switch that was thrown while we waited counts.
    const hasWaited = hold.contentions > 0;
    const controls = hasWaited ? await readControls(engine.ledger, request.strategyId) : snapshot.controls;
    return executeHeld(turn, controls);
  });
  switch (held.kind) {
    case 'worked':
      return held.result;
    case 'contended':
      return { kind: 'hand-back', code: 'ACCOUNT_LEASED', delaySeconds: CONTENTION_DELAY_SECONDS };
    case 'not-found': {
      const reason = { code: 'ACCOUNT_NOT_FOUND', message: `There is no account ${request.accountId}.` };
      const execution = unplaced(engine, request, begins, { status: 'REJECTED', reason });
      return { kind: 'done', execution: (await recordExecution(engine.ledger, execution, 0)).execution };
    }
  }
}

/** An open journal for a request, before anything is decided. */
export function journalOf(engine: Engine, request: ExecutionRequest): ActiveExecution {
  const ageSeconds = Math.max(request.maxSignalAgeSeconds, TIMING.executionAgeSeconds);
  return {
    executionId: request.executionId,
    webhookId: request.webhookId,
    correlationId: request.correlationId,
    receivedAtMs: request.receivedAtMs,
    startedAtMs: engine.clock.now(),
    expiresAtMs: request.receivedAtMs + ageSeconds * 1_000,
  };
}

async function executeHeld(turn: Turn, controls: Controls): Promise<ExecuteResult> {
  const { engine, hold, request, begins, venue } = turn;
  const active = hold.account.activeExecution;
  if (active?.executionId === request.executionId && hasIntent(active)) {
    return asResult((await finish(engine, hold, active)).execution);
  }
  let books = booksOf(hold.account);
  if (active && active.executionId !== request.executionId) {
    const resumed = await resume(engine, hold, active, begins);
    if (resumed.kind === 'unresolved') {
      return refuseBehind(turn, resumed.reason);
    }
    books = resumed.books;
  }
  if (Object.keys(books.openOrders).length > 0) {
    const followed = await followOpenOrders(engine, hold, venue, books);
    if (followed.unresolved.length > 0) {
      return handBack(turn, 'OPEN_ORDER_UNKNOWN');
    }
    books = followed.books;
  }
  return executeDecided(turn, await keepTrades(engine, hold, venue, books), controls);
}

async function executeDecided(turn: Turn, books: Books, controls: Controls): Promise<ExecuteResult> {
  const { engine, hold, request, begins, venue } = turn;
  const nowMs = engine.clock.now();
  const decision = decide({
    request,
    account: hold.account,
    books,
    controls,
    venue,
    expiresAtMs: begins.expiresAtMs,
    nowMs,
    equity: await equityFor(turn, controls),
  });
  const result = await carryOut(turn, books, controls, decision);
  const isOurs = result.kind === 'done' && result.execution.startedAtMs === begins.startedAtMs;
  // One that was recorded before was decided on another position than it finds now.
  const missed = isOurs && missedSignal({ request, account: hold.account, books, controls, nowMs });
  if (missed) {
    engine.alert(missed);
  }
  return result;
}

async function carryOut(
  turn: Turn,
  books: Books,
  controls: Controls,
  decision: Decision,
): Promise<ExecuteResult> {
  switch (decision.kind) {
    case 'skip':
      return endUnplaced(turn, { status: 'SKIPPED', reason: decision.reason });
    case 'deny':
      tellOfLimit(turn, decision.reason);
      return endUnplaced(turn, { status: 'REJECTED', reason: decision.reason });
    case 'cancel':
      return cancelWorking(turn, books, controls, decision);
    case 'orders': {
      const refused = decision.isEntry ? await refuseByCircuit(turn, controls, decision) : undefined;
      return refused
        ? endUnplaced(turn, { status: 'REJECTED', reason: refused })
        : placeDecided(turn, books, controls, decision);
    }
  }
}

/** A limit that was reached without being seen: of a strategy, or before there was such an alert. */
function tellOfLimit({ engine, request }: Turn, { code, message }: Reason): void {
  if (code === 'MAX_DAILY_LOSS') {
    engine.alert({ type: 'DAILY_LOSS_REACHED', severity: 'HIGH', subject: request.accountId, message });
  }
}

/** Only what is sized by it costs the call. */
async function equityFor({ request, venue }: Turn, { strategy }: Controls): Promise<Decimal | undefined> {
  if (!strategy || !needsEquity(strategy.sizing, request.signal)) {
    return undefined;
  }
  const outcome = await venue.equity();
  return outcome.kind === 'equity' ? outcome.equity : undefined;
}

/** I6: through a circuit that is not closed only probes pass, and they only once the venue answers. */
async function refuseByCircuit(
  { engine, request, venue }: Turn,
  controls: Controls,
  { intent }: Extract<Decision, { kind: 'orders' }>,
): Promise<Reason | undefined> {
  const { strategy, circuit } = controls;
  const settings = strategy?.circuitBreaker;
  const [order] = intent.orders;
  if (!settings || !order) {
    return undefined;
  }
  const { strategyId, executionId } = request;
  const admitted = admission(circuit, settings, engine.clock.now());
  if (admitted.kind !== 'probe') {
    return admitted.kind === 'refuse' ? admitted.reason : undefined;
  }
  const probing = { strategyId, executionId, circuit, settings, nowMs: engine.clock.now() };
  if (!(await acquireProbe(engine.ledger, probing))) {
    return { code: 'CIRCUIT_OPEN', message: 'The circuit is half-open, and its probes are under way.' };
  }
  const health = await venue.lookup(order);
  if (health.kind !== 'unknown') {
    return undefined;
  }
  await reportTo(engine, { executionId, controls, outcome: 'failure' });
  const message = `The circuit is half-open, and the venue is not well: ${health.message}`;
  return { code: 'CIRCUIT_OPEN', message };
}

/** Writes the intent, and only then calls the venue. Reads at the same time whether all this happened before. */
async function placeDecided(
  { engine, hold, begins, venue }: Turn,
  books: Books,
  controls: Controls,
  { intent }: Extract<Decision, { kind: 'orders' }>,
): Promise<ExecuteResult> {
  const journal = { ...begins, intent: { fencingToken: hold.fence.fencingToken, ...intent } };
  const [lease, recorded] = await Promise.all([
    recordIntent(engine.ledger, hold.fence, { active: journal, nowMs: engine.clock.now() }),
    readExecution(engine.ledger, hold.fence.accountId, begins.executionId),
  ]);
  hold.extended(lease);
  if (recorded && recorded.execution.status !== 'UNKNOWN') {
    const { executionId } = begins;
    await settleAccount(engine.ledger, hold.fence, { executionId, ...NOTHING_BOOKED });
    return { kind: 'done', execution: recorded.execution };
  }
  const ownOrders = new Set(recorded ? [] : intent.orders.map(({ clientOrderId }) => clientOrderId));
  const saga = sagaOf(engine, hold, venue, { books, journal, ownOrders, controls });
  return asResult((await settle(saga)).execution);
}

/**
 * Cancelling needs no journal: what it ends is in the books, and it is asked for again if it dies. A signal that wants
 * more than the cancel is decided anew, on what the orders filled before they ended.
 */
async function cancelWorking(
  turn: Turn,
  books: Books,
  controls: Controls,
  { orders }: Extract<Decision, { kind: 'cancel' }>,
): Promise<ExecuteResult> {
  const { engine, hold, venue, request } = turn;
  const followed = await followOpenOrders(engine, hold, venue, books, ({ order }) =>
    orders.some((open) => open.order.clientOrderId === order.clientOrderId),
  );
  if (followed.unresolved.length > 0) {
    return handBack(turn, 'OPEN_ORDER_UNKNOWN');
  }
  if (request.signal.action !== 'cancel') {
    return executeDecided(turn, followed.books, controls);
  }
  const message = `${orders.length} working orders were cancelled or had ended.`;
  return endUnplaced(turn, { status: 'COMPLETED', reason: { code: 'CANCELED', message } });
}

/** Records why nothing was placed and gives the account back. */
async function endUnplaced({ engine, hold, request, begins }: Turn, end: Unplaced): Promise<ExecuteResult> {
  const decided = unplaced(engine, request, begins, end);
  return { kind: 'done', execution: await recordUnplaced(engine.ledger, hold.fence, decided, 'close') };
}

/** An earlier order of the account is unknown, and so is its position: nothing may be decided on it. */
async function refuseBehind({ engine, hold, request, begins }: Turn, cause: Reason): Promise<ExecuteResult> {
  const reason = { code: 'EARLIER_ORDER_UNKNOWN', message: cause.message };
  const refused = unplaced(engine, request, begins, { status: 'REJECTED', reason });
  return { kind: 'done', execution: await recordUnplaced(engine.ledger, hold.fence, refused, 'keep') };
}

/** Gives the account and the message back, to try again when the venue answers. Nothing was placed. */
async function handBack({ engine, hold }: Turn, code: string): Promise<ExecuteResult> {
  await releaseAccount(engine.ledger, hold.fence);
  return { kind: 'hand-back', code, delaySeconds: TIMING.visibilityTimeoutSeconds };
}

/** An execution whose order is still unknown keeps its message, so that it is asked about again. */
export function asResult(execution: Execution): ExecuteResult {
  return execution.status === 'UNKNOWN'
    ? { kind: 'hand-back', code: 'ORDER_UNKNOWN', delaySeconds: TIMING.visibilityTimeoutSeconds }
    : { kind: 'done', execution };
}

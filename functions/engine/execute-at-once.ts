import { admission } from '../core/circuit.ts';
import type { Execution, ExecutionRequest } from '../core/execution.ts';
import { needsEquity } from '../core/sizing.ts';
import { isKept } from '../core/upkeep.ts';
import type { Controls } from '../ledger/controls.ts';
import { booksOf } from '../ledger/positions.ts';
import type { AccountState, ActiveExecution } from '../ledger/shapes/account.ts';
import type { Snapshot } from '../ledger/snapshot.ts';
import { takeAccount } from '../ledger/take-account.ts';
import { type Decision, decide } from './decide.ts';
import type { Engine } from './engine.ts';
import { missedSignal } from './missed-signal.ts';
import { sagaOf } from './saga.ts';
import { settle } from './settle.ts';
import { venueOf } from './venue.ts';
import { withLocked } from './with-account.ts';

/**
 * The usual way of an execution: decide on what was read, then take the account with the intent, in one write. Whatever
 * is not usual (an account that is held, halted or has something open, a signal that places nothing, a circuit that is
 * not closed) is left to the way that takes the account first.
 *
 * @returns `undefined` when nothing was done
 */
export async function executeAtOnce(
  engine: Engine,
  request: ExecutionRequest,
  begins: ActiveExecution,
  { account, recorded, controls }: Snapshot,
): Promise<Execution | undefined> {
  if (!account || !isIdle(account) || isSizedByEquity(request, controls)) {
    return undefined;
  }
  if (recorded) {
    return recorded.execution.status === 'UNKNOWN' ? undefined : recorded.execution;
  }
  const nowMs = engine.clock.now();
  const books = booksOf(account);
  const broker = engine.createBroker(account.configuration);
  const { clientOrderIdGuarantee: guarantee, capabilities } = broker;
  const venue = { guarantee, capabilities };
  const { expiresAtMs } = begins;
  const decision = decide({ request, account, books, controls, venue, expiresAtMs, nowMs });
  if (decision.kind !== 'orders' || !isAdmitted(decision, controls, nowMs)) {
    return undefined;
  }
  const { intent } = decision;
  const journal = { ...begins, intent: { fencingToken: account.fencingToken + 1, ...intent } };
  const taken = await takeAccount(engine.ledger, { account, ownerId: engine.newOwnerId(), nowMs, journal });
  if (!taken) {
    return undefined;
  }
  const missed = missedSignal({ request, account, books, controls, nowMs });
  if (missed) {
    engine.alert(missed);
  }
  const ownOrders = new Set(intent.orders.map(({ clientOrderId }) => clientOrderId));
  return withLocked(engine, taken, async (hold) => {
    const venue = venueOf(engine, hold, broker);
    const saga = sagaOf(engine, hold, venue, { books, journal, ownOrders, controls });
    return (await settle(saga)).execution;
  });
}

/** Then the venue has to be asked, which is done with the account in hand. */
function isSizedByEquity({ signal }: ExecutionRequest, { strategy }: Controls): boolean {
  return strategy !== undefined && needsEquity(strategy.sizing, signal);
}

function isIdle({ lease, activeExecution, halt, openOrders, trades }: AccountState): boolean {
  return (
    lease === undefined &&
    activeExecution === undefined &&
    halt === undefined &&
    Object.keys(openOrders).length === 0 &&
    !Object.values(trades).some(isKept)
  );
}

/** I6: what is not an entry passes any circuit; an entry passes a closed one, and nothing is asked about it. */
function isAdmitted(
  { isEntry }: Extract<Decision, { kind: 'orders' }>,
  { strategy, circuit }: Controls,
  nowMs: number,
): boolean {
  return !isEntry || !strategy || admission(circuit, strategy.circuitBreaker, nowMs).kind === 'pass';
}

import type { Alert } from '../core/alert.ts';
import { compare, type Decimal, ZERO } from '../core/decimal.ts';
import type { ExecutionStatus } from '../core/execution.ts';
import { ONEFILL } from '../core/halt.ts';
import type { AccountId, ExecutionId } from '../core/ids.ts';
import { TIMING } from '../core/lease.ts';
import { positionIn } from '../core/position.ts';
import { isKept } from '../core/upkeep.ts';
import { haltAccount } from '../ledger/account-controls.ts';
import { readAccount } from '../ledger/accounts.ts';
import { NOTHING_BOOKED } from '../ledger/booking.ts';
import { releaseAccount, settleAccount } from '../ledger/held-account.ts';
import { booksOf } from '../ledger/positions.ts';
import type { AccountState } from '../ledger/shapes/account.ts';
import type { Engine } from './engine.ts';
import { keepTrades } from './keep-trades.ts';
import { followOpenOrders } from './open-orders.ts';
import { finish } from './recover.ts';
import { hasIntent } from './saga.ts';
import { venueOf, withinTimeout } from './venue.ts';
import { type Hold, withAccount } from './with-account.ts';

/** A symbol in which our books and the broker's differ. Signed quantities. */
export interface Drift {
  readonly symbol: string;
  readonly ours: Decimal;
  readonly brokers: Decimal;
}

/** What looking after one account came to. `contended`: somebody is at work on it, which is as good. */
export type AccountReconciliation =
  | { readonly kind: 'not-found' | 'idle' | 'contended' }
  | {
      readonly kind: 'reconciled';
      /** An execution that was left unfinished, and how it stands now. */
      readonly recovered?: { readonly executionId: ExecutionId; readonly status: ExecutionStatus };
      readonly openOrders: number;
      readonly changedOrders: number;
      readonly drift: readonly Drift[];
      readonly halted: boolean;
    };

interface Tended {
  readonly recovered?: { readonly executionId: ExecutionId; readonly status: ExecutionStatus };
  readonly openOrders: number;
  readonly changedOrders: number;
}

const NOTHING_TENDED: Tended = { openOrders: 0, changedOrders: 0 };

/**
 * Looks after one account (B10, C5): finishes what a dead holder left, follows open orders, and compares positions with
 * the broker's. Safe beside live traffic and beside itself: whatever it changes it changes under the account's lease.
 */
export async function reconcileAccount(engine: Engine, accountId: AccountId): Promise<AccountReconciliation> {
  const account = await readAccount(engine.ledger, accountId);
  if (!account) {
    return { kind: 'not-found' };
  }
  if (isHeld(engine, account)) {
    return { kind: 'contended' };
  }
  let tended = NOTHING_TENDED;
  if (needsTending(engine, account)) {
    const held = await withAccount(engine, accountId, undefined, (hold) => tend(engine, hold));
    if (held.kind !== 'worked') {
      return { kind: held.kind };
    }
    tended = held.result;
  }
  const drift = await findDrift(engine, accountId);
  const halted = await haltOnDrift(engine, account, drift);
  raiseStanding(engine, account, drift);
  return tended === NOTHING_TENDED && drift.length === 0
    ? { kind: 'idle' }
    : { kind: 'reconciled', ...tended, drift, halted };
}

function isHeld(engine: Engine, { lease }: AccountState): boolean {
  return lease !== undefined && lease.expiresAtMs + TIMING.clockSkewMs >= engine.clock.now();
}

/** An execution without an intent is left to its message for a while: that begins it anew. */
function needsTending(engine: Engine, { activeExecution, openOrders, trades }: AccountState): boolean {
  const isAbandoned =
    activeExecution !== undefined &&
    (hasIntent(activeExecution) ||
      engine.clock.now() - activeExecution.startedAtMs > TIMING.abandonedAfterMs);
  return isAbandoned || Object.keys(openOrders).length > 0 || Object.values(trades).some(isKept);
}

async function tend(engine: Engine, hold: Hold): Promise<Tended> {
  const { activeExecution } = hold.account;
  if (activeExecution && hasIntent(activeExecution)) {
    const { execution, books } = await finish(engine, hold, activeExecution);
    const { executionId, status } = execution;
    const openOrders = Object.keys(books.openOrders).length;
    return { recovered: { executionId, status }, openOrders, changedOrders: 0 };
  }
  const venue = venueOf(engine, hold);
  const followed = await followOpenOrders(engine, hold, venue, booksOf(hold.account));
  const books = await keepTrades(engine, hold, venue, followed.books);
  if (activeExecution) {
    const { executionId } = activeExecution;
    await settleAccount(engine.ledger, hold.fence, { executionId, ...NOTHING_BOOKED });
  } else {
    await releaseAccount(engine.ledger, hold.fence);
  }
  const openOrders = Object.keys(books.openOrders).length;
  return { openOrders, changedOrders: followed.changed };
}

/**
 * Compares positions with the broker's, without holding the account: what the broker says counts only if nobody has
 * worked on the account while it was asked, and nothing is open that could fill at this moment.
 */
async function findDrift(engine: Engine, accountId: AccountId): Promise<Drift[]> {
  const before = await readAccount(engine.ledger, accountId);
  if (!before || !isQuiet(before)) {
    return [];
  }
  const broker = engine.createBroker(before.configuration);
  const theirs = await withinTimeout(engine, () => broker.positions());
  const after = await readAccount(engine.ledger, accountId);
  if (theirs.kind === 'unknown' || after?.fencingToken !== before.fencingToken || !isQuiet(after)) {
    return [];
  }
  const symbols = new Set([...Object.keys(after.positions), ...Object.keys(theirs.quantities)]);
  return [...symbols]
    .map((symbol) => ({
      symbol,
      ours: positionIn(after.positions, symbol).quantity,
      brokers: (Object.hasOwn(theirs.quantities, symbol) ? theirs.quantities[symbol] : undefined) ?? ZERO,
    }))
    .filter(({ ours, brokers }) => compare(ours, brokers) !== 0);
}

function isQuiet({ lease, activeExecution, openOrders }: AccountState): boolean {
  return lease === undefined && activeExecution === undefined && Object.keys(openOrders).length === 0;
}

async function haltOnDrift(
  engine: Engine,
  { configuration, halt }: AccountState,
  drift: readonly Drift[],
): Promise<boolean> {
  if (drift.length === 0 || !configuration.limits.haltOnDrift || halt?.scope === 'all') {
    return false;
  }
  return haltAccount(engine.ledger, configuration.accountId, {
    scope: 'all',
    reason: `Positions are not the broker's: ${shown(drift)}.`,
    haltedBy: ONEFILL,
    haltedAtMs: engine.clock.now(),
  });
}

/** What stands is said again on every run, so that an alert that got lost with its process does no harm. */
function raiseStanding(engine: Engine, account: AccountState, drift: readonly Drift[]): void {
  const { halt, configuration } = account;
  const subject = configuration.accountId;
  const alerts: Alert[] = [];
  if (drift.length > 0) {
    const message = `Positions are not the broker's: ${shown(drift)}.`;
    alerts.push({ type: 'POSITION_DRIFT', severity: 'HIGH', subject, message });
  }
  if (halt?.haltedBy === ONEFILL) {
    alerts.push({ type: 'ACCOUNT_HALTED', severity: 'CRITICAL', subject, message: halt.reason });
  }
  for (const alert of alerts) {
    engine.alert(alert);
  }
}

function shown(drift: readonly Drift[]): string {
  return drift.map(({ symbol, ours, brokers }) => `${symbol} ${ours}, there ${brokers}`).join('; ');
}

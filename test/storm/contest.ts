import { add, type Decimal, decimal } from '../../functions/core/decimal.ts';
import { OnefillError } from '../../functions/core/errors.ts';
import type { AccountId, ExecutionId, WebhookId } from '../../functions/core/ids.ts';
import type { Lease } from '../../functions/core/lease.ts';
import { type Position, type Positions, positionIn } from '../../functions/core/position.ts';
import {
  type Fence,
  type LockResult,
  lockAccount,
  recordIntent,
  releaseAccount,
  renewLease,
  settleAccount,
} from '../../functions/ledger/held-account.ts';
import type { ActiveExecution } from '../../functions/ledger/shapes/account.ts';
import type { Ledger } from '../../functions/ledger/table.ts';

/** The symbol whose position holds the log that holders write. */
export const LOG = 'LOG';

/** How a holder that is not overtaken ends: with its last entry, without it, or by dying with the account in hand. */
export type Ending = 'settles' | 'releases' | 'dies';

/** What a contender does once it has the account. */
export interface Script {
  /** How many entries it writes into the log; 0 to 2. */
  readonly entries: number;
  readonly ending: Ending;
  /** Whether it prolongs its lease, and journals an intent, before each entry. */
  readonly renews: boolean;
  readonly journals: boolean;
  /** Whether its request for the lease reaches the store a second time, later: as a copy that the network kept. */
  readonly asksTwice: boolean;
}

/** What a contender needs; each has its own clock. */
export interface Contender {
  readonly ledger: Ledger;
  readonly accountId: AccountId;
  /** Unique per attempt. */
  readonly ownerId: string;
  readonly now: () => number;
  /** Between any two calls: here it may be held up for longer than its lease. */
  readonly pause: () => Promise<void>;
}

/** Hears what a contender, or a copy of its request, was told. Times are by its own clock. */
export interface Witness {
  acquired(token: number, lease: Lease, nowMs: number): void;
  extended(token: number, lease: Lease): void;
  turnedAway(leaseExpiresAtMs: number | undefined, nowMs: number): void;
  entered(token: number): void;
  refused(token: number): void;
  /** About to be given back. */
  returns(token: number): void;
}

/** What an attempt came to; `overtaken`: the account was lost on the way. */
export type Attempt = 'done' | 'overtaken' | 'died' | Exclude<LockResult['kind'], 'locked'>;

const CHECKSUM_MODULUS = 1_000_000_007;
const CHECKSUM_FACTOR = 31;

/**
 * The log after another entry: how many there are, whose token wrote the last one, and a sum that no other sequence
 * of tokens gives. It is read with the lock and written back, so that an entry between the two would be lost.
 */
export function logAfter(log: Position, token: number): Position {
  const checksum = (Number(log.realizedPnl) * CHECKSUM_FACTOR + token) % CHECKSUM_MODULUS;
  return { quantity: add(log.quantity, ONE), averagePrice: decimal(token), realizedPnl: decimal(checksum) };
}

const ONE: Decimal = decimal(1);

/**
 * Takes the account, writes its entries and lets go, by the verbs that the engine uses.
 *
 * @param witnessed gives a witness for each request for the lease, when it is sent
 */
export async function contend(
  contender: Contender,
  script: Script,
  witnessed: () => Witness,
): Promise<Attempt> {
  const begins = journalOf(contender.ownerId, contender.now());
  const witness = witnessed();
  const lock = await ask(contender, begins, witness);
  const copy = script.asksTwice
    ? contender.pause().then(() => ask(contender, begins, witnessed()))
    : undefined;
  if (lock.kind !== 'locked') {
    await copy;
    return lock.kind;
  }
  try {
    return await hold(contender, script, { lock, begins }, witness);
  } catch (error) {
    if (error instanceof OnefillError && error.code === 'FENCED_OUT') {
      witness.refused(lock.fence.fencingToken);
      return 'overtaken';
    }
    throw error;
  } finally {
    await copy;
  }
}

async function ask(
  { ledger, accountId, ownerId, now }: Contender,
  begins: ActiveExecution,
  witness: Witness,
): Promise<LockResult> {
  const nowMs = now();
  const lock = await lockAccount(ledger, { accountId, ownerId, begins, nowMs });
  if (lock.kind === 'locked') {
    witness.acquired(lock.fence.fencingToken, lock.lease, nowMs);
  } else if (lock.kind === 'contended') {
    witness.turnedAway(lock.leaseExpiresAtMs, nowMs);
  }
  return lock;
}

async function hold(
  contender: Contender,
  script: Script,
  { lock, begins }: { lock: Extract<LockResult, { kind: 'locked' }>; begins: ActiveExecution },
  witness: Witness,
): Promise<Attempt> {
  const { ledger, pause } = contender;
  const { fence, account } = lock;
  let positions: Positions = account.positions;
  let active = account.activeExecution ?? begins;
  for (let entry = 1; entry <= script.entries; entry += 1) {
    await pause();
    await prepare(contender, script, { fence, active }, witness);
    const isLast = entry === script.entries && script.ending === 'settles';
    const next = { ...begins, executionId: `${begins.executionId}-${entry}` as ExecutionId };
    const after = { ...positions, [LOG]: logAfter(positionIn(positions, LOG), fence.fencingToken) };
    if (isLast) {
      witness.returns(fence.fencingToken);
    }
    await settleAccount(ledger, fence, {
      executionId: active.executionId,
      ...bookingOf(positions, after),
      ...(isLast ? {} : { next }),
    });
    witness.entered(fence.fencingToken);
    [positions, active] = [after, next];
  }
  await pause();
  if (script.ending === 'releases') {
    witness.returns(fence.fencingToken);
    await releaseAccount(ledger, fence);
  }
  return script.ending === 'dies' ? 'died' : 'done';
}

async function prepare(
  { ledger, now, pause }: Contender,
  { renews, journals }: Script,
  { fence, active }: { fence: Fence; active: ActiveExecution },
  witness: Witness,
): Promise<void> {
  if (renews) {
    witness.extended(fence.fencingToken, await renewLease(ledger, fence, now()));
    await pause();
  }
  if (journals) {
    const intent = { fencingToken: fence.fencingToken, orders: [] };
    const journal = { active: { ...active, intent }, nowMs: now() };
    witness.extended(fence.fencingToken, await recordIntent(ledger, fence, journal));
    await pause();
  }
}

function bookingOf(before: Positions, after: Positions) {
  const others = { openOrders: {}, daily: undefined, trades: {} };
  return { before: { positions: before, ...others }, after: { positions: after, ...others } };
}

function journalOf(ownerId: string, nowMs: number): ActiveExecution {
  return {
    executionId: ownerId as ExecutionId,
    webhookId: 'hook' as WebhookId,
    correlationId: ownerId,
    receivedAtMs: nowMs,
    startedAtMs: nowMs,
    expiresAtMs: nowMs,
  };
}

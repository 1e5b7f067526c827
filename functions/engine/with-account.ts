import { OnefillError } from '../core/errors.ts';
import type { AccountId } from '../core/ids.ts';
import { allowsBrokerCall, type Lease, TIMING } from '../core/lease.ts';
import {
  countLeaseTimeout,
  type Fence,
  fencedOut,
  type LeaseWait,
  type LockResult,
  lockAccount,
  releaseAccount,
  renewLease,
} from '../ledger/held-account.ts';
import type { AccountState, ActiveExecution } from '../ledger/shapes/account.ts';
import type { Engine } from './engine.ts';

/** An account in our hands: its state as it was when we took it, and the means to go on holding it. */
export interface Hold {
  readonly fence: Fence;
  readonly account: AccountState;
  /** How often the account was held by somebody else before we got it. */
  readonly contentions: number;
  /** The lease as last written; every write that renews it says so here. */
  extended(lease: Lease): void;
  /** Makes sure that the lease outlives a call to the venue. @throws OnefillError FENCED_OUT when it was lost */
  ensureTimeForBrokerCall(): Promise<void>;
}

/** From so many attempts in vain on. */
const CONTENTIONS_TOLD = 2;

/** What working on an account came to: the work's own result, or why there was none. */
export type Held<Result> =
  | { readonly kind: 'worked'; readonly result: Result }
  | Exclude<LockResult, { kind: 'locked' }>;

/**
 * Takes an account, works on it, and keeps the lease alive meanwhile (I2, I5). The work gives the account back with
 * its last write; when it throws, the lease is given back here and the journal stays open for the next holder.
 *
 * @param begins whose journal to open; absent for whoever only finishes what it finds
 */
export async function withAccount<Result>(
  engine: Engine,
  accountId: AccountId,
  begins: ActiveExecution | undefined,
  work: (hold: Hold) => Promise<Result>,
): Promise<Held<Result>> {
  const { lock, waited } = await lockWithBackoff(engine, accountId, begins);
  tellOfWaiting(engine, accountId, lock, waited);
  if (lock.kind !== 'locked') {
    if (lock.kind === 'contended') {
      // A figure for operators: nothing depends on it, and it must not fail the message.
      await countLeaseTimeout(engine.ledger, accountId, waited).catch(() => undefined);
    }
    return lock;
  }
  return { kind: 'worked', result: await withLocked(engine, lock, work, waited.contentions) };
}

/** The same for an account that is taken already. */
export async function withLocked<Result>(
  engine: Engine,
  lock: Extract<LockResult, { kind: 'locked' }>,
  work: (hold: Hold) => Promise<Result>,
  contentions = 0,
): Promise<Result> {
  const { hold, stop } = holdOn(engine, lock, contentions);
  try {
    return await work(hold);
  } catch (error) {
    await stop();
    // Best effort: a lease that cannot be given back lapses by itself, and the first error is the one to report.
    await releaseAccount(engine.ledger, lock.fence).catch(() => undefined);
    throw error;
  } finally {
    await stop();
  }
}

/** An account that somebody else holds for a moment is nothing to tell; one that is fought over is. */
function tellOfWaiting(
  engine: Engine,
  accountId: AccountId,
  { kind }: LockResult,
  { contentions, waitMs }: LeaseWait,
): void {
  const subject = accountId;
  if (kind === 'contended') {
    const message = `The account ${accountId} was held by somebody else for ${waitMs} ms; the work is put off.`;
    engine.alert({ type: 'LOCK_TIMEOUT', severity: 'MEDIUM', subject, message });
  } else if (contentions >= CONTENTIONS_TOLD) {
    const message = `The account ${accountId} was taken only at attempt ${contentions + 1}, after ${waitMs} ms.`;
    engine.alert({ type: 'LOCK_CONTENTION', severity: 'LOW', subject, message });
  }
}

async function lockWithBackoff(
  engine: Engine,
  accountId: AccountId,
  begins: ActiveExecution | undefined,
): Promise<{ lock: LockResult; waited: LeaseWait }> {
  const ownerId = engine.newOwnerId();
  const startedAtMs = engine.clock.now();
  const attempt = (waited?: LeaseWait) =>
    lockAccount(engine.ledger, {
      accountId,
      ownerId,
      nowMs: engine.clock.now(),
      waited,
      ...(begins ? { begins } : {}),
    });
  let waited: LeaseWait = { contentions: 0, waitMs: 0 };
  let lock = await attempt();
  for (const backoffMs of TIMING.contentionBackoffMs) {
    if (lock.kind !== 'contended') {
      return { lock, waited };
    }
    await engine.wait(backoffMs * (1 + engine.random() / 2));
    waited = {
      contentions: waited.contentions + 1,
      waitMs: Math.max(0, Math.round(engine.clock.now() - startedAtMs)),
    };
    lock = await attempt(waited);
  }
  return { lock, waited };
}

/** Renews the lease in the background until stopped, and remembers when it was lost. */
function holdOn(engine: Engine, lock: Extract<LockResult, { kind: 'locked' }>, contentions: number) {
  const { fence, account } = lock;
  let lease = lock.lease;
  let lost: OnefillError | undefined;
  let renewal: Promise<void> = Promise.resolve();
  let isStopped = false;
  let cancelTimer = (): void => undefined;

  const renew = async () => {
    try {
      lease = await renewLease(engine.ledger, fence, engine.clock.now());
    } catch (error) {
      // Any other failure leaves the lease as it was; the next renewal, or the work's own writes, will tell.
      lost = error instanceof OnefillError ? error : lost;
    }
  };
  const renewRegularly = () => {
    cancelTimer = engine.after(TIMING.leaseRenewalMs, () => {
      renewal = renewal.then(() => (isStopped ? undefined : renew()));
      renewRegularly();
    });
  };
  renewRegularly();

  const hold: Hold = {
    fence,
    account,
    contentions,
    extended: (written) => {
      lease = written;
    },
    ensureTimeForBrokerCall: async () => {
      if (!allowsBrokerCall(lease, engine.clock.now())) {
        renewal = renewal.then(renew);
        await renewal;
      }
      if (lost || !allowsBrokerCall(lease, engine.clock.now())) {
        throw lost ?? fencedOut(fence);
      }
    },
  };
  const stop = async () => {
    isStopped = true;
    cancelTimer();
    await renewal;
  };
  return { hold, stop };
}

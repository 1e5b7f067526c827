import { OnefillError } from '../core/errors.ts';
import type { AccountId } from '../core/ids.ts';
import { allowsBrokerCall, type Lease, TIMING } from '../core/lease.ts';
import {
  type Fence,
  fencedOut,
  type LockResult,
  lockAccount,
  releaseAccount,
  renewLease,
} from '../ledger/accounts.ts';
import type { AccountState, ActiveExecution } from '../ledger/schemas.ts';
import type { Engine } from './engine.ts';

/** An account in our hands: its state as it was when we took it, and the means to go on holding it. */
export interface Hold {
  readonly fence: Fence;
  readonly account: AccountState;
  /** The lease as last written; every write that renews it says so here. */
  extended(lease: Lease): void;
  /** Makes sure that the lease outlives a call to the venue. @throws OnefillError FENCED_OUT when it was lost */
  ensureTimeForBrokerCall(): Promise<void>;
}

/** What working on an account came to: the work's own result, or why there was none. */
export type Held<Result> =
  | { readonly kind: 'worked'; readonly result: Result }
  | Exclude<LockResult, { kind: 'locked' }>;

/**
 * Takes an account, works on it, and keeps the lease alive meanwhile (I2, I5). The work gives the account back with
 * its last write; when it throws, the lease is given back here and the journal stays open for the next holder.
 */
export async function withAccount<Result>(
  engine: Engine,
  accountId: AccountId,
  begins: ActiveExecution,
  work: (hold: Hold) => Promise<Result>,
): Promise<Held<Result>> {
  const lock = await lockWithBackoff(engine, accountId, begins);
  if (lock.kind !== 'locked') {
    return lock;
  }
  const { hold, stop } = holdOn(engine, lock);
  try {
    return { kind: 'worked', result: await work(hold) };
  } catch (error) {
    await stop();
    // Best effort: a lease that cannot be given back lapses by itself, and the first error is the one to report.
    await releaseAccount(engine.ledger, lock.fence).catch(() => undefined);
    throw error;
  } finally {
    await stop();
  }
}

async function lockWithBackoff(
  engine: Engine,
  accountId: AccountId,
  begins: ActiveExecution,
): Promise<LockResult> {
  const ownerId = engine.newOwnerId();
  const attempt = () => lockAccount(engine.ledger, { accountId, ownerId, begins, nowMs: engine.clock.now() });
  let result = await attempt();
  for (const backoffMs of TIMING.contentionBackoffMs) {
    if (result.kind !== 'contended') {
      return result;
    }
    await engine.wait(backoffMs * (1 + engine.random() / 2));
    result = await attempt();
  }
  return result;
}

/** Renews the lease in the background until stopped, and remembers when it was lost. */
function holdOn(engine: Engine, lock: Extract<LockResult, { kind: 'locked' }>) {
  const { fence, account } = lock;
  let lease = lock.lease;
  let lost: OnefillError | undefined;
  let renewal: Promise<void> = Promise.resolve();

  const renew = async () => {
    try {
      lease = await renewLease(engine.ledger, fence, engine.clock.now());
    } catch (error) {
      // Any other failure leaves the lease as it was; the next renewal, or the work's own writes, will tell.
      lost = error instanceof OnefillError ? error : lost;
    }
  };
  const timer = setInterval(() => {
    renewal = renewal.then(renew);
  }, TIMING.leaseRenewalMs);

  const hold: Hold = {
    fence,
    account,
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
    clearInterval(timer);
    await renewal;
  };
  return { hold, stop };
}

import type { Ledger } from '../../../../functions/ledger/table.ts';

/** A way to let only one at a time work on an account, as whoever works sees it. */
export interface LockPeer {
  readonly name: string;
  /** Makes the account, in a store of its own. */
  on(ledger: Ledger): Promise<Locks>;
}

export interface Locks {
  /** Waits until the account is free, and takes it. */
  acquire(ownerId: string): Promise<HeldLock>;
  /** Calls past the ledger's client so far, for locks that live elsewhere; those made together count as one round. */
  readonly elsewhere: { readonly calls: number; readonly rounds: number };
}

export interface HeldLock {
  /** Sets a position on the account. @returns whether that took effect */
  write(quantity: string): Promise<boolean>;
  release(): Promise<void>;
}

export const NOTHING_ELSEWHERE = { calls: 0, rounds: 0 } as const;

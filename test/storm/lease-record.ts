import { expect } from 'vitest';
import { TIMING } from '../../functions/core/lease.ts';
import { FLAT, type Position } from '../../functions/core/position.ts';
import { logAfter, type Witness } from './contest.ts';

/** A lease that was given. Moments are places in the one sequence of everything that was asked and answered. */
interface Acquisition {
  readonly token: number;
  readonly ownerId: string;
  readonly askedAt: number;
  readonly answeredAt: number;
  /** When it was asked for, by the clock of who asked. */
  readonly nowMs: number;
  /** Its expiry as it was written, and written again, and when that was known. */
  readonly expiries: { readonly expiresAtMs: number; readonly knownAt: number }[];
  /** When it began to be given back. */
  returnedAt: number;
}

/** What the contenders for one account were told, and whether it adds up. */
export class LeaseRecord {
  #moment = 0;
  readonly #acquisitions = new Map<number, Acquisition>();
  readonly #entries: number[] = [];
  readonly #refusals: { readonly token: number; readonly answeredAt: number }[] = [];
  /** By the token that it left behind: when it was asked for. */
  readonly #unlocks = new Map<number, number>();
  #turnedAway = 0;

  /** How often each thing happened. */
  get counts() {
    return {
      acquired: this.#acquisitions.size,
      entries: this.#entries.length,
      overtaken: this.#refusals.length,
      unlocked: this.#unlocks.size,
      turnedAway: this.#turnedAway,
    };
  }

  /** The next place in the sequence. */
  moment(): number {
    this.#moment += 1;
    return this.#moment;
  }

  /** A witness of one request for the lease, which is about to be sent. */
  witness(): Witness {
    const askedAt = this.moment();
    return {
      acquired: (token, { ownerId, expiresAtMs }, nowMs) => {
        // A token that was given twice would be missing in the end.
        expect(this.#acquisitions.has(token)).toBe(false);
        const answeredAt = this.moment();
        const expiries = [{ expiresAtMs, knownAt: answeredAt }];
        const returnedAt = Number.POSITIVE_INFINITY;
        const times = { askedAt, answeredAt, nowMs, returnedAt };
        this.#acquisitions.set(token, { token, ownerId, ...times, expiries });
      },
      extended: (token, { expiresAtMs }) => {
        this.#acquisitions.get(token)?.expiries.push({ expiresAtMs, knownAt: this.moment() });
      },
      turnedAway: (leaseExpiresAtMs, nowMs) => {
        // A lease that has lapsed, by the clock of who asks, keeps nobody away.
        expect(leaseExpiresAtMs).toBeGreaterThanOrEqual(nowMs - TIMING.clockSkewMs);
        this.#turnedAway += 1;
      },
      entered: (token) => {
        this.#entries.push(token);
      },
      refused: (token) => {
        this.#refusals.push({ token, answeredAt: this.moment() });
      },
      returns: (token) => {
        const acquisition = this.#acquisitions.get(token);
        if (acquisition) {
          acquisition.returnedAt = this.moment();
        }
      },
    };
  }

  /** Notes a forced unlock, which raised the token. @param askedAt of {@link moment} */
  unlocked(token: number, askedAt: number): void {
    this.#unlocks.set(token, askedAt);
  }

  /** Checks everything that must hold, whatever happened. */
  expectSound(end: { readonly fencingToken: number; readonly log: Position | undefined }): void {
    this.#expectTokensInOrder(end.fencingToken);
    this.#expectNoStaleEntry(end.log);
    this.#expectOnlyTheOvertakenRefused();
    this.#expectNoLeaseTakenEarly();
  }

  /** No token is missing, and whoever asked after another had got his got a larger one. */
  #expectTokensInOrder(last: number): void {
    const tokens = [...this.#acquisitions.keys(), ...this.#unlocks.keys()];
    const everyToken = Array.from({ length: last }, (_, index) => index + 1);
    expect([...new Set(tokens)].toSorted((left, right) => left - right)).toEqual(everyToken);
    const inOrder = [...this.#acquisitions.values()].toSorted((left, right) => left.token - right.token);
    let answeredEarliest = Number.POSITIVE_INFINITY;
    for (const { askedAt, answeredAt } of inOrder.toReversed()) {
      expect(askedAt).toBeLessThan(answeredEarliest);
      answeredEarliest = Math.min(answeredEarliest, answeredAt);
    }
  }

  /** The log is that of the entries that succeeded, in the order of their tokens: none lost, none by a stale holder. */
  #expectNoStaleEntry(log: Position | undefined): void {
    const entries = this.#entries.toSorted((left, right) => left - right);
    expect(log).toEqual(entries.length === 0 ? undefined : entries.reduce(logAfter, FLAT));
  }

  /** Whoever was refused had lost the account to somebody who had asked for it by then. */
  #expectOnlyTheOvertakenRefused(): void {
    for (const { token, answeredAt } of this.#refusals) {
      const nextAskedAt = this.#acquisitions.get(token + 1)?.askedAt ?? this.#unlocks.get(token + 1);
      expect(nextAskedAt).toBeLessThan(answeredAt);
    }
  }

  /** Whoever took the account from a holder that had not returned it saw a lease that had lapsed, by his clock. */
  #expectNoLeaseTakenEarly(): void {
    for (const { token, ownerId, askedAt, answeredAt, nowMs } of this.#acquisitions.values()) {
      const before = this.#acquisitions.get(token - 1);
      const isHeld = before && before.ownerId !== ownerId && before.returnedAt > answeredAt;
      const known = isHeld ? before.expiries.filter(({ knownAt }) => knownAt < askedAt) : [];
      const expiresAtMs = known.at(-1)?.expiresAtMs ?? Number.NEGATIVE_INFINITY;
      expect(expiresAtMs).toBeLessThan(nowMs - TIMING.clockSkewMs);
    }
  }
}

import { createHash } from 'node:crypto';
import type { RateLimit } from '../core/configuration.ts';
import {
  type Admission,
  admit,
  joinGroup,
  markOf,
  type RateMemory,
  type RateSubject,
  withdraw,
} from '../ledger/rate-windows.ts';
import type { Ledger } from '../ledger/table.ts';

/** One request of a signal that is to be counted. */
export interface RatedRequest {
  readonly subject: RateSubject;
  readonly limit: RateLimit;
  /** The same for all copies of a signal. */
  readonly key: string;
  /** Of this request alone. */
  readonly claimId: string;
  readonly nowMs: number;
}

/**
 * A request's place in the rate window of its webhook. It is asked for at once, before anybody knows whether the request
 * is a signal, which counts, or the copy of one, which gives its place back.
 */
export class RatePlace {
  readonly #ledger: Ledger;
  readonly #subject: RateSubject;
  readonly #mark: string;
  #admission: Promise<Admission>;

  constructor(ledger: Ledger, { subject, limit, key, claimId, nowMs }: RatedRequest, memory: RateMemory) {
    this.#ledger = ledger;
    this.#subject = subject;
    this.#mark = markOf(createHash('sha256').update(key).digest('base64url'), claimId);
    this.#admission = admit(ledger, subject, limit, { mark: this.#mark, nowMs }, memory);
    // Awaited later; until then a failure must not count as unhandled.
    this.#admission.catch(() => undefined);
  }

  /** For the signal itself. The last place may be held by a copy of it that came first: then both have it for now. */
  async admission(): Promise<Admission> {
    const admission = await this.#admission;
    if (admission.admitted || !admission.taken) {
      return admission;
    }
    if (await joinGroup(this.#ledger, this.#subject, admission.taken, this.#mark)) {
      this.#admission = Promise.resolve({ admitted: true, slot: admission.taken.slot });
    }
    return this.#admission;
  }

  /** For a copy, and for a signal that was refused. */
  async giveBack(): Promise<void> {
    const admission = await this.#admission;
    if (admission.admitted) {
      await withdraw(this.#ledger, this.#subject, admission);
    }
  }
}

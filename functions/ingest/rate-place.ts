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
  /** The same for all copies of a signal, and for no other. */
  readonly keyHash: string;
  /** Of this request alone. */
  readonly claimId: string;
  readonly nowMs: number;
}

/** How often a signal asks for a place that copies of it pass on among themselves. */
const CROWD_ATTEMPTS_MAX = 16;

/**
 * A request's place in the rate window of its webhook. It is asked for at once, before anybody knows whether the request
 * is a signal, which counts, or the copy of one, which gives its place back.
 */
export class RatePlace {
  readonly #ledger: Ledger;
  readonly #request: RatedRequest;
  readonly #memory: RateMemory;
  #taken: Taken;
  #takes = 0;
  #givenBack: Promise<void> | undefined;

  constructor(ledger: Ledger, request: RatedRequest, memory: RateMemory) {
    this.#ledger = ledger;
    this.#request = request;
    this.#memory = memory;
    this.#taken = this.#take();
  }

  /**
   * For the signal itself. The last place may be held by a copy of it that came first: then both have it for now. While a
   * crowd of copies comes and goes, it may change hands before it can be shared: then it is asked for again. A place that
   * was given back, because the request passed for a copy until its original failed, is asked for again, too.
   */
  async admission(): Promise<Admission> {
    if (this.#givenBack) {
      // One that could not be given back is lost until its window ends.
      await this.#givenBack.catch(() => undefined);
      this.#givenBack = undefined;
      this.#taken = this.#take();
    }
    for (let asked = 1; asked < CROWD_ATTEMPTS_MAX; asked += 1) {
      const { mark } = this.#taken;
      const admission = await this.#taken.admission;
      if (admission.admitted || !admission.taken) {
        return admission;
      }
      if (await joinGroup(this.#ledger, this.#request.subject, admission.taken, mark)) {
        const joined = { admitted: true, slot: admission.taken.slot } as const;
        this.#taken = { mark, admission: Promise.resolve(joined) };
        return joined;
      }
      this.#taken = this.#take();
    }
    return this.#taken.admission;
  }

  /** For a copy, and for a signal that was refused. Once, however often it is called. */
  giveBack(): Promise<void> {
    this.#givenBack ??= this.#withdraw();
    return this.#givenBack;
  }

  async #withdraw(): Promise<void> {
    const admission = await this.#taken.admission;
    if (admission.admitted) {
      await withdraw(this.#ledger, this.#request.subject, admission);
    }
  }

  #take(): Taken {
    const { subject, limit, keyHash, claimId, nowMs } = this.#request;
    this.#takes += 1;
    // A mark that was given back must not be taken for one that stands.
    const mark = markOf(
      keyHash.replaceAll('/', '_'),
      this.#takes === 1 ? claimId : `${claimId}/${this.#takes}`,
    );
    const admission = admit(this.#ledger, subject, limit, { mark, nowMs }, this.#memory);
    // Awaited later; until then a failure must not count as unhandled.
    admission.catch(() => undefined);
    return { mark, admission };
  }
}

/** What was asked for, under which mark. */
interface Taken {
  readonly mark: string;
  readonly admission: Promise<Admission>;
}

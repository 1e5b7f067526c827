import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from './errors.ts';
import type { EventSourceTarget } from './event-source.ts';
import { afterInvocation, type RetryRules, type StreamBatch, withoutAged } from './stream-batch.ts';
import { type DiscardedItems, type StreamItem, streamEvent } from './stream-event.ts';

/** How records are put together, and what happens when they fail. */
export interface LaneSettings extends RetryRules {
  /** How many records an invocation gets at most. */
  readonly batchSize: number;
  /** How long records wait for others before they are given to the function. */
  readonly windowMs: number;
}

/** Who hears what becomes of records. */
export interface LaneOwner extends EventSourceTarget {
  /** These records are done, or given up. */
  onDone(items: readonly StreamItem[]): void;
  /** Takes records that are given up; rejects when it has to be asked again. */
  onDiscarded(discarded: DiscardedItems): Promise<void>;
}

/** What Lambda gives a function at most. */
const EVENT_BYTES_MAX = 6 * 1024 * 1024;
const PAUSE_FIRST_MS = 100;
const PAUSE_MAX_MS = 10_000;
const PAUSE_AFTER_REFUSAL_MS = 1_000;

/** Gives records to a function in their order, one batch after the other: what fails keeps what is behind it. */
export class StreamLane {
  readonly #settings: LaneSettings;
  readonly #owner: LaneOwner;
  readonly #signal: AbortSignal;
  readonly #waiting: StreamItem[] = [];
  #waitingSince = 0;
  #isBusy = false;
  #changed = Promise.withResolvers<void>();
  /** Settles after the batch in work, once the signal is aborted. */
  readonly ended: Promise<void>;

  constructor(settings: LaneSettings, owner: LaneOwner, signal: AbortSignal) {
    this.#settings = settings;
    this.#owner = owner;
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#change(), { once: true });
    this.ended = this.#run();
  }

  /** Adds a record behind the others. */
  push(item: StreamItem): void {
    if (this.#waiting.length === 0) {
      this.#waitingSince = performance.now();
    }
    this.#waiting.push(item);
    this.#change();
  }

  /** Settles when a batch no longer waits: whoever reads on waits for this, and so holds no more than is needed. */
  async room(): Promise<void> {
    while (this.#waiting.length >= this.#settings.batchSize && !this.#signal.aborted) {
      await this.#changed.promise;
    }
  }

  /** Settles when every record is done. */
  async drained(): Promise<void> {
    while ((this.#waiting.length > 0 || this.#isBusy) && !this.#signal.aborted) {
      await this.#changed.promise;
    }
  }

  async #run(): Promise<void> {
    while (!this.#signal.aborted) {
      const items = this.#take();
      if (items.length > 0) {
        this.#isBusy = true;
        await this.#work(items);
        this.#isBusy = false;
        this.#change();
      } else {
        await this.#nextChange();
      }
    }
  }

  /** The next batch, if it is complete or has waited long enough. */
  #take(): readonly StreamItem[] {
    const { batchSize, windowMs } = this.#settings;
    const size = fittingCount(this.#waiting, batchSize);
    const isFull = size === batchSize || size < this.#waiting.length;
    if (size === 0 || (!isFull && performance.now() - this.#waitingSince < windowMs)) {
      return [];
    }
    const items = this.#waiting.splice(0, size);
    this.#waitingSince = performance.now();
    this.#change();
    return items;
  }

  async #nextChange(): Promise<void> {
    const leftMs = this.#waitingSince + this.#settings.windowMs - performance.now();
    const timer =
      this.#waiting.length > 0 ? setTimeout(() => this.#change(), Math.max(1, leftMs)) : undefined;
    await this.#changed.promise;
    clearTimeout(timer);
  }

  #change(): void {
    const changed = this.#changed;
    this.#changed = Promise.withResolvers();
    changed.resolve();
  }

  /** Has a batch worked on until each of its records is done or given up. */
  async #work(items: readonly StreamItem[]): Promise<void> {
    const left: StreamBatch[] = [{ items, failures: 0 }];
    for (let batch = left.shift(); batch !== undefined && !this.#signal.aborted; batch = left.shift()) {
      left.unshift(...(await this.#try(batch)));
      const notDone = new Set(left.flatMap((each) => each.items));
      this.#owner.onDone(batch.items.filter((item) => !notDone.has(item)));
    }
  }

  /** @returns what is to be tried again */
  async #try(batch: StreamBatch): Promise<readonly StreamBatch[]> {
    const aged = withoutAged(batch, this.#settings, Date.now() / 1_000);
    if (aged.discarded !== undefined && !(await this.#discard(aged.discarded))) {
      return [batch];
    }
    const [fresh] = aged.retries;
    if (fresh === undefined) {
      return [];
    }
    const result = await this.#owner.invoke(streamEvent(fresh.items));
    if (this.#signal.aborted && !result.ok) {
      // It may have failed because everything stops: the next start tries it again.
      return [fresh];
    }
    const { discarded, retries } = afterInvocation(fresh, result, this.#settings);
    if (discarded !== undefined && !(await this.#discard(discarded))) {
      return [{ items: discarded.items, failures: discarded.invocations }];
    }
    const failures = retries[0]?.failures ?? 0;
    if (failures > 0) {
      await this.#pause(Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * 2 ** (failures - 1)));
    }
    return retries;
  }

  /** @returns whether someone has the records now; if not, everything stops */
  async #discard(discarded: DiscardedItems): Promise<boolean> {
    while (!this.#signal.aborted) {
      try {
        await this.#owner.onDiscarded(discarded);
        return true;
      } catch (error) {
        this.#owner.onProblem(`records that were given up could not be handed on: ${messageOf(error)}`);
        await this.#pause(PAUSE_AFTER_REFUSAL_MS);
      }
    }
    return false;
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#signal }).catch(() => undefined);
  }
}

function fittingCount(items: readonly StreamItem[], countMax: number): number {
  let bytes = 0;
  for (const [index, { text }] of items.entries()) {
    bytes += Buffer.byteLength(text) + 1;
    if (index === countMax || (bytes > EVENT_BYTES_MAX && index > 0)) {
      return index;
    }
  }
  return items.length;
}

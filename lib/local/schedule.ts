import { setTimeout as delay } from 'node:timers/promises';
import type { EventSourceTarget } from './event-source.ts';

/** Calls back again and again, the first time after one period, until what it returns is called. */
export type Every = (periodMs: number, tick: () => void) => () => void;

/** When a function runs by itself, and with which event. */
export interface ScheduleSettings {
  readonly periodMs: number;
  /** The event as JSON. */
  readonly payload: string;
  /** How many runs there may be at once, which is how many environments the stack reserves for the function. */
  readonly concurrencyMax: number;
}

/** This machine's time. */
export const everyByTimer: Every = (periodMs, tick) => {
  const timer = setInterval(tick, periodMs);
  return () => clearInterval(timer);
};

/**
 * Has a function run at a rate, as EventBridge does: the first time a full period after the start, and whether or not
 * the run before is over, unless the stack reserves no environment for another one. What failed is not repeated.
 */
export class Schedule {
  readonly #settings: ScheduleSettings;
  readonly #target: EventSourceTarget;
  readonly #runs = new Set<Promise<void>>();
  readonly #cancel: () => void;

  /** Starts at once. */
  constructor(settings: ScheduleSettings, target: EventSourceTarget, every: Every) {
    this.#settings = settings;
    this.#target = target;
    this.#cancel = every(settings.periodMs, () => this.#tick());
  }

  /**
   * Begins no further run, and waits for those in progress.
   *
   * @param graceMs how long to wait
   */
  async stop(graceMs: number): Promise<void> {
    this.#cancel();
    const timer = new AbortController();
    const enough = delay(graceMs, undefined, { signal: timer.signal }).catch(() => undefined);
    await Promise.race([Promise.all(this.#runs), enough]);
    timer.abort();
  }

  #tick(): void {
    if (this.#runs.size >= this.#settings.concurrencyMax) {
      this.#target.onProblem('a scheduled run was left out, because the one before it is not over');
      return;
    }
    const run = this.#target
      .invoke(this.#settings.payload)
      .then(() => undefined)
      .finally(() => this.#runs.delete(run));
    this.#runs.add(run);
  }
}

import type { Clock } from '../../functions/core/clock.ts';

/**
 * Time that passes only when nothing else can happen: hours of timers in milliseconds, and the same order of events
 * every time. Whatever runs in it may wait for promises and for these timers only; a real timer or a real call would
 * not be waited for.
 */
export interface VirtualTime extends Clock {
  /** The true time, in whole milliseconds; processes see it through clocks of their own. */
  now(): number;
  wait(durationMs: number): Promise<void>;
  /** Calls back once, after the duration, unless what it returns is called before. */
  after(durationMs: number, callback: () => void): () => void;
  /**
   * Runs until `main` is done and gives its result; timers that are left over never fire. Meanwhile `Date.now()` and
   * `setInterval` are virtual, too, for code that is not told its time.
   *
   * @throws Deadlock when `main` waits for something that no timer can bring about
   */
  run<Result>(main: () => Promise<Result>): Promise<Result>;
  /** How many timers have fired. */
  steps(): number;
}

/** Everything waits for something else. */
export class Deadlock extends Error {}

interface Timer {
  readonly atMs: number;
  /** Timers of one moment fire in the order in which they were set. */
  readonly order: number;
  /** Absent once cancelled. */
  callback: (() => void) | undefined;
}

/** More timers than this are a loop that never ends. */
const STEPS_MAX = 1_000_000;

/** @param startMs the time it is at first, milliseconds since the epoch */
export function virtualTime(startMs = Date.parse('2026-11-21T22:00:00.000Z')): VirtualTime {
  const timers = new TimerHeap();
  let nowMs = startMs;
  let made = 0;
  let fired = 0;

  const after = (durationMs: number, callback: () => void) => {
    made += 1;
    const timer: Timer = { atMs: nowMs + Math.max(0, durationMs), order: made, callback };
    timers.push(timer);
    return () => {
      timer.callback = undefined;
    };
  };

  const now = () => Math.floor(nowMs);
  const intervals = virtualIntervals(after);

  const fireNext = () => {
    const timer = timers.popLive();
    if (timer === undefined) {
      throw new Deadlock(`At ${new Date(nowMs).toISOString()} nothing can happen any more.`);
    }
    if (fired >= STEPS_MAX) {
      throw new Deadlock(`After ${fired} timers there is still no end.`);
    }
    fired += 1;
    nowMs = timer.atMs;
    timer.callback?.();
  };

  const run = async <Result>(main: () => Promise<Result>): Promise<Result> => {
    const systemNow = Date.now;
    const system = { setInterval, clearInterval };
    Date.now = now;
    Object.assign(globalThis, intervals);
    try {
      let done = false;
      const result = main().finally(() => {
        done = true;
      });
      result.catch(() => undefined);
      for (;;) {
        await microtasksDone();
        if (done) {
          return await result;
        }
        fireNext();
      }
    } finally {
      Date.now = systemNow;
      Object.assign(globalThis, system);
    }
  };

  return {
    now,
    wait: (durationMs) =>
      new Promise((resolve) => {
        after(durationMs, resolve);
      }),
    after,
    run,
    steps: () => fired,
  };
}

function virtualIntervals(after: VirtualTime['after']) {
  return {
    setInterval: (callback: () => void, durationMs: number) => {
      const interval = { cancel: (): void => undefined };
      const repeat = () => {
        interval.cancel = after(durationMs, () => {
          repeat();
          callback();
        });
      };
      repeat();
      return interval;
    },
    clearInterval: (interval: { cancel(): void }) => interval.cancel(),
  };
}

/** An immediate comes after all microtasks, and those that they add. */
function microtasksDone(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** A binary heap with the next timer on top. Cancelled timers stay until they come up. */
class TimerHeap {
  private readonly timers: Timer[] = [];

  push(timer: Timer): void {
    const { timers } = this;
    let index = timers.length;
    timers.push(timer);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = timers[parentIndex];
      if (parent === undefined || !isBefore(timer, parent)) {
        break;
      }
      timers[index] = parent;
      index = parentIndex;
    }
    timers[index] = timer;
  }

  /** Takes the next timer that was not cancelled; `undefined` when there is none. */
  popLive(): Timer | undefined {
    for (;;) {
      const top = this.pop();
      if (top === undefined || top.callback !== undefined) {
        return top;
      }
    }
  }

  private pop(): Timer | undefined {
    const { timers } = this;
    const [top] = timers;
    const last = timers.pop();
    if (last === undefined || timers.length === 0) {
      return last;
    }
    let index = 0;
    for (;;) {
      const childIndex = this.smallerChild(index);
      const child = timers[childIndex];
      if (child === undefined || !isBefore(child, last)) {
        break;
      }
      timers[index] = child;
      index = childIndex;
    }
    timers[index] = last;
    return top;
  }

  private smallerChild(index: number): number {
    const [left, right] = [this.timers[2 * index + 1], this.timers[2 * index + 2]];
    return left !== undefined && right !== undefined && isBefore(right, left) ? 2 * index + 2 : 2 * index + 1;
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}

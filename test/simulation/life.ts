import type { Call, Trace } from './trace.ts';
import type { VirtualTime } from './virtual-time.ts';

/**
 * Faults that kill the process:
 *
 * - `before-send`: it dies before the call is sent
 * - `answer-lost`: the call takes effect; it dies before it sees the answer
 * - `after-answer`: it sees the answer and dies before it does anything else that could be seen from outside
 */
export const FATAL_FAULTS = ['before-send', 'answer-lost', 'after-answer'] as const;

/**
 * Faults that it survives:
 *
 * - `fails`: the call takes no effect; it sees an error
 * - `loses-answer`: the call takes effect; it sees an error
 * - `repeats`: the call takes effect, its answer is lost on the way, and the SDK sends it again; it sees the second
 *   answer. For calls to AWS only; brokers are not asked twice, so there it does nothing
 */
export const SURVIVED_FAULTS = ['fails', 'loses-answer', 'repeats'] as const;

export type Fault = (typeof FATAL_FAULTS)[number] | (typeof SURVIVED_FAULTS)[number];

/** How long a call travels to its service, and its answer back. */
export interface Latency {
  readonly toMs: number;
  readonly backMs: number;
}

export interface ProcessOptions {
  readonly name: string;
  readonly time: VirtualTime;
  readonly trace: Trace;
  /** Which fault a call meets. @default none */
  readonly meets?: (call: Call) => Fault | undefined;
  /** @default none: calls take effect when they are made, and are answered at the same moment */
  readonly latency?: (call: Call) => Latency;
  /** How much its clock is ahead of the true time. @default 0 */
  readonly skewMs?: number;
}

/** How a task of a process ended. */
export type Ended<Result> =
  | { readonly kind: 'finished'; readonly result: Result }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'died' };

/** A call to the outside, as far as its process can tell. */
export interface Request<Result> extends Pick<Call, 'service' | 'operation' | 'subject'> {
  readonly perform: () => Promise<Result>;
  /** What the caller sees when there is no answer; may throw. */
  readonly unanswered: () => Result;
}

const NO_LATENCY: Latency = { toMs: 0, backMs: 0 };

/** A process from its start to its end, which may come at any call. */
export class Life {
  isOver = false;
  calls = 0;
  private readonly options: ProcessOptions;
  /** It has seen the last answer that it will see. */
  private isEnding = false;
  private readonly timers = new Set<() => void>();
  private readonly mourners = new Set<() => void>();

  constructor(options: ProcessOptions) {
    this.options = options;
  }

  end(): void {
    this.isOver = true;
    for (const cancel of this.timers) {
      cancel();
    }
    this.timers.clear();
    for (const mourn of this.mourners) {
      mourn();
    }
    this.mourners.clear();
  }

  /** Whether it is alive to do something that could be seen from outside. */
  goesOn(): boolean {
    if (this.isEnding && !this.isOver) {
      this.end();
    }
    return !this.isOver;
  }

  after(durationMs: number, callback: () => void): () => void {
    if (!this.goesOn()) {
      return () => undefined;
    }
    const cancel = this.options.time.after(durationMs, () => {
      this.timers.delete(cancelThis);
      if (this.goesOn()) {
        callback();
      }
    });
    const cancelThis = () => {
      this.timers.delete(cancelThis);
      cancel();
    };
    this.timers.add(cancelThis);
    return cancelThis;
  }

  run<Result>(task: () => Promise<Result>): Promise<Ended<Result>> {
    return new Promise((resolve) => {
      if (!this.goesOn()) {
        resolve({ kind: 'died' });
        return;
      }
      const died = () => resolve({ kind: 'died' });
      this.mourners.add(died);
      const finish = (ended: Ended<Result>) => {
        if (this.goesOn()) {
          this.mourners.delete(died);
          resolve(ended);
        }
      };
      task().then(
        (result) => finish({ kind: 'finished', result }),
        (error: unknown) => finish({ kind: 'failed', error }),
      );
    });
  }

  /** Makes a call. What it returns never settles when the process does not live to see the answer. */
  async request<Result>(request: Request<Result>): Promise<Result> {
    if (!this.goesOn()) {
      return nothing();
    }
    const { time, trace, name, meets, latency } = this.options;
    const { service, operation, subject } = request;
    this.calls += 1;
    const call: Call = { process: name, number: this.calls, service, operation, subject, atMs: time.now() };
    const become = trace.enter(call);
    const fault = meets?.(call);
    if (fault === 'before-send') {
      become('died before it was sent');
      this.end();
      return nothing();
    }
    const { toMs, backMs } = latency?.(call) ?? NO_LATENCY;
    if (toMs > 0) {
      await time.wait(toMs);
    }
    const result = await this.perform(request, fault);
    if (fault === 'answer-lost') {
      this.end();
    } else if (backMs > 0) {
      await time.wait(backMs);
    }
    become(
      `${outcomeOf(result)}${fault ? ` (${fault})` : ''}${this.isOver ? ', died before it saw it' : ''}`,
    );
    if (this.isOver) {
      return nothing();
    }
    this.isEnding ||= fault === 'after-answer';
    if (result === undefined || fault === 'loses-answer') {
      return request.unanswered();
    }
    if (result.status === 'rejected') {
      throw result.reason;
    }
    return result.value;
  }

  /** @returns `undefined` when the call was never made */
  private async perform<Result>(
    { service, perform }: Request<Result>,
    fault: Fault | undefined,
  ): Promise<PromiseSettledResult<Result> | undefined> {
    if (fault === 'fails') {
      return undefined;
    }
    const [first] = await Promise.allSettled([perform()]);
    if (fault === 'repeats' && service !== 'broker') {
      const [second] = await Promise.allSettled([perform()]);
      return second;
    }
    return first;
  }
}

function nothing(): Promise<never> {
  return new Promise(() => undefined);
}

function outcomeOf(result: PromiseSettledResult<unknown> | undefined): string {
  if (result === undefined) {
    return 'nothing done';
  }
  if (result.status === 'rejected') {
    return result.reason instanceof Error ? result.reason.name : String(result.reason);
  }
  return (result.value as { readonly kind?: string } | undefined)?.kind ?? 'done';
}

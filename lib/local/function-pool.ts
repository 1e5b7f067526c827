import { Environment, type EnvironmentHost } from './environment.ts';
import type { FunctionDefinition } from './function-definition.ts';
import { watchMemory } from './memory-watch.ts';
import type { FunctionError, InvocationResult } from './protocol.ts';

/** How many environments a function may have here, and for how long. */
export interface PoolLimits {
  /** At most so many at once; more events wait. */
  readonly environmentsMax: number;
  /** How long an environment that has nothing to do is kept, beyond the first. */
  readonly idleMs: number;
}

/** An environment as others see it. */
export interface EnvironmentStatus {
  readonly functionName: string;
  readonly pid: number;
  readonly state: Environment['state'];
  /** What it works on, as JSON. */
  readonly event: string | undefined;
  readonly invocations: number;
}

interface WaitingEvent {
  readonly payload: string;
  readonly since: number;
  settle(result: InvocationResult): void;
}

/** How long an event waits for a busy environment before another is started: starting costs more than most events. */
const PATIENCE_MS = 50;

/** Environments that load at once take the processor from those that work. */
const LOADING_MAX = 2;

const REVIEW_INTERVAL_MS = 1_000;

const STOPPED: InvocationResult = {
  ok: false,
  error: { errorType: 'Runtime.Stopped', errorMessage: 'The local cloud is stopping.' },
};

/**
 * The environments of one function: started when events wait, kept warm, replaced when they die.
 */
export class FunctionPool {
  readonly definition: FunctionDefinition;
  readonly #host: EnvironmentHost;
  readonly #limits: PoolLimits;
  readonly #environments = new Set<Environment>();
  /** Those with nothing to do, the last used last, and since when. */
  readonly #idle = new Map<Environment, number>();
  readonly #waiting: WaitingEvent[] = [];
  readonly #endWatch: () => void;
  readonly #reviewTimer: NodeJS.Timeout;
  #patienceTimer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(definition: FunctionDefinition, host: EnvironmentHost, limits: PoolLimits) {
    this.definition = definition;
    this.#host = host;
    const environmentsMax = Math.min(limits.environmentsMax, definition.environmentsMax ?? Infinity);
    this.#limits = { ...limits, environmentsMax: Math.max(1, environmentsMax) };
    this.#endWatch = watchMemory(() => this.#watched());
    this.#reviewTimer = setInterval(() => this.#reapIdle(), REVIEW_INTERVAL_MS);
  }

  /** How many events can be worked on at once. */
  get concurrencyMax(): number {
    return this.#limits.environmentsMax;
  }

  /**
   * Starts the first environment.
   *
   * @returns why its handler could not be loaded, if so
   */
  async warm(): Promise<FunctionError | undefined> {
    return await this.#start().loaded;
  }

  /**
   * Has an environment work on an event; it waits while all are busy. Never rejects.
   *
   * @param payload the event as JSON
   * @param signal when aborted, an event that still waits is dropped
   */
  invoke(payload: string, signal?: AbortSignal): Promise<InvocationResult> {
    if (this.#isStopped) {
      return Promise.resolve(STOPPED);
    }
    return new Promise((settle) => {
      const event = { payload, since: performance.now(), settle };
      this.#waiting.push(event);
      signal?.addEventListener('abort', () => this.#drop(event), { once: true });
      this.#dispatch();
    });
  }

  /** The environments that live, those that load included. */
  environments(): readonly EnvironmentStatus[] {
    return [...this.#environments].flatMap(({ pid, state, event, invocations }) =>
      pid === undefined ? [] : [{ functionName: this.definition.name, pid, state, event, invocations }],
    );
  }

  /** Ends every environment; events in work fail. Settles when the processes have ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#endWatch();
    clearInterval(this.#reviewTimer);
    clearTimeout(this.#patienceTimer);
    for (const event of this.#waiting.splice(0)) {
      event.settle(STOPPED);
    }
    const environments = [...this.#environments];
    for (const environment of environments) {
      environment.kill('stopping');
    }
    await Promise.all(environments.map(({ ended }) => ended));
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const environment = [...this.#idle.keys()].findLast(({ state }) => state === 'idle');
      if (environment === undefined) {
        this.#considerStarting();
        return;
      }
      const event = this.#waiting.shift();
      if (event !== undefined) {
        this.#idle.delete(environment);
        void this.#run(environment, event);
      }
    }
  }

  async #run(environment: Environment, event: WaitingEvent): Promise<void> {
    const result = await environment.invoke(event.payload);
    if (environment.state === 'idle') {
      this.#idle.set(environment, performance.now());
    }
    event.settle(result);
    this.#dispatch();
  }

  /** Starts an environment if an event has waited long enough, or looks again when one has. */
  #considerStarting(): void {
    const [first] = this.#waiting;
    const loading = [...this.#environments].filter(({ state }) => state === 'loading').length;
    const isFull = this.#environments.size >= this.#limits.environmentsMax;
    if (first === undefined || isFull || loading >= Math.min(LOADING_MAX, this.#waiting.length)) {
      return;
    }
    const patienceMs = this.#environments.size === 0 ? 0 : first.since + PATIENCE_MS - performance.now();
    if (patienceMs <= 0) {
      this.#start();
      return;
    }
    this.#patienceTimer ??= setTimeout(() => {
      this.#patienceTimer = undefined;
      this.#dispatch();
    }, patienceMs);
  }

  #start(): Environment {
    const environment = new Environment(this.definition, this.#host);
    this.#environments.add(environment);
    void environment.loaded.then((error) => {
      if (error === undefined) {
        this.#idle.set(environment, performance.now());
      } else if (!this.#isStopped) {
        // As in Lambda, an event fails whose environment cannot be made ready; the next event tries anew.
        this.#waiting.shift()?.settle({ ok: false, error });
      }
      this.#dispatch();
    });
    void environment.ended.then(() => this.#replace(environment));
    return environment;
  }

  /**
   * Starts another one after a death, because what it worked on comes again; but not where none could ever work: that would
   * go on for ever. One that was not needed any more is not among them here.
   */
  #replace(dead: Environment): void {
    const wasNeeded = this.#environments.delete(dead);
    this.#idle.delete(dead);
    if (!this.#isStopped && wasNeeded && dead.invocations > 0) {
      this.#start();
    }
    this.#dispatch();
  }

  #drop(event: WaitingEvent): void {
    const index = this.#waiting.indexOf(event);
    if (index >= 0) {
      this.#waiting.splice(index, 1);
      event.settle(STOPPED);
    }
  }

  #reapIdle(): void {
    const oldest = performance.now() - this.#limits.idleMs;
    for (const [environment, since] of this.#idle) {
      if (since < oldest && this.#environments.size > 1) {
        this.#idle.delete(environment);
        this.#environments.delete(environment);
        environment.kill('idle');
      }
    }
  }

  #killForMemory(environment: Environment, residentMb: number): void {
    const { name, memoryMb } = this.definition;
    const held = Math.ceil(residentMb);
    this.#host.onLine(name, `onefill: environment ${environment.pid} held ${held} MB of ${memoryMb} MB`);
    environment.kill('memory');
  }

  *#watched() {
    for (const environment of this.#environments) {
      yield {
        pid: environment.pid,
        limitMb: this.definition.memoryMb,
        onExceeded: (residentMb: number) => this.#killForMemory(environment, residentMb),
      };
    }
  }
}

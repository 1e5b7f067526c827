import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { LOCAL_ACCOUNT_ID } from './account.ts';
import type { EventSourceTarget } from './event-source.ts';
import type { LogPattern } from './log-pattern.ts';

/** Which lines of a log go to a function, and how. */
export interface LogSubscriptionSettings {
  readonly filterName: string;
  readonly logGroupName: string;
  readonly wants: LogPattern;
  /** How long to wait before each repetition of what failed. */
  readonly retryPausesMs: readonly number[];
}

interface LogEvent {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly message: string;
}

/** How long lines are gathered, so that what comes together is delivered together. */
const GATHERED_MS = 50;

const BATCH_MAX_EVENTS = 500;

/** The digits of CloudWatch's ids of log events. */
const ID_DIGITS = 56;

const compressed = promisify(gzip);

/**
 * Brings the lines of a log that a filter wants to a function, as a subscription filter of CloudWatch Logs does: in
 * batches, some time later, and asynchronously, so that whoever wrote them never waits. What fails is repeated as
 * often as Lambda repeats an asynchronous invocation, and then given up.
 */
export class LogSubscription {
  readonly #settings: LogSubscriptionSettings;
  readonly #target: EventSourceTarget;
  readonly #deliveries = new Set<Promise<void>>();
  readonly #abort = new AbortController();
  #gathered: LogEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #events = 0;

  constructor(settings: LogSubscriptionSettings, target: EventSourceTarget) {
    this.#settings = settings;
    this.#target = target;
  }

  /** Takes in a line that was written. */
  hear(line: string): void {
    if (!this.#settings.wants(line)) {
      return;
    }
    this.#events += 1;
    const timestamp = Date.now();
    const id = `${timestamp}${String(this.#events).padStart(10, '0')}`.padStart(ID_DIGITS, '0');
    this.#gathered.push({ id, timestamp, message: line });
    if (this.#gathered.length >= BATCH_MAX_EVENTS) {
      this.#deliver();
    }
    this.#timer ??= setTimeout(() => this.#deliver(), GATHERED_MS);
  }

  /**
   * Delivers what is gathered, and waits for the deliveries in progress.
   *
   * @param graceMs how long to wait; what is not delivered by then is lost
   */
  async stop(graceMs: number): Promise<void> {
    this.#deliver();
    const timer = new AbortController();
    const enough = delay(graceMs, undefined, { signal: timer.signal }).catch(() => undefined);
    await Promise.race([Promise.all(this.#deliveries), enough]);
    timer.abort();
    this.#abort.abort();
  }

  #deliver(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const events = this.#gathered;
    if (events.length > 0) {
      this.#gathered = [];
      const delivery = this.#invoke(events).finally(() => this.#deliveries.delete(delivery));
      this.#deliveries.add(delivery);
    }
  }

  /** Never rejects. */
  async #invoke(events: readonly LogEvent[]): Promise<void> {
    const payload = JSON.stringify({ awslogs: { data: await this.#dataOf(events) } });
    let result = await this.#target.invoke(payload);
    for (const pauseMs of this.#settings.retryPausesMs) {
      if (result.ok || !(await this.#pause(pauseMs))) {
        break;
      }
      result = await this.#target.invoke(payload);
    }
    if (!result.ok) {
      const lines = `${events.length} ${events.length === 1 ? 'line' : 'lines'}`;
      this.#target.onProblem(
        `${lines} of ${this.#settings.logGroupName} were given up: ${result.error.errorMessage}`,
      );
    }
  }

  /** @returns whether to go on afterwards */
  async #pause(durationMs: number): Promise<boolean> {
    const { signal } = this.#abort;
    await delay(durationMs, undefined, { signal }).catch(() => undefined);
    return !signal.aborted;
  }

  async #dataOf(logEvents: readonly LogEvent[]): Promise<string> {
    const { filterName, logGroupName } = this.#settings;
    const data = {
      messageType: 'DATA_MESSAGE',
      owner: LOCAL_ACCOUNT_ID,
      logGroup: logGroupName,
      logStream: 'local',
      subscriptionFilters: [filterName],
      logEvents,
    };
    return (await compressed(JSON.stringify(data))).toString('base64');
  }
}

import { Logger } from '@aws-lambda-powertools/logger';
import type { SQSRecord } from 'aws-lambda';
import fc, { type Scheduler } from 'fast-check';
import { expect, it } from 'vitest';
import type { ExecutionRequest } from '../../functions/core/execution.ts';
import { TIMING } from '../../functions/core/lease.ts';
import type { ExecuteResult } from '../../functions/engine/execute.ts';
import { processBatch } from '../../functions/strategy/process-batch.ts';
import { requestOf } from '../support/world.ts';
import { FifoQueue, type SentMessage } from './fifo-queue.ts';
import { runs, TIMEOUT_MS } from './runs.ts';

/** What an attempt to execute a message comes to before the one that works out. */
type Failure = 'hand-back' | 'throw';

/** A message of a test: whose it is, and how often it fails first. */
interface Planned {
  readonly account: number;
  readonly failures: readonly Failure[];
  /** Its body is no execution request: it can only fail. */
  readonly isUnreadable: boolean;
}

const ACCOUNTS = 5;
const MESSAGES_MAX = 12;
const HAND_BACK_SECONDS = 1;
const DELAYS = { 'hand-back': HAND_BACK_SECONDS, throw: TIMING.visibilityTimeoutSeconds } as const;
/** More than any readable message here can need. */
const RECEIVES_MAX = 100;
const logger = new Logger({ logLevel: 'SILENT' });

/** The requests of all runs: what is in them does not matter here but whose they are. */
const REQUESTS = Array.from({ length: MESSAGES_MAX }, () =>
  Array.from({ length: ACCOUNTS }, (_, account) => requestOf(`account-${account}`, {})),
);

const planned: fc.Arbitrary<Planned> = fc.record({
  account: fc.nat(ACCOUNTS - 1),
  failures: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.constantFrom<Failure>('hand-back', 'throw'), { maxLength: 2 }) },
  ),
  isUnreadable: fc.integer({ min: 0, max: 19 }).map((number) => number === 0),
});

interface Settings {
  readonly messages: readonly Planned[];
  readonly batchSize: number;
  readonly concurrency: number;
  /** How many messages an invocation has time for; at least one. */
  readonly time: readonly number[];
  /** Which of the messages that could be delivered are, in turn. */
  readonly shares: readonly boolean[];
}

const settings: fc.Arbitrary<Settings> = fc.record({
  messages: fc.array(planned, { minLength: 1, maxLength: MESSAGES_MAX }),
  batchSize: fc.integer({ min: 1, max: 10 }),
  concurrency: fc.integer({ min: 1, max: 3 }),
  time: fc.array(fc.oneof(fc.constant(MESSAGES_MAX), fc.integer({ min: 1, max: 3 })), {
    minLength: 1,
    maxLength: 4,
  }),
  shares: fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
});

/** One message and what became of it so far. */
interface Tracked extends SentMessage {
  readonly plan: Planned;
  attempts: number;
  isRunning: boolean;
  isDone: boolean;
}

/** After how many seconds a message that was not done comes back. */
function delayOf({ plan, attempts }: Tracked, tries: number): number {
  if (plan.isUnreadable) {
    return TIMING.visibilityTimeoutSeconds;
  }
  const wantsTime = tries === 0;
  return wantsTime ? 0 : DELAYS[plan.failures[attempts - 1] ?? 'throw'];
}

/** The whole life of a queue under one schedule. */
class Run {
  readonly #scheduler: Scheduler;
  readonly #settings: Settings;
  readonly #messages: readonly Tracked[];
  readonly #byExecution: ReadonlyMap<string, Tracked>;
  readonly #queue: FifoQueue;
  #invocations = 0;
  #active = 0;
  #shared = 0;

  constructor(scheduler: Scheduler, planned: Settings) {
    this.#scheduler = scheduler;
    this.#settings = planned;
    const byExecution = new Map<string, Tracked>();
    this.#messages = planned.messages.map((plan, index) => {
      const request = REQUESTS[index]?.[plan.account];
      const body = plan.isUnreadable ? '{"accountId":' : JSON.stringify(request);
      const group = `group-${plan.account}`;
      const tracked = { id: `m${index}`, group, body, plan, attempts: 0, isRunning: false, isDone: false };
      byExecution.set(request?.executionId ?? '', tracked);
      return tracked;
    });
    this.#byExecution = byExecution;
    this.#queue = new FifoQueue(this.#messages, RECEIVES_MAX);
  }

  /** Delivers until every readable message is done. */
  async toTheEnd(): Promise<void> {
    await this.#scheduler.waitFor(this.#deliver());
    expect(this.#readable.filter(({ isDone }) => !isDone)).toEqual([]);
    expect(this.#queue.deadLetters.filter(({ id }) => !this.#messageOf(id).plan.isUnreadable)).toEqual([]);
  }

  get #readable(): readonly Tracked[] {
    return this.#messages.filter(({ plan }) => !plan.isUnreadable);
  }

  #messageOf(id: string): Tracked {
    const message = this.#messages[Number(id.slice(1))];
    if (!message) {
      throw new Error(`There is no message ${id}.`);
    }
    return message;
  }

  /** Starts as many invocations as there may be; each that ends starts others. */
  async #deliver(): Promise<void> {
    const started: Promise<void>[] = [];
    while (this.#active < this.#settings.concurrency && this.#readable.some(({ isDone }) => !isDone)) {
      const records = this.#receive();
      if (records.length === 0) {
        break;
      }
      this.#active += 1;
      started.push(this.#invoke(records));
    }
    await Promise.all(started);
  }

  #receive(): readonly SQSRecord[] {
    const { batchSize, shares } = this.#settings;
    const share = (): boolean => {
      this.#shared += 1;
      return shares[this.#shared % shares.length] ?? true;
    };
    const records = this.#queue.receive(batchSize, share);
    // With nothing under way nobody would ask again.
    return records.length === 0 && this.#active === 0 ? this.#queue.receive(batchSize, () => true) : records;
  }

  async #invoke(records: readonly SQSRecord[]): Promise<void> {
    const { time } = this.#settings;
    let timeFor = time[this.#invocations % time.length] ?? 1;
    this.#invocations += 1;
    const handedBack = new Map<string, number>();
    const before = new Map(records.map(({ messageId }) => [messageId, this.#messageOf(messageId).attempts]));
    const response = await processBatch(records, {
      execute: (request) => this.#execute(request),
      handBack: async (undone, delaySeconds) => {
        await this.#scheduler.schedule(Promise.resolve(), 'hand back');
        for (const { messageId } of undone) {
          expect(handedBack.has(messageId)).toBe(false);
          handedBack.set(messageId, delaySeconds);
        }
      },
      remainingTimeMs: () => {
        timeFor -= 1;
        return timeFor >= 0 ? TIMING.remainingTimeFloorMs : TIMING.remainingTimeFloorMs - 1;
      },
      clock: { now: () => 0 },
      logger,
    });
    const failed = response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    // What Lambda is told and what is made deliverable again are the same, each once.
    expect([...handedBack.keys()].toSorted()).toEqual(failed.toSorted());
    expect(new Set(failed).size).toBe(failed.length);
    this.#expectRight(records, before, handedBack);
    this.#queue.finish(records, new Set(failed));
    this.#active -= 1;
    await this.#deliver();
  }

  /** In each account: done up to the first that failed, and that one with all behind it handed back by its delay. */
  #expectRight(
    records: readonly SQSRecord[],
    attemptsBefore: ReadonlyMap<string, number>,
    handedBack: ReadonlyMap<string, number>,
  ): void {
    const messages = records.map(({ messageId }) => this.#messageOf(messageId));
    const triesOf = ({ id, attempts }: Tracked) => attempts - (attemptsBefore.get(id) ?? 0);
    const streams = Map.groupBy(messages, ({ plan, group }) => `${plan.isUnreadable} ${group}`);
    for (const stream of streams.values()) {
      const failedAt = stream.findIndex(({ isDone }) => !isDone);
      const done = failedAt < 0 ? stream : stream.slice(0, failedAt);
      const [failed, ...behind] = stream.slice(done.length);
      expect(done.map(triesOf)).toEqual(done.map(() => 1));
      expect(behind.map(triesOf)).toEqual(behind.map(() => 0));
      const delaySeconds = failed && delayOf(failed, triesOf(failed));
      expect(stream.map(({ id }) => handedBack.get(id))).toEqual([
        ...done.map(() => undefined),
        ...stream.slice(done.length).map(() => delaySeconds),
      ]);
    }
  }

  async #execute(request: ExecutionRequest): Promise<ExecuteResult> {
    const message = this.#byExecution.get(request.executionId);
    if (!message) {
      throw new Error('An execution that nobody asked for.');
    }
    expect(message.isDone).toBe(false);
    const account = this.#readable.filter(({ group }) => group === message.group);
    // I2: its turn has come, and nobody else of its account is at work.
    expect(account.find(({ isDone }) => !isDone)?.id).toBe(message.id);
    expect(account.filter(({ isRunning }) => isRunning)).toEqual([]);
    const outcome = message.plan.failures[message.attempts] ?? 'done';
    message.attempts += 1;
    message.isRunning = true;
    await this.#scheduler.schedule(Promise.resolve(), `${message.id} ${outcome}`);
    message.isRunning = false;
    if (outcome === 'throw') {
      throw new Error('The store is down.');
    }
    if (outcome === 'hand-back') {
      return { kind: 'hand-back', code: 'ACCOUNT_LEASED', delaySeconds: HAND_BACK_SECONDS };
    }
    message.isDone = true;
    const execution = { ...request, status: 'COMPLETED', orders: [], steps: [], retries: 0 } as const;
    return { kind: 'done', execution: { ...execution, startedAtMs: 0, endedAtMs: 0 } };
  }
}

it(
  'each account’s messages are done once and in order, whatever the batches, failures and interleavings (B1, I2)',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), settings, (scheduler, planned) =>
        new Run(scheduler, planned).toTheEnd(),
      ),
      runs(800),
    );
  },
  TIMEOUT_MS,
);

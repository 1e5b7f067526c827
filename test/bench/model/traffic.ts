import type { Logger } from '@aws-lambda-powertools/logger';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { ExecutionRequest } from '../../../functions/core/execution.ts';
import type { AccountId, ClientOrderId, ExecutionId } from '../../../functions/core/ids.ts';
import { clientOrderIdOf } from '../../../functions/core/ids.ts';
import { configureAccount } from '../../../functions/ledger/configure-account.ts';
import { saveStrategy, saveWebhook } from '../../../functions/ledger/webhooks.ts';
import { enqueue } from '../../../functions/shared/accounts-queue.ts';
import type { SimulatedProcess } from '../../simulation/faults.ts';
import type { Latency } from '../../simulation/life.ts';
import type { Delivery } from '../../simulation/model-queue.ts';
import { type ModelLedger, modelLedger } from '../../simulation/model-table.ts';
import { type Random, seededRandom } from '../../simulation/random.ts';
import type { Call } from '../../simulation/trace.ts';
import { type Posted, simulatedWorld, type World } from '../../simulation/world.ts';
import { accountOf, strategyOf, webhookOf } from '../../support/world.ts';
import { PUBLISHED, type Published, sampleMs } from './latencies.ts';
import { Meter, type Metered } from './meter.ts';

/** How long everything takes that a function waits for, milliseconds. */
export interface Delays {
  readonly callMs: (call: Call) => number;
  readonly hopMs: (hop: Hop) => number;
}

/** What happens beside the functions' own calls; `poll` is a call of Lambda's poller to SQS. */
export type Hop = 'fifo' | 'httpApi' | 'lambda' | 'poll';

/** A call of a function to the outside, with its times in milliseconds. */
export interface TimedCall extends Call {
  readonly endedAtMs: number;
}

/** One webhook request, from the provider's point of view. */
export interface Sent {
  readonly startedAtMs: number;
  readonly answeredAtMs: number;
  readonly posted: Posted;
}

/** An execution environment of a function: one event at a time. */
interface Environment<Handle> {
  readonly process: SimulatedProcess;
  readonly handle: Handle;
  isBusy: boolean;
}

/** How long an invocation took, for what Lambda charges. */
export interface Invocation {
  readonly role: 'ingest' | 'strategy';
  readonly durationMs: number;
}

/** One delivery that is over, its messages deleted. */
export interface Delivered {
  readonly groupIds: readonly string[];
  /** How many messages were not handed back. */
  readonly done: number;
  readonly endedAtMs: number;
}

/** What is at work: Onefill's functions, or others in their place. */
export type Functions = Pick<World, 'ingest' | 'strategy'>;

export interface TrafficOptions {
  /** @default an empty one */
  readonly store?: ModelLedger;
  /** @default Onefill's */
  readonly functionsOf?: (world: World) => Functions;
  /** @default a silent one */
  readonly logger?: Logger;
  /** How many messages the strategy function is given at once. @default 1 */
  readonly batchSize?: number;
  /** How many environments of the strategy function there are at most. @default any number */
  readonly concurrencyMax?: number;
}

/**
 * Onefill at work in virtual time: the functions' real code, on models whose every call is metered and takes as long as
 * it is told. Webhook `hook-n` trades account `account-n`.
 */
export class Traffic {
  readonly world: World;
  readonly calls: TimedCall[] = [];
  readonly invocations: Invocation[] = [];
  readonly deliveries: Delivered[] = [];
  /** Of the functions alone, not of what prepares or looks at their world. */
  readonly meter = new Meter();
  readonly #delays: Delays;
  readonly #functions: Functions;
  readonly #ingests: Environment<ReturnType<World['ingest']>>[] = [];
  readonly #strategies: Environment<(event: SQSEvent) => Promise<unknown>>[] = [];
  readonly #batchSize: number;
  readonly #concurrencyMax: number;
  #started = 0;
  /** Messages whose hop is over and that were not delivered yet. */
  #arrived = 0;

  constructor(delays: Delays, options: TrafficOptions = {}) {
    const { store = modelLedger(), functionsOf = (world: World) => world, logger } = options;
    this.#delays = delays;
    this.#batchSize = options.batchSize ?? 1;
    this.#concurrencyMax = options.concurrencyMax ?? Number.POSITIVE_INFINITY;
    const client = this.meter.around(store.ledger.client);
    this.world = simulatedWorld({
      store: { ...store, ledger: { ...store.ledger, client } },
      ...(logger ? { logger } : {}),
    });
    this.#functions = functionsOf(this.world);
  }

  /** Webhooks, strategies and accounts from 0 up to a count. */
  async configure(count: number): Promise<void> {
    const { ledger } = this.world.store;
    for (let index = 0; index < count; index += 1) {
      await saveWebhook(ledger, webhookOf(hookOf(index)));
      await configureAccount(ledger, accountOf(accountIdOf(index)));
      await saveStrategy(ledger, strategyOf(`strategy-${index}`, hookOf(index), [accountIdOf(index)]));
    }
    this.forget();
  }

  /** Forgets what was counted so far. */
  forget(): void {
    this.meter.entries.length = 0;
    this.calls.length = 0;
    this.invocations.length = 0;
    this.deliveries.length = 0;
  }

  /** What was charged for since the last {@link forget}. */
  get metered(): readonly Metered[] {
    return this.meter.entries;
  }

  /** Posts a payload to the webhook of an account and waits for the answer. */
  async send(index: number, payload: object): Promise<Sent> {
    const { time } = this.world;
    const startedAtMs = time.now();
    const environment = this.#idle(this.#ingests, 'ingest', (process) => this.#functions.ingest(process));
    environment.isBusy = true;
    await time.wait(this.#delays.hopMs('httpApi') + this.#delays.hopMs('lambda'));
    const begunAtMs = time.now();
    const ended = await environment.process.run(() => environment.handle(hookOf(index), payload));
    this.invocations.push({ role: 'ingest', durationMs: time.now() - begunAtMs });
    environment.isBusy = false;
    if (ended.kind !== 'finished') {
      throw new Error(`The ingest function ${ended.kind}.`);
    }
    return { startedAtMs, answeredAtMs: time.now(), posted: ended.result };
  }

  /** Puts requests into the queue as if they had been waiting there, in this order, until {@link begin}. */
  async fill(requests: readonly ExecutionRequest[]): Promise<void> {
    for (const request of requests) {
      await enqueue(this.world.queue, [request]);
    }
    this.#arrived += requests.length;
  }

  /** Begins to work on what {@link fill} put into the queue. */
  begin(): void {
    this.#deliver();
  }

  /** Waits until the queue is empty. */
  async drained(): Promise<void> {
    while (this.world.queue.messages().length > 0 || this.#strategies.some(({ isBusy }) => isBusy)) {
      await this.world.time.wait(1);
    }
  }

  /** When the venue had acknowledged an execution's entry. */
  acknowledgedAtMs(executionId: string): number {
    const id: ClientOrderId = clientOrderIdOf(executionId as ExecutionId, 'entry');
    const place = this.calls.find(
      ({ operation, subject }) => operation === 'place' && subject().includes(id),
    );
    if (!place) {
      throw new Error(`The venue was never asked for ${executionId}.`);
    }
    return place.endedAtMs;
  }

  #idle<Handle>(
    pool: Environment<Handle>[],
    role: string,
    handleOf: (process: SimulatedProcess) => Handle,
  ): Environment<Handle> {
    const idle = pool.find(({ isBusy }) => !isBusy);
    if (idle) {
      return idle;
    }
    this.#started += 1;
    const process = this.world.process({
      name: `${role}-${this.#started}`,
      latency: (call) => this.#enter(call),
    });
    const environment = { process, handle: handleOf(process), isBusy: false };
    pool.push(environment);
    return environment;
  }

  #enter(call: Call): Latency {
    const durationMs = this.#delays.callMs(call);
    this.calls.push({ ...call, endedAtMs: call.atMs + durationMs });
    if (call.operation === 'SendMessageBatch') {
      for (const _message of call.subject().split(', ')) {
        // The published figure begins when the message is sent; it cannot arrive before it is.
        const arrivesMs = Math.max(this.#delays.hopMs('fifo'), durationMs / 2 + 0.001);
        this.world.time.after(arrivesMs, () => {
          this.#arrived += 1;
          this.#deliver();
        });
      }
    }
    return { toMs: durationMs / 2, backMs: durationMs / 2 };
  }

  /** Invokes the strategy function for messages that have arrived and whose account nobody is at work on. */
  #deliver(): void {
    while (
      this.#arrived > 0 &&
      this.#strategies.filter(({ isBusy }) => isBusy).length < this.#concurrencyMax
    ) {
      const delivery = this.world.queue.deliver(Math.min(this.#batchSize, this.#arrived));
      if (!delivery) {
        return;
      }
      this.#arrived -= delivery.event.Records.length;
      void this.#work(delivery);
    }
  }

  async #work(delivery: Delivery): Promise<void> {
    const { time } = this.world;
    const environment = this.#idle(this.#strategies, 'strategy', (process) =>
      this.#functions.strategy(process),
    );
    environment.isBusy = true;
    const begunAtMs = time.now();
    const ended = await environment.process.run(() => environment.handle(delivery.event));
    this.invocations.push({ role: 'strategy', durationMs: time.now() - begunAtMs });
    // Lambda's poller deletes what was done; until then the account's next messages are held back.
    await time.wait(this.#delays.hopMs('poll'));
    environment.isBusy = false;
    if (ended.kind === 'finished') {
      this.#end(delivery, ended.result as SQSBatchResponse);
    }
    if (this.#arrived > 0) {
      // What had to wait is received, and the function invoked; what is still to come has its own hop.
      await time.wait(this.#delays.hopMs('poll') + this.#delays.hopMs('lambda'));
      this.#deliver();
    }
  }

  #end(delivery: Delivery, response: SQSBatchResponse): void {
    const { Records } = delivery.event;
    const handedBack = response.batchItemFailures.length;
    delivery.answer(response);
    this.#arrived += handedBack;
    this.deliveries.push({
      groupIds: Records.map(({ attributes }) => attributes.MessageGroupId ?? ''),
      done: Records.length - handedBack,
      endedAtMs: this.world.time.now(),
    });
  }
}

const POLLS_SEED = 7;

/** Every hop and call as long as was published, the venue as long as said. */
export function publishedDelays(random: Random, brokerMs: number): Delays {
  const sample = (published: Published) => sampleMs(published, random);
  // Of their own, so that whatever is compared meets the same hops.
  const hops = random.fork();
  // Of their own, too: who polls more does not meet other hops.
  const polls = seededRandom(POLLS_SEED);
  return {
    callMs: ({ service, operation }) => {
      if (service === 'broker') {
        return brokerMs;
      }
      const isTransaction = operation === 'TransactWrite';
      return sample(
        service === 'sqs' ? PUBLISHED.sqs : PUBLISHED[isTransaction ? 'transaction' : 'dynamodb'],
      );
    },
    hopMs: (hop) => (hop === 'poll' ? sampleMs(PUBLISHED.sqs, polls) : sampleMs(PUBLISHED[hop], hops)),
  };
}

/** Every call takes the same time and hops take none, so that times count sequential calls. */
export const UNIT_MS = 10;
export const UNIT_DELAYS: Delays = { callMs: () => UNIT_MS, hopMs: () => 0 };

export const hookOf = (index: number): string => `hook-${index}`;
export const accountIdOf = (index: number): AccountId => `account-${index}` as AccountId;

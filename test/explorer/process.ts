import type { Broker } from '../../functions/brokers/broker.ts';

/**
 * When a process dies at a call, whatever the service is:
 *
 * - `before-send`: nothing was sent
 * - `answer-lost`: it took effect, and the answer was never seen
 * - `after-answer`: the answer was seen, and nothing was done with it that reached anybody
 */
export const DEATHS = ['before-send', 'answer-lost', 'after-answer'] as const;
export type Death = (typeof DEATHS)[number];

/** One death: at which call, counted from 1 since the run began or since the death before, and how. */
export interface PlannedDeath {
  readonly at: number;
  readonly death: Death;
}

/** Everything that is called in one run, by one process after the other, and the deaths that are planned for it. */
export class Calls {
  /** What was called, for the report of a failure. */
  readonly trace: string[] = [];
  /** Calls since the run began or since the last death. */
  count = 0;
  /** How many calls there were before each death. */
  readonly countsAtDeath: number[] = [];
  readonly #planned: PlannedDeath[];

  constructor(planned: readonly PlannedDeath[]) {
    this.#planned = [...planned];
  }

  get areDeathsLeft(): boolean {
    return this.#planned.length > 0;
  }

  /** How the next call ends, if it is one at which the process dies. */
  next(name: string): Death | undefined {
    this.count += 1;
    const [planned] = this.#planned;
    const death = planned?.at === this.count ? planned.death : undefined;
    this.trace.push(`${this.count} ${name}${death ? ` † ${death}` : ''}`);
    if (death) {
      this.#planned.shift();
      this.countsAtDeath.push(this.count);
      this.count = 0;
    }
    return death;
  }
}

/** One process, from its start to its end or its death: its clients count their calls and die at the planned ones. */
export class Process {
  isDead = false;
  readonly #calls: Calls;
  /** A dead process waits for ever; whoever started it is told by this. */
  readonly died: Promise<'died'>;
  #die: () => void = () => undefined;

  constructor(calls: Calls) {
    this.#calls = calls;
    this.died = new Promise((resolve) => {
      this.#die = () => resolve('died');
    });
  }

  /** The client with every call counted. */
  client<Client extends { send(command: never): unknown }>(client: Client): Client {
    const send = (command: object) =>
      this.call(nameOf(command), () => Promise.resolve(client.send(command as never)));
    return Object.create(client, { send: { value: send } }) as Client;
  }

  /** The broker with every call counted. */
  broker(broker: Broker): Broker {
    return {
      ...broker,
      place: (intent) => this.call(`place ${intent.leg}`, () => broker.place(intent)),
      lookup: (id) => this.call('lookup', () => broker.lookup(id)),
      cancel: (id) => this.call('cancel', () => broker.cancel(id)),
      positions: () => this.call('positions', () => broker.positions()),
    };
  }

  /** What came of some work; a process that died before it was done is found out at once. */
  async outcomeOf<Result>(work: Promise<Result>): Promise<Result | 'died'> {
    work.catch(() => undefined);
    return Promise.race([work, this.died]);
  }

  async call<Result>(name: string, make: () => Promise<Result>): Promise<Result> {
    if (this.isDead) {
      return never();
    }
    const death = this.#calls.next(name);
    if (death === undefined) {
      return make();
    }
    this.isDead = true;
    if (death !== 'before-send') {
      await make().catch(() => undefined);
    }
    this.#die();
    return never();
  }
}

/** What a dead process waits for. */
function never(): Promise<never> {
  return new Promise(() => undefined);
}

function nameOf(command: object): string {
  const { Key, Item } = (command as { input?: { Key?: object; Item?: object } }).input ?? {};
  const item: { sk?: unknown; id?: unknown } = Key ?? Item ?? {};
  return [command.constructor.name.replace('Command', ''), item.sk ?? item.id ?? ''].join(' ').trim();
}

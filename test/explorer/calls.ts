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

/**
 * Everything that one process after the other calls, and the moments at which each of them could die: of a process that
 * is dead nothing is left but what it did to the outside until then, so whoever wants to know what its death would
 * leave looks at that, and lets the process live. Calls to the models take effect before they return.
 */
export class Calls {
  /** What was called, for the report of a failure. */
  readonly trace: string[] = [];
  readonly #couldDie: (moment: PlannedDeath) => void;

  /** @param couldDie hears of every moment, at that moment */
  constructor(couldDie: (moment: PlannedDeath) => void) {
    this.#couldDie = couldDie;
  }

  get count(): number {
    return this.trace.length;
  }

  /** The client with every call counted. */
  client<Client extends { send(command: never): unknown }>(client: Client): Client {
    const send = (command: object) =>
      this.#call(nameOf(command), () => Promise.resolve(client.send(command as never)));
    return Object.create(client, { send: { value: send } }) as Client;
  }

  /** The broker with every call counted. */
  broker(broker: Broker): Broker {
    const { placeOco } = broker;
    return {
      ...broker,
      ...(placeOco
        ? { placeOco: (pair) => this.#call(`place ${pair.stopLoss.leg}, paired`, () => placeOco(pair)) }
        : {}),
      place: (intent) => this.#call(`place ${intent.leg}`, () => broker.place(intent)),
      lookup: (id) => this.#call('lookup', () => broker.lookup(id)),
      cancel: (id) => this.#call('cancel', () => broker.cancel(id)),
      positions: () => this.#call('positions', () => broker.positions()),
    };
  }

  #call<Result>(name: string, make: () => Promise<Result>): Promise<Result> {
    this.trace.push(`${this.count + 1} ${name}`);
    const at = this.count;
    this.#couldDie({ at, death: 'before-send' });
    const answer = make();
    this.#couldDie({ at, death: 'answer-lost' });
    this.#couldDie({ at, death: 'after-answer' });
    return answer;
  }
}

function nameOf(command: object): string {
  const { Key, Item } = (command as { input?: { Key?: object; Item?: object } }).input ?? {};
  const item: { sk?: unknown; id?: unknown } = Key ?? Item ?? {};
  return [command.constructor.name.replace('Command', ''), item.sk ?? item.id ?? ''].join(' ').trim();
}

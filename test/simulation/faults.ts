import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Broker, UnknownOutcome } from '../../functions/brokers/broker.ts';
import type { Clock } from '../../functions/core/clock.ts';
import type { OrderIntent } from '../../functions/core/order.ts';
import type { Ledger } from '../../functions/ledger/table.ts';
import { type Ended, type Fault, Life, type ProcessOptions } from './life.ts';
import { subjectOf } from './trace.ts';

/**
 * A process of the simulation: what runs in it sees the outside through its clients, clock and timers only. Once it
 * is dead its calls are never sent, its answers never arrive and its timers never fire; but what it had sent before
 * still arrives.
 */
export interface SimulatedProcess {
  readonly name: string;
  readonly clock: Clock;
  wait(durationMs: number): Promise<void>;
  after(durationMs: number, callback: () => void): () => void;
  ledger(ledger: Ledger): Ledger;
  queueClient(client: SQSClient): SQSClient;
  /** A broker that calls the outside by itself (the paper venue and its book) must do so past the process. */
  broker(broker: Broker): Broker;
  /** What the process lets be seen without a call, a log line or an alert: not any more when it is dead. */
  shows<Value>(callback: (value: Value) => void): (value: Value) => void;
  /** Runs a task until it ends, one way or the other. */
  run<Result>(task: () => Promise<Result>): Promise<Ended<Result>>;
  /** Ends it from outside, at any moment. */
  kill(): void;
  isDead(): boolean;
  /** How many calls it made. */
  calls(): number;
}

/** The faults of a process, by the number of the call that meets them. */
export function faultsAt(
  ...planned: readonly { readonly at: number; readonly fault: Fault }[]
): NonNullable<ProcessOptions['meets']> {
  return ({ number }) => planned.find(({ at }) => at === number)?.fault;
}

const NO_ANSWER: UnknownOutcome = {
  kind: 'unknown',
  cause: 'connection',
  message: 'The connection was reset.',
};

export function simulatedProcess(options: ProcessOptions): SimulatedProcess {
  const life = new Life(options);
  const sendThrough =
    <Client extends object>(
      client: Client & { send(command: never): unknown },
      service: 'dynamodb' | 'sqs',
    ) =>
    (command: object): Promise<unknown> =>
      life.request({
        service,
        operation: command.constructor.name.replace(/Command$/, ''),
        subject: () => subjectOf(command),
        perform: async () => client.send(command as never),
        unanswered: () => {
          throw Object.assign(new Error('The service did not answer.'), { name: 'TimeoutError' });
        },
      });
  return {
    name: options.name,
    clock: { now: () => Math.floor(options.time.now() + (options.skewMs ?? 0)) },
    after: (durationMs, callback) => life.after(durationMs, callback),
    wait: (durationMs) =>
      new Promise((resolve) => {
        life.after(durationMs, resolve);
      }),
    ledger: (ledger) => ({
      ...ledger,
      client: withSend(ledger.client, sendThrough(ledger.client, 'dynamodb')),
    }),
    queueClient: (client) => withSend(client, sendThrough(client, 'sqs')),
    broker: (broker) => brokerOf(life, broker),
    shows: (callback) => (value) => {
      if (life.goesOn()) {
        callback(value);
      }
    },
    run: (task) => life.run(task),
    kill: () => life.end(),
    isDead: () => life.isOver,
    calls: () => life.calls,
  };
}

function withSend<Client extends object>(
  client: Client,
  send: (command: object) => Promise<unknown>,
): Client {
  return Object.create(client, { send: { value: send, writable: true, configurable: true } }) as Client;
}

function brokerOf(life: Life, broker: Broker): Broker {
  const request = <Result>(
    operation: string,
    subject: string,
    perform: () => Promise<Result>,
    unanswered: () => Result,
  ) => life.request({ service: 'broker', operation, subject: () => subject, perform, unanswered });
  const { placeOco } = broker;
  const shown = ({ leg, side, quantity, symbol, clientOrderId }: OrderIntent) =>
    `${leg} ${side} ${quantity} ${symbol} ${clientOrderId}`;
  return {
    clientOrderIdGuarantee: broker.clientOrderIdGuarantee,
    capabilities: broker.capabilities,
    equity: () => broker.equity(),
    ...(broker.uniqueForMs === undefined ? {} : { uniqueForMs: broker.uniqueForMs }),
    place: (intent) =>
      request(
        'place',
        shown(intent),
        () => broker.place(intent),
        () => NO_ANSWER,
      ),
    ...(placeOco
      ? {
          placeOco: (pair) =>
            request(
              'place',
              `${shown(pair.takeProfit)} and ${shown(pair.stopLoss)}`,
              () => placeOco(pair),
              () => NO_ANSWER,
            ),
        }
      : {}),
    lookup: (order) =>
      request(
        'lookup',
        order.clientOrderId,
        () => broker.lookup(order),
        () => NO_ANSWER,
      ),
    cancel: (order) =>
      request(
        'cancel',
        order.clientOrderId,
        () => broker.cancel(order),
        () => NO_ANSWER,
      ),
    positions: () =>
      request(
        'positions',
        '',
        () => broker.positions(),
        () => NO_ANSWER,
      ),
    orders: (limit) =>
      request(
        'orders',
        '',
        () => broker.orders(limit),
        () => {
          throw new Error(NO_ANSWER.message);
        },
      ),
  };
}

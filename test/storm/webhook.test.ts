import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExecutionRequest } from '../../functions/core/execution.ts';
import type { SignalId } from '../../functions/core/ids.ts';
import type { Engine } from '../../functions/engine/engine.ts';
import { execute } from '../../functions/engine/execute.ts';
import type { IngestDependencies } from '../../functions/ingest/dependencies.ts';
import { receiveWebhook } from '../../functions/ingest/receive.ts';
import { readReceipt } from '../../functions/ledger/receipts.ts';
import { saveWebhook } from '../../functions/ledger/webhooks.ts';
import { readRequest } from '../../functions/shared/http.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { httpEvent } from '../support/http-event.ts';
import { CROWDED, ingestEnvironment, startTestQueue, type TestQueue } from '../support/ingest.ts';
import { startTestCloud, type TestCloud } from '../support/local-cloud.ts';
import { scaled } from '../support/scale.ts';
import { configure, positionOf, SECRET, settled, venueOrders } from '../support/trading.ts';
import { brokerOrders, seed, stateOf, TestClock, testEngine, webhookOf } from '../support/world.ts';

const COPIES = scaled(300, 1_000);
/** Fifty rounds in all at full size, more than a quarter of them over HTTP. */
const ROUNDS_HERE = scaled(1, 36);
const ROUNDS_OVER_HTTP = scaled(1, 14);
const TIMEOUT_MS = 900_000;

const RATE_LIMIT = { limit: 1, windowSeconds: 1 };
const buy = (round: number) => ({ symbol: 'MNQM5', action: 'buy', quantity: 1, price: round });
const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index + 1));

/** All copies at once. */
const storm = (send: (copy: number) => Promise<StormAnswer>) =>
  Promise.all(Array.from({ length: COPIES }, (_, copy) => send(copy)));

interface StormAnswer {
  readonly status: number;
  /** As {@link textOf}. */
  readonly body: string;
  readonly isReplay: boolean;
}

/** JSON with sorted keys: a replayed body is the same one, but DynamoDB does not keep the order of its keys. */
function textOf(body: unknown): string {
  const sorted = (_key: string, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1)))
      : value;
  return JSON.stringify(body, sorted);
}

/** All copies were told the same, and all but one that they are copies. @returns the id of the one signal */
function expectOneAnswer(answers: readonly StormAnswer[]): string {
  expect(answers).toHaveLength(COPIES);
  const statuses = Map.groupBy(answers, ({ status }) => status);
  expect([...statuses.keys()]).toEqual([202]);
  const bodies = [...new Set(answers.map(({ body }) => body))];
  expect(bodies).toHaveLength(1);
  expect(answers.filter(({ isReplay }) => isReplay)).toHaveLength(COPIES - 1);
  const { signalId, executions } = JSON.parse(bodies[0] ?? '');
  expect(executions).toHaveLength(1);
  return signalId;
}

describe(`${COPIES} copies of one webhook at the same time become one order (I1, A3, F2)`, () => {
  describe('in 100 environments, on real stores', () => {
    const ENVIRONMENTS = 100;
    /** Each message is delivered so often at the same time: SQS promises at least once. */
    const DELIVERIES = 3;
    const RECEIVES_MAX = 10;
    const context = { getRemainingTimeInMillis: () => CROWDED.remainingMs } as Context;

    let store: TestDynamoDb;
    let queue: TestQueue;

    beforeAll(async () => {
      [store, queue] = await Promise.all([startTestDynamoDb(), startTestQueue()]);
      await seed(store.ledger, 'storm');
      await saveWebhook(store.ledger, webhookOf('hook', { rateLimit: RATE_LIMIT }));
    });
    afterAll(async () => {
      await Promise.all([store.stop(), queue.stop()]);
    });

    async function post(dependencies: IngestDependencies, payload: unknown): Promise<StormAnswer> {
      const event = httpEvent({
        method: 'POST',
        path: '/webhooks/hook',
        routeKey: 'POST /webhooks/{webhookId}',
        routeParameters: { webhookId: 'hook' },
        body: JSON.stringify(payload),
      });
      const { statusCode, headers, body } = await receiveWebhook(dependencies, readRequest(event), context);
      const isReplay = headers?.['idempotent-replayed'] === 'true';
      return { status: statusCode, body: textOf(JSON.parse(body ?? '')), isReplay };
    }

    /** Delivers a message until it is done, as the queue does when its execution is handed back or fails. */
    async function deliver(engine: Engine, message: ExecutionRequest): Promise<void> {
      for (let receives = 1; receives <= RECEIVES_MAX; receives += 1) {
        const result = await execute(engine, message).catch((error: unknown) => {
          expect(error).toMatchObject({ code: 'FENCED_OUT' });
        });
        if (result?.kind === 'done') {
          return;
        }
      }
      throw new Error(`The execution ${message.executionId} was not done after ${RECEIVES_MAX} deliveries.`);
    }

    it(
      `${ROUNDS_HERE} times over`,
      async () => {
        const environments = Array.from(
          { length: ENVIRONMENTS },
          () => ingestEnvironment(store, queue, CROWDED).dependencies,
        );
        const clock = new TestClock(Date.now());
        const engine = testEngine(store.ledger, clock);
        for (let round = 1; round <= ROUNDS_HERE; round += 1) {
          const answers = await storm((copy) =>
            post(environments[copy % ENVIRONMENTS] as IngestDependencies, buy(round)),
          );
          const signalId = expectOneAnswer(answers) as SignalId;
          expect(await readReceipt(store.ledger, signalId)).toMatchObject({ duplicates: COPIES - 1 });
          const messages = (await queue.drain()) as unknown as ExecutionRequest[];
          expect(messages.map((message) => message.signalId)).toEqual([signalId]);
          const deliveries = Array<ExecutionRequest[]>(DELIVERIES).fill(messages).flat();
          await Promise.all(deliveries.map((message) => deliver(engine, message)));
        }
        const orders = await brokerOrders(store.ledger, 'storm', clock);
        const prices = orders.map(({ averageFillPrice }) => Number(averageFillPrice));
        expect(prices.toSorted((left, right) => left - right).map(String)).toEqual(numbers(ROUNDS_HERE));
        const { quantity, activeExecution, lease } = await stateOf(store.ledger, 'storm');
        expect({ quantity, activeExecution, lease }).toEqual({ quantity: String(ROUNDS_HERE) });
      },
      TIMEOUT_MS,
    );
  });

  describe('over HTTP, in the local cloud', () => {
    let cloud: TestCloud;

    beforeAll(async () => {
      cloud = await startTestCloud();
      await configure(cloud, 'storm', ['storm'], { webhook: { rateLimit: RATE_LIMIT } });
    });
    afterAll(() => cloud.stop());

    async function post(payload: unknown): Promise<StormAnswer> {
      // A connection of its own for each copy, as from as many senders; one that was used before may be closing.
      const own = { 'x-webhook-secret': SECRET, connection: 'close' };
      const { status, body, headers } = await cloud.send('storm', payload, own);
      return { status, body: textOf(body), isReplay: headers.get('idempotent-replayed') === 'true' };
    }

    it(
      `${ROUNDS_OVER_HTTP} times over`,
      async () => {
        for (let round = 1; round <= ROUNDS_OVER_HTTP; round += 1) {
          const { duplicates, executions } = await settled(
            cloud,
            expectOneAnswer(await storm(() => post(buy(round)))),
          );
          expect(duplicates).toBe(COPIES - 1);
          expect(executions.map(({ status, orders }) => [status, orders.length])).toEqual([['COMPLETED', 1]]);
        }
        const prices = (await venueOrders(cloud, 'storm')).map(({ averageFillPrice }) => averageFillPrice);
        expect(prices).toEqual(numbers(ROUNDS_OVER_HTTP));
        expect(await positionOf(cloud, 'storm')).toBe(String(ROUNDS_OVER_HTTP));
        const dead = await cloud.countMessages(cloud.deadLetterQueueUrl);
        expect(dead).toMatchObject({ visible: 0, inFlight: 0 });
      },
      TIMEOUT_MS,
    );
  });
});

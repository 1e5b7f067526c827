import type { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { countFigures } from '../../functions/activity/count-figures.ts';
import { type ActivityRecord, placeOf } from '../../functions/core/activity.ts';
import type { Figures } from '../../functions/core/figures.ts';
import type { SignalId, WebhookId } from '../../functions/core/ids.ts';
import { sumFigures } from '../../functions/ledger/figures.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';

let dynamoDb: TestDynamoDb;
let emitted: Figures[];
let minuteMs = Date.UTC(2026, 10, 22, 10, 59);
beforeAll(async () => {
  dynamoDb = await startTestDynamoDb();
});
beforeEach(() => {
  emitted = [];
  // A minute of its own for each test, the first one the last of its hour.
  minuteMs += 60 * 60_000;
});
afterAll(() => dynamoDb.stop());

/** So many accepted signals, one a second. */
function signals(from: number, to: number): ActivityRecord[] {
  return Array.from({ length: to - from }, (_, index) => {
    const atMs = minuteMs + (from + index) * 1_000;
    return {
      ...{ scope: 'WEBHOOK#w', place: placeOf(atMs, String(1_000 + from + index)), atMs },
      entries: [
        {
          type: 'SIGNAL_ACCEPTED',
          ...{ signalId: 's' as SignalId, webhookId: 'w' as WebhookId, correlationId: 'c' },
          ...{ action: 'buy', symbol: 'ES', executions: 1 },
        },
      ],
    };
  });
}

const consume = (records: readonly ActivityRecord[]) =>
  countFigures(dynamoDb.operations, (figures) => emitted.push(figures))(records);

const counted = async (minutes: number) =>
  (await sumFigures(dynamoDb.operations, minuteMs, minuteMs + (minutes - 1) * 60_000)).counts.signalsAccepted;

test('a delivery is counted by the minute it happened in', async () => {
  await consume(signals(50, 70));
  expect(await counted(1)).toBe(10);
  expect(await counted(2)).toBe(20);
  expect(emitted.map(({ counts }) => counts)).toEqual([{ signalsAccepted: 10 }, { signalsAccepted: 10 }]);
});

test('a delivery that is repeated, whole or in halves, is not counted again, and is emitted once', async () => {
  await consume(signals(0, 10));
  await consume(signals(0, 10));
  await consume(signals(0, 5));
  await consume(signals(5, 10));
  await consume(signals(10, 12));
  expect(await counted(1)).toBe(12);
  expect(emitted).toHaveLength(2);
});

test('a minute that could not be counted comes again from its first change on, and is counted then', async () => {
  let writes = 0;
  const client = new Proxy(dynamoDb.operations.client, {
    get: (target, property) =>
      property === 'send'
        ? (command: UpdateCommand) => {
            writes += 1;
            return writes === 2 ? Promise.reject(new Error('The table is away.')) : target.send(command);
          }
        : Reflect.get(target, property),
  });
  const consumeFlaky = countFigures({ ...dynamoDb.operations, client }, (figures) => emitted.push(figures));
  const delivery = signals(50, 70);
  const failures = (await consumeFlaky(delivery)) ?? [];
  expect(failures.map(({ record }) => delivery.indexOf(record))).toEqual([10]);
  expect(await counted(2)).toBe(10);
  expect(await consumeFlaky(delivery.slice(10))).toEqual([]);
  expect(await counted(2)).toBe(20);
  expect(emitted).toHaveLength(2);
});

test('what the table refuses as it is does not come again', async () => {
  const refusing = new Proxy(dynamoDb.operations.client, {
    get: () => async () => {
      throw Object.assign(new Error('Item size has exceeded.'), { name: 'ValidationException' });
    },
  });
  const consumeRefused = countFigures({ ...dynamoDb.operations, client: refusing }, () => undefined);
  await expect(consumeRefused(signals(0, 3))).rejects.toThrow('exceeded');
});

test('what counts for nothing writes nothing', async () => {
  const quiet = signals(0, 2).map((record) => ({ ...record, entries: [] }));
  await consume(quiet);
  await consume(signals(0, 2));
  expect(await counted(1)).toBe(2);
});

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

test('a delivery that could not be counted is counted when it is repeated', async () => {
  const broken = { ...dynamoDb.operations, tableName: 'no-such-table' };
  const consumeBroken = countFigures(broken, (figures) => emitted.push(figures));
  await expect(consumeBroken(signals(0, 3))).rejects.toThrow();
  expect(emitted).toEqual([]);
  await consume(signals(0, 3));
  expect(await counted(1)).toBe(3);
});

test('what counts for nothing writes nothing', async () => {
  const quiet = signals(0, 2).map((record) => ({ ...record, entries: [] }));
  await consume(quiet);
  await consume(signals(0, 2));
  expect(await counted(1)).toBe(2);
});

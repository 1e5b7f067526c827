import {
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { clientSettings } from '../../lib/local/account.ts';
import { type DynamoDbEngine, findDynoxide, startDynoxide } from '../../lib/local/dynamodb-engine.ts';
import { eventFilter } from '../../lib/local/event-filter.ts';
import type { InvocationResult } from '../../lib/local/protocol.ts';
import { StreamClient } from '../../lib/local/stream-client.ts';
import {
  StreamEventSource,
  type StreamSourceSettings,
  takePosition,
} from '../../lib/local/stream-event-source.ts';
import { StreamPositions } from '../../lib/local/stream-positions.ts';
import { eventually } from './support.ts';

const REGION = 'us-east-1';
const STREAM_ARN = 'arn:aws:dynamodb:us-east-1:000000000000:table/things/stream/local';
const FAILED: InvocationResult = { ok: false, error: { errorType: 'Error', errorMessage: 'no' } };

let engine: DynamoDbEngine;
let client: DynamoDBClient;
let tablesCount = 0;

beforeAll(async () => {
  const { platform, arch: architecture } = process;
  engine = await startDynoxide(findDynoxide({ platform, architecture, path: '' }), undefined);
  client = new DynamoDBClient(clientSettings({ endpoint: engine.endpoint, region: REGION }));
});

afterAll(async () => {
  client.destroy();
  await engine.stop();
});

type Handler = (records: readonly DynamoDBRecord[]) => unknown;

/** A table of the test's own with a stream, and event sources on it, whose function is the test's. */
async function startTable() {
  tablesCount += 1;
  const TableName = `things-${tablesCount}`;
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    }),
  );
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  const streams = new StreamClient({ endpoint: engine.endpoint, region: REGION });
  const positions = new StreamPositions(undefined);
  const batches: (readonly DynamoDBRecord[])[] = [];
  const discarded: unknown[] = [];
  const problems: string[] = [];
  let refusals = 0;
  const engineArn = Table?.LatestStreamArn ?? '';
  return {
    /** How far the event source is, as the next start will see it. */
    positionNow: () => positions.of('Mapping', engineArn).positionOf(`shardId-00000001-${TableName}`),
    refuseOnce: () => {
      refusals += 1;
    },
    batches,
    discarded,
    put: async (pk: string, ...values: readonly string[]) => {
      for (const value of values) {
        await client.send(new PutItemCommand({ TableName, Item: { pk: { S: pk }, value: { S: value } } }));
      }
    },
    remove: (pk: string) => client.send(new DeleteItemCommand({ TableName, Key: { pk: { S: pk } } })),
    start: async (handler: Handler, settings: Partial<StreamSourceSettings> = {}) => {
      const all: StreamSourceSettings = {
        engineArn,
        stream: { arn: STREAM_ARN, region: REGION },
        startingPosition: 'TRIM_HORIZON',
        batchSize: 100,
        windowMs: 0,
        lanesCount: 1,
        filter: () => true,
        reportsBatchItemFailures: false,
        bisects: false,
        retriesMax: Number.POSITIVE_INFINITY,
        ageMaxSeconds: Number.POSITIVE_INFINITY,
        ...settings,
      };
      const progress = positions.of('Mapping', all.engineArn);
      await takePosition(streams, all, progress);
      const source = new StreamEventSource(streams, all, progress, {
        invoke: async (payload) => {
          const { Records } = JSON.parse(payload);
          batches.push(Records);
          const result = await handler(Records);
          return result === FAILED ? FAILED : { ok: true, payload: JSON.stringify(result) ?? 'null' };
        },
        onDiscarded: async ({ items, condition, invocations }, shardId) => {
          if (refusals > 0) {
            refusals -= 1;
            throw new Error('the queue is away');
          }
          const values = items.map(({ sequenceNumber }) => sequenceNumber);
          discarded.push({ values, condition, invocations, shardId });
        },
        onProblem: (problem) => problems.push(problem),
      });
      onTestFinished(() => source.stop(1_000));
      return source;
    },
  };
}

const valuesIn = (batches: readonly (readonly DynamoDBRecord[])[]) =>
  batches.map((records) => records.map(({ dynamodb }) => dynamodb?.NewImage?.value?.S));

const seen = (records: readonly DynamoDBRecord[], value: string) =>
  records.some(({ dynamodb }) => dynamodb?.NewImage?.value?.S === value);

const failuresOf = (records: readonly DynamoDBRecord[], value: string) => ({
  batchItemFailures: records
    .filter(({ dynamodb }) => dynamodb?.NewImage?.value?.S === value)
    .map(({ dynamodb }) => ({ itemIdentifier: dynamodb?.SequenceNumber })),
});

describe('a stream event source', () => {
  it('hands changes on in the shape of Lambda, and no writes that change nothing', async () => {
    const { start, put, remove, batches } = await startTable();
    await put('a', '1', '1', '2');
    await remove('a');

    await start(() => null);

    await eventually('all are there', () => batches.flat().length === 3 || undefined);
    const image = (value: string) => ({ pk: { S: 'a' }, value: { S: value } });
    expect(batches.flat()).toEqual(
      [
        ['INSERT', '1', { NewImage: image('1') }],
        ['MODIFY', '3', { NewImage: image('2'), OldImage: image('1') }],
        ['REMOVE', '4', { OldImage: image('2') }],
      ].map(([eventName, SequenceNumber, images]) => ({
        eventID: expect.stringMatching(/^[0-9a-f]{32}$/),
        eventName,
        eventVersion: '1.1',
        eventSource: 'aws:dynamodb',
        awsRegion: 'us-east-1',
        eventSourceARN: STREAM_ARN,
        dynamodb: {
          ApproximateCreationDateTime: expect.any(Number),
          Keys: { pk: { S: 'a' } },
          ...(images as object),
          SequenceNumber,
          SizeBytes: expect.any(Number),
          StreamViewType: 'NEW_AND_OLD_IMAGES',
        },
      })),
    );
  });

  it('keeps the order of each item when batches run side by side', async () => {
    const { start, put, batches } = await startTable();
    let running = 0;
    let runningMax = 0;
    const inWork = new Set<string>();
    const overlaps: string[] = [];
    const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const value of ['1', '2', '3', '4', '5']) {
      await Promise.all(keys.map((key) => put(key, `${key}${value}`)));
    }

    await start(
      async (records) => {
        const batchKeys = new Set(records.map(({ dynamodb }) => dynamodb?.Keys?.pk?.S ?? ''));
        overlaps.push(...[...batchKeys].filter((key) => inWork.has(key)));
        batchKeys.forEach((key) => void inWork.add(key));
        running += 1;
        runningMax = Math.max(runningMax, running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running -= 1;
        batchKeys.forEach((key) => void inWork.delete(key));
      },
      { batchSize: 2, lanesCount: 3 },
    );

    await eventually('all are there', () => batches.flat().length === 30 || undefined);
    const values = valuesIn(batches).flat();
    for (const key of keys) {
      expect(values.filter((value) => value?.startsWith(key))).toEqual([1, 2, 3, 4, 5].map((n) => key + n));
    }
    expect(overlaps).toEqual([]);
    expect(runningMax).toBeGreaterThan(1);
  });

  it('halves a batch that fails down to the poisoned record, which is given up; the others come through once', async () => {
    const { start, put, batches, discarded, positionNow } = await startTable();
    await put('a', '1', '2', '3', '4', 'poison', '6', '7', '8');
    const delivered: unknown[] = [];

    await start(
      (records) => {
        if (seen(records, 'poison')) {
          return FAILED;
        }
        delivered.push(...valuesIn([records]).flat());
        return null;
      },
      { bisects: true, retriesMax: 1 },
    );

    await eventually('all are done', () => positionNow() === '8' || undefined);
    expect(delivered).toEqual(['1', '2', '3', '4', '6', '7', '8']);
    expect(discarded).toEqual([
      { values: ['5'], condition: 'RetryAttemptsExhausted', invocations: 2, shardId: expect.any(String) },
    ]);
    expect(batches.filter((records) => seen(records, 'poison')).map(({ length }) => length)).toEqual([
      8, 4, 2, 1, 1,
    ]);
  });

  it.each([
    [{ bisects: false }, [['1', '2', '3', '4'], ['3', '4'], ['3', '4'], ['5']], ['3', '4']],
    [{ bisects: true }, [['1', '2', '3', '4'], ['3', '4'], ['3'], ['3'], ['4'], ['5']], ['3']],
  ])('goes on from the first record that failed, with %o', async (settings, expected, given) => {
    const { start, put, batches, discarded, positionNow } = await startTable();
    await put('a', '1', '2', '3', '4', '5');

    await start((records) => failuresOf(records, '3'), {
      ...settings,
      batchSize: 4,
      reportsBatchItemFailures: true,
      retriesMax: settings.bisects ? 1 : 2,
    });

    await eventually('all are done', () => positionNow() === '5' || undefined);
    expect(valuesIn(batches)).toEqual(expected);
    expect(discarded).toMatchObject([{ values: given, condition: 'RetryAttemptsExhausted' }]);
  });

  it.each([
    ['what cannot be read', () => ({ batchItemFailures: 'all' })],
    ['a record that is not in the batch', () => ({ batchItemFailures: [{ itemIdentifier: '99' }] })],
    ['no record', () => ({ batchItemFailures: [{ itemIdentifier: '' }] })],
    ['an error', () => FAILED],
  ])('tries the whole batch again after %s, for as long as it takes', async (_what, answer) => {
    const { start, put, batches, positionNow } = await startTable();
    await put('a', '1', '2');

    await start(() => (batches.length < 3 ? answer() : null), { reportsBatchItemFailures: true });

    await eventually('all are done', () => positionNow() === '2' || undefined);
    expect(valuesIn(batches)).toEqual([
      ['1', '2'],
      ['1', '2'],
      ['1', '2'],
    ]);
  });

  it('gives up records that are too old, and asks again until the destination has them', async () => {
    const { start, put, batches, discarded, refuseOnce, positionNow } = await startTable();
    await put('a', '1', '2');
    refuseOnce();

    await start(() => FAILED, { ageMaxSeconds: -1 });

    await eventually('all are done', () => positionNow() === '2' || undefined);
    expect(batches).toEqual([]);
    expect(discarded).toMatchObject([{ values: ['1', '2'], condition: 'RecordAgeExceeded', invocations: 0 }]);
  });

  it('goes on behind the last batch that was done when it starts again', async () => {
    const { start, put, batches, positionNow } = await startTable();
    await put('a', '1', '2', '3');
    const first = await start(() => (batches.length === 1 ? null : FAILED), { batchSize: 2 });
    await eventually('the first batch is done', () => positionNow() === '2' || undefined);
    await first.stop(1_000);
    batches.length = 0;

    await put('a', '4');
    await start(() => null);

    await eventually('all are done', () => positionNow() === '4' || undefined);
    expect(valuesIn(batches).flat()).toEqual(['3', '4']);
  });

  it('begins at the latest record when it is told so, and misses none that follows', async () => {
    const { start, put, batches } = await startTable();
    await put('a', 'before');
    const first = await start(() => FAILED, { startingPosition: 'LATEST' });
    await put('a', '1');
    await eventually('the function has failed', () => batches.length > 0 || undefined);
    await first.stop(1_000);
    batches.length = 0;

    await start(() => null, { startingPosition: 'LATEST' });

    await eventually('it is there', () => batches.length > 0 || undefined);
    expect(valuesIn(batches)).toEqual([['1']]);
  });

  it('waits for a batch to fill, and passes over what its filter does not want', async () => {
    const { start, put, batches, positionNow } = await startTable();
    const filter = eventFilter({ dynamodb: { NewImage: { value: { S: [{ prefix: 'w' }] } } } });
    await start(() => null, { batchSize: 2, windowMs: 60_000, filter });

    await put('a', 'w1', 'x', 'w2', 'w3', 'y');

    await eventually('a batch is there', () => batches.length > 0 || undefined);
    expect(valuesIn(batches)).toEqual([['w1', 'w2']]);
    await eventually('its position is known', () => positionNow() === '3' || undefined);
  });

  it('holds an unfinished batch no longer than its window', async () => {
    const { start, put, batches } = await startTable();
    await start(() => null, { batchSize: 10, windowMs: 50 });

    await put('a', '1');

    await eventually('it is there', () => batches.length > 0 || undefined);
  });
});

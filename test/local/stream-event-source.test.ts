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
  return {
    batches,
    discarded,
    problems,
    put: async (pk: string, ...values: readonly string[]) => {
      for (const value of values) {
        await client.send(new PutItemCommand({ TableName, Item: { pk: { S: pk }, value: { S: value } } }));
      }
    },
    remove: (pk: string) => client.send(new DeleteItemCommand({ TableName, Key: { pk: { S: pk } } })),
    start: async (handler: Handler, settings: Partial<StreamSourceSettings> = {}) => {
      const all: StreamSourceSettings = {
        engineArn: Table?.LatestStreamArn ?? '',
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
        onDiscarded: async ({ items, condition, invocations }) => {
          discarded.push({ count: items.length, condition, invocations });
        },
        onProblem: (problem) => problems.push(problem),
      });
      onTestFinished(() => source.stop(1_000));
      return source;
    },
  };
}

export const valuesIn = (batches: readonly (readonly DynamoDBRecord[])[]) =>
  batches.map((records) => records.map(({ dynamodb }) => dynamodb?.NewImage?.value?.S));

export const seen = (records: readonly DynamoDBRecord[], value: string) =>
  records.some(({ dynamodb }) => dynamodb?.NewImage?.value?.S === value);

export const failuresOf = (records: readonly DynamoDBRecord[], value: string) => ({
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
});

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateContinuousBackupsCommand,
  UpdateItemCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clientSettings } from '../../lib/local/account.ts';
import { findDynoxide, startDynoxide, useEngine } from '../../lib/local/dynamodb-engine.ts';
import { freePort } from '../../lib/local/ports.ts';
import { StreamClient } from '../../lib/local/stream-client.ts';
import { StreamRetention } from '../../lib/local/stream-retention.ts';
import { lives, temporaryDirectory } from './support.ts';

const MACHINE = { platform: process.platform, architecture: process.arch, path: process.env.PATH ?? '' };

async function start(databaseFile?: string) {
  const engine = await startDynoxide(findDynoxide(MACHINE), databaseFile);
  const client = new DynamoDBClient(clientSettings({ endpoint: engine.endpoint, region: 'us-east-1' }));
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= engine.stop().finally(() => client.destroy());
    return stopped;
  };
  onTestFinished(stop);
  return { engine, client, stop };
}

/** An engine with a table that has a stream, and a file that others can open. */
async function startWithStream() {
  const file = join(temporaryDirectory(), 'tables.db');
  const { engine, client } = await start(file);
  await client.send(createTable());
  const StreamSpecification = { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' } as const;
  const { TableDescription } = await client.send(
    new UpdateTableCommand({ TableName: 'things', StreamSpecification }),
  );
  return { engine, client, file, streamArn: TableDescription?.LatestStreamArn ?? '' };
}

/** Copies the first record of a stream, with the numbers that follow. */
function addStreamRecords(file: string, count: number): void {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  const columns = 'table_name, event_name, keys_json, new_image, old_image';
  database
    .prepare(
      `WITH RECURSIVE numbers(number) AS (SELECT 2 UNION ALL SELECT number + 1 FROM numbers WHERE number <= ?)
       INSERT INTO _stream_records (${columns}, sequence_number, shard_id, created_at)
       SELECT ${columns}, CAST(number AS TEXT), shard_id, created_at FROM _stream_records, numbers WHERE id = 1`,
    )
    .run(count);
  database.close();
}

async function fastestMs(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const startedAt = performance.now();
    await work();
    times.push(performance.now() - startedAt);
  }
  return Math.min(...times);
}

const TABLE = {
  TableName: 'things',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
} as const;

const createTable = () =>
  new CreateTableCommand({
    ...TABLE,
    AttributeDefinitions: [...TABLE.AttributeDefinitions],
    KeySchema: [...TABLE.KeySchema],
  });

describe('the table engine', () => {
  it('has tables that can be used at once, though it calls them CREATING', async () => {
    const { client } = await start();

    const { TableDescription } = await client.send(createTable());
    await client.send(new PutItemCommand({ TableName: 'things', Item: { pk: { S: 'a' } } }));

    expect(TableDescription?.TableStatus).toBe('CREATING');
    const { Table } = await client.send(new DescribeTableCommand({ TableName: 'things' }));
    expect(Table?.TableStatus).toBe('ACTIVE');
    expect(Table?.TableArn).toBe('arn:aws:dynamodb:dynoxide:000000000000:table/things');
  });

  it('takes the same time to live twice, and knows no backups', async () => {
    const { client } = await start();
    await client.send(createTable());
    const timeToLive = () =>
      new UpdateTimeToLiveCommand({
        TableName: 'things',
        TimeToLiveSpecification: { AttributeName: 'expiresAtSeconds', Enabled: true },
      });

    await client.send(timeToLive());
    await client.send(timeToLive());

    await expect(
      client.send(
        new UpdateContinuousBackupsCommand({
          TableName: 'things',
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        }),
      ),
    ).rejects.toMatchObject({ name: 'UnknownOperationException' });
  });

  it('gives the item back with a failed condition', async () => {
    const { client } = await start();
    await client.send(createTable());
    await client.send(
      new PutItemCommand({ TableName: 'things', Item: { pk: { S: 'a' }, fence: { N: '7' } } }),
    );

    await expect(
      client.send(
        new UpdateItemCommand({
          TableName: 'things',
          Key: { pk: { S: 'a' } },
          UpdateExpression: 'ADD fence :one',
          ConditionExpression: 'fence < :limit',
          ExpressionAttributeValues: { ':one': { N: '1' }, ':limit': { N: '7' } },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      ),
    ).rejects.toMatchObject({ name: 'ConditionalCheckFailedException', Item: { fence: { N: '7' } } });
  });

  it('keeps its data over a stop, and over a kill', async () => {
    const file = join(temporaryDirectory(), 'tables.db');
    const first = await start(file);
    await first.client.send(createTable());
    await first.client.send(new PutItemCommand({ TableName: 'things', Item: { pk: { S: 'stopped' } } }));
    await first.stop();
    const second = await start(file);
    await second.client.send(new PutItemCommand({ TableName: 'things', Item: { pk: { S: 'killed' } } }));
    process.kill(second.engine.pid, 'SIGKILL');
    expect(await second.engine.failed).toBe('it ended with SIGKILL');

    const third = await start(file);

    for (const key of ['stopped', 'killed']) {
      const { Item } = await third.client.send(
        new GetItemCommand({ TableName: 'things', Key: { pk: { S: key } } }),
      );
      expect(Item).toEqual({ pk: { S: key } });
    }
  });

  it('writes ever more slowly with the records of its streams, which the index of StreamRetention cures', async () => {
    const { client, file } = await startWithStream();
    const put = () => client.send(new PutItemCommand({ TableName: 'things', Item: { pk: { S: 'a' } } }));
    await put();
    addStreamRecords(file, 120_000);
    const withoutIndexMs = await fastestMs(put);

    const retention = new StreamRetention(file);
    onTestFinished(() => retention.close());

    expect(await fastestMs(put)).toBeLessThan(withoutIndexMs / 2);
  });

  it('goes on with the numbers of a stream that was trimmed, as long as its last record is left', async () => {
    const { client, file, engine, streamArn } = await startWithStream();
    const put = (value: string) =>
      client.send(new PutItemCommand({ TableName: 'things', Item: { pk: { S: 'a' }, v: { S: value } } }));
    await put('1');
    const retention = new StreamRetention(file);
    onTestFinished(() => retention.close());
    addStreamRecords(file, 10_400);

    const removed = [
      retention.trim('things', 300),
      retention.trim('things', 300),
      retention.trim('things', Number.POSITIVE_INFINITY),
      retention.trim('things', Number.POSITIVE_INFINITY),
    ];
    await put('2');

    expect(removed).toEqual([300, 0, 101, 0]);
    const streams = new StreamClient({ endpoint: engine.endpoint, region: 'us-east-1' });
    const [shard] = await streams.shards(streamArn);
    const after = await streams.iterator(streamArn, shard?.ShardId ?? '', '10401');
    const { records, next } = await streams.records(after, 10);
    expect(records.map(({ dynamodb }) => dynamodb.SequenceNumber)).toEqual(['10402']);
    expect(next).toEqual(expect.any(String));
  });

  it('tells of a write that changes nothing, and numbers the events of each table from 1', async () => {
    const { client, engine, streamArn } = await startWithStream();
    const put = () => client.send(new PutItemCommand({ TableName: 'things', Item: { pk: { S: 'a' } } }));
    await put();
    await put();

    const streams = new StreamClient({ endpoint: engine.endpoint, region: 'us-east-1' });
    const [shard] = await streams.shards(streamArn);
    const start = await streams.iterator(streamArn, shard?.ShardId ?? '', 'TRIM_HORIZON');
    const { records } = await streams.records(start, 10);

    expect(records).toMatchObject([
      { eventID: '1', eventName: 'INSERT', awsRegion: 'dynoxide' },
      { eventID: '2', eventName: 'MODIFY' },
    ]);
  });

  it('has ended when it is stopped', async () => {
    const { engine, stop } = await start();

    await stop();

    expect(lives(engine.pid)).toBe(false);
  });

  it('is looked for among the packages and on the PATH, and its absence says what to do', () => {
    const elsewhere = { platform: 'plan9', architecture: 'mips', path: '/nowhere:/also/nowhere' };

    expect(() => findDynoxide(elsewhere)).toThrow(
      'There is no DynamoDB engine: @dynoxide/plan9-mips is not installed and no dynoxide is on PATH. ' +
        'Run "npm ci" on Linux x64, install dynoxide, or set DYNAMODB_ENDPOINT to a DynamoDB-compatible engine.',
    );
  });

  it('can be one that runs already, unless nothing answers there', async () => {
    const { engine } = await start();
    const port = await freePort();

    expect((await useEngine('DYNAMODB_ENDPOINT', `${engine.endpoint}/`)).endpoint).toBe(engine.endpoint);
    await expect(useEngine('DYNAMODB_ENDPOINT', `http://127.0.0.1:${port}`)).rejects.toThrow(
      `Nothing answers at http://127.0.0.1:${port}, the DYNAMODB_ENDPOINT.`,
    );
    await expect(useEngine('DYNAMODB_ENDPOINT', 'localhost')).rejects.toThrow(
      'DYNAMODB_ENDPOINT is not a URL: localhost.',
    );
  });
});

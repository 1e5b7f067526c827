import { join } from 'node:path';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateContinuousBackupsCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clientSettings } from '../../lib/local/account.ts';
import { findDynoxide, startDynoxide, useEngine } from '../../lib/local/dynamodb-engine.ts';
import { freePort } from '../../lib/local/ports.ts';
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

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clientSettings } from '../../lib/local/account.ts';
import type { LocalCloud } from '../../lib/local/start.ts';
import { fixtureFunction } from './assembly.ts';
import { tableOf } from './clients.ts';
import { eventually, startFixture, temporaryDirectory } from './support.ts';

interface Note {
  readonly value: string;
  readonly pid: number;
}

function notesIn(file: string): readonly Note[] {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
}

const valuesIn = (file: string) => notesIn(file).map(({ value }) => value);

/** A function that notes changes of the fixture's table, and a queue for those that it fails. */
const resources = (notesFile: string, properties: Readonly<Record<string, unknown>> = {}) => ({
  RecorderFunction: fixtureFunction('recorder', { Environment: { Variables: { NOTES_FILE: notesFile } } }),
  FailureQueue: { Type: 'AWS::SQS::Queue', Properties: {} },
  RecorderMapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      EventSourceArn: { 'Fn::GetAtt': ['Table', 'StreamArn'] },
      FunctionName: { Ref: 'RecorderFunction' },
      StartingPosition: 'TRIM_HORIZON',
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['FailureQueue', 'Arn'] } } },
      ...properties,
    },
  },
});

async function messageIn(cloud: LocalCloud, logicalId: string): Promise<unknown> {
  const client = new SQSClient(clientSettings({ endpoint: cloud.sqsEndpoint, region: cloud.region }));
  onTestFinished(() => client.destroy());
  const QueueUrl = cloud.resolve(logicalId);
  return await eventually('a message is there', async () => {
    const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
    return Messages?.map(({ Body }) => JSON.parse(Body ?? ''))[0];
  });
}

describe('a mapping of a table’s stream', () => {
  it('brings every change to its function, and what that fails to the queue that the mapping names', async () => {
    const notesFile = join(temporaryDirectory(), 'notes');
    const cloud = await startFixture({ resources: resources(notesFile) });
    const table = tableOf(cloud);

    for (const value of ['1', '2', 'poison', '4']) {
      await table.put(value);
    }

    await eventually('the others are there', () => valuesIn(notesFile).length === 3 || undefined);
    expect(valuesIn(notesFile)).toEqual(['1', '2', '4']);
    expect(await messageIn(cloud, 'FailureQueue')).toEqual({
      requestContext: {
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:fixture-recorder',
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 2,
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      timestamp: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
      DDBStreamBatchInfo: {
        shardId: 'shardId-00000001-fixture-table',
        startSequenceNumber: '3',
        endSequenceNumber: '3',
        approximateArrivalOfFirstRecord: expect.stringMatching(/^\d{4}-[^.]*Z$/),
        approximateArrivalOfLastRecord: expect.stringMatching(/^\d{4}-[^.]*Z$/),
        batchSize: 1,
        streamArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/fixture-table/stream/local',
      },
    });
    expect(cloud.logs('recorder')).toContain(
      'onefill: 1 records (3 to 3) were given up after 2 attempts: RetryAttemptsExhausted',
    );
  });

  it('gives a batch again when its function is killed, and loses nothing over a restart', async () => {
    const dataDirectory = join(temporaryDirectory(), 'data');
    const notesFile = join(temporaryDirectory(), 'notes');
    const first = await startFixture({ dataDirectory });
    await tableOf(first).put('before the mapping');
    await first.stop();
    const second = await startFixture({
      dataDirectory,
      resources: resources(notesFile, { StartingPosition: 'LATEST' }),
    });
    const table = tableOf(second);
    await table.put('hang once');
    const hanging = await eventually('it is in work', () => notesIn(notesFile)[0]);
    await table.put('next');

    process.kill(hanging.pid, 'SIGKILL');

    await eventually('both are done', () => valuesIn(notesFile).length === 3 || undefined);
    expect(valuesIn(notesFile)).toEqual(['hang once', 'hang once', 'next']);
    await second.stop();
    const third = await startFixture({ dataDirectory, resources: resources(notesFile) });
    await tableOf(third).put('after the restart');
    await eventually('it is there', () => valuesIn(notesFile).includes('after the restart') || undefined);
    expect(valuesIn(notesFile).slice(3)).toEqual(['after the restart']);
  });

  it('begins with a table that had no stream before', async () => {
    const dataDirectory = join(temporaryDirectory(), 'data');
    const notesFile = join(temporaryDirectory(), 'notes');
    const withoutStream = {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        TableName: 'fixture-table',
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      },
    };
    const first = await startFixture({ dataDirectory, resources: { Table: withoutStream } });
    await tableOf(first).put('before the stream');
    await first.stop();

    const second = await startFixture({ dataDirectory, resources: resources(notesFile) });
    await tableOf(second).put('first');

    await eventually('it is there', () => valuesIn(notesFile).length > 0 || undefined);
    expect(valuesIn(notesFile)).toEqual(['first']);
  });
});

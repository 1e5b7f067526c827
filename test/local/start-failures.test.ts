import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDataFolder } from '../../lib/local/data-folder.ts';
import { startLocalCloud } from '../../lib/local/start.ts';
import { fixtureFunction } from './assembly.ts';
import { tableOf } from './clients.ts';
import { fixtureOptions, startFixture, temporaryDirectory } from './support.ts';

/** A mapping of the fixture's stream. */
const OF_STREAM = {
  EventSourceArn: { 'Fn::GetAtt': ['Table', 'StreamArn'] },
  FunctionName: { Ref: 'WorkerFunction' },
  StartingPosition: 'TRIM_HORIZON',
};

describe('a local cloud that cannot start', () => {
  it('says which port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;

    await expect(startLocalCloud(fixtureOptions({ port }))).rejects.toMatchObject({
      code: 'port-in-use',
      message: `Port ${port} is in use by another program. Stop it, or choose another port: PORT=${port + 1} npm start.`,
    });
  });

  it('says that another one uses the data folder', async () => {
    const dataDirectory = temporaryDirectory();
    await startFixture({ dataDirectory });

    await expect(startLocalCloud(fixtureOptions({ dataDirectory }))).rejects.toMatchObject({
      code: 'already-running',
      message:
        `Onefill is already running with the data folder ${dataDirectory} (process ${process.pid}). ` +
        'Stop it first, or choose another folder with ONEFILL_DATA_DIR.',
    });
  });

  it.each([
    ['tables', 'dynamodb.db', /dynamodb\.db: file is not a database/],
    ['queues', 'sqs/fauxqs.db', /fauxqs\.db: file is not a database/],
    ['secrets', 'secrets.json', /secrets\.json: it is not a secrets file/],
    ['lock', 'lock.db', /lock\.db: file is not a database/],
  ])('says that its %s are damaged, and leaves them as they are', async (_what, file, finding) => {
    const dataDirectory = openDataFolder(temporaryDirectory()).directory;
    const garbage = 'garbage'.repeat(1_000);
    writeFileSync(join(dataDirectory, file), garbage);

    const start = startLocalCloud(fixtureOptions({ dataDirectory }));

    await expect(start).rejects.toMatchObject({
      code: 'data-damaged',
      message: expect.stringMatching(finding),
    });
    await expect(start).rejects.toThrow(`The data folder ${dataDirectory} is damaged`);
    expect(readFileSync(join(dataDirectory, file), 'utf8')).toBe(garbage);
  });

  it('says that a table is damaged in its middle', async () => {
    const dataDirectory = temporaryDirectory();
    const cloud = await startFixture({ dataDirectory });
    const table = tableOf(cloud);
    await Promise.all(Array.from({ length: 200 }, (_, index) => table.put(`${index}-${'x'.repeat(900)}`)));
    await cloud.stop();
    const file = join(dataDirectory, 'dynamodb.db');
    const database = readFileSync(file);
    database.fill(0x5a, Math.floor(database.length / 2), Math.floor(database.length / 2) + 20_000);
    writeFileSync(file, database);

    await expect(startLocalCloud(fixtureOptions({ dataDirectory }))).rejects.toMatchObject({
      code: 'data-damaged',
    });
  });

  it('says that the data folder cannot be used', async () => {
    const dataDirectory = join(temporaryDirectory(), 'a-file');
    writeFileSync(dataDirectory, '');

    await expect(startLocalCloud(fixtureOptions({ dataDirectory }))).rejects.toMatchObject({
      code: 'data-unusable',
      message: expect.stringContaining(`The data folder ${dataDirectory} cannot be used`),
    });
  });

  it('says that a table in the data folder has another key', async () => {
    const dataDirectory = temporaryDirectory();
    await (await startFixture({ dataDirectory })).stop();
    const Table = {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        TableName: 'fixture-table',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      },
    };

    await expect(
      startLocalCloud(fixtureOptions({ dataDirectory, resources: { Table } })),
    ).rejects.toMatchObject({
      code: 'data-unusable',
      message: expect.stringContaining('has the key pk HASH and the stack wants id HASH'),
    });
  });

  it.each([
    [
      'another source',
      { EventSourceArn: 'arn:aws:kinesis:any', FunctionName: { Ref: 'WorkerFunction' } },
      'The local cloud cannot run Extra, an AWS::Lambda::EventSourceMapping: its source ' +
        'arn:aws:kinesis:any is neither a queue nor the stream of a table of the stack.',
    ],
    [
      'a stream and a filter that it does not know',
      { ...OF_STREAM, FilterCriteria: { Filters: [{ Pattern: '{"eventName":[{"wildcard":"IN*"}]}' }] } },
      'The local cloud cannot run Extra, an AWS::Lambda::EventSourceMapping, because of its FilterCriteria: ' +
        'the operator {"wildcard":"IN*"}.',
    ],
    [
      'a stream and a FIFO queue for what fails',
      {
        ...OF_STREAM,
        DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['DeadLetterQueue', 'Arn'] } } },
      },
      'The local cloud cannot run Extra, an AWS::Lambda::EventSourceMapping, because of its DestinationConfig: ' +
        'arn:aws:sqs:us-east-1:000000000000:fixture-DeadLetterQueue.fifo is not a standard queue of the stack.',
    ],
    [
      'a filter',
      {
        EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] },
        FunctionName: { Ref: 'WorkerFunction' },
        FilterCriteria: { Filters: [] },
      },
      'The local cloud cannot run Extra, an AWS::Lambda::EventSourceMapping, because of its FilterCriteria.',
    ],
  ])('says that it cannot run an event source with %s', async (_what, Properties, message) => {
    const resources = { Extra: { Type: 'AWS::Lambda::EventSourceMapping', Properties } };

    await expect(startLocalCloud(fixtureOptions({ resources }))).rejects.toMatchObject({
      code: 'unsupported',
      message,
    });
  });

  it('says which function cannot be loaded, and leaves no process behind', async () => {
    const dataDirectory = temporaryDirectory();
    const resources = { LabFunction: fixtureFunction('lab', { Handler: 'index.absent' }) };

    await expect(startLocalCloud(fixtureOptions({ dataDirectory, resources }))).rejects.toMatchObject({
      code: 'function-failed',
      message: expect.stringMatching(
        /^The function lab cannot be loaded: .*does not export a function absent/,
      ),
    });
    expect(existsSync(join(dataDirectory, 'instance.json'))).toBe(false);
  });

  it('stops when it is told to while it starts', async () => {
    const abort = new AbortController();
    const starting = startLocalCloud(
      fixtureOptions({ signal: abort.signal, onProgress: () => abort.abort() }),
    );

    await expect(starting).rejects.toMatchObject({ code: 'stopped' });
  });
});

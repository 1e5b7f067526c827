import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fixtureFunction, writeFixtureAssembly } from './assembly.ts';
import { queueOf, tableOf } from './clients.ts';
import { eventually, lives, startFixture, temporaryDirectory } from './support.ts';

interface Note {
  readonly body: string;
  readonly group: string;
  readonly receiveCount: number;
  readonly pid: number;
  readonly at: number;
}

function notesIn(file: string): readonly Note[] {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
}

describe('a local cloud', () => {
  it('runs a template: its API, its functions, its queues and its tables', async () => {
    const notesFile = join(temporaryDirectory(), 'notes');
    const progress: string[] = [];
    const cloud = await startFixture({ notesFile, onProgress: (step) => progress.push(step) });
    const queue = queueOf(cloud);
    const table = tableOf(cloud);

    const response = await fetch(`${cloud.url}/lab/x?do=echo`);
    await table.put('a');
    await queue.send('g', 'hello');

    expect(await response.json()).toMatchObject({ functionName: 'fixture-lab' });
    expect(await table.has('a')).toBe(true);
    const [note] = await eventually('the message arrives', () =>
      notesIn(notesFile).length > 0 ? notesIn(notesFile) : undefined,
    );
    expect(note).toMatchObject({ body: 'hello', group: 'g', receiveCount: 1 });
    expect(await queue.attributes('Queue')).toMatchObject({
      FifoQueue: 'true',
      VisibilityTimeout: '2',
      RedrivePolicy:
        '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:fixture-DeadLetterQueue.fifo","maxReceiveCount":3}',
    });
    expect(cloud.functionNames).toEqual(['lab', 'worker', 'authorizer']);
    expect(cloud.outputs).toEqual({ Url: cloud.url, TableName: 'fixture-table' });
    expect(cloud.logs('lab')).toEqual([expect.stringMatching(/^lab \d+ loaded$/)]);
    expect(progress).toHaveLength(5);
  });

  it('asks the authorizer of a route', async () => {
    const { url } = await startFixture();
    const get = async (token: string) => {
      const response = await fetch(`${url}/guarded`, { headers: { 'x-token': token } });
      const role = /"lambda":\{"role":"(\w+)"\}/.exec(await response.text())?.[1];
      return [response.status, role];
    };

    expect(await get('operator')).toEqual([200, 'operator']);
    expect(await get('anyone')).toEqual([200, 'viewer']);
    expect(await get('wrong')).toEqual([403, undefined]);
    expect(await get('broken')).toEqual([500, undefined]);
  });

  it('has every function of the stack, with nothing else to change', async () => {
    const cloud = await startFixture({
      resources: { NewFunction: fixtureFunction('lab', { FunctionName: 'fixture-new' }) },
    });

    expect(await cloud.invoke('new', { do: 'echo' })).toMatchObject({ ok: true });
  });

  it('answers 500 when a function is killed, and goes on', async () => {
    const cloud = await startFixture();
    const doomed = fetch(`${cloud.url}/lab/x?do=hang`);
    const busy = await eventually('the function is busy', () =>
      cloud.environments().find(({ state }) => state === 'busy'),
    );

    process.kill(busy.pid, 'SIGKILL');

    expect((await doomed).status).toBe(500);
    expect((await fetch(`${cloud.url}/lab/x?do=echo`)).status).toBe(200);
  });

  it('gives a message again when the function working on it is killed, before the group’s next', async () => {
    const notesFile = join(temporaryDirectory(), 'notes');
    const cloud = await startFixture({ notesFile });
    const queue = queueOf(cloud);
    await queue.send('g', 'hang once');
    await queue.send('g', 'next');
    const first = await eventually('the message is in work', () => notesIn(notesFile)[0]);

    process.kill(first.pid, 'SIGKILL');

    const notes = await eventually('both are done', () =>
      notesIn(notesFile).length === 3 ? notesIn(notesFile) : undefined,
    );
    expect(notes.map(({ body, receiveCount }) => [body, receiveCount])).toEqual([
      ['hang once', 1],
      ['hang once', 2],
      ['next', 1],
    ]);
    expect(notes[1]?.pid).not.toBe(first.pid);
  });

  it('finds its data again', async () => {
    const dataDirectory = join(temporaryDirectory(), 'data');
    const notesFile = join(temporaryDirectory(), 'notes');
    const assemblyDirectory = writeFixtureAssembly(temporaryDirectory(), { notesFile });
    const first = await startFixture({ dataDirectory, assemblyDirectory });
    await tableOf(first).put('kept');
    const queue = queueOf(first);
    await queue.send('g', 'hang once');
    await queue.send('g', 'next');
    await eventually('the first message is in work', () => notesIn(notesFile)[0]);
    await first.stop();

    const second = await startFixture({ dataDirectory, assemblyDirectory });

    expect(await tableOf(second).has('kept')).toBe(true);
    const notes = await eventually('both messages are done', () =>
      notesIn(notesFile).length === 3 ? notesIn(notesFile) : undefined,
    );
    expect(notes.map(({ body }) => body)).toEqual(['hang once', 'hang once', 'next']);
    expect(readFileSync(join(dataDirectory, 'logs', 'lab.log'), 'utf8')).toMatch(/^(lab \d+ loaded\n){2}$/);
  });

  it('leaves no process and no port behind when it stops', async () => {
    const dataDirectory = temporaryDirectory();
    const cloud = await startFixture({ dataDirectory });
    await fetch(`${cloud.url}/lab/x?do=echo`);
    const started: { pid: number }[] = JSON.parse(
      readFileSync(join(dataDirectory, 'instance.json'), 'utf8'),
    ).processes;

    await Promise.all([cloud.stop(), cloud.stop()]);

    // Three functions and the table engine.
    expect(started).toHaveLength(4);
    expect(started.map(({ pid }) => pid).filter(lives)).toEqual([]);
    expect(existsSync(join(dataDirectory, 'instance.json'))).toBe(false);
    for (const url of [cloud.url, cloud.sqsEndpoint, cloud.dynamodbEndpoint, cloud.secretsManagerEndpoint]) {
      await expect(fetch(url)).rejects.toThrow();
    }
  });

  it('lets a request in progress finish when it stops', async () => {
    const cloud = await startFixture();
    const response = fetch(`${cloud.url}/lab/x?do=wait&ms=300`);
    await eventually('it is busy', () => cloud.environments().find(({ state }) => state === 'busy'));

    await cloud.stop();

    expect((await response).status).toBe(200);
  });

  it('says when it cannot go on because an engine ended', async () => {
    const dataDirectory = temporaryDirectory();
    const cloud = await startFixture({ dataDirectory });
    const { processes } = JSON.parse(readFileSync(join(dataDirectory, 'instance.json'), 'utf8'));
    const engine = processes.find(
      ({ commandIncludes }: { commandIncludes: string }) => commandIncludes === 'dynoxide',
    );

    process.kill(engine.pid, 'SIGKILL');

    expect(await cloud.failed).toMatchObject({
      code: 'engine-failed',
      message: 'The DynamoDB engine ended: it ended with SIGKILL.',
    });
  });
});

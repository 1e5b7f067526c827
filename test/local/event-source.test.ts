import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clientSettings } from '../../lib/local/account.ts';
import { EventSource, type EventSourceSettings } from '../../lib/local/event-source.ts';
import type { InvocationResult } from '../../lib/local/protocol.ts';
import { startFauxqs } from '../../lib/local/sqs-engine.ts';
import { succeededMessages } from '../../lib/local/sqs-event.ts';
import { eventually } from './support.ts';

const QUEUE_ARN = 'arn:aws:sqs:us-east-1:000000000000:q.fifo';
const FAILED: InvocationResult = { ok: false, error: { errorType: 'Error', errorMessage: 'no' } };
const VISIBILITY_SECONDS = 1;

type Handler = (records: readonly SQSRecord[]) => unknown;

/** A real queue and an event source on it, whose function is the test's own; `batches` are what it was given. */
async function startSource(handler: Handler, settings: Partial<EventSourceSettings> = {}) {
  const engine = await startFauxqs(undefined);
  const client = new SQSClient(clientSettings({ endpoint: engine.endpoint, region: 'us-east-1' }));
  const { QueueUrl: queueUrl = '' } = await client.send(
    new CreateQueueCommand({
      QueueName: 'q.fifo',
      Attributes: { FifoQueue: 'true', VisibilityTimeout: String(VISIBILITY_SECONDS) },
    }),
  );
  const batches: (readonly SQSRecord[])[] = [];
  const problems: string[] = [];
  const start = () =>
    new EventSource(
      client,
      {
        queueUrl,
        queue: { arn: QUEUE_ARN, region: 'us-east-1' },
        batchSize: 10,
        concurrencyMax: 4,
        reportsBatchItemFailures: true,
        ...settings,
      },
      {
        invoke: async (payload) => {
          const { Records } = JSON.parse(payload);
          batches.push(Records);
          const result = await handler(Records);
          return result === FAILED ? FAILED : { ok: true, payload: JSON.stringify(result) ?? 'null' };
        },
        onProblem: (problem) => problems.push(problem),
      },
    );
  const sources: EventSource[] = [];
  onTestFinished(async () => {
    await Promise.all(sources.map((source) => source.stop(0)));
    client.destroy();
    await engine.stop();
  });
  return {
    batches,
    problems,
    start: () => {
      const source = start();
      sources.push(source);
      return source;
    },
    send: async (group: string, ...bodies: readonly string[]) => {
      for (const body of bodies) {
        await client.send(
          new SendMessageCommand({
            QueueUrl: queueUrl,
            MessageBody: body,
            MessageGroupId: group,
            MessageDeduplicationId: `${group}-${body}`,
            MessageAttributes: { kind: { DataType: 'String', StringValue: 'test' } },
          }),
        );
      }
    },
    left: async () => {
      const { Attributes } = await client.send(
        new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }),
      );
      return (
        Number(Attributes?.ApproximateNumberOfMessages) +
        Number(Attributes?.ApproximateNumberOfMessagesNotVisible)
      );
    },
  };
}

const received = (batches: readonly (readonly SQSRecord[])[], group?: string) =>
  batches
    .flat()
    .filter(({ attributes }) => group === undefined || attributes.MessageGroupId === group)
    .map(({ body }) => body);

const failuresOf = (records: readonly SQSRecord[], isFailure: (record: SQSRecord) => boolean) => ({
  batchItemFailures: records.filter(isFailure).map(({ messageId }) => ({ itemIdentifier: messageId })),
});

const receivedTimes = ({ attributes }: SQSRecord) => Number(attributes.ApproximateReceiveCount);

describe('an event source', () => {
  it('hands messages on in the shape of Lambda, and deletes them', async () => {
    const { start, send, batches, left } = await startSource(() => null);
    start();

    await send('account-1', 'hello');

    await eventually('the queue is empty', async () => (await left()) === 0 || undefined);
    expect(batches).toEqual([
      [
        {
          messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          receiptHandle: expect.any(String),
          body: 'hello',
          attributes: {
            ApproximateReceiveCount: '1',
            ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
            SentTimestamp: expect.stringMatching(/^\d{13}$/),
            SenderId: '000000000000',
            MessageGroupId: 'account-1',
            MessageDeduplicationId: 'account-1-hello',
            SequenceNumber: expect.stringMatching(/^\d{20}$/),
          },
          messageAttributes: {
            kind: { stringValue: 'test', stringListValues: [], binaryListValues: [], dataType: 'String' },
          },
          md5OfMessageAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
          md5OfBody: '5d41402abc4b2a76b9719d911017c592',
          eventSource: 'aws:sqs',
          eventSourceARN: QUEUE_ARN,
          awsRegion: 'us-east-1',
        },
      ],
    ]);
  });

  it('keeps the order in a group, one message of it at a time, and runs groups side by side', async () => {
    let inWork: string[] = [];
    const overlaps: string[][] = [];
    const all = Promise.withResolvers<void>();
    const { start, send, batches, left } = await startSource(
      async (records) => {
        const groups = records.map(({ attributes }) => attributes.MessageGroupId ?? '');
        inWork.push(...groups);
        overlaps.push([...inWork]);
        if (inWork.length === 3) {
          all.resolve();
        }
        await all.promise;
        await new Promise((resolve) => setTimeout(resolve, 20));
        inWork = inWork.filter((group) => !groups.includes(group));
      },
      { batchSize: 1 },
    );
    await Promise.all(['a', 'b', 'c'].map((group) => send(group, '1', '2', '3', '4')));

    start();

    await eventually('the queue is empty', async () => (await left()) === 0 || undefined);
    for (const group of ['a', 'b', 'c']) {
      expect(received(batches, group)).toEqual(['1', '2', '3', '4']);
    }
    expect(overlaps.filter((groups) => new Set(groups).size !== groups.length)).toEqual([]);
    expect(Math.max(...overlaps.map(({ length }) => length))).toBe(3);
  });

  it('works on no more batches at once than it may', async () => {
    let running = 0;
    let runningMax = 0;
    const two = Promise.withResolvers<void>();
    const { start, send, left } = await startSource(
      async () => {
        running += 1;
        runningMax = Math.max(runningMax, running);
        if (running === 2) {
          two.resolve();
        }
        await two.promise;
        await new Promise((resolve) => setTimeout(resolve, 20));
        running -= 1;
      },
      { batchSize: 1, concurrencyMax: 2 },
    );
    await Promise.all(Array.from({ length: 8 }, (_, index) => send(`group-${index}`, 'x')));

    start();

    await eventually('the queue is empty', async () => (await left()) === 0 || undefined);
    expect(runningMax).toBe(2);
  });

  it('leaves the messages that failed, ahead of their group, and deletes the others', async () => {
    const { start, send, batches, left } = await startSource((records) =>
      failuresOf(records, (record) => record.body === 'a1' && receivedTimes(record) === 1),
    );
    await send('a', 'a1', 'a2');
    await send('b', 'b1');

    start();

    await eventually('the queue is empty', async () => (await left()) === 0 || undefined);
    expect(received(batches, 'a')).toEqual(['a1', 'a1', 'a2']);
    expect(received(batches, 'b')).toEqual(['b1']);
  });

  it.each([
    ['fails, as when it throws or its environment dies', () => FAILED],
    ['answers what cannot be read', () => ({ batchItemFailures: 'all' })],
    ['names a message that is not in the batch', () => ({ batchItemFailures: [{ itemIdentifier: 'x' }] })],
    ['names no message', () => ({ batchItemFailures: [{ itemIdentifier: '' }] })],
  ])('leaves every message when the function %s', async (_what, answer) => {
    const { start, send, batches, left } = await startSource((records) =>
      records.every((record) => receivedTimes(record) === 1) ? answer() : null,
    );
    await send('a', '1');
    await send('b', '1');

    start();

    await eventually('the queue is empty', async () => (await left()) === 0 || undefined);
    expect(received(batches)).toEqual(['1', '1', '1', '1']);
  });

  it.each([
    ['null', null],
    ['nothing', undefined],
    ['an empty text', ''],
    ['an empty object', {}],
    ['null for failures', { batchItemFailures: null }],
    ['no failures', { batchItemFailures: [] }],
  ])('takes %s as success', (_what, answer) => {
    const messages = [{ MessageId: '1' }, { MessageId: '2' }];

    expect(succeededMessages(messages, JSON.stringify(answer) ?? 'null')).toEqual(messages);
  });

  it('takes any answer as success of a function that does not report failures', async () => {
    const { start, send, left } = await startSource((records) => failuresOf(records, () => true), {
      reportsBatchItemFailures: false,
    });
    await send('a', '1');

    start();

    await eventually('the queue is empty', async () => (await left()) === 0 || undefined);
  });

  it('finishes the batch in work when it stops, and receives no more', async () => {
    let finish: () => void = () => undefined;
    const { start, send, batches, left } = await startSource(
      () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
      { batchSize: 1, concurrencyMax: 1 },
    );
    await send('a', '1', '2');
    const source = start();
    await eventually('a batch is in work', () => batches[0]);

    const stopped = source.stop(5_000);
    finish();
    await stopped;

    expect(received(batches)).toEqual(['1']);
    expect(await left()).toBe(1);
  });
});

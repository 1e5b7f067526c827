import { readFileSync } from 'node:fs';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clientSettings } from '../../lib/local/account.ts';
import { openDataFolder } from '../../lib/local/data-folder.ts';
import { startFauxqs } from '../../lib/local/sqs-engine.ts';
import { eventually, temporaryDirectory } from './support.ts';

type DataFolder = ReturnType<typeof openDataFolder>;

interface Fixture {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** An engine with one FIFO queue. */
async function start(folder?: DataFolder): Promise<Fixture> {
  const engine = await startFauxqs(folder);
  const client = new SQSClient(clientSettings({ endpoint: engine.endpoint, region: 'us-east-1' }));
  const { QueueUrl = '' } = await client.send(
    new CreateQueueCommand({
      QueueName: 'q.fifo',
      Attributes: { FifoQueue: 'true', DeduplicationScope: 'messageGroup', VisibilityTimeout: '30' },
    }),
  );
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= engine.stop().finally(() => client.destroy());
    return stopped;
  };
  onTestFinished(stop);
  return {
    client,
    queueUrl: `${engine.endpoint}${new URL(QueueUrl).pathname}`,
    endpoint: engine.endpoint,
    stop,
  };
}

async function send(
  { client, queueUrl }: Fixture,
  group: string,
  ...bodies: readonly string[]
): Promise<void> {
  for (const body of bodies) {
    await client.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: body,
        MessageGroupId: group,
        MessageDeduplicationId: `${group}-${body}`,
      }),
    );
  }
}

async function receive({ client, queueUrl }: Fixture, waitSeconds = 0): Promise<readonly Message[]> {
  const { Messages } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: waitSeconds,
      MessageSystemAttributeNames: ['All'],
    }),
  );
  return Messages ?? [];
}

const bodies = (messages: readonly Message[]) => messages.map(({ Body }) => Body);

describe('the queue engine', () => {
  it('listens on the loopback interface only', async () => {
    const { endpoint } = await start();
    const port = Number(new URL(endpoint).port);

    // The addresses that this process listens on, as Linux has them: reversed hexadecimal, state 0A.
    const listening = readFileSync('/proc/net/tcp', 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(
        ([, local, , state]) => state === '0A' && Number.parseInt(local?.split(':')[1] ?? '', 16) === port,
      );
    expect(listening.map(([, local]) => local?.split(':')[0])).toEqual(['0100007F']);
  });

  it('gives one message of a group at a time, although AWS may give several', async () => {
    const fixture = await start();
    await send(fixture, 'a', '1', '2', '3');
    await send(fixture, 'b', '1');

    expect(bodies(await receive(fixture))).toEqual(['1', '1']);
    expect(bodies(await receive(fixture))).toEqual([]);
  });

  it('wakes a receiver that waits within milliseconds of a message', async () => {
    const fixture = await start();
    const waiting = receive(fixture, 20).then((messages) => ({ messages, at: performance.now() }));
    await eventually('the receiver waits', async () => {
      const connections = await fetch(`${fixture.endpoint}/health`);
      return connections.ok || undefined;
    });

    await send(fixture, 'a', '1');
    const sentAt = performance.now();

    const { messages, at } = await waiting;
    expect(bodies(messages)).toEqual(['1']);
    expect(at - sentAt).toBeLessThan(100);
  });

  it('gives a group’s next message as soon as the one before is deleted', async () => {
    const fixture = await start();
    await send(fixture, 'a', '1', '2');
    const [first] = await receive(fixture);
    const next = receive(fixture, 20);

    await fixture.client.send(
      new DeleteMessageCommand({ QueueUrl: fixture.queueUrl, ReceiptHandle: first?.ReceiptHandle }),
    );

    expect(bodies(await next)).toEqual(['2']);
  });

  it('drops a duplicate, in one queue even between groups: it knows no deduplication scope', async () => {
    const fixture = await start();
    await send(fixture, 'a', '1', '1');
    await fixture.client.send(
      new SendMessageCommand({
        QueueUrl: fixture.queueUrl,
        MessageBody: 'of another group',
        MessageGroupId: 'b',
        MessageDeduplicationId: 'a-1',
      }),
    );

    expect(bodies(await receive(fixture))).toEqual(['1']);
  });

  it('does not let the attributes of high throughput be changed', async () => {
    const { client, queueUrl } = await start();

    await expect(
      client.send(
        new SetQueueAttributesCommand({ QueueUrl: queueUrl, Attributes: { DeduplicationScope: 'queue' } }),
      ),
    ).rejects.toThrow('Unknown attribute: DeduplicationScope');
  });

  it.each([
    ['in memory', () => undefined],
    ['on disk', () => openDataFolder(temporaryDirectory())],
  ])(
    'gives a message again, ahead of its group, when its visibility is set to 0 (%s)',
    async (_where, folder) => {
      const fixture = await start(folder());
      await send(fixture, 'a', '1', '2');
      const [first] = await receive(fixture);

      await fixture.client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: fixture.queueUrl,
          ReceiptHandle: first?.ReceiptHandle,
          VisibilityTimeout: 0,
        }),
      );

      const again = await receive(fixture);
      expect(bodies(again)).toEqual(['1']);
      expect(again[0]?.Attributes?.ApproximateReceiveCount).toBe('2');
    },
  );

  it('moves a message that was received too often to the dead-letter queue, with its group and ids', async () => {
    const fixture = await start();
    const { client, queueUrl } = fixture;
    const { QueueUrl: deadLetterUrl = '' } = await client.send(
      new CreateQueueCommand({ QueueName: 'dead.fifo', Attributes: { FifoQueue: 'true' } }),
    );
    const deadLetterTargetArn = 'arn:aws:sqs:us-east-1:000000000000:dead.fifo';
    await client.send(
      new SetQueueAttributesCommand({
        QueueUrl: queueUrl,
        Attributes: { RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 2 }) },
      }),
    );
    await send(fixture, 'a', 'poison', 'next');
    for (let receives = 0; receives < 2; receives += 1) {
      const [message] = await receive(fixture);
      await client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: queueUrl,
          ReceiptHandle: message?.ReceiptHandle,
          VisibilityTimeout: 0,
        }),
      );
    }

    expect(bodies(await receive(fixture))).toEqual(['next']);
    expect(await receive({ ...fixture, queueUrl: deadLetterUrl })).toMatchObject([
      { Body: 'poison', Attributes: { MessageGroupId: 'a', MessageDeduplicationId: 'a-poison' } },
    ]);
  });

  it('cannot move messages back from a dead-letter queue by itself', async () => {
    const { client } = await start();

    await expect(
      client.send(
        new StartMessageMoveTaskCommand({ SourceArn: 'arn:aws:sqs:us-east-1:000000000000:dead.fifo' }),
      ),
    ).rejects.toThrow('Unknown action: StartMessageMoveTask');
  });

  it('keeps messages, their order, receive counts and deduplication ids over a restart', async () => {
    const folder = openDataFolder(temporaryDirectory());
    const before = await start(folder);
    await send(before, 'a', '1', '2', '3');
    const [first] = await receive(before);
    await before.client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: before.queueUrl,
        ReceiptHandle: first?.ReceiptHandle,
        VisibilityTimeout: 0,
      }),
    );
    await before.stop();

    const after = await start(folder);
    await send(after, 'a', '2');

    const [again] = await receive(after);
    expect([again?.Body, again?.Attributes?.ApproximateReceiveCount]).toEqual(['1', '2']);
    const { Attributes } = await after.client.send(
      new GetQueueAttributesCommand({
        QueueUrl: after.queueUrl,
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    expect(Attributes).toEqual({
      ApproximateNumberOfMessages: '2',
      ApproximateNumberOfMessagesNotVisible: '1',
    });
  });

  it('keeps a message hidden over a restart until its visibility timeout', async () => {
    const folder = openDataFolder(temporaryDirectory());
    const before = await start(folder);
    await send(before, 'a', '1');
    const [first] = await receive(before);
    await before.client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: before.queueUrl,
        ReceiptHandle: first?.ReceiptHandle,
        VisibilityTimeout: 1,
      }),
    );
    await before.stop();

    const after = await start(folder);

    expect(await receive(after)).toEqual([]);
    expect(bodies(await receive(after, 5))).toEqual(['1']);
  });
});

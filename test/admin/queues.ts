import { randomUUID } from 'node:crypto';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Queue } from '../../functions/shared/accounts-queue.ts';
import { startFauxqs } from '../../lib/local/sqs-engine.ts';
import { TEST_CREDENTIALS, TEST_REGION } from '../support/dynamodb.ts';

/** A message as it was taken out of a queue. */
interface Taken {
  readonly body: string;
  readonly groupId: string | undefined;
  readonly deduplicationId: string | undefined;
}

/** The queues that admin knows, on an engine of a test's own. */
export interface TestQueues {
  readonly endpoint: string;
  readonly accounts: Queue;
  readonly deadLetters: Queue;
  readonly activityFailures: Queue;
  readonly alertFailures: Queue;
  /** Puts a message into the dead-letter queue, in the group of an account. */
  bury(body: unknown, group: string): Promise<void>;
  /** Receives everything that is in a queue now, and deletes it. */
  drain(queue: Queue): Promise<Taken[]>;
  stop(): Promise<void>;
}

/** As on real SQS: long enough that nothing is visible again by itself while a test runs. */
const VISIBILITY_SECONDS = '30';

export async function startTestQueues(): Promise<TestQueues> {
  const engine = await startFauxqs(undefined);
  const client = new SQSClient({
    endpoint: engine.endpoint,
    region: TEST_REGION,
    credentials: TEST_CREDENTIALS,
    maxAttempts: 1,
  });
  const create = async (QueueName: string, attributes: Record<string, string>) => {
    const Attributes = { VisibilityTimeout: VISIBILITY_SECONDS, ...attributes };
    const { QueueUrl: url = '' } = await client.send(new CreateQueueCommand({ QueueName, Attributes }));
    return { client, url };
  };
  const deadLetters = await create('dead.fifo', { FifoQueue: 'true' });
  const deadLetterTargetArn = 'arn:aws:sqs:us-east-1:000000000000:dead.fifo';
  const accounts = await create('accounts.fifo', {
    FifoQueue: 'true',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 2 }),
  });
  return {
    endpoint: engine.endpoint,
    accounts,
    deadLetters,
    activityFailures: await create('activity-failures', {}),
    alertFailures: await create('alert-failures', {}),
    async bury(body, group) {
      await client.send(
        new SendMessageCommand({
          QueueUrl: deadLetters.url,
          MessageBody: typeof body === 'string' ? body : JSON.stringify(body),
          MessageGroupId: group,
          MessageDeduplicationId: randomUUID(),
        }),
      );
    },
    drain: (queue) => drain(queue),
    async stop() {
      client.destroy();
      await engine.stop();
    },
  };
}

async function drain({ client, url }: Queue): Promise<Taken[]> {
  const taken: Taken[] = [];
  for (;;) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: url,
        MaxNumberOfMessages: 10,
        MessageSystemAttributeNames: ['All'],
      }),
    );
    if (Messages.length === 0) {
      return taken;
    }
    for (const { Body = '', ReceiptHandle, Attributes } of Messages) {
      const { MessageGroupId: groupId, MessageDeduplicationId: deduplicationId } = Attributes ?? {};
      taken.push({ body: Body, groupId, deduplicationId });
      await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
    }
  }
}

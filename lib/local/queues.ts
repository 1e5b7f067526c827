import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  QueueDoesNotExist,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import * as z from 'zod/mini';
import { clientSettings } from './account.ts';
import { LocalCloudError } from './errors.ts';
import { templateBoolean, templateNumber } from './property-types.ts';
import type { Stack, StackResource } from './stack.ts';

/** What of a queue's properties means something locally: encryption does not. */
const QueueProperties = z.object({
  FifoQueue: z.optional(templateBoolean),
  ContentBasedDeduplication: z.optional(templateBoolean),
  DeduplicationScope: z.optional(z.string()),
  FifoThroughputLimit: z.optional(z.string()),
  DelaySeconds: z.optional(templateNumber),
  MaximumMessageSize: z.optional(templateNumber),
  MessageRetentionPeriod: z.optional(templateNumber),
  ReceiveMessageWaitTimeSeconds: z.optional(templateNumber),
  VisibilityTimeout: z.optional(templateNumber),
  RedrivePolicy: z.optional(z.object({ deadLetterTargetArn: z.string(), maxReceiveCount: templateNumber })),
});

/** The attributes that can change while a queue exists. */
const CHANGEABLE = new Set([
  'ContentBasedDeduplication',
  'DelaySeconds',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'ReceiveMessageWaitTimeSeconds',
  'RedrivePolicy',
  'VisibilityTimeout',
]);

/**
 * Makes the stack's queues in the engine; queues that exist keep their messages and get the stack's settings.
 *
 * @returns the queues' URLs
 */
export async function createQueues(stack: Stack, endpoint: string): Promise<readonly string[]> {
  const client = new SQSClient(clientSettings({ endpoint, region: stack.region }));
  try {
    const urls: string[] = [];
    // Dead-letter queues first: some engines want the target of a redrive policy to exist.
    for (const queue of deadLetterQueuesFirst(stack.resources('AWS::SQS::Queue'))) {
      urls.push(await createQueue(client, stack, queue));
    }
    return urls;
  } finally {
    client.destroy();
  }
}

function deadLetterQueuesFirst(queues: readonly StackResource[]): readonly StackResource[] {
  return queues.toSorted(
    (left, right) => Number('RedrivePolicy' in left.properties) - Number('RedrivePolicy' in right.properties),
  );
}

async function createQueue(client: SQSClient, stack: Stack, resource: StackResource): Promise<string> {
  const name = stack.nameOf(resource.logicalId);
  const attributes = attributesOf(stack.properties(resource, QueueProperties));
  const existing = await findQueue(client, name);
  const url =
    existing ??
    (await client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }))).QueueUrl;
  if (existing !== undefined) {
    await changeAttributes(client, existing, attributes);
  }
  const expected = stack.reference(resource.logicalId);
  if (url === undefined || new URL(url).pathname !== new URL(expected).pathname) {
    throw new LocalCloudError(
      'engine-failed',
      `The SQS engine calls the queue ${name} ${url}, which should end in ${new URL(expected).pathname}.`,
    );
  }
  return expected;
}

/** The attributes as SQS takes them: all text. */
function attributesOf(properties: z.infer<typeof QueueProperties>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, typeof value === 'object' ? JSON.stringify(value) : String(value)]),
  );
}

async function findQueue(client: SQSClient, name: string): Promise<string | undefined> {
  try {
    return (await client.send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl;
  } catch (error) {
    if (error instanceof QueueDoesNotExist) {
      return undefined;
    }
    throw error;
  }
}

async function changeAttributes(
  client: SQSClient,
  queueUrl: string,
  wanted: Readonly<Record<string, string>>,
): Promise<void> {
  const { Attributes: current } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }),
  );
  const changes = Object.entries(wanted).filter(
    ([name, value]) => CHANGEABLE.has(name) && current?.[name as keyof typeof current] !== value,
  );
  if (changes.length > 0) {
    await client.send(
      new SetQueueAttributesCommand({ QueueUrl: queueUrl, Attributes: Object.fromEntries(changes) }),
    );
  }
}

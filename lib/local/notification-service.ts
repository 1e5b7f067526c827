import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod/mini';
import { FunctionLogs } from './function-logs.ts';
import { type LoopbackServer, readBody, serveOnLoopback } from './loopback-server.ts';
import type { Stack } from './stack.ts';

/** What was published to a topic. */
export interface Notification {
  readonly messageId: string;
  readonly topicArn: string;
  readonly subject: string | undefined;
  readonly message: string;
  /** The values of the message's attributes, by name. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Epoch milliseconds. */
  readonly publishedAt: number;
}

/** An endpoint that speaks the protocol of SNS, and remembers what was published. */
export interface NotificationService extends LoopbackServer {
  /** The last notifications, oldest first. */
  notifications(): readonly Notification[];
}

/** Where to find topics, and whom to tell. */
export interface NotificationServiceOptions {
  readonly stack: Stack;
  /** For the file with every notification. @default no file */
  readonly logsDirectory: string | undefined;
  readonly onNotification: ((notification: Notification) => void) | undefined;
}

/** A refusal in the words of SNS. */
class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const TopicProperties = z.object({
  TopicName: z.optional(z.string()),
  // Order and deduplication are not made here.
  FifoTopic: z.optional(z.never()),
});

/** The log's name, and its file's. */
const LOG_NAME = 'notifications';

const MESSAGE_MAX_BYTES = 256 * 1024;
const BODY_MAX_BYTES = 4 * MESSAGE_MAX_BYTES;

/** ASCII that begins with a letter, a digit or punctuation, on one line. */
const SUBJECT = /^[!-~][ -~]{0,99}$/;

const NAMESPACE = 'http://sns.amazonaws.com/doc/2010-03-31/';

/**
 * Serves the stack's topics on a free port of the loopback interface: `Publish`, with the answers and refusals of
 * AWS. Nobody is sent anything: what was published is kept, in memory and in a file.
 *
 * @throws LocalCloudError naming a topic of a kind that the local cloud cannot run
 */
export async function startNotificationService(
  options: NotificationServiceOptions,
): Promise<NotificationService> {
  const { stack, logsDirectory, onNotification } = options;
  const topics = stack.resources('AWS::SNS::Topic').map((topic) => {
    stack.properties(topic, TopicProperties);
    return stack.reference(topic.logicalId);
  });
  const log = new FunctionLogs(logsDirectory, undefined);
  const publish = (input: URLSearchParams): string => {
    const notification = readNotification(input, topics);
    log.write(LOG_NAME, JSON.stringify(notification));
    onNotification?.(notification);
    return notification.messageId;
  };
  const server = await serveOnLoopback((request, response) => {
    void answer(publish, request, response);
  });
  return {
    endpoint: server.endpoint,
    stop: async () => {
      await server.stop();
      log.flush();
    },
    notifications: () => log.lines(LOG_NAME).map((line) => JSON.parse(line)),
  };
}

type Publish = (input: URLSearchParams) => string;

async function answer(publish: Publish, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [status, body] = await outcome(publish, request);
  response.writeHead(status, { 'content-type': 'text/xml' });
  response.end(body);
}

async function outcome(
  publish: Publish,
  request: IncomingMessage,
): Promise<readonly [status: number, body: string]> {
  try {
    const input = new URLSearchParams(await readBody(request, BODY_MAX_BYTES));
    const action = input.get('Action');
    if (action !== 'Publish') {
      throw new Refusal(400, 'InvalidAction', `The local SNS has no ${action}.`);
    }
    return [200, published(publish(input))];
  } catch (error) {
    const refusal = error instanceof Refusal ? error : new Refusal(500, 'InternalError', 'Not published.');
    return [refusal.status, refused(refusal)];
  }
}

function readNotification(input: URLSearchParams, topics: readonly string[]): Notification {
  const topicArn = input.get('TopicArn') ?? '';
  const message = input.get('Message') ?? '';
  const subject = input.get('Subject') ?? undefined;
  if (!topics.includes(topicArn)) {
    throw new Refusal(404, 'NotFound', 'Topic does not exist');
  }
  if (message === '' || Buffer.byteLength(message) > MESSAGE_MAX_BYTES) {
    throw new Refusal(400, 'InvalidParameter', 'Invalid parameter: Message is empty or too long');
  }
  if (subject !== undefined && !SUBJECT.test(subject)) {
    throw new Refusal(400, 'InvalidParameter', 'Invalid parameter: Subject');
  }
  const attributes = attributesOf(input);
  return { messageId: randomUUID(), topicArn, subject, message, attributes, publishedAt: Date.now() };
}

/** Lists are numbered from 1 in this protocol. */
function attributesOf(input: URLSearchParams): Readonly<Record<string, string>> {
  const attributes: Record<string, string> = {};
  for (let number = 1; input.has(`MessageAttributes.entry.${number}.Name`); number += 1) {
    const entry = `MessageAttributes.entry.${number}`;
    attributes[input.get(`${entry}.Name`) ?? ''] = input.get(`${entry}.Value.StringValue`) ?? '';
  }
  return attributes;
}

function published(messageId: string): string {
  return (
    `<PublishResponse xmlns="${NAMESPACE}"><PublishResult><MessageId>${messageId}</MessageId></PublishResult>` +
    `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></PublishResponse>`
  );
}

/** The name of an action, which whoever calls chose, is the only thing that could need escaping. */
function refused({ status, code, message }: Refusal): string {
  const type = status < 500 ? 'Sender' : 'Receiver';
  const text = message.replaceAll(/[<>&]/g, '?');
  return (
    `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>${type}</Type><Code>${code}</Code>` +
    `<Message>${text}</Message></Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`
  );
}

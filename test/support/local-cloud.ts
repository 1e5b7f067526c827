import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { saveToken } from '../../functions/ledger/issue-token.ts';
import type { Ledger } from '../../functions/ledger/table.ts';
import { type LocalCloud, type LocalCloudOptions, startLocalCloud } from '../../lib/local/start.ts';
import { TEST_CREDENTIALS } from './dynamodb.ts';

/** An HTTP answer, read whole. */
interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed when it is JSON, else the text as it came. */
  readonly body: unknown;
}

/** How a test calls the HTTP API. */
interface CallOptions {
  /** @default POST with a body, else GET */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text and bytes as they are, anything else as JSON. */
  readonly body?: unknown;
}

/** How many messages a queue holds. */
interface QueueCounts {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

/** The whole local cloud for the tests of one file, and the clients they need. */
export interface TestCloud {
  readonly cloud: LocalCloud;
  readonly url: string;
  /** The stack's own table, for what the API does not show. */
  readonly ledger: Ledger;
  readonly sqs: SQSClient;
  readonly accountsQueueUrl: string;
  readonly deadLetterQueueUrl: string;
  readonly operatorToken: string;
  /** Calls any path of the HTTP API. */
  call(path: string, options?: CallOptions): Promise<Answer>;
  /** Calls `/api/v1<path>` as the operator. */
  admin(path: string, options?: CallOptions): Promise<Answer>;
  /** As {@link admin}, for what has to work. @throws Error with the answer when the status is not 2xx */
  mustAdmin(path: string, options?: CallOptions): Promise<unknown>;
  /** Sends a signal to a webhook. */
  send(webhookId: string, payload: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  countMessages(queueUrl: string): Promise<QueueCounts>;
  /** The process ids of the environments of each function. */
  pids(): Readonly<Record<string, readonly number[]>>;
  stop(): Promise<void>;
}

const PROJECT_DIRECTORY = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Starts the local cloud of `npm start` on free ports, with nothing configured but an operator's token: once per test
 * file in `beforeAll`, and {@link TestCloud.stop} in `afterAll`.
 *
 * @param options what to do otherwise, such as `dataDirectory` to keep data; without it everything is gone afterwards
 */
export async function startTestCloud(options: Partial<LocalCloudOptions> = {}): Promise<TestCloud> {
  const { PATH = '', HOME, DYNAMODB_ENDPOINT, SQS_ENDPOINT } = process.env;
  const cloud = await startLocalCloud({
    projectDirectory: PROJECT_DIRECTORY,
    port: 0,
    engines: { path: PATH, dynamodbEndpoint: DYNAMODB_ENDPOINT, sqsEndpoint: SQS_ENDPOINT },
    environment: { PATH, HOME },
    ...options,
  });
  try {
    return await equip(cloud);
  } catch (error) {
    await cloud.stop();
    throw error;
  }
}

async function equip(cloud: LocalCloud): Promise<TestCloud> {
  const { region, url } = cloud;
  const dynamodb = new DynamoDBClient({
    endpoint: cloud.dynamodbEndpoint,
    region,
    credentials: TEST_CREDENTIALS,
  });
  const sqs = new SQSClient({ endpoint: cloud.sqsEndpoint, region, credentials: TEST_CREDENTIALS });
  const ledger: Ledger = {
    client: DynamoDBDocumentClient.from(dynamodb, { marshallOptions: { removeUndefinedValues: true } }),
    tableName: cloud.outputs.LedgerTableName ?? '',
  };
  const operatorToken = `test-${randomUUID()}`;
  const [{ QueueUrls = [] }] = await Promise.all([
    sqs.send(new ListQueuesCommand({})),
    saveToken(ledger, operatorToken, 'operator'),
  ]);
  const deadLetterQueueUrl = QueueUrls.find((queueUrl) => /dead/i.test(queueUrl)) ?? '';
  const accountsQueueUrl =
    QueueUrls.find((queueUrl) => queueUrl.endsWith('.fifo') && queueUrl !== deadLetterQueueUrl) ?? '';

  const call = (path: string, callOptions: CallOptions = {}) => callHttp(`${url}${path}`, callOptions);
  const admin = (path: string, callOptions: CallOptions = {}) =>
    call(`/api/v1${path}`, {
      ...callOptions,
      headers: { authorization: `Bearer ${operatorToken}`, ...callOptions.headers },
    });
  return {
    cloud,
    url,
    ledger,
    sqs,
    accountsQueueUrl,
    deadLetterQueueUrl,
    operatorToken,
    call,
    admin,
    mustAdmin: async (path, callOptions) => {
      const { status, body } = await admin(path, callOptions);
      if (status < 200 || status > 299) {
        throw new Error(
          `${callOptions?.method ?? 'GET'} ${path} answered ${status}: ${JSON.stringify(body)}`,
        );
      }
      return body;
    },
    send: (webhookId, payload, headers = {}) =>
      call(`/webhooks/${webhookId}`, { method: 'POST', body: payload, headers }),
    countMessages: (queueUrl) => countMessages(sqs, queueUrl),
    pids: () => pidsOf(cloud),
    stop: async () => {
      sqs.destroy();
      dynamodb.destroy();
      await cloud.stop();
    },
  };
}

async function callHttp(url: string, { method, headers = {}, body }: CallOptions): Promise<Answer> {
  const asIs = typeof body === 'string' || body instanceof Uint8Array;
  const sent = asIs ? body : JSON.stringify(body);
  const response = await fetch(url, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(sent === undefined ? {} : { body: sent as NonNullable<RequestInit['body']> }),
  });
  return { status: response.status, headers: response.headers, body: parsed(await response.text()) };
}

/** The value of JSON, or the text itself when it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function countMessages(sqs: SQSClient, queueUrl: string): Promise<QueueCounts> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }),
  );
  return {
    visible: Number(Attributes.ApproximateNumberOfMessages),
    inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
    delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed),
  };
}

function pidsOf(cloud: LocalCloud): Readonly<Record<string, readonly number[]>> {
  return Object.fromEntries(
    cloud.functionNames.map((name) => [
      name,
      cloud
        .environments()
        .filter(({ functionName }) => functionName === name)
        .map(({ pid }) => pid),
    ]),
  );
}

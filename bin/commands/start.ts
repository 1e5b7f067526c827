import { resolve } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { saveToken } from '../../functions/ledger/issue-token.ts';
import { LocalCloudError } from '../../lib/local/errors.ts';
import { type LocalCloud, startLocalCloud } from '../../lib/local/start.ts';
import { AdminClient } from './admin-client.ts';
import { installDemo } from './demo-setup.ts';
import { notificationLine } from './notification-line.ts';
import { UsageError } from './usage-error.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const PROJECT_DIRECTORY = resolve(import.meta.dirname, '../..');
const PORT_DEFAULT = '3000';
const DATA_DIRECTORY_DEFAULT = '.onefill';

/** The operator token of the local cloud unless the environment says otherwise. It opens nothing but paper. */
const LOCAL_TOKEN = 'local-operator';

/** Starts the local cloud with the demo, and runs until it is told to stop. @returns the exit code */
export async function start(
  options: { readonly ephemeral: boolean },
  environment: Environment,
): Promise<number> {
  const port = readPort(environment.PORT ?? PORT_DEFAULT);
  const token = environment.ONEFILL_ADMIN_TOKEN || LOCAL_TOKEN;
  const stopping = new AbortController();
  const stopped = new Promise<void>((stop) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        stopping.abort();
        stop();
      });
    }
  });
  try {
    const cloud = await startLocalCloud({
      projectDirectory: PROJECT_DIRECTORY,
      dataDirectory: options.ephemeral
        ? undefined
        : resolve(environment.ONEFILL_DATA_DIR || DATA_DIRECTORY_DEFAULT),
      port,
      engines: {
        dynamodbEndpoint: environment.DYNAMODB_ENDPOINT,
        sqsEndpoint: environment.SQS_ENDPOINT,
        path: environment.PATH ?? '',
      },
      environment,
      onProgress: (step) => say(`  ${step}`),
      onNotification: (notification) => say(notificationLine(notification)),
      signal: stopping.signal,
    });
    return await runUntilStopped(cloud, token, stopped);
  } catch (error) {
    if (error instanceof LocalCloudError && error.code === 'stopped') {
      return 0;
    }
    if (error instanceof LocalCloudError) {
      process.stderr.write(`${error.message}\n`);
      return 1;
    }
    throw error;
  }
}

async function runUntilStopped(cloud: LocalCloud, token: string, stopped: Promise<void>): Promise<number> {
  try {
    await issueLocalToken(cloud, token);
    await installDemo(new AdminClient(cloud.url, token));
    say(welcome(cloud.url, token));
    const failure = await Promise.race([stopped, cloud.failed]);
    if (failure instanceof LocalCloudError) {
      process.stderr.write(`${failure.message}\n`);
      return 1;
    }
    say('Stopping.');
    return 0;
  } finally {
    await cloud.stop();
  }
}

/** The local operator's token is stored like any other: hashed, in the ledger. */
async function issueLocalToken(cloud: LocalCloud, token: string): Promise<void> {
  const tableName = cloud.outputs.LedgerTableName;
  if (tableName === undefined) {
    throw new Error('The stack has no output LedgerTableName.');
  }
  const client = new DynamoDBClient({
    endpoint: cloud.dynamodbEndpoint,
    region: cloud.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  await saveToken({ client: DynamoDBDocumentClient.from(client), tableName }, token, 'operator');
  client.destroy();
}

function readPort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UsageError(`PORT must be a number from 0 to 65535, not "${text}".`);
  }
  return port;
}

function welcome(url: string, token: string): string {
  return `
Onefill is ready at ${url}

Send a signal (send it twice: the second gets the first one's answer, and there is still one order per account):

  curl -sS ${url}/webhooks/demo -H 'content-type: application/json' -H 'x-webhook-secret: demo-secret' \\
    -d '{"symbol":"MNQ1!","action":"buy","quantity":1,"price":21534.25}'

See what became of it:

  curl -sS ${url}/api/v1/orders -H 'authorization: Bearer ${token}'

Operator token: ${token}
The incident, replayed: npm run demo      Stop: Ctrl-C
`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

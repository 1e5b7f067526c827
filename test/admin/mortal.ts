import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createAdminApi } from '../../functions/admin/api.ts';
import { createEngine } from '../../functions/engine/create-engine.ts';
import { httpHandler } from '../../functions/shared/http-handler.ts';
import { createLogger } from '../../functions/shared/telemetry.ts';
import { deleteSecret, writeSecret } from '../../functions/shared/write-secret.ts';
import { TEST_CREDENTIALS, TEST_REGION } from '../support/dynamodb.ts';
import { httpEvent, lambdaContext } from '../support/http-event.ts';
import { NO_VENUES } from '../support/no-venues.ts';
import { type AdminHarness, SECRET_NAME_PREFIX } from './harness.ts';

/** What a dying function was asked to do. */
export interface LastWish {
  readonly method: string;
  /** Below `/api/v1`. */
  readonly path: string;
  readonly body?: unknown;
  /** What it answers when its calls fail. @default 503 */
  readonly failsWith?: number;
}

/** More than any request makes. */
const CALLS_MAX = 100;

/**
 * Makes a request again and again, each time to a function that dies one call to AWS later: that call takes effect and
 * nobody hears of it, none follows. Ends with the first one that lives.
 *
 * @param prepare what to ask for, by the number of the fatal call
 * @param judge looks at what is left after a death
 * @returns how often it died
 */
export async function dieAtEveryCall(
  admin: AdminHarness,
  prepare: (callNumber: number) => Promise<LastWish>,
  judge: (wish: LastWish) => Promise<void>,
): Promise<number> {
  const mortal = createMortal(admin);
  try {
    for (let callNumber = 1; callNumber <= CALLS_MAX; callNumber += 1) {
      const wish = await prepare(callNumber);
      const { status, hasDied } = await mortal.ask(wish, callNumber);
      if (!hasDied) {
        return callNumber - 1;
      }
      if (status !== (wish.failsWith ?? 503)) {
        throw new Error(`A function that died answered ${status}.`);
      }
      await judge(wish);
    }
  } finally {
    mortal.destroy();
  }
  throw new Error(`The request still died at its call number ${CALLS_MAX}.`);
}

/** An admin function whose calls to AWS are counted: from the fatal one on, none returns. */
function createMortal(admin: AdminHarness) {
  let calls = 0;
  let fatal = 0;
  const { ask, destroy } = interceptedAdmin(admin, async (call, input) => {
    // What the log says of it does not decide what became of it: audit.test.ts looks at that.
    if (Reflect.get(input, 'TableName') === admin.operations.tableName && calls < fatal) {
      return call();
    }
    calls += 1;
    if (calls < fatal) {
      return call();
    }
    if (calls === fatal) {
      await call();
    }
    throw new Error('The process is dead.');
  });
  return {
    destroy,
    async ask(wish: LastWish, fatalCall: number) {
      calls = 0;
      fatal = fatalCall;
      return { status: await ask(wish), hasDied: calls >= fatal };
    },
  };
}

/** Stands between a function and AWS: makes the call, or not, or something else before or after it. */
export type Intercept = <Output>(call: () => Promise<Output>, input: object) => Promise<Output>;

/** An admin function of which every call to AWS goes through a test's hands. */
export function interceptedAdmin(admin: AdminHarness, intercept: Intercept) {
  const common = { region: TEST_REGION, credentials: TEST_CREDENTIALS, maxAttempts: 1 };
  const dynamoDb = new DynamoDBClient({ ...common, endpoint: admin.endpoint });
  const secrets = new SecretsManagerClient({ ...common, endpoint: admin.secretsManager.endpoint });
  const sqs = new SQSClient({ ...common, endpoint: admin.queues.endpoint });
  const step = { step: 'initialize' } as const;
  dynamoDb.middlewareStack.add((next) => (call) => intercept(() => next(call), call.input), step);
  secrets.middlewareStack.add((next) => (call) => intercept(() => next(call), call.input), step);
  sqs.middlewareStack.add((next) => (call) => intercept(() => next(call), call.input), step);
  const client = DynamoDBDocumentClient.from(dynamoDb, { marshallOptions: { removeUndefinedValues: true } });
  const ledger = { client, tableName: admin.ledger.tableName };
  const logger = createLogger();
  const clock = Date;
  const context = {
    ledger,
    operations: { client, tableName: admin.operations.tableName },
    idempotencyTableName: admin.idempotencyTableName,
    readSecret: async () => undefined,
    secrets: {
      write: (name: string, text: string) => writeSecret(secrets, name, text),
      delete: (name: string) => deleteSecret(secrets, name),
    },
    secretNamePrefix: SECRET_NAME_PREFIX,
    clock,
    engine: createEngine({ ...ledger, ...NO_VENUES, clock, alert: () => undefined }),
    accountsQueue: { client: sqs, url: admin.queues.accounts.url },
    deadLetterQueue: { client: sqs, url: admin.queues.deadLetters.url },
    failureQueues: {
      activity: { client: sqs, url: admin.queues.activityFailures.url },
      alerts: { client: sqs, url: admin.queues.alertFailures.url },
    },
  };
  const handler = httpHandler(logger, createAdminApi(context, logger));

  return {
    /** Makes a request as an operator and returns the answer's status. */
    async ask({ method, path, body }: LastWish): Promise<number> {
      const event = httpEvent({
        method,
        path: `/api/v1${path}`,
        authorizer: { role: 'operator', tokenId: 'abc' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return (await handler(event, lambdaContext())).statusCode;
    },
    destroy() {
      dynamoDb.destroy();
      secrets.destroy();
      sqs.destroy();
    },
  };
}

import { randomUUID } from 'node:crypto';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { expect, vi } from 'vitest';
import type { Operations } from '../../functions/ledger/operations-table.ts';
import type { Ledger } from '../../functions/ledger/table.ts';
import { violations } from '../support/contract.ts';
import { startTestDynamoDb, TEST_CREDENTIALS, TEST_REGION } from '../support/dynamodb.ts';
import { httpEvent, lambdaContext } from '../support/http-event.ts';
import { startTestSecretsManager, type TestSecretsManager } from '../support/secrets-manager.ts';
import { startTestQueues, type TestQueues } from './queues.ts';

type AdminHandler = typeof import('../../functions/admin/handler.ts').handler;

/** A request to the admin API; `role` is what the authorizer recognized, by default an operator. */
export interface AdminCall {
  readonly method: string;
  /** Below `/api/v1`, with its query string. */
  readonly path: string;
  readonly role?: 'operator' | 'viewer' | 'anonymous' | 'no-authorizer';
  /** What the operator's token is bound to, as the authorizer says it; by default nothing. */
  readonly scopes?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is. */
  readonly rawBody?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One item of a list, or any other object in an answer; the contract says what is in it, and is checked. */
type Item = Readonly<Record<string, unknown>>;

/** A body as tests look into it: a list, an error, or something else. */
interface AdminBody extends Item {
  readonly items: readonly Item[];
  readonly nextCursor?: string;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly details: readonly { readonly field: string; readonly message: string }[];
  };
}

/** An answer, with its body parsed. */
interface AdminAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: AdminBody;
  /** The body as it was sent. */
  readonly text: string;
}

/** The admin function as it is deployed, on a DynamoDB, an SQS and a Secrets Manager of its own. */
export interface AdminHarness {
  /** Where DynamoDB is. */
  readonly endpoint: string;
  readonly ledger: Ledger;
  readonly operations: Operations;
  readonly idempotencyTableName: string;
  readonly queues: TestQueues;
  readonly secretsManager: TestSecretsManager;
  /** Everything that was answered and logged so far, as text. */
  readonly said: string[];
  /** The function itself. */
  readonly handler: AdminHandler;
  /** Calls the handler and holds its answer to docs/openapi.yaml. */
  call(request: AdminCall): Promise<AdminAnswer>;
  get(path: string): Promise<AdminAnswer>;
  put(path: string, body: unknown): Promise<AdminAnswer>;
  post(path: string, body?: unknown): Promise<AdminAnswer>;
  /** All items of all pages. */
  walk(path: string): Promise<Item[]>;
  /** Every item of the ledger table. */
  items(): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

export const SECRET_NAME_PREFIX = 'onefill/test/';

/** Starts the engines, sets the function's environment, and loads its handler. */
export async function startAdmin(): Promise<AdminHarness> {
  const [dynamoDb, queues, secretsManager] = await Promise.all([
    startTestDynamoDb(),
    startTestQueues(),
    startTestSecretsManager(),
  ]);
  const { ledger, operations, idempotencyTableName } = dynamoDb;
  const said: string[] = [];
  captureLog(said);
  stubEnvironment({
    LEDGER_TABLE_NAME: ledger.tableName,
    OPERATIONS_TABLE_NAME: operations.tableName,
    IDEMPOTENCY_TABLE_NAME: dynamoDb.idempotencyTableName,
    SECRET_NAME_PREFIX,
    ACCOUNTS_QUEUE_URL: queues.accounts.url,
    DEAD_LETTER_QUEUE_URL: queues.deadLetters.url,
    ACTIVITY_FAILURES_QUEUE_URL: queues.activityFailures.url,
    ALERT_FAILURES_QUEUE_URL: queues.alertFailures.url,
    POWERTOOLS_SERVICE_NAME: 'admin',
    AWS_REGION: TEST_REGION,
    AWS_ACCESS_KEY_ID: TEST_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: TEST_CREDENTIALS.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.endpoint,
    AWS_ENDPOINT_URL_SQS: queues.endpoint,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.endpoint,
  });
  const handler = await loadHandler();

  const call = async (request: AdminCall): Promise<AdminAnswer> => {
    const { method, headers } = request;
    const body = request.rawBody ?? (request.body === undefined ? undefined : JSON.stringify(request.body));
    const event = httpEvent({
      method,
      path: `/api/v1${request.path}`,
      routeKey: 'ANY /api/v1/{proxy+}',
      ...authorizedAs(request),
      ...(headers ? { headers } : {}),
      ...(body === undefined ? {} : { body }),
    });
    const result = await handler(event, lambdaContext());
    said.push(JSON.stringify(result));
    const answered = {
      status: result.statusCode,
      headers: result.headers ?? {},
      body: parseBody(result),
      text: result.body ?? '',
    };
    const exchange = { ...answered, method, path: event.rawPath, requestBody: request.body };
    expect(violations(exchange), `${method} ${request.path} ${result.statusCode} ${result.body}`).toEqual([]);
    return answered;
  };

  return {
    endpoint: dynamoDb.endpoint,
    ledger,
    operations,
    idempotencyTableName,
    queues,
    secretsManager,
    said,
    handler,
    call,
    get: (path) => call({ method: 'GET', path }),
    put: (path, body) => call({ method: 'PUT', path, body }),
    post: (path, body) => call({ method: 'POST', path, body }),
    walk: (path) => walk(call, path),
    items: () => scan(ledger),
    async stop() {
      await Promise.all([dynamoDb.stop(), queues.stop(), secretsManager.stop()]);
      vi.unstubAllEnvs();
      vi.restoreAllMocks();
    },
  };
}

/** A handler of its own: it reads the environment when it is loaded, and test files share a process. */
async function loadHandler(): Promise<AdminHandler> {
  const fresh = `../../functions/admin/handler.ts?of=${randomUUID()}`;
  const { handler } = (await import(/* @vite-ignore */ fresh)) as { readonly handler: AdminHandler };
  return handler;
}

/** The body as JSON; `undefined` when there is none, or it is something else. */
function parseBody({ headers, body }: APIGatewayProxyStructuredResultV2) {
  const isJson = String(headers?.['content-type']).startsWith('application/json');
  return isJson && body !== undefined ? JSON.parse(body) : undefined;
}

/** What the authorizer says of the caller, where it is asked. */
function authorizedAs({ role = 'operator', scopes }: AdminCall) {
  const tokenId = role === 'anonymous' ? '' : 'abc';
  const bound = scopes === undefined ? {} : { scopes };
  return role === 'no-authorizer' ? {} : { authorizer: { role, tokenId, ...bound } };
}

async function walk(call: AdminHarness['call'], path: string): Promise<Item[]> {
  const PAGES_MAX = 1_000;
  const items: Item[] = [];
  let cursor = '';
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const joint = path.includes('?') ? '&' : '?';
    const { status, body } = await call({
      method: 'GET',
      path: cursor ? `${path}${joint}cursor=${cursor}` : path,
    });
    expect(status).toBe(200);
    items.push(...body.items);
    if (body.nextCursor === undefined) {
      return items;
    }
    cursor = body.nextCursor;
  }
  throw new Error(`${path} has more than ${PAGES_MAX} pages.`);
}

async function scan({ client, tableName }: Ledger): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const page = await client.send(new ScanCommand({ TableName: tableName, ExclusiveStartKey: start }));
    items.push(...(page.Items ?? []));
    start = page.LastEvaluatedKey;
  } while (start);
  return items;
}

function captureLog(said: string[]): void {
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      said.push(String(chunk));
      return true;
    });
  }
}

function stubEnvironment(variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) {
    vi.stubEnv(name, value);
  }
}

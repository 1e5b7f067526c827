import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { operationsKeys } from '../ledger/operations-table.ts';
import { keys } from '../ledger/table.ts';
import { answer } from '../shared/http.ts';
import { readQueueState } from '../shared/queue-state.ts';
import type { AdminContext, Route } from './route.ts';

/** `/api/v1/monitoring/health`: whether what Onefill depends on answers, and how soon. */
export const HEALTH_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/monitoring/health', access: 'viewer', handle: getHealth },
];

/** What does not answer within this is down. It is a hundred times what each of them takes. */
const TIMEOUT_MS = 2_000;

/** Something that Onefill cannot do without, and whether it can trade without it. */
interface Dependency {
  readonly name: string;
  /** Without it no signal becomes an order. Without the others only operators miss something, or some signals. */
  readonly isVital: boolean;
  /** Asks it for next to nothing. */
  readonly ask: (context: AdminContext, abortSignal: AbortSignal) => Promise<unknown>;
}

/** The name of nothing: an item, a record or a secret that never is. */
const NOTHING = 'health';

const DEPENDENCIES: readonly Dependency[] = [
  {
    name: 'ledger',
    isVital: true,
    ask: ({ ledger: { client, tableName } }, abortSignal) =>
      client.send(new GetCommand({ TableName: tableName, Key: keys.token(NOTHING) }), { abortSignal }),
  },
  {
    name: 'idempotency',
    isVital: true,
    ask: ({ ledger: { client }, idempotencyTableName }, abortSignal) =>
      client.send(new GetCommand({ TableName: idempotencyTableName, Key: { id: NOTHING } }), { abortSignal }),
  },
  {
    name: 'accountsQueue',
    isVital: true,
    ask: ({ accountsQueue }, abortSignal) => readQueueState(accountsQueue, abortSignal),
  },
  {
    name: 'deadLetterQueue',
    isVital: false,
    ask: ({ deadLetterQueue }, abortSignal) => readQueueState(deadLetterQueue, abortSignal),
  },
  {
    name: 'operations',
    isVital: false,
    ask: ({ operations: { client, tableName } }, abortSignal) =>
      client.send(new GetCommand({ TableName: tableName, Key: operationsKeys.alert(NOTHING) }), {
        abortSignal,
      }),
  },
  {
    name: 'secrets',
    isVital: false,
    ask: ({ readSecret, secretNamePrefix }) => readSecret(`${secretNamePrefix}brokers/${NOTHING}`),
  },
];

interface Checked {
  readonly name: string;
  readonly isVital: boolean;
  readonly status: 'ok' | 'down';
  readonly responseTimeMs: number;
  /** What it failed with, by name only: messages may tell of the environment. */
  readonly error?: string;
}

async function getHealth(context: AdminContext) {
  const checked = await Promise.all(DEPENDENCIES.map((dependency) => check(context, dependency)));
  const down = checked.filter(({ status }) => status === 'down');
  const status = down.length === 0 ? 'ok' : down.some(({ isVital }) => isVital) ? 'down' : 'degraded';
  const dependencies = checked.map(({ isVital: _, ...shown }) => shown);
  return answer(status === 'down' ? 503 : 200, { status, dependencies });
}

async function check(context: AdminContext, { name, isVital, ask }: Dependency): Promise<Checked> {
  const startedAtMs = context.clock.now();
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const error = await Promise.race([
    ask(context, timeout).then(() => undefined, nameOf),
    new Promise<string>((resolve) => {
      timeout.addEventListener('abort', () => resolve('Timeout'));
    }),
  ]);
  const responseTimeMs = Math.max(0, context.clock.now() - startedAtMs);
  const named = { name, isVital, responseTimeMs };
  return error === undefined ? { ...named, status: 'ok' } : { ...named, status: 'down', error };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'Error';
}

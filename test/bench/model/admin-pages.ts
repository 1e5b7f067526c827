import { Logger } from '@aws-lambda-powertools/logger';
import { createAdminApi } from '../../../functions/admin/api.ts';
import { createEngine } from '../../../functions/engine/create-engine.ts';
import { enlist } from '../../../functions/ledger/catalog.ts';
import { readRequest } from '../../../functions/shared/http.ts';
import { createSecretWriter } from '../../../functions/shared/secret-writer.ts';
import { modelQueue } from '../../simulation/model-queue.ts';
import type { ModelLedger } from '../../simulation/model-table.ts';
import { httpEvent, lambdaContext } from '../../support/http-event.ts';
import { NO_VENUES } from '../../support/no-venues.ts';
import {
  type History,
  historicExecutionId,
  historicSignalId,
  SELDOM,
  SIGNAL_INTERVAL_MS,
} from './history.ts';
import { Meter } from './meter.ts';
import { accountIdOf, Traffic, UNIT_DELAYS } from './traffic.ts';

/** What one page of the admin API cost. */
export interface PageCost {
  readonly page: string;
  readonly calls: number;
  readonly readUnits: number;
}

const LIMIT = 50;
/** Long enough for more than a page of one account's orders. */
const WINDOW_MS = 8 * 3_600_000;
const OK = 200;

/** Asks for the pages that show what was recorded, each full: the newest, and one from the middle of the history. */
export async function readPages(store: ModelLedger, history: History): Promise<PageCost[]> {
  await new Traffic(UNIT_DELAYS, { store }).configure(history.accounts);
  for (let index = 0; index < history.accounts; index += 1) {
    await enlist(store.ledger, 'ACCOUNT', accountIdOf(index));
  }
  const middle = Math.floor(history.signals / 2);
  const cursor = Buffer.from(historicSignalId(history, middle)).toString('base64url');
  const middleMs = history.untilMs - middle * SIGNAL_INTERVAL_MS;
  const [from, to] = [-1, 1].map((sign) => new Date(middleMs + (sign * WINDOW_MS) / 2).toISOString());
  const ofAccount = `/orders?limit=${LIMIT}&accountId=${accountIdOf(0)}`;
  const paths = {
    'GET /signals, newest': `/signals?limit=${LIMIT}`,
    'GET /signals, from the middle': `/signals?limit=${LIMIT}&cursor=${cursor}`,
    'GET /signals/{id}': `/signals/${historicSignalId(history, middle)}`,
    'GET /orders of an account, newest': ofAccount,
    'GET /orders of an account, of some hours': `${ofAccount}&from=${from}&to=${to}`,
    'GET /orders of all accounts, newest': `/orders?limit=${LIMIT}`,
    'GET /orders of a strategy that seldom traded': `/orders?limit=${LIMIT}&strategyId=${SELDOM}`,
    'GET /executions/{id}': `/executions/${encodeURIComponent(historicExecutionId(history, middle))}`,
  };
  const costs: PageCost[] = [];
  for (const [page, path] of Object.entries(paths)) {
    costs.push({ page, ...(await costOf(store, history, path)) });
  }
  return costs;
}

async function costOf(store: ModelLedger, history: History, path: string): Promise<Omit<PageCost, 'page'>> {
  const meter = new Meter();
  const ledger = { ...store.ledger, client: meter.around(store.ledger.client) };
  const clock = { now: () => history.untilMs };
  const queue = modelQueue({ clock, visibilityTimeoutSeconds: 3 });
  const api = createAdminApi(
    {
      ledger,
      operations: { ...store.operations, client: ledger.client },
      idempotencyTableName: 'idempotency',
      readSecret: async () => undefined,
      secrets: createSecretWriter(),
      secretNamePrefix: 'bench/',
      clock,
      engine: createEngine({ ...ledger, ...NO_VENUES, clock, alert: () => undefined }),
      accountsQueue: queue,
      deadLetterQueue: queue,
      failureQueues: { activity: queue, alerts: queue },
    },
    new Logger({ logLevel: 'SILENT' }),
  );
  const event = httpEvent({
    method: 'GET',
    path: `/api/v1${path}`,
    authorizer: { role: 'viewer', tokenId: 'bench' },
  });
  const { statusCode, body = '{}' } = await api(readRequest(event), event, lambdaContext());
  const { items } = JSON.parse(body) as { readonly items?: readonly unknown[] };
  if (statusCode !== OK || (items && items.length < LIMIT)) {
    throw new Error(`${path} answered ${statusCode} with ${items?.length} items: ${body.slice(0, 200)}`);
  }
  return { calls: meter.calls, readUnits: meter.entries.reduce((total, each) => total + each.readUnits, 0) };
}

import { setTimeout as wait } from 'node:timers/promises';
import { alertInLog } from '../shared/alert-log.ts';
import { createDocumentClient, createQueueClient } from '../shared/clients.ts';
import { readEnvironment } from '../shared/environment.ts';
import { answer, refuse } from '../shared/http.ts';
import { httpHandler } from '../shared/http-handler.ts';
import { createLogger } from '../shared/telemetry.ts';
import type { IngestDependencies } from './dependencies.ts';
import { createHmacSecretSource } from './hmac-secrets.ts';
import { receiveWebhook } from './receive.ts';
import { watchRefusals } from './refusal-watch.ts';
import { createRouteCache } from './route-cache.ts';

const environment = readEnvironment('ingest', process.env);
const ledger = { client: createDocumentClient(), tableName: environment.LEDGER_TABLE_NAME };
const logger = createLogger();

const dependencies: IngestDependencies = {
  ledger,
  idempotencyTableName: environment.IDEMPOTENCY_TABLE_NAME,
  queue: { client: createQueueClient(), url: environment.ACCOUNTS_QUEUE_URL },
  routes: createRouteCache(ledger),
  hmacSecrets: createHmacSecretSource(environment.SECRET_NAME_PREFIX),
  rateMemory: new Map(),
  clock: { now: () => Date.now() },
  wait: (durationMs) => wait(durationMs),
  logger,
  watchRefusal: watchRefusals(alertInLog(logger)),
};

/** Receives webhooks, answers health checks, and tells everybody else where they went wrong. */
export const handler = httpHandler(logger, async (request, event, context) => {
  switch (event.routeKey) {
    case 'POST /webhooks/{webhookId}':
      return receiveWebhook(dependencies, request, context);
    case 'GET /health':
      return answer(200, { status: 'ok' });
    default:
      return refuseRoute(request.method, request.path, request.correlationId);
  }
});

const ALLOWED_METHODS: readonly (readonly [RegExp, string])[] = [
  [/^\/webhooks\/[^/]+\/?$/, 'POST'],
  [/^\/health\/?$/, 'GET'],
];

function refuseRoute(method: string, path: string, correlationId: string) {
  const allow = ALLOWED_METHODS.find(([pattern]) => pattern.test(path))?.[1];
  if (allow === undefined || allow === method) {
    const message = 'There is nothing at this path. Webhooks are at POST /webhooks/{webhookId}.';
    return refuse({ statusCode: 404, code: 'NOT_FOUND', message }, correlationId);
  }
  const message = `The method ${method} is not allowed here; use ${allow}.`;
  const refused = refuse({ statusCode: 405, code: 'METHOD_NOT_ALLOWED', message }, correlationId);
  return { ...refused, headers: { ...refused.headers, allow } };
}

import { createHmac } from 'node:crypto';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Broker } from '../../../functions/brokers/broker.ts';
import type { AccountId, WebhookId } from '../../../functions/core/ids.ts';
import { createEngine } from '../../../functions/engine/create-engine.ts';
import { execute } from '../../../functions/engine/execute.ts';
import type { IngestDependencies } from '../../../functions/ingest/dependencies.ts';
import { receiveWebhook } from '../../../functions/ingest/receive.ts';
import { createRouteCache } from '../../../functions/ingest/route-cache.ts';
import { configureAccount } from '../../../functions/ledger/accounts.ts';
import { saveStrategy, saveWebhook } from '../../../functions/ledger/webhooks.ts';
import { type HttpAnswer, readRequest } from '../../../functions/shared/http.ts';
import { httpHandler } from '../../../functions/shared/http-handler.ts';
import { processBatch } from '../../../functions/strategy/process-batch.ts';
import { keepInvisible } from '../../../functions/strategy/visibility.ts';
import { modelQueue } from '../../simulation/model-queue.ts';
import { modelLedger } from '../../simulation/model-table.ts';
import { httpEvent, lambdaContext } from '../../support/http-event.ts';
import { accountOf, strategyOf, webhookOf } from '../../support/world.ts';
import { CountingLogger } from './counting-logger.ts';
import { Tape } from './tape.ts';

/** A webhook request with a Standard Webhooks signature. */
export interface SignedRequest {
  readonly id: string;
  readonly timestamp: string;
  readonly body: string;
  /** Base64. */
  readonly signature: string;
  readonly key: Buffer;
}

/** What the functions do themselves, to be repeated: warm, and with clients that answer at once. */
export interface OwnWork {
  readonly request: SignedRequest;
  /** `receiveWebhook` alone. */
  receive(): Promise<void>;
  /** The whole ingest handler, with its middleware. */
  ingest(): Promise<void>;
  /** The strategy handler, for one message whose order fills at once. */
  strategy(): Promise<void>;
}

const HOOK = 'hook' as WebhookId;
const ACCOUNT = 'account' as AccountId;
const NOW_MS = Date.parse('2026-11-21T22:00:00.000Z');
const CLOCK = { now: () => NOW_MS };
const KEY = Buffer.alloc(32, 7);
const SECRET = `whsec_${KEY.toString('base64')}`;
const ACCEPTED = 202;

/** Records one webhook and its execution on models, for repetition. */
export async function recordOwnWork(): Promise<OwnWork> {
  const store = modelLedger();
  const queue = modelQueue({ clock: CLOCK, visibilityTimeoutSeconds: 3 });
  await saveWebhook(store.ledger, webhookOf(HOOK, { hmacSecretCount: 1 }));
  await configureAccount(store.ledger, accountOf(ACCOUNT));
  await saveStrategy(store.ledger, strategyOf('strategy', HOOK, [ACCOUNT]));
  const request = signedRequest('recorded');
  const ingest = await ingestOf({ store, queue }, request);
  const strategy = await strategyOfQueue({ store, queue });
  return { request, ...ingest, strategy };
}

type Models = {
  readonly store: ReturnType<typeof modelLedger>;
  readonly queue: ReturnType<typeof modelQueue>;
};

function signedRequest(id: string): SignedRequest {
  const body = JSON.stringify({
    id,
    symbol: 'MNQM5',
    action: 'buy',
    quantity: 1,
    price: 21_345.25,
  });
  const timestamp = String(NOW_MS / 1_000);
  const signature = createHmac('sha256', KEY).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { id, timestamp, body, signature, key: KEY };
}

function eventOf({ id, timestamp, body, signature }: SignedRequest): APIGatewayProxyEventV2 {
  return httpEvent({
    method: 'POST',
    path: `/webhooks/${HOOK}`,
    routeKey: 'POST /webhooks/{webhookId}',
    routeParameters: { webhookId: HOOK },
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    },
    body,
  });
}

async function ingestOf(
  { store, queue }: Models,
  request: SignedRequest,
): Promise<Pick<OwnWork, 'receive' | 'ingest'>> {
  const tape = new Tape();
  const logger = new CountingLogger({ serviceName: 'ingest', logLevel: 'INFO' });
  const ledger = { ...store.ledger, client: tape.around(store.ledger.client) };
  // Seen before, as in a warm environment; past the tape.
  const routes = createRouteCache(store.ledger);
  await routes.refresh(HOOK);
  const dependencies: IngestDependencies = {
    ledger,
    idempotencyTableName: store.idempotencyTableName,
    queue: { client: tape.around(queue.client), url: queue.url },
    routes: { ...createRouteCache(ledger), get: routes.get },
    hmacSecrets: async () => [SECRET],
    rateMemory: new Map(),
    clock: CLOCK,
    wait: async () => undefined,
    logger,
  };
  const event = eventOf(request);
  const context = lambdaContext();
  const handler = httpHandler(logger, (read, _event, its) => receiveWebhook(dependencies, read, its));
  const check = ({ statusCode, body }: HttpAnswer) => {
    if (statusCode !== ACCEPTED) {
      throw new Error(`The webhook answered ${statusCode}: ${body}`);
    }
    tape.rewind();
  };
  const receive = async () => check(await receiveWebhook(dependencies, readRequest(event), context));
  await receive();
  return { receive, ingest: async () => check(await handler(event, context)) };
}

async function strategyOfQueue({ store, queue }: Models): Promise<OwnWork['strategy']> {
  const tape = new Tape();
  const logger = new CountingLogger({ serviceName: 'strategy', logLevel: 'INFO' });
  const held = { client: tape.around(queue.client), url: queue.url };
  const engine = createEngine({
    client: tape.around(store.ledger.client),
    tableName: store.ledger.tableName,
    clock: CLOCK,
    alert: () => undefined,
    createBroker: () => FILLING_BROKER,
  });
  const event = queue.deliver()?.event;
  const context = lambdaContext();
  const strategy = async () => {
    const visibility = keepInvisible(held, event?.Records ?? [], logger);
    try {
      const { batchItemFailures } = await processBatch(event?.Records ?? [], {
        execute: (request) =>
          execute({ ...engine, remainingTimeMs: context.getRemainingTimeInMillis }, request),
        handBack: visibility.handBack,
        remainingTimeMs: context.getRemainingTimeInMillis,
        clock: CLOCK,
        logger,
      });
      if (batchItemFailures.length > 0) {
        throw new Error('The message was handed back.');
      }
    } finally {
      await visibility.stop();
    }
    tape.rewind();
  };
  await strategy();
  return strategy;
}

/** Fills every order at once. */
const FILLING_BROKER: Broker = {
  clientOrderIdGuarantee: 'PERMANENT',
  place: async (intent) => ({
    kind: 'accepted',
    order: {
      ...intent,
      brokerOrderId: 'broker-1' as never,
      status: intent.type === 'market' ? 'FILLED' : 'NEW',
      filledQuantity: intent.type === 'market' ? intent.quantity : ('0' as never),
      ...(intent.type === 'market' ? { averageFillPrice: '21345.25' as never } : {}),
      createdAtMs: NOW_MS,
    },
  }),
  lookup: async () => ({ kind: 'absent' }),
  cancel: async () => ({ kind: 'accepted' }),
  positions: async () => ({ kind: 'positions', quantities: {} }),
  orders: async () => [],
};

import type { SQSEvent } from 'aws-lambda';
import type { Broker } from '../../../functions/brokers/broker.ts';
import type { Clock } from '../../../functions/core/clock.ts';
import { decimal } from '../../../functions/core/decimal.ts';
import { createEngine } from '../../../functions/engine/create-engine.ts';
import { execute } from '../../../functions/engine/execute.ts';
import type { IngestDependencies } from '../../../functions/ingest/dependencies.ts';
import { receiveWebhook } from '../../../functions/ingest/receive.ts';
import { createRouteCache, type RouteCache } from '../../../functions/ingest/route-cache.ts';
import type { Ledger } from '../../../functions/ledger/table.ts';
import type { Queue } from '../../../functions/shared/accounts-queue.ts';
import { type HttpAnswer, readRequest } from '../../../functions/shared/http.ts';
import { httpHandler } from '../../../functions/shared/http-handler.ts';
import { LINES } from '../../../functions/shared/telemetry.ts';
import { processBatch } from '../../../functions/strategy/process-batch.ts';
import { keepInvisible } from '../../../functions/strategy/visibility.ts';
import { CAPABLE } from '../../support/capable.ts';
import { type HttpEvent, lambdaContext } from '../../support/http-event.ts';
import { NO_VENUES } from '../../support/no-venues.ts';
import { CountingLogger } from './counting-logger.ts';

/** What the handlers call. */
export interface Outside {
  readonly ledger: Ledger;
  readonly idempotencyTableName: string;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly hmacSecret: string;
  /** @default nothing seen yet */
  readonly routes?: RouteCache;
}

/** The functions of one environment as their handlers put them together, without a simulated process around them. */
export interface Handlers {
  /** `receiveWebhook` alone. @throws Error unless the signal is accepted */
  receive(event: HttpEvent): Promise<void>;
  /** The whole ingest handler, with its middleware. @throws Error unless the signal is accepted */
  ingest(event: HttpEvent): Promise<void>;
  /** Every order fills at once. @throws Error when a message is handed back */
  strategy(event: SQSEvent): Promise<void>;
}

const ACCEPTED = 202;

export function handlersOn(outside: Outside): Handlers {
  return { ...ingestOn(outside), strategy: strategyOn(outside) };
}

function ingestOn({ hmacSecret, ...outside }: Outside): Pick<Handlers, 'receive' | 'ingest'> {
  const logger = new CountingLogger({ ...LINES, serviceName: 'ingest', logLevel: 'INFO' });
  // Remembered, as by the source of production: keys are made once of it.
  const hmacSecrets = [hmacSecret];
  const dependencies: IngestDependencies = {
    routes: createRouteCache(outside.ledger),
    ...outside,
    hmacSecrets: async () => hmacSecrets,
    rateMemory: new Map(),
    watchRefusal: () => undefined,
    wait: async () => undefined,
    logger,
  };
  const context = lambdaContext();
  const handler = httpHandler(logger, (request, _event, its) => receiveWebhook(dependencies, request, its));
  const check = ({ statusCode, body }: HttpAnswer) => {
    if (statusCode !== ACCEPTED) {
      throw new Error(`The webhook answered ${statusCode}: ${body}`);
    }
  };
  return {
    receive: async (event) => check(await receiveWebhook(dependencies, readRequest(event), context)),
    ingest: async (event) => check(await handler(event, context)),
  };
}

function strategyOn({ ledger, queue, clock }: Outside): Handlers['strategy'] {
  const logger = new CountingLogger({ ...LINES, serviceName: 'strategy', logLevel: 'INFO' });
  const alert = () => undefined;
  const engine = createEngine({
    ...ledger,
    ...NO_VENUES,
    clock,
    alert,
    createBroker: () => fillingBroker(clock),
  });
  const remainingTimeMs = lambdaContext().getRemainingTimeInMillis;
  return async ({ Records }) => {
    const visibility = keepInvisible(queue, Records, { clock, logger });
    try {
      const { batchItemFailures } = await processBatch(Records, {
        execute: (request) => execute({ ...engine, remainingTimeMs }, request),
        handBack: visibility.handBack,
        remainingTimeMs,
        clock,
        logger,
      });
      if (batchItemFailures.length > 0) {
        throw new Error('The message was handed back.');
      }
    } finally {
      await visibility.stop();
    }
  };
}

function fillingBroker(clock: Clock): Broker {
  return {
    clientOrderIdGuarantee: 'PERMANENT',
    capabilities: CAPABLE,
    place: async (intent) => ({
      kind: 'accepted',
      order: {
        ...intent,
        brokerOrderId: 'broker-1' as never,
        status: 'FILLED',
        filledQuantity: intent.quantity,
        averageFillPrice: '21345.25' as never,
        createdAtMs: clock.now(),
      },
    }),
    lookup: async () => ({ kind: 'absent' }),
    cancel: async () => ({ kind: 'accepted' }),
    positions: async () => ({ kind: 'positions', quantities: {} }),
    equity: async () => ({ kind: 'equity', equity: decimal(100_000) }),
    orders: async () => [],
  };
}

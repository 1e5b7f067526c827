import { Logger } from '@aws-lambda-powertools/logger';
import type { SQSEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import type { ExecutionRequest } from '../../../functions/core/execution.ts';
import { clientOrderIdOf, signalIdOf, type WebhookId } from '../../../functions/core/ids.ts';
import { fanOut, targetOf } from '../../../functions/ingest/fan-out.ts';
import { judge } from '../../../functions/ingest/judge.ts';
import { createRouteCache } from '../../../functions/ingest/route-cache.ts';
import { executionRequestShape } from '../../../functions/ledger/shapes/signal.ts';
import { enqueue } from '../../../functions/shared/accounts-queue.ts';
import { readRequest } from '../../../functions/shared/http.ts';
import type { SimulatedProcess } from '../../simulation/faults.ts';
import type { World } from '../../simulation/world.ts';
import { httpEvent } from '../../support/http-event.ts';
import type { Functions } from '../model/traffic.ts';

/**
 * What Onefill replaces: validate, put it into the queue, call the venue. Through the same hops and with the same code
 * for reading a signal, but without claim, rate limit, receipt, lease, intent and record.
 */
export function bypassOf(world: World): Functions {
  return { ingest: (process) => ingestOf(world, process), strategy: (process) => strategyOf(world, process) };
}

const logger = new Logger({ logLevel: 'SILENT' });

function ingestOf(world: World, process: SimulatedProcess): ReturnType<Functions['ingest']> {
  const queue = { client: process.queueClient(world.queue.client), url: world.queue.url };
  // Read past the process: a bypass has its configuration in memory.
  const routes = createRouteCache(world.store.ledger);
  let requests = 0;
  return async (webhookId, payload) => {
    const known = await routes.get(webhookId as WebhookId);
    if (!known) {
      throw new Error(`There is no webhook ${webhookId}.`);
    }
    const { route } = known;
    const request = readRequest(
      httpEvent({
        method: 'POST',
        path: `/webhooks/${webhookId}`,
        routeKey: 'POST /webhooks/{webhookId}',
        routeParameters: { webhookId },
        body: JSON.stringify(payload),
      }),
    );
    const receivedAtMs = process.clock.now();
    const verdict = await judge(
      {
        ledger: world.store.ledger,
        idempotencyTableName: world.store.idempotencyTableName,
        queue,
        routes,
        hmacSecrets: async () => [],
        rateMemory: new Map(),
        watchRefusal: () => undefined,
        clock: process.clock,
        wait: (durationMs) => process.wait(durationMs),
        logger,
      },
      request,
      route,
      receivedAtMs,
    );
    if (verdict.kind === 'refused') {
      return { status: verdict.refusal.statusCode, body: {} };
    }
    requests += 1;
    const signalId = signalIdOf(route.webhook.webhookId, `${process.name} ${requests}`, receivedAtMs);
    const { correlationId } = request;
    const executions = fanOut(route, { signalId, signal: verdict.signal, correlationId, receivedAtMs });
    await enqueue(queue, executions);
    return { status: 202, body: { signalId, executions: executions.map(targetOf) } };
  };
}

function strategyOf(
  world: World,
  process: SimulatedProcess,
): (event: SQSEvent) => Promise<{ batchItemFailures: [] }> {
  return async ({ Records }) => {
    const requests = Records.map(({ body }) => z.parse(executionRequestShape, JSON.parse(body)));
    await Promise.all(requests.map((request) => place(world, process, request)));
    return { batchItemFailures: [] };
  };
}

async function place(
  world: World,
  process: SimulatedProcess,
  { accountId, executionId, signal }: ExecutionRequest,
): Promise<void> {
  const broker = process.broker(world.venue.broker(accountId));
  await broker.place({
    clientOrderId: clientOrderIdOf(executionId, 'entry'),
    leg: 'entry',
    symbol: signal.symbol,
    side: 'buy',
    type: 'market',
    quantity: signal.quantity ?? ('1' as never),
    timeInForce: signal.timeInForce,
    reduceOnly: false,
  });
}

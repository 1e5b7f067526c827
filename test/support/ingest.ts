import { Logger } from '@aws-lambda-powertools/logger';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import type { Alert } from '../../functions/core/alert.ts';
import type { IngestDependencies } from '../../functions/ingest/dependencies.ts';
import { receiveWebhook } from '../../functions/ingest/receive.ts';
import { watchRefusals } from '../../functions/ingest/refusal-watch.ts';
import { createRouteCache } from '../../functions/ingest/route-cache.ts';
import type { Ledger } from '../../functions/ledger/table.ts';
import { readRequest } from '../../functions/shared/http.ts';
import { startFauxqs } from '../../lib/local/sqs-engine.ts';
import { TEST_CREDENTIALS, TEST_REGION, type TestDynamoDb } from './dynamodb.ts';
import { httpEvent } from './http-event.ts';

/** A real FIFO queue of a test's own. */
export interface TestQueue {
  readonly client: SQSClient;
  readonly url: string;
  /** Takes every message that is in the queue now; returns their bodies in the order they were received. */
  drain(): Promise<{ executionId: string; accountId: string; signalId: string }[]>;
  stop(): Promise<void>;
}

export async function startTestQueue(): Promise<TestQueue> {
  const engine = await startFauxqs(undefined);
  const client = new SQSClient({
    endpoint: engine.endpoint,
    region: TEST_REGION,
    credentials: TEST_CREDENTIALS,
    maxAttempts: 1,
  });
  const { QueueUrl: url = '' } = await client.send(
    new CreateQueueCommand({ QueueName: 'accounts.fifo', Attributes: { FifoQueue: 'true' } }),
  );
  return {
    client,
    url,
    async drain() {
      const bodies: { executionId: string; accountId: string; signalId: string }[] = [];
      for (;;) {
        const { Messages = [] } = await client.send(
          new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10 }),
        );
        if (Messages.length === 0) {
          return bodies;
        }
        for (const { Body = '{}', ReceiptHandle } of Messages) {
          bodies.push(JSON.parse(Body));
          await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
        }
      }
    },
    async stop() {
      client.destroy();
      await engine.stop();
    },
  };
}

/**
 * Environments in a crowd have a processor each; here they share one, so that every call takes longer by what all others
 * do meanwhile. Who waits for another waits longer by so much, and an invocation may take longer by it.
 */
const SLOWNESS = 60;
export const CROWDED = {
  wait: (durationMs: number) => new Promise<void>((resolve) => setTimeout(resolve, durationMs * SLOWNESS)),
  remainingMs: 5_000 * SLOWNESS,
} as const;

/** One environment of the ingest function, as fresh as after a cold start. */
export function ingestEnvironment(
  store: TestDynamoDb,
  queue: Pick<TestQueue, 'client' | 'url'>,
  changes: {
    ledger?: Ledger;
    clock?: { now(): number };
    wait?: (durationMs: number) => Promise<void>;
    remainingMs?: number;
    alert?: (alert: Alert) => void;
  } = {},
) {
  const ledger = changes.ledger ?? store.ledger;
  const dependencies: IngestDependencies = {
    ledger,
    idempotencyTableName: store.idempotencyTableName,
    queue,
    routes: createRouteCache(ledger),
    hmacSecrets: async () => [],
    rateMemory: new Map(),
    watchRefusal: watchRefusals(changes.alert ?? (() => undefined)),
    clock: changes.clock ?? { now: () => Date.now() },
    wait: changes.wait ?? ((durationMs) => new Promise((resolve) => setTimeout(resolve, durationMs))),
    logger: new Logger({ logLevel: 'SILENT' }),
  };
  const context = { getRemainingTimeInMillis: () => changes.remainingMs ?? 5_000 } as Context;
  return {
    dependencies,
    /** Posts a payload to a webhook; gives the status, the headers and the parsed body. */
    async post(
      webhookId: string,
      payload: unknown,
      options: { headers?: Record<string, string>; sourceIp?: string } = {},
    ) {
      const event = httpEvent({
        method: 'POST',
        path: `/webhooks/${webhookId}`,
        routeKey: 'POST /webhooks/{webhookId}',
        routeParameters: { webhookId },
        body: JSON.stringify(payload),
        ...options,
      });
      const answered = await receiveWebhook(dependencies, readRequest(event), context);
      return {
        status: answered.statusCode,
        headers: answered.headers ?? {},
        body: JSON.parse(answered.body ?? 'null') as {
          signalId: string;
          executions: { executionId: string }[];
          error?: { code: string; signalId?: string };
        },
      };
    },
  };
}

import { SQSClient } from '@aws-sdk/client-sqs';
import { saveWebhook } from '../../../functions/ledger/webhooks.ts';
import { enqueue } from '../../../functions/shared/accounts-queue.ts';
import { modelQueue } from '../../simulation/model-queue.ts';
import type { ModelLedger } from '../../simulation/model-table.ts';
import { webhookOf } from '../../support/world.ts';
import { backlogOf } from './backlog.ts';
import { handlersOn } from './handlers.ts';
import { SIGNING_SECRET, signedRequest } from './signed-request.ts';
import { Stopwatch } from './stopwatch.ts';
import { hookOf, Traffic, UNIT_DELAYS } from './traffic.ts';

/** What was there before: accounts, and messages of theirs in the queue. */
export interface Load {
  readonly accounts: number;
  readonly waitingEach: number;
}

const START_MS = Date.parse('2026-11-21T22:00:00.000Z');
/** Below every rate limit, and what waits does not become too old. */
const SIGNAL_EVERY_MS = 10;

/**
 * One warm environment of each function on models that hold a load.
 *
 * @returns takes one webhook for each account, then executes one message of each account, the oldest it has; gives the
 * functions' own CPU for one signal, in microseconds
 */
export async function loadedEnvironment(
  store: ModelLedger,
  { accounts, waitingEach }: Load,
): Promise<() => Promise<number>> {
  let nowMs = START_MS;
  let signals = 0;
  const clock = { now: () => nowMs };
  const stopwatch = new Stopwatch();
  const queue = modelQueue({ clock, visibilityTimeoutSeconds: 3 });
  await configure(store, accounts);
  for (const request of backlogOf(accounts, waitingEach, nowMs)) {
    await enqueue(queue, [request]);
  }
  const outside = {
    ledger: { ...store.ledger, client: stopwatch.around(store.ledger.client) },
    idempotencyTableName: store.idempotencyTableName,
    clock,
    hmacSecret: SIGNING_SECRET,
  };
  const { receive } = handlersOn({
    ...outside,
    queue: { client: stopwatch.around(queue.client), url: queue.url },
  });
  const { strategy } = handlersOn({ ...outside, queue: { client: RENEWING, url: queue.url } });
  return async () => {
    let costUs = 0;
    for (let index = 0; index < accounts; index += 1) {
      nowMs += SIGNAL_EVERY_MS;
      signals += 1;
      const { event } = signedRequest(hookOf(index), `own-${signals}`, nowMs);
      costUs += await stopwatch.time(() => receive(event));
    }
    // Before the first is executed and after the last one: the queue's model goes through all that it holds, and whoever
    // comes next finds the processor's caches full of it.
    const deliveries = Array.from({ length: accounts }, () => queue.deliver(1));
    for (const delivery of deliveries) {
      costUs += await stopwatch.time(() => strategy(delivery?.event ?? { Records: [] }));
    }
    for (const delivery of deliveries) {
      delivery?.answer({ batchItemFailures: [] });
    }
    return costUs / accounts;
  };
}

/**
 * Answers renewals of visibility without the model: that looks through all of its messages for the one, which leaves the
 * processor's caches to whoever comes next.
 */
const RENEWING: SQSClient = Object.create(SQSClient.prototype, {
  send: { value: async () => ({ Successful: [], Failed: [] }) },
});

async function configure(store: ModelLedger, accounts: number): Promise<void> {
  await new Traffic(UNIT_DELAYS, { store }).configure(accounts);
  for (let index = 0; index < accounts; index += 1) {
    await saveWebhook(store.ledger, webhookOf(hookOf(index), { hmacSecretCount: 1 }));
  }
}

import type { AccountId, WebhookId } from '../../../functions/core/ids.ts';
import { createRouteCache } from '../../../functions/ingest/route-cache.ts';
import { configureAccount } from '../../../functions/ledger/configure-account.ts';
import { saveStrategy, saveWebhook } from '../../../functions/ledger/webhooks.ts';
import { modelQueue } from '../../simulation/model-queue.ts';
import { modelLedger } from '../../simulation/model-table.ts';
import { accountOf, strategyOf, webhookOf } from '../../support/world.ts';
import { handlersOn } from './handlers.ts';
import { SIGNING_SECRET, type SignedRequest, signedRequest } from './signed-request.ts';
import { Tape } from './tape.ts';

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

/** Records one webhook and its execution on models, for repetition. */
export async function recordOwnWork(): Promise<OwnWork> {
  const store = modelLedger();
  const queue = modelQueue({ clock: CLOCK, visibilityTimeoutSeconds: 3 });
  await saveWebhook(store.ledger, webhookOf(HOOK, { hmacSecretCount: 1 }));
  await configureAccount(store.ledger, accountOf(ACCOUNT));
  await saveStrategy(store.ledger, strategyOf('strategy', HOOK, [ACCOUNT]));
  const handlersWith = (tape: Tape, routes = createRouteCache(store.ledger)) => {
    const ledger = { ...store.ledger, client: tape.around(store.ledger.client) };
    return handlersOn({
      ledger,
      idempotencyTableName: store.idempotencyTableName,
      queue: { client: tape.around(queue.client), url: queue.url },
      clock: CLOCK,
      hmacSecret: SIGNING_SECRET,
      routes: { ...createRouteCache(ledger), get: routes.get },
    });
  };
  // Seen before, as in a warm environment; past the tape.
  const routes = createRouteCache(store.ledger);
  await routes.refresh(HOOK);
  const request = signedRequest(HOOK, 'recorded', NOW_MS);
  const ingestTape = new Tape();
  const { receive, ingest } = handlersWith(ingestTape, routes);
  const received = repeatable(ingestTape, () => receive(request.event));
  await received();
  const event = queue.deliver()?.event ?? { Records: [] };
  const strategyTape = new Tape();
  const { strategy } = handlersWith(strategyTape);
  const executed = repeatable(strategyTape, () => strategy(event));
  await executed();
  const ingested = repeatable(ingestTape, () => ingest(request.event));
  return { request, receive: received, ingest: ingested, strategy: executed };
}

function repeatable(tape: Tape, work: () => Promise<void>): () => Promise<void> {
  return async () => {
    await work();
    tape.rewind();
  };
}

import { Logger } from '@aws-lambda-powertools/logger';
import type { Context, SQSRecord } from 'aws-lambda';
import type { Alert } from '../../functions/core/alert.ts';
import type { ClientOrderIdGuarantee } from '../../functions/core/configuration.ts';
import { decimal } from '../../functions/core/decimal.ts';
import type { AccountId, WebhookId } from '../../functions/core/ids.ts';
import type { Engine } from '../../functions/engine/engine.ts';
import { execute } from '../../functions/engine/execute.ts';
import { reconcileAccount } from '../../functions/engine/reconcile.ts';
import type { IngestDependencies } from '../../functions/ingest/dependencies.ts';
import { receiveWebhook } from '../../functions/ingest/receive.ts';
import { createRouteCache } from '../../functions/ingest/route-cache.ts';
import { configureAccount } from '../../functions/ledger/accounts.ts';
import { saveStrategy, saveWebhook } from '../../functions/ledger/webhooks.ts';
import { readRequest } from '../../functions/shared/http.ts';
import { processBatch } from '../../functions/strategy/process-batch.ts';
import { type ModelQueue, modelQueue } from '../simulation/model-queue.ts';
import { type ModelLedger, modelLedger } from '../simulation/model-table.ts';
import { type ModelVenue, type ModelVenueOptions, modelVenue } from '../simulation/model-venue.ts';
import { httpEvent } from '../support/http-event.ts';
import { accountOf, strategyOf, TestClock, webhookOf } from '../support/world.ts';
import { Calls, type PlannedDeath, Process } from './process.ts';

export const ACCOUNT = 'paper-1' as AccountId;
const WEBHOOK = 'hook' as WebhookId;

/** Longer than a lease, a claim and the time for which a message is hidden. */
const LATER_MS = 6_000;
const SENDS_MAX = 8;
const DELIVERIES_MAX = 12;
const RECONCILIATIONS_MAX = 4;
const SILENT = new Logger({ logLevel: 'SILENT' });
const CONTEXT = { getRemainingTimeInMillis: () => 5_000 } as Context;

/** All of Onefill but its Lambda functions' shells, on the models, with time that passes only when somebody waits. */
export interface World {
  readonly table: ModelLedger;
  readonly queue: ModelQueue;
  readonly venue: ModelVenue;
  readonly clock: TestClock;
  readonly alerts: Alert[];
}

/** What the venue is like in a world. */
export type VenueScript = Pick<ModelVenueOptions, 'script' | 'enforcesReduceOnly'>;

/** A world with one webhook, one strategy and one account, before anything happened. */
export async function createWorld(guarantee: ClientOrderIdGuarantee, script: VenueScript): Promise<World> {
  const table = modelLedger();
  const clock = new TestClock();
  await saveWebhook(table.ledger, webhookOf(WEBHOOK));
  await configureAccount(table.ledger, accountOf(ACCOUNT));
  await saveStrategy(table.ledger, strategyOf('strategy', WEBHOOK, [ACCOUNT], { allowShort: true }));
  return {
    table,
    clock,
    queue: modelQueue({ clock, visibilityTimeoutSeconds: 3 }),
    venue: modelVenue({ clock, guarantee, price: decimal(100), ...script }),
    alerts: [],
  };
}

/**
 * Sends one signal until it is accepted and has it executed until nothing is left to do, through as many processes as
 * die on it.
 */
export async function sendThrough(
  world: World,
  payload: object,
  deaths: readonly PlannedDeath[],
): Promise<Calls> {
  const calls = new Calls(deaths);
  await sendUntilAccepted(world, payload, calls);
  await executeUntilQuiet(world, calls);
  return calls;
}

/** As a provider does: the same bytes again until there is a 2xx. */
async function sendUntilAccepted(world: World, payload: object, calls: Calls): Promise<void> {
  for (let sends = 0; sends < SENDS_MAX; sends += 1) {
    const process = new Process(calls);
    const answered = await process.outcomeOf(receive(world, process, payload));
    if (answered !== 'died' && answered.statusCode === 202) {
      return;
    }
    world.clock.advance(LATER_MS);
  }
  throw new Error(`The signal was not accepted after ${SENDS_MAX} sends.`);
}

async function receive(world: World, process: Process, payload: object) {
  const { table, queue, clock } = world;
  const ledger = { ...table.ledger, client: process.client(table.ledger.client) };
  const dependencies: IngestDependencies = {
    ledger,
    idempotencyTableName: table.idempotencyTableName,
    queue: { client: process.client(queue.client), url: queue.url },
    routes: createRouteCache(ledger),
    hmacSecrets: async () => [],
    rateMemory: new Map(),
    clock,
    wait: async (durationMs) => clock.advance(durationMs),
    logger: SILENT,
  };
  const event = httpEvent({
    method: 'POST',
    path: `/webhooks/${WEBHOOK}`,
    routeKey: 'POST /webhooks/{webhookId}',
    routeParameters: { webhookId: WEBHOOK },
    body: JSON.stringify(payload),
  });
  return receiveWebhook(dependencies, readRequest(event), CONTEXT);
}

/** Delivers what is in the queue, as Lambda does, and lets the reconciler run after it, until both rest. */
async function executeUntilQuiet(world: World, calls: Calls): Promise<void> {
  for (let deliveries = 0; deliveries < DELIVERIES_MAX; deliveries += 1) {
    const delivery = world.queue.deliver();
    if (delivery) {
      const process = new Process(calls);
      const response = await process.outcomeOf(work(world, process, delivery.event.Records));
      if (response !== 'died') {
        delivery.answer(response);
      }
    }
    if (world.queue.messages().length === 0) {
      break;
    }
    world.clock.advance(LATER_MS);
  }
  await reconcileUntilQuiet(world, calls);
}

function work(world: World, process: Process, records: SQSRecord[]) {
  const engine = engineOf(world, process);
  return processBatch(records, {
    execute: (request) => execute(engine, request),
    handBack: async () => undefined,
    remainingTimeMs: () => 15_000,
    clock: world.clock,
    logger: SILENT,
  });
}

async function reconcileUntilQuiet(world: World, calls: Calls): Promise<void> {
  for (let runs = 0; runs < RECONCILIATIONS_MAX; runs += 1) {
    world.clock.advance(LATER_MS);
    const process = new Process(calls);
    const outcome = await process.outcomeOf(reconcileAccount(engineOf(world, process), ACCOUNT));
    if (outcome !== 'died') {
      break;
    }
  }
  world.clock.advance(LATER_MS);
}

let owners = 0;

function engineOf(world: World, process: Process): Engine {
  const { table, clock, venue, alerts } = world;
  return {
    ledger: { ...table.ledger, client: process.client(table.ledger.client) },
    clock,
    random: () => 0.5,
    newOwnerId: () => {
      owners += 1;
      return `owner-${owners}`;
    },
    wait: async (durationMs) => clock.advance(durationMs),
    after: () => () => undefined,
    remainingTimeMs: () => Number.POSITIVE_INFINITY,
    alert: (alert) => {
      if (!process.isDead) {
        alerts.push(alert);
      }
    },
    circuitMemory: new Map(),
    createBroker: ({ accountId }) => process.broker(venue.broker(accountId)),
  };
}

import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import type { Decimal } from '../../functions/core/decimal.ts';
import type { Engine } from '../../functions/engine/engine.ts';
import { execute } from '../../functions/engine/execute.ts';
import { reconcileAccount } from '../../functions/engine/reconcile.ts';
import { receiveWebhook } from '../../functions/ingest/receive.ts';
import { createRouteCache } from '../../functions/ingest/route-cache.ts';
import { readRequest } from '../../functions/shared/http.ts';
import { processBatch } from '../../functions/strategy/process-batch.ts';
import { httpEvent } from '../support/http-event.ts';
import type { Calls } from './calls.ts';
import { ACCOUNT, copyOf, fingerprintOf, SYMBOL, WEBHOOK, type World } from './world.ts';

/** A signal is sent, then executed, then the reconciler looks at what was left. */
type Stage = 'sent' | 'executed' | 'reconciled' | 'over';

/** Longer than a lease, a claim and the time for which a message is hidden. */
const LATER_MS = 6_000;
const NEXT = { sent: 'executed', executed: 'reconciled', reconciled: 'over' } as const;
/** After so many processes nobody tries again. */
const TURNS_MAX = { sent: 8, executed: 12, reconciled: 4 };
const SILENT = new Logger({ logLevel: 'SILENT' });
const CONTEXT = { getRemainingTimeInMillis: () => 5_000 } as Context;

/** The way of a signal through a world, by one process after the other. */
export class Journey {
  readonly world: World;
  readonly #payload: object;
  readonly #priceMeanwhile: Decimal | undefined;
  #stage: Stage = 'sent';
  /** How many processes this stage has had. */
  #turns = 0;

  /** @param priceMeanwhile where the market moves when a process dies, or when the signal is executed */
  constructor(world: World, payload: object, priceMeanwhile?: Decimal) {
    this.world = world;
    this.#payload = payload;
    this.#priceMeanwhile = priceMeanwhile;
  }

  /** Goes on until nothing is left to do. */
  async toTheEnd(calls: Calls): Promise<void> {
    const systemNow = Date.now;
    Date.now = this.world.clock.now;
    try {
      while (this.#stage !== 'over') {
        this.#endTurn(await TURNS[this.#stage](this.world, calls, this.#payload));
      }
    } finally {
      Date.now = systemNow;
    }
  }

  /** The journey as it goes on when the process dies that is at work at this moment. */
  afterDeath(): Journey {
    const copy = new Journey(copyOf(this.world), this.#payload, this.#priceMeanwhile);
    copy.#stage = this.#stage;
    copy.#turns = this.#turns;
    copy.#moveMarket();
    copy.#endTurn(false);
    return copy;
  }

  /** The same for journeys that go on in the same way when the process dies that is at work. */
  fingerprint(): string {
    return `${this.#stage} ${this.#turns} ${fingerprintOf(this.world)}`;
  }

  /** @param isDone whether the process did all that was to do at this stage */
  #endTurn(isDone: boolean): void {
    const stage = this.#stage;
    if (stage === 'over') {
      return;
    }
    // Only a message in the queue is picked up at once.
    if (stage !== 'sent' || !isDone) {
      this.world.clock.advance(LATER_MS);
    }
    this.#turns += 1;
    if (isDone || this.#turns === TURNS_MAX[stage]) {
      if (stage === 'sent' && !isDone) {
        throw new Error(`The signal was not accepted after ${TURNS_MAX.sent} sends.`);
      }
      this.#stage = NEXT[stage];
      this.#turns = 0;
      if (stage === 'executed') {
        this.#moveMarket();
      }
    }
  }

  #moveMarket(): void {
    if (this.#priceMeanwhile !== undefined) {
      this.world.venue.movePrice(SYMBOL, this.#priceMeanwhile);
    }
  }
}

const TURNS = { sent: send, executed: deliver, reconciled: reconcile };

/** As a provider does: the same bytes again until there is a 2xx. */
async function send({ table, queue, clock }: World, calls: Calls, payload: object): Promise<boolean> {
  const ledger = { ...table.ledger, client: calls.client(table.ledger.client) };
  const event = httpEvent({
    method: 'POST',
    path: `/webhooks/${WEBHOOK}`,
    routeKey: 'POST /webhooks/{webhookId}',
    routeParameters: { webhookId: WEBHOOK },
    body: JSON.stringify(payload),
  });
  const { statusCode } = await receiveWebhook(
    {
      ledger,
      idempotencyTableName: table.idempotencyTableName,
      queue: { client: calls.client(queue.client), url: queue.url },
      routes: createRouteCache(ledger),
      hmacSecrets: async () => [],
      rateMemory: new Map(),
      watchRefusal: () => undefined,
      clock,
      wait: async (durationMs) => clock.advance(durationMs),
      logger: SILENT,
    },
    readRequest(event),
    CONTEXT,
  );
  return statusCode === 202;
}

/** Delivers what is in the queue, as Lambda does. @returns whether nothing is left in it */
async function deliver(world: World, calls: Calls): Promise<boolean> {
  const delivery = world.queue.deliver();
  if (delivery) {
    const engine = engineOf(world, calls);
    const response = await processBatch(delivery.event.Records, {
      execute: (request) => execute(engine, request),
      handBack: async () => undefined,
      remainingTimeMs: () => 15_000,
      clock: world.clock,
      logger: SILENT,
    });
    delivery.answer(response);
  }
  return world.queue.messages().length === 0;
}

async function reconcile(world: World, calls: Calls): Promise<boolean> {
  await reconcileAccount(engineOf(world, calls), ACCOUNT);
  return true;
}

let owners = 0;

function engineOf({ table, clock, venue, alerts }: World, calls: Calls): Engine {
  return {
    ledger: { ...table.ledger, client: calls.client(table.ledger.client) },
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
      alerts.push(alert);
    },
    circuitMemory: new Map(),
    createBroker: ({ accountId }) => calls.broker(venue.broker(accountId)),
  };
}

import { createHash } from 'node:crypto';
import { serialize } from 'node:v8';
import type { Alert } from '../../functions/core/alert.ts';
import type { ClientOrderIdGuarantee } from '../../functions/core/configuration.ts';
import { decimal } from '../../functions/core/decimal.ts';
import type { AccountId, WebhookId } from '../../functions/core/ids.ts';
import { configureAccount } from '../../functions/ledger/configure-account.ts';
import { saveStrategy, saveWebhook } from '../../functions/ledger/webhooks.ts';
import { type ModelQueue, modelQueue } from '../simulation/model-queue.ts';
import { type ModelLedger, modelLedger } from '../simulation/model-table.ts';
import { type ModelVenue, type ModelVenueOptions, modelVenue } from '../simulation/model-venue.ts';
import { accountOf, strategyOf, TestClock, webhookOf } from '../support/world.ts';

export const ACCOUNT = 'paper-1' as AccountId;
/** What is traded in every scenario. */
export const SYMBOL = 'MNQM5';
export const WEBHOOK = 'hook' as WebhookId;

/** Everything outside of Onefill's processes, with time that passes only when somebody waits: what deaths leave. */
export interface World {
  readonly table: ModelLedger;
  readonly queue: ModelQueue;
  readonly venue: ModelVenue;
  readonly clock: TestClock;
  readonly alerts: Alert[];
}

/** What the venue is like in a world. */
export type VenueScript = Pick<ModelVenueOptions, 'script' | 'enforcesReduceOnly' | 'oco'>;

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

/** The world as it is at this moment; from here the two go their own ways. */
export function copyOf({ table, queue, venue, clock, alerts }: World): World {
  const clockOfCopy = new TestClock(clock.now());
  return {
    table: table.fork(),
    clock: clockOfCopy,
    queue: queue.fork({ clock: clockOfCopy }),
    venue: venue.fork(clockOfCopy),
    alerts: [...alerts],
  };
}

/** Worlds with the same fingerprint go on in the same way: they differ in nothing that a new process could see. */
export function fingerprintOf({ table, queue, venue, clock, alerts }: World): string {
  const { ledger, idempotencyTableName, items } = table;
  const parts = [
    items(ledger.tableName),
    items(idempotencyTableName),
    queue.history,
    queue.messages(),
    venue.orders(),
    venue.calls,
    clock.now(),
    alerts,
  ];
  return createHash('sha256').update(serialize(parts)).digest('base64');
}

import { expect } from 'vitest';
import type { AccountId } from '../../functions/core/ids.ts';
import { enlist } from '../../functions/ledger/catalog.ts';
import { configureAccount } from '../../functions/ledger/configure-account.ts';
import { saveStrategy, saveWebhook } from '../../functions/ledger/webhooks.ts';
import { accountOf, strategyOf, webhookOf } from '../support/world.ts';
import type { Ended, ProcessOptions } from './life.ts';
import type { ModelVenueOptions } from './model-venue.ts';
import { simulatedWorld, type World } from './world.ts';

export const ACCOUNT = 'paper-1' as AccountId;
export const BUY = { id: 'first', symbol: 'MNQM5', action: 'buy', quantity: 2, price: 100 };
export const PROTECTED_BUY = { ...BUY, stopLoss: { price: 90 } };

/** A world with one account, whose webhook has received one signal. */
export async function received(payload: unknown, venue: Partial<ModelVenueOptions> = {}): Promise<World> {
  const world = simulatedWorld({ venue });
  const { ledger } = world.store;
  await saveWebhook(ledger, webhookOf('hook'));
  await configureAccount(ledger, accountOf(ACCOUNT));
  await enlist(ledger, 'ACCOUNT', ACCOUNT);
  await saveStrategy(ledger, strategyOf('strategy', 'hook', [ACCOUNT]));
  const ingest = world.process({ name: 'ingest' });
  const posted = await world.time.run(() => ingest.run(() => world.ingest(ingest)('hook', payload)));
  expect(posted).toMatchObject({ result: { status: 202 } });
  return world;
}

/** One delivery, from receipt until its process ended. */
export interface Worked {
  readonly ended: Ended<unknown>['kind'];
  readonly durationMs: number;
}

/** Delivers what is in the queue to a fresh process each time, until it is empty. */
export async function workUntilEmpty(
  world: World,
  options: Pick<ProcessOptions, 'latency'> = {},
): Promise<Worked[]> {
  const worked: Worked[] = [];
  while (world.queue.messages().length > 0) {
    const delivery = world.queue.deliver();
    if (!delivery) {
      await world.time.wait(100);
      continue;
    }
    const process = world.process({ ...options, name: `strategy-${worked.length + 1}` });
    const startedAtMs = world.time.now();
    const ended = await process.run(() => world.strategy(process)(delivery.event));
    worked.push({ ended: ended.kind, durationMs: world.time.now() - startedAtMs });
    if (ended.kind === 'finished') {
      delivery.answer(ended.result);
    }
  }
  return worked;
}

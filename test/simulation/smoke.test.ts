import { describe, expect, it } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import type { AccountId, ExecutionId } from '../../functions/core/ids.ts';
import { configureAccount } from '../../functions/ledger/configure-account.ts';
import { readExecution } from '../../functions/ledger/executions.ts';
import { saveStrategy, saveWebhook } from '../../functions/ledger/webhooks.ts';
import { accountOf, stateOf, strategyOf, webhookOf } from '../support/world.ts';
import { workUntilEmpty } from './deliveries.ts';
import { faultsAt } from './faults.ts';
import { simulatedWorld, type World } from './world.ts';

const ACCOUNT = 'paper-1' as AccountId;
const BUY = { id: 'first', symbol: 'MNQM5', action: 'buy', quantity: 2, price: 100 };

async function configure(world: World): Promise<void> {
  const { ledger } = world.store;
  await saveWebhook(ledger, webhookOf('hook'));
  await configureAccount(ledger, accountOf(ACCOUNT));
  await saveStrategy(ledger, strategyOf('strategy', 'hook', [ACCOUNT]));
}

describe('a signal in the simulated world', () => {
  it('is received, executed and filled by the real code, in no real time', async () => {
    const world = simulatedWorld();
    await world.time.run(async () => {
      await configure(world);
      const ingest = world.process({ name: 'ingest' });
      const posted = await ingest.run(() => world.ingest(ingest)('hook', BUY));
      expect(posted).toMatchObject({ kind: 'finished', result: { status: 202 } });
      const executionId = posted.kind === 'finished' ? posted.result.body.executions?.[0]?.executionId : '';
      await workUntilEmpty(world);

      expect(world.venue.orders()).toMatchObject([{ quantity: '2', status: 'FILLED', side: 'buy' }]);
      expect(world.venue.positions(ACCOUNT)).toEqual({ MNQM5: '2' });
      expect(await stateOf(world.store.ledger, ACCOUNT)).toMatchObject({
        quantity: decimal(2),
        lease: undefined,
        activeExecution: undefined,
      });
      const recorded = await readExecution(world.store.ledger, ACCOUNT, executionId as ExecutionId);
      expect(recorded?.execution.status).toBe('COMPLETED');
      expect(world.store.refused).toEqual([]);
      expect(world.alerts).toEqual([]);
    });
  });

  it('is filled once, and within 5 s, when its worker dies with the answer of the venue', async () => {
    const world = simulatedWorld();
    await world.time.run(async () => {
      await configure(world);
      const ingest = world.process({ name: 'ingest' });
      await ingest.run(() => world.ingest(ingest)('hook', BUY));
      const atVenue = await callsUntil(world, 'place');
      const doomed = world.process({
        name: 'doomed',
        meets: faultsAt({ at: atVenue, fault: 'answer-lost' }),
      });
      const delivery = world.queue.deliver();
      const ended = await doomed.run(() => world.strategy(doomed)(delivery?.event ?? { Records: [] }));
      expect(ended).toEqual({ kind: 'died' });
      const diedAtMs = world.time.now();
      await workUntilEmpty(world);
      expect(world.time.now() - diedAtMs).toBeLessThan(5_000);

      expect(world.venue.orders(), world.trace.show()).toHaveLength(1);
      expect(await stateOf(world.store.ledger, ACCOUNT)).toMatchObject({
        quantity: decimal(2),
        lease: undefined,
        activeExecution: undefined,
      });
    });
  });
});

/** Which call of a strategy environment is the first of this kind, by a rehearsal in a world of its own. */
async function callsUntil(world: World, operation: string): Promise<number> {
  const rehearsal = simulatedWorld({ store: world.store.fork() });
  const ingest = rehearsal.process({ name: 'ingest' });
  await ingest.run(() => rehearsal.ingest(ingest)('hook', { ...BUY, id: 'rehearsal' }));
  const delivery = rehearsal.queue.deliver();
  const process = rehearsal.process({ name: 'rehearsal' });
  await process.run(() => rehearsal.strategy(process)(delivery?.event ?? { Records: [] }));
  const found = rehearsal.trace.calls.find((call) => call.operation === operation);
  return found?.number ?? 0;
}

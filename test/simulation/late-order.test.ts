import { describe, expect, it } from 'vitest';
import { ACCOUNT, PROTECTED_BUY, received, workUntilEmpty } from './deliveries.ts';
import { faultsAt } from './faults.ts';
import type { ModelVenueOptions } from './model-venue.ts';

const ARRIVES_AFTER_MS = 30_000;

/** The first stop-loss is lost on its way and arrives in the end; the second, of the same id, is refused. */
const losesStop: NonNullable<ModelVenueOptions['script']> = ({ intent, number }) => {
  if (intent?.type !== 'stop') {
    return undefined;
  }
  return number === 2 ? { kind: 'late', afterMs: ARRIVES_AFTER_MS } : { kind: 'reject' };
};

/** What operators are told when the worker dies before its nth call, or lives, and the lost stop-loss arrives. */
async function alertsAfterDeathAt(at: number) {
  const world = await received(PROTECTED_BUY, { script: losesStop, enforcesReduceOnly: false });
  const doomed = world.process({ name: 'doomed', meets: faultsAt({ at, fault: 'before-send' }) });
  const ended = await world.time.run(async () => {
    const delivery = world.queue.deliver();
    const run = await doomed.run(() => world.strategy(doomed)(delivery?.event ?? { Records: [] }));
    if (run.kind === 'finished') {
      delivery?.answer(run.result);
    }
    await workUntilEmpty(world);
    await world.time.wait(ARRIVES_AFTER_MS);
    const reconciler = world.process({ name: 'reconcile' });
    await reconciler.run(world.reconcile(reconciler));
    return run.kind;
  });
  return { ended, world };
}

describe('an order that was refused after an earlier request for it was lost', () => {
  it('is watched, whenever its worker dies, so that operators are told when it arrives after all', async () => {
    let died = 0;
    for (let at = 1; ; at += 1) {
      const { ended, world } = await alertsAfterDeathAt(at);
      const late = world.alerts.filter(({ type }) => type === 'LATE_ORDER');
      expect(world.venue.orders(ACCOUNT).filter(({ type }) => type === 'stop')).toHaveLength(1);
      expect(late, `death at call ${at}\n${world.trace.show()}`).toHaveLength(1);
      died += ended === 'died' ? 1 : 0;
      if (ended === 'finished') {
        break;
      }
    }
    expect(died).toBeGreaterThan(10);
  });
});

import { describe, expect, it } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import { ACCOUNT, BUY, received, workUntilEmpty } from './deliveries.ts';
import { faultsAt } from './faults.ts';
import { recordedIn } from './judge-trades.ts';
import type { ModelVenueOptions } from './model-venue.ts';
import type { World } from './world.ts';

const BRACKET = { ...BUY, stopLoss: { price: 90 }, takeProfit: { price: 110 } };

/** Nothing at the venue keeps the two apart. */
const APART = { oco: 'kept', enforcesReduceOnly: false } as const;

const cancelComesTooLate: NonNullable<ModelVenueOptions['script']> = ({ call }) =>
  call === 'cancel' ? { kind: 'fills-first' } : undefined;

/** The reconciler runs until nobody has anything to do, and dies before its nth call the first time. */
async function reconcileDyingAt(world: World, at: number): Promise<string> {
  const doomed = world.process({ name: 'doomed', meets: faultsAt({ at, fault: 'before-send' }) });
  const { kind } = await doomed.run(world.reconcile(doomed));
  for (const name of ['heir', 'heir-of-the-heir']) {
    await world.time.wait(60_000);
    const heir = world.process({ name });
    await heir.run(world.reconcile(heir));
  }
  return kind;
}

describe.each([
  ['before anybody looked', undefined],
  ['as the second was being cancelled', cancelComesTooLate],
])('a take-profit and a stop-loss that both filled %s', (_, script) => {
  it('leave a trade that is closed at once and told of, wherever that dies', async () => {
    let died = 0;
    for (let at = 1; ; at += 1) {
      const world = await received(BRACKET, script ? { ...APART, script } : APART);
      const kind = await world.time.run(async () => {
        await workUntilEmpty(world);
        world.venue.movePrice('MNQM5', decimal(110));
        if (script === undefined) {
          world.venue.movePrice('MNQM5', decimal(90));
        }
        return reconcileDyingAt(world, at);
      });
      const told = `death at call ${at}\n${world.trace.show()}`;
      expect(world.venue.positions(ACCOUNT), told).toEqual({});
      expect(world.venue.orders(ACCOUNT), told).toHaveLength(4);
      const { ended } = recordedIn(world.store, ACCOUNT);
      expect(ended, told).toMatchObject([{ state: 'CLOSED', side: 'sell', openQuantity: '0' }]);
      const subject = ended[0]?.executionId;
      const message = 'Onefill closes 2 MNQM5: More was closed than was held.';
      expect(world.alerts, told).toContainEqual({
        type: 'CLOSED_FOR_SAFETY',
        severity: 'HIGH',
        subject,
        message,
      });
      if (kind === 'finished') {
        break;
      }
      died += 1;
    }
    expect(died).toBeGreaterThan(10);
  });
});

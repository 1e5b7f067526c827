import { describe, expect, it } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import { TIMING } from '../../functions/core/lease.ts';
import { stateOf } from '../support/world.ts';
import { ACCOUNT, BUY, PROTECTED_BUY, received, workUntilEmpty } from './deliveries.ts';
import type { Latency } from './life.ts';
import type { ModelVenueOptions } from './model-venue.ts';
import type { Call } from './trace.ts';

const FUNCTION_TIMEOUT_MS = 3_000;
const NEVER_MS = 3_600_000;

/** AWS answers at once; the venue after so long. */
const answersAfter =
  (durationMs: number, isSlow: (call: Call) => boolean = () => true) =>
  (call: Call): Latency =>
    call.service === 'broker' && isSlow(call)
      ? { toMs: durationMs / 2, backMs: durationMs / 2 }
      : { toMs: 3, backMs: 3 };

describe('a venue that does not answer', () => {
  it('leaves an order UNKNOWN and told within one invocation, and places it once when it is back', async () => {
    const world = await received(BUY);
    await world.time.run(async () => {
      const hangs = world.process({ name: 'hangs', latency: answersAfter(NEVER_MS) });
      const delivery = world.queue.deliver();
      const startedAtMs = world.time.now();
      const ended = await hangs.run(() => world.strategy(hangs)(delivery?.event ?? { Records: [] }));
      expect(ended.kind).toBe('finished');
      expect(world.time.now() - startedAtMs).toBeLessThan(FUNCTION_TIMEOUT_MS);
      expect(world.alerts).toMatchObject([{ type: 'ORDER_UNKNOWN' }]);

      await workUntilEmpty(world);
    });
    expect(world.venue.orders()).toHaveLength(1);
    expect(await stateOf(world.store.ledger, ACCOUNT)).toMatchObject({ quantity: decimal(2) });
  });

  it.each(['PERMANENT', 'WINDOW'] as const)(
    'that once lost a request gets it again, in the same invocation, if its ids are %s',
    async (guarantee) => {
      const world = await received(BUY, { guarantee });
      let places = 0;
      const losesFirst = answersAfter(NEVER_MS, ({ operation }) => {
        places += operation === 'place' ? 1 : 0;
        return operation === 'place' && places === 1;
      });
      await world.time.run(async () => {
        expect(await workUntilEmpty(world, { latency: losesFirst })).toMatchObject([{ ended: 'finished' }]);
      });
      expect(world.venue.orders()).toMatchObject([{ status: 'FILLED' }]);
      expect(world.alerts).toEqual([]);
    },
  );

  it('halts an account that cannot be made whole, and tells operators, within 5 s (I4)', async () => {
    const refusesStops: NonNullable<ModelVenueOptions['script']> = ({ intent }) =>
      intent?.type === 'stop' ? { kind: 'reject' } : undefined;
    const world = await received(PROTECTED_BUY, { script: refusesStops });
    let flattens = 0;
    const hangsFromFlatten = answersAfter(NEVER_MS, ({ operation }) => {
      flattens += operation === 'place' ? 1 : 0;
      return flattens > 2;
    });
    await world.time.run(async () => {
      const startedAtMs = world.time.now();
      const worked = await workUntilEmpty(world, { latency: hangsFromFlatten });
      expect(worked.map(({ ended }) => ended)).toEqual(['finished']);
      expect(world.time.now() - startedAtMs).toBeLessThan(TIMING.rollbackBudgetMs);
    });
    expect(world.alerts).toContainEqual(
      expect.objectContaining({ type: 'COMPENSATION_FAILED', severity: 'CRITICAL' }),
    );
    expect(await stateOf(world.store.ledger, ACCOUNT)).toMatchObject({ activeExecution: undefined });
  });
});

describe('a slow venue', () => {
  it.each([100, 300, 500, 700, 900])(
    'gets a protected entry that fills in part, at %i ms a call, without an invocation that runs into its timeout',
    async (durationMs) => {
      const script: NonNullable<ModelVenueOptions['script']> = ({ call, number }) =>
        call === 'place' && number === 1 ? { kind: 'partial-fill', share: decimal('0.5') } : undefined;
      const world = await received(PROTECTED_BUY, { script });
      await world.time.run(async () => {
        const worked = await workUntilEmpty(world, { latency: answersAfter(durationMs) });
        expect(worked.map(({ ended }) => ended)).not.toContain('died');
        expect(worked.length).toBeLessThanOrEqual(4);
      });
      expect(world.venue.orders(), world.trace.show()).toMatchObject([
        { status: 'CANCELED', filledQuantity: '1' },
        { type: 'stop', side: 'sell', quantity: '1' },
      ]);
      expect(world.deadLetters.messages()).toEqual([]);
      // Nobody died.
      expect(world.alerts).toEqual([]);
    },
  );
});

import { describe, expect, it } from 'vitest';
import type { ClientOrderIdGuarantee } from '../../functions/core/configuration.ts';
import { decimal } from '../../functions/core/decimal.ts';
import type { AccountId, ClientOrderId } from '../../functions/core/ids.ts';
import type { OrderIntent } from '../../functions/core/order.ts';
import { TestClock } from '../support/world.ts';
import { type ModelVenueOptions, modelVenue, type VenueFault } from './model-venue.ts';

const ACCOUNT = 'one' as AccountId;
const ID = 'of1' as ClientOrderId;

const ref = (clientOrderId: ClientOrderId) => ({ clientOrderId, symbol: 'MNQM5' });
const clock = new TestClock();

const market = (changes: Partial<OrderIntent> = {}): OrderIntent =>
  ({
    clientOrderId: ID,
    leg: 'entry',
    symbol: 'MNQM5',
    side: 'buy',
    type: 'market',
    quantity: decimal(4),
    timeInForce: 'day',
    reduceOnly: false,
    ...changes,
  }) as OrderIntent;
const stop = (changes: Partial<OrderIntent> = {}): OrderIntent =>
  market({
    clientOrderId: 'of2' as ClientOrderId,
    side: 'sell',
    reduceOnly: true,
    ...changes,
    type: 'stop',
    stopPrice: decimal(95),
  });

const venueOf = (guarantee: ClientOrderIdGuarantee, changes: Partial<ModelVenueOptions> = {}) => {
  const venue = modelVenue({ clock, guarantee, ...changes });
  return { venue, broker: venue.broker(ACCOUNT) };
};
/** Faults of the first calls, in their order. */
const scripted = (...faults: readonly (VenueFault | undefined)[]) => {
  const left = [...faults];
  return { script: () => left.shift() };
};

describe('the model of a venue', () => {
  it.each([
    ['PERMANENT', 1, 1],
    ['OPEN_ONLY', 2, 1],
    ['WINDOW', 1, 1],
    ['LOOKUP_ONLY', 2, 2],
    ['NONE', 2, 2],
  ] as const)(
    'with %s has %i filled and %i open orders of one id that was sent twice',
    async (guarantee, filled, open) => {
      for (const [count, script] of [
        [filled, {}],
        [open, { script: () => ({ kind: 'no-fill' }) as const }],
      ] as const) {
        const { venue, broker } = venueOf(guarantee, script);
        await broker.place(market());
        await broker.place(market());
        expect(venue.orders()).toHaveLength(count);
        expect((await broker.lookup(ref(ID))).kind).toBe(guarantee === 'NONE' ? 'absent' : 'found');
      }
    },
  );

  it('takes an id again when its window is over', async () => {
    const { venue, broker } = venueOf('WINDOW', { uniqueForMs: 1_000 });
    await broker.place(market());
    clock.advance(1_000);
    await broker.place(market());
    expect(venue.positions(ACCOUNT)).toEqual({ MNQM5: '8' });
  });

  it('fills a stop order when its price is reached, by no more than there is to reduce', async () => {
    const { venue, broker } = venueOf('PERMANENT');
    await broker.place(market());
    await broker.place(stop({ quantity: decimal(6) }));
    venue.movePrice('MNQM5', decimal(96));
    expect(venue.orders()[1]).toMatchObject({ status: 'NEW' });
    venue.movePrice('MNQM5', decimal(95));
    expect(venue.orders()[1]).toMatchObject({
      status: 'CANCELED',
      filledQuantity: '4',
      averageFillPrice: '95',
    });
    expect(venue.positions(ACCOUNT)).toEqual({});
    expect((await broker.place(stop({ clientOrderId: 'of3' as ClientOrderId }))).kind).toBe('rejected');
  });

  it('turns a position where it does not enforce reduce-only', async () => {
    const { venue, broker } = venueOf('PERMANENT', { enforcesReduceOnly: false });
    await broker.place(market());
    await broker.place(stop({ quantity: decimal(6) }));
    venue.movePrice('MNQM5', decimal(90));
    expect(venue.positions(ACCOUNT)).toEqual({ MNQM5: '-2' });
  });

  it('fills in part, late, or while it is cancelled, as it is told', async () => {
    const { venue, broker } = venueOf(
      'PERMANENT',
      scripted(
        { kind: 'partial-fill', share: decimal(0.25) },
        { kind: 'fills-first' },
        { kind: 'no-fill', fillsAtLookup: 2 },
      ),
    );
    expect(await broker.place(market())).toMatchObject({
      order: { status: 'PARTIALLY_FILLED', filledQuantity: '1' },
    });
    expect(await broker.cancel(ref(ID))).toEqual({ kind: 'accepted' });
    expect(venue.orders()[0]).toMatchObject({ status: 'FILLED' });
    const id = 'of3' as ClientOrderId;
    await broker.place(market({ clientOrderId: id }));
    expect(await broker.lookup(ref(id))).toMatchObject({ order: { status: 'NEW' } });
    expect(await broker.lookup(ref(id))).toMatchObject({ order: { status: 'FILLED' } });
    expect(await broker.cancel(ref(id))).toMatchObject({ kind: 'rejected' });
  });

  it('leaves the caller in the dark about what it did, did not do, or does later', async () => {
    const late: (() => void)[] = [];
    const { venue, broker } = venueOf('PERMANENT', {
      ...scripted(
        { kind: 'no-answer' },
        { kind: 'late', afterMs: 10 },
        { kind: 'miss' },
        { kind: 'done-no-answer' },
      ),
      after: (_, callback) => late.push(callback),
    });
    const counts: number[] = [];
    for (const call of [broker.place, broker.place]) {
      expect((await call(market())).kind).toBe('unknown');
      counts.push(venue.orders().length);
    }
    late.pop()?.();
    counts.push(venue.orders().length);
    expect((await broker.lookup(ref(ID))).kind).toBe('absent');
    expect((await broker.place(market({ clientOrderId: 'of3' as ClientOrderId }))).kind).toBe('unknown');
    expect([...counts, venue.orders().length]).toEqual([0, 0, 1, 2]);
    expect((await broker.positions()).kind).toBe('positions');
    expect((await broker.orders(1)).map(({ clientOrderId }) => clientOrderId)).toEqual(['of3']);
  });
});

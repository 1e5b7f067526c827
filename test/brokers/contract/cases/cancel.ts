import { expect } from 'vitest';
import {
  accepted,
  type CaseGroup,
  type ContractCase,
  expectFound,
  type FaultRow,
  faultRows,
  filledInPart,
  held,
  market,
  placed,
  position,
  post,
  reach,
  refTo,
  resting,
  short,
  whenMet,
} from '../contract-case.ts';

const FAULTS = faultRows('C', 8, {
  refused: 'a cancel that is refused leaves the order as it was',
  limited: 'a cancel that meets a rate limit is busy and leaves the order as it was',
  unanswered: (fault) =>
    `a cancel that meets ${fault} is unknown; the order tells, and a second cancel ends it`,
});

/** After a cancel that met a fault the order says how it stands, and another cancel leaves it ended. */
const canceledInVain = ({ id, fault, says, outcome, isDone }: FaultRow): ContractCase => ({
  id,
  says,
  async check(venue) {
    const order = await placed(venue);
    const met = { outcome, state: isDone ? 'CANCELED 0' : 'NEW 0' };
    const well = { outcome: 'accepted', state: 'CANCELED 0' };
    const expected = whenMet(venue, ['cancel', fault], met, well);

    expect(short(venue, await venue.broker.cancel(refTo(order)))).toMatch(new RegExp(`^${expected.outcome}`));
    await expectFound(venue, order, expected.state);
    const again = await venue.broker.cancel(refTo(order));
    expect(again.kind).toBe(expected.state === 'NEW 0' ? 'accepted' : 'rejected');
    await expectFound(venue, order, 'CANCELED 0');
    expect(await held(venue)).toEqual(['CANCELED 0']);
  },
});

export const CANCEL: CaseGroup = {
  title: 'cancel',
  cases: [
    {
      id: 'C01',
      says: 'an order that rests is canceled, and the market cannot fill it any more',
      async check(venue) {
        const order = await placed(venue);
        expect(await venue.broker.cancel(refTo(order))).toEqual({ kind: 'accepted' });
        await reach(venue, order);
        await expectFound(venue, order, 'CANCELED 0');
        expect(await position(venue)).toBe('0');
      },
    },
    {
      id: 'C02',
      says: 'there is nothing to cancel of an order that has filled',
      async check(venue) {
        const order = await placed(venue, market(venue));
        expect((await venue.broker.cancel(refTo(order))).kind).toBe('rejected');
        await expectFound(venue, order, 'FILLED 4');
      },
    },
    {
      id: 'C03',
      says: 'there is nothing to cancel of an id that was never sent, and nothing else is canceled',
      async check(venue) {
        await post(venue, 100);
        await accepted(venue, resting(venue, { name: 'other' }));
        expect((await venue.broker.cancel(refTo(resting(venue)))).kind).toBe('rejected');
        expect(await held(venue)).toEqual(['NEW 0']);
      },
    },
    {
      id: 'C04',
      says: 'a late fill is faster than its cancel, whatever the cancel is told',
      async check(venue) {
        await post(venue, 100);
        venue.meet('place', 'late-fill');
        const order = market(venue);
        await accepted(venue, order);
        const { kind } = await venue.broker.cancel(refTo(order));
        expect(['accepted', 'rejected']).toContain(kind);
        await expectFound(venue, order, 'FILLED 4');
        expect(await position(venue)).toBe('4');
      },
    },
    {
      id: 'C05',
      says: 'an order that rests may fill while its cancel is on the way',
      async check(venue) {
        const order = await placed(venue);
        venue.meet('cancel', 'late-fill');
        expect(await venue.broker.cancel(refTo(order))).toEqual({ kind: 'accepted' });
        await expectFound(venue, order, 'FILLED 4');
        expect(await position(venue)).toBe('4');
      },
    },
    {
      id: 'C06',
      says: 'a cancel ends what is open of an order and keeps what has filled',
      async check(venue) {
        const order = await filledInPart(venue, market(venue));
        expect(await venue.broker.cancel(refTo(order))).toEqual({ kind: 'accepted' });
        await post(venue, 101);
        await expectFound(venue, order, 'CANCELED 2');
        expect(await position(venue)).toBe('2');
      },
    },
    {
      id: 'C07',
      says: 'two cancels at the same time end an order once',
      async check(venue) {
        const order = await placed(venue);
        const outcomes = await Promise.all([1, 2].map(() => venue.broker.cancel(refTo(order))));
        expect(outcomes.map(({ kind }) => kind)).toContain('accepted');
        expect(['accepted', 'rejected']).toEqual(expect.arrayContaining(outcomes.map(({ kind }) => kind)));
        expect(await held(venue)).toEqual(['CANCELED 0']);
      },
    },
    ...FAULTS.map(canceledInVain),
  ],
};

import { expect } from 'vitest';
import {
  accepted,
  type CaseGroup,
  type ContractCase,
  expectFound,
  held,
  market,
  position,
  post,
  reach,
  refTo,
  resting,
  short,
  UNANSWERED,
  whenMet,
} from '../contract-case.ts';
import type { VenueFault } from '../venue-under-test.ts';

interface FaultRow {
  readonly id: string;
  readonly fault: VenueFault;
  readonly says: string;
  /** How the outcome begins, and whether the order is open after it. */
  readonly outcome: string;
  readonly isDone: boolean;
}

const FAULTS: readonly FaultRow[] = [
  {
    id: 'C08',
    fault: 'reject',
    says: 'a cancel that is refused leaves the order as it was',
    outcome: 'rejected',
    isDone: false,
  },
  {
    id: 'C09',
    fault: 'rate-limit',
    says: 'a cancel that meets a rate limit is busy and leaves the order as it was',
    outcome: 'busy',
    isDone: false,
  },
  ...UNANSWERED.map(({ fault, cause, isDone, what }, index) => ({
    id: `C${10 + index}`,
    fault,
    says: `a cancel that meets ${what} is unknown; the order tells, and a second cancel ends it`,
    outcome: `unknown ${cause}`,
    isDone,
  })),
];

/** After a cancel that met a fault the order says how it stands, and another cancel leaves it ended. */
const canceledInVain = ({ id, fault, says, outcome, isDone }: FaultRow): ContractCase => ({
  id,
  says,
  async check(venue) {
    await post(venue, 100);
    const order = resting(venue);
    await accepted(venue, order);
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
        await post(venue, 100);
        const order = resting(venue);
        await accepted(venue, order);
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
        await post(venue, 100);
        const order = market(venue);
        await accepted(venue, order);
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
        await post(venue, 100);
        const order = resting(venue);
        await accepted(venue, order);
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
        await post(venue, 100);
        venue.meet('place', 'partial-fill');
        const order = market(venue);
        await accepted(venue, order);
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
        await post(venue, 100);
        const order = resting(venue);
        await accepted(venue, order);
        const outcomes = await Promise.all([1, 2].map(() => venue.broker.cancel(refTo(order))));
        expect(outcomes.map(({ kind }) => kind)).toContain('accepted');
        expect(['accepted', 'rejected']).toEqual(expect.arrayContaining(outcomes.map(({ kind }) => kind)));
        expect(await held(venue)).toEqual(['CANCELED 0']);
      },
    },
    ...FAULTS.map(canceledInVain),
  ],
};

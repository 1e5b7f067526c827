import { expect } from 'vitest';
import {
  type CaseGroup,
  type ContractCase,
  expectFound,
  held,
  market,
  position,
  post,
  refTo,
  resting,
  short,
  UNANSWERED,
  whenMet,
} from '../contract-case.ts';

/** An order without an answer is unknown, never rejected: it may exist, and the venue tells when it is asked. */
const unanswered: readonly ContractCase[] = UNANSWERED.map(({ fault, cause, isDone, what }, index) => ({
  id: `U${String(1 + index).padStart(2, '0')}`,
  says: `an order that meets ${what} is unknown, and the venue tells whether it exists`,
  async check(venue) {
    await post(venue, 100);
    const order = market(venue);
    const met = { outcome: `unknown ${cause}`, isDone };
    const expected = whenMet(venue, ['place', fault], met, { outcome: 'accepted FILLED 4', isDone: true });

    expect(short(venue, await venue.broker.place(order))).toBe(expected.outcome);

    expect(await held(venue)).toEqual(expected.isDone ? ['FILLED 4'] : []);
    if (expected.isDone) {
      await expectFound(venue, order, 'FILLED 4');
    } else {
      expect(await venue.broker.lookup(refTo(order))).toEqual({ kind: 'absent' });
    }
    expect(await position(venue)).toBe(expected.isDone ? '4' : '0');
  },
}));

export const OUTAGES: CaseGroup = {
  title: 'outages and malformed answers',
  cases: [
    ...unanswered,
    {
      id: 'U08',
      says: 'an order whose answer was lost can be canceled by its id',
      async check(venue) {
        await post(venue, 100);
        venue.meet('place', 'timeout-after-accept');
        const order = resting(venue);
        await venue.broker.place(order);
        expect(await venue.broker.cancel(refTo(order))).toEqual({ kind: 'accepted' });
        expect(await held(venue)).toEqual(['CANCELED 0']);
      },
    },
    {
      id: 'U09',
      says: 'one outage is over with its call: the venue is called once for each',
      async check(venue) {
        await post(venue, 100);
        const isMet = venue.meet('place', 'unavailable');
        const first = await venue.broker.place(resting(venue, { name: 'first' }));
        const second = await venue.broker.place(resting(venue, { name: 'second' }));
        expect([first.kind, second.kind]).toEqual([isMet ? 'unknown' : 'accepted', 'accepted']);
        expect(await venue.held()).toHaveLength(isMet ? 1 : 2);
      },
    },
  ],
};

import { expect } from 'vitest';
import type { TimeInForce } from '../../../../functions/core/order.ts';
import {
  type CaseGroup,
  type ContractCase,
  expectFound,
  filledInPart,
  held,
  limit,
  market,
  position,
  post,
  resting,
  short,
} from '../contract-case.ts';

/** What half of the market leaves of an order that takes no rest, in units. */
const takesNoRest = (id: string, timeInForce: TimeInForce, says: string, filled: number): ContractCase => ({
  id,
  says: `${says}; where there is none, it is refused by name`,
  decidedBy: 'times in force',
  async check(venue) {
    await post(venue, 100);
    venue.meet('place', 'partial-fill');
    const outcome = await venue.broker.place(limit(venue, { price: 100, timeInForce }));
    if (!venue.broker.capabilities.timesInForce.includes(timeInForce)) {
      expect(short(venue, outcome)).toBe('rejected UNSUPPORTED');
      return;
    }
    expect(await held(venue)).toEqual([expect.stringMatching(new RegExp(`^(CANCELED|EXPIRED) ${filled}$`))]);
    expect(await position(venue)).toBe(String(filled));
  },
});

export const FILLS: CaseGroup = {
  title: 'partial fills',
  cases: [
    {
      id: 'F01',
      says: 'an order that filled in part says how much, and is open',
      decidedBy: 'guarantee',
      async check(venue) {
        const order = await filledInPart(venue, market(venue));
        await expectFound(venue, order, 'PARTIALLY_FILLED 2');
        expect(await position(venue)).toBe('2');
      },
    },
    {
      id: 'F02',
      says: 'the rest fills when the market moves, and the average price is that of both parts',
      decidedBy: 'guarantee',
      async check(venue) {
        const order = await filledInPart(venue, market(venue));
        await post(venue, 104);
        await expectFound(venue, order, 'FILLED 4');
        expect((await venue.broker.orders(1))[0]?.averageFillPrice).toBe('102');
        expect(await position(venue)).toBe('4');
      },
    },
    {
      id: 'F03',
      says: 'an order that rests and filled in part fills once the market is there, and no more than was ordered',
      async check(venue) {
        await filledInPart(venue, resting(venue));
        expect(await held(venue)).toEqual(['PARTIALLY_FILLED 2']);
        await post(venue, 90);
        await post(venue, 110);
        await post(venue, 90);
        expect(await held(venue)).toEqual(['FILLED 4']);
        expect(await position(venue)).toBe('4');
      },
    },
    takesNoRest('F04', 'ioc', 'an order that is good for ioc keeps what fills at once, and its rest ends', 2),
    takesNoRest('F05', 'fok', 'an order that is good for fok fills nothing when it cannot fill whole', 0),
  ],
};

import { expect } from 'vitest';
import type { LookupOutcome } from '../../../../functions/brokers/broker.ts';
import {
  accepted,
  type CaseGroup,
  type ContractCase,
  expectFound,
  held,
  market,
  placed,
  post,
  quantityOf,
  refTo,
  resting,
  short,
  UNANSWERED,
} from '../contract-case.ts';
import type { VenueFault, VenueUnderTest } from '../venue-under-test.ts';

/** A lookup that learns nothing says so: the order exists, so `absent` would be a lie. */
const unanswered = (id: string, fault: VenueFault, cause: string, what: string): ContractCase => ({
  id,
  says: `a lookup that meets ${what} is unknown, and no proof of absence`,
  async check(venue) {
    const order = await placed(venue);
    const isMet = venue.meet('lookup', fault);
    if (isMet) {
      expect(short(venue, await venue.broker.lookup(refTo(order)))).toBe(`unknown ${cause}`);
    }
    await expectFound(venue, order, 'NEW 0');
  },
});

async function foundOrder(venue: VenueUnderTest, outcome: LookupOutcome): Promise<void> {
  if (venue.broker.clientOrderIdGuarantee === 'NONE') {
    expect(outcome).toEqual({ kind: 'absent' });
    return;
  }
  const order = market(venue);
  expect(outcome).toMatchObject({
    kind: 'found',
    order: {
      clientOrderId: order.clientOrderId,
      symbol: venue.symbol,
      side: 'buy',
      type: 'market',
      quantity: quantityOf(venue, 4),
      filledQuantity: quantityOf(venue, 4),
      status: 'FILLED',
      averageFillPrice: '100',
    },
  });
}

export const LOOKUP: CaseGroup = {
  title: 'lookup',
  cases: [
    {
      id: 'L01',
      says: 'an order that rests is found by its client order id',
      decidedBy: 'guarantee',
      async check(venue) {
        const order = await placed(venue);
        await expectFound(venue, order, 'NEW 0');
      },
    },
    {
      id: 'L02',
      says: 'an order that has filled is found with all that it was and the average price',
      decidedBy: 'guarantee',
      async check(venue) {
        const order = await placed(venue, market(venue));
        await foundOrder(venue, await venue.broker.lookup(refTo(order)));
      },
    },
    {
      id: 'L03',
      says: 'an order that was canceled is found as that',
      decidedBy: 'guarantee',
      async check(venue) {
        const order = await placed(venue);
        await venue.broker.cancel(refTo(order));
        await expectFound(venue, order, 'CANCELED 0');
      },
    },
    {
      id: 'L04',
      says: 'an id that was never sent is absent',
      async check(venue) {
        await post(venue, 100);
        await accepted(venue, resting(venue, { name: 'other' }));
        expect(await venue.broker.lookup(refTo(resting(venue)))).toEqual({ kind: 'absent' });
      },
    },
    {
      id: 'L05',
      says: 'an order that fills late is found filled',
      decidedBy: 'guarantee',
      async check(venue) {
        await post(venue, 100);
        venue.meet('place', 'late-fill');
        const order = market(venue);
        expect(await accepted(venue, order)).toMatchObject({ filledQuantity: '0' });
        await venue.broker.lookup(refTo(order));
        await expectFound(venue, order, 'FILLED 4');
      },
    },
    {
      id: 'L06',
      says: 'asking changes nothing, however often',
      decidedBy: 'guarantee',
      async check(venue) {
        const order = await placed(venue);
        const asked = await Promise.all([1, 2, 3].map(() => venue.broker.lookup(refTo(order))));
        expect(asked[1]).toEqual(asked[0]);
        expect(asked[2]).toEqual(asked[0]);
        expect(await held(venue)).toEqual(['NEW 0']);
      },
    },
    ...UNANSWERED.filter(({ isDone, fault }) => !isDone || fault === 'malformed').map(
      ({ fault, cause, what }, index) =>
        unanswered(`L${String(7 + index).padStart(2, '0')}`, fault, cause, what),
    ),
    unanswered('L11', 'rate-limit', 'unavailable', 'a rate limit'),
    unanswered('L12', 'reject', 'unavailable', 'a refusal'),
    {
      id: 'L13',
      says: "an order is found and canceled by the venue's number too, which it was accepted with",
      decidedBy: 'guarantee',
      async check(venue) {
        await post(venue, 100);
        const { brokerOrderId, clientOrderId, symbol } = await accepted(venue, resting(venue));
        const numbered = { clientOrderId, symbol, brokerOrderId };
        await expectFound(venue, numbered, 'NEW 0');
        expect(await venue.broker.cancel(numbered)).toEqual({ kind: 'accepted' });
        await expectFound(venue, numbered, 'CANCELED 0');
      },
    },
  ],
};

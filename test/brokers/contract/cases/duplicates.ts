import { expect } from 'vitest';
import type { PlaceOutcome } from '../../../../functions/brokers/broker.ts';
import type { ClientOrderIdGuarantee } from '../../../../functions/core/configuration.ts';
import type { OrderIntent } from '../../../../functions/core/order.ts';
import {
  accepted,
  type CaseGroup,
  type ContractCase,
  held,
  market,
  position,
  post,
  quantityOf,
  refTo,
  resting,
} from '../contract-case.ts';
import type { VenueFault, VenueUnderTest } from '../venue-under-test.ts';

const WHILE_OPEN: readonly ClientOrderIdGuarantee[] = ['PERMANENT', 'OPEN_ONLY', 'WINDOW'];
const AFTER_ITS_END: readonly ClientOrderIdGuarantee[] = ['PERMANENT', 'WINDOW'];

/** How many orders there are when an id is sent twice. */
function expectedCount(venue: VenueUnderTest, first: 'is open' | 'has ended'): number {
  const dedupes = first === 'is open' ? WHILE_OPEN : AFTER_ITS_END;
  return dedupes.includes(venue.broker.clientOrderIdGuarantee) ? 1 : 2;
}

/** The second answer shows the first order where the id stands for it, and else another. */
function expectSecond(count: number, first: string, second: PlaceOutcome): void {
  if (second.kind !== 'accepted') {
    throw new Error(`An id that is sent again is answered with its order: ${JSON.stringify(second)}`);
  }
  expect(second.order.brokerOrderId === first).toBe(count === 1);
}

async function sendTwice(
  venue: VenueUnderTest,
  order: OrderIntent,
  first: 'is open' | 'has ended',
  between: () => Promise<unknown> = async () => undefined,
): Promise<number> {
  const { brokerOrderId } = await accepted(venue, order);
  await between();
  const count = expectedCount(venue, first);
  expectSecond(count, brokerOrderId, await venue.broker.place(order));
  expect(await venue.held()).toHaveLength(count);
  return count;
}

/** What becomes of an id whose first answer was lost. */
const afterFault = (id: string, fault: VenueFault, says: string, isHeld: boolean): ContractCase => ({
  id,
  says,
  decidedBy: 'guarantee',
  async check(venue) {
    await post(venue, 100);
    const isMet = venue.meet('place', fault);
    const order = resting(venue);
    await venue.broker.place(order);

    expect((await venue.broker.place(order)).kind).toBe('accepted');

    const count = isHeld || !isMet ? expectedCount(venue, 'is open') : 1;
    expect(await held(venue)).toEqual(Array.from({ length: count }, () => 'NEW 0'));
  },
});

export const DUPLICATES: CaseGroup = {
  title: 'duplicate',
  cases: [
    {
      id: 'D01',
      says: 'an id that is sent again while its order is open makes as many orders as the guarantee says',
      decidedBy: 'guarantee',
      async check(venue) {
        await post(venue, 100);
        await sendTwice(venue, resting(venue), 'is open');
      },
    },
    {
      id: 'D02',
      says: 'an id that is sent again after its order filled makes as many orders as the guarantee says',
      decidedBy: 'guarantee',
      async check(venue) {
        await post(venue, 100);
        const count = await sendTwice(venue, market(venue), 'has ended');
        expect(await position(venue)).toBe(String(count * 4));
      },
    },
    {
      id: 'D03',
      says: 'an id that is sent again after its order was canceled makes as many orders as the guarantee says',
      decidedBy: 'guarantee',
      async check(venue) {
        await post(venue, 100);
        const order = resting(venue);
        await sendTwice(venue, order, 'has ended', () => venue.broker.cancel(refTo(order)));
      },
    },
    {
      id: 'D04',
      says: 'an id that is sent twice at the same time makes as many orders as the guarantee says',
      decidedBy: 'guarantee',
      async check(venue) {
        await post(venue, 100);
        const order = resting(venue);
        await Promise.all([venue.broker.place(order), venue.broker.place(order)]);
        expect(await venue.held()).toHaveLength(expectedCount(venue, 'is open'));
      },
    },
    afterFault('D05', 'timeout', 'an id that is sent again after it never arrived makes one order', false),
    afterFault(
      'D06',
      'timeout-after-accept',
      'an id that is sent again after its answer was lost makes as many orders as the guarantee says',
      true,
    ),
    {
      id: 'D07',
      says: 'an id that is sent again with another quantity never makes its first order another one',
      decidedBy: 'guarantee',
      async check(venue) {
        await post(venue, 100);
        await accepted(venue, resting(venue, { units: 4 }));
        const outcome = await venue.broker.place(resting(venue, { units: 8 }));

        const count = expectedCount(venue, 'is open');
        const quantities = (await venue.held()).map(({ quantity }) => quantity);
        expect(quantities).toEqual([quantityOf(venue, 4), quantityOf(venue, 8)].slice(0, count));
        if (outcome.kind === 'accepted') {
          expect(outcome.order.quantity).toBe(quantityOf(venue, count * 4));
        } else {
          expect([count, outcome.kind]).toEqual([1, 'rejected']);
        }
      },
    },
  ],
};

import { expect } from 'vitest';
import type { BrokerOrder } from '../../../../functions/brokers/broker.ts';
import { decimal, divide, subtract } from '../../../../functions/core/decimal.ts';
import type { OrderIntent } from '../../../../functions/core/order.ts';
import {
  accepted,
  type CaseGroup,
  filledInPart,
  held,
  placed,
  position,
  post,
  refTo,
  resting,
} from '../contract-case.ts';
import type { VenueUnderTest } from '../venue-under-test.ts';

/**
 * Replaces an order: cancels it, learns how it ended, and only then sends what is left of it under another id.
 *
 * @returns how the first one ended
 */
async function replace(venue: VenueUnderTest, first: OrderIntent): Promise<BrokerOrder> {
  await venue.broker.cancel(refTo(first));
  const order = await endOf(venue, first);
  const rest = subtract(order.quantity, order.filledQuantity);
  if (rest !== '0') {
    const units = Number(divide(rest, venue.unit));
    await accepted(venue, resting(venue, { name: 'second', units }));
  }
  return order;
}

/** How an order ended; where a venue cannot be asked about one order, its list tells. */
async function endOf(venue: VenueUnderTest, { clientOrderId, symbol }: OrderIntent): Promise<BrokerOrder> {
  const outcome = await venue.broker.lookup({ clientOrderId, symbol });
  const order =
    outcome.kind === 'found'
      ? outcome.order
      : (await venue.broker.orders(10)).find((each) => each.clientOrderId === clientOrderId);
  if (order === undefined || order.status === 'NEW' || order.status === 'PARTIALLY_FILLED') {
    throw new Error(`The order has not ended: ${JSON.stringify(order ?? outcome)}`);
  }
  return order;
}

export const REPLACE: CaseGroup = {
  title: 'replace',
  cases: [
    {
      id: 'R01',
      says: 'an order is final before the one that replaces it is sent: one is open',
      async check(venue) {
        const first = await placed(venue);
        expect((await replace(venue, first)).status).toBe('CANCELED');
        expect(await held(venue)).toEqual(['CANCELED 0', 'NEW 0']);
      },
    },
    {
      id: 'R02',
      says: 'an order that filled before its cancel is not replaced',
      async check(venue) {
        const first = await placed(venue);
        venue.meet('cancel', 'late-fill');
        expect((await replace(venue, first)).status).toBe('FILLED');
        expect(await held(venue)).toEqual(['FILLED 4']);
        expect(await position(venue)).toBe('4');
      },
    },
    {
      id: 'R03',
      says: 'of an order that filled in part the rest is replaced, and no more is bought than was meant',
      async check(venue) {
        const first = await filledInPart(venue, resting(venue));
        await replace(venue, first);
        expect(await held(venue)).toEqual(['CANCELED 2', 'NEW 0']);
        await post(venue, 110);
        await venue.post(decimal(90));
        expect(await held(venue)).toEqual(['CANCELED 2', 'FILLED 2']);
        expect(await position(venue)).toBe('4');
      },
    },
    {
      id: 'R04',
      says: 'an order whose cancel was done though its answer was lost is replaced once',
      async check(venue) {
        const first = await placed(venue);
        venue.meet('cancel', 'timeout-after-accept');
        await replace(venue, first);
        expect(await held(venue)).toEqual(['CANCELED 0', 'NEW 0']);
      },
    },
    {
      id: 'R05',
      says: 'an order whose replacement is refused stays ended, and nothing is open',
      async check(venue) {
        const first = await placed(venue);
        await venue.broker.cancel(refTo(first));
        await endOf(venue, first);
        venue.meet('place', 'reject');
        const outcome = await venue.broker.place(resting(venue, { name: 'second' }));
        expect(outcome.kind).toBe('rejected');
        expect(await held(venue)).toEqual(['CANCELED 0']);
      },
    },
  ],
};

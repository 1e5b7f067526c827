import { expect } from 'vitest';
import type { EquityOutcome } from '../../../../functions/brokers/broker.ts';
import { compare, type Decimal, sign } from '../../../../functions/core/decimal.ts';
import {
  accepted,
  type CaseGroup,
  type ContractCase,
  idOf,
  market,
  placed,
  position,
  post,
  refTo,
  resting,
  short,
  UNANSWERED,
} from '../contract-case.ts';
import type { VenueFault, VenueUnderTest } from '../venue-under-test.ts';

const QUESTIONS: readonly { readonly fault: VenueFault; readonly cause: string; readonly what: string }[] = [
  ...UNANSWERED.filter(({ isDone, fault }) => !isDone || fault === 'malformed'),
  { fault: 'rate-limit', cause: 'unavailable', what: 'a rate limit' },
];

/** What is not known is not flat. */
const unknownPositions = (
  { fault, cause, what }: (typeof QUESTIONS)[number],
  index: number,
): ContractCase => ({
  id: `N${String(4 + index).padStart(2, '0')}`,
  says: `positions that meet ${what} are unknown, not flat`,
  async check(venue) {
    await post(venue, 100);
    await accepted(venue, market(venue));
    if (venue.meet('positions', fault)) {
      expect(short(venue, await venue.broker.positions())).toBe(`unknown ${cause}`);
    }
    expect(await position(venue)).toBe('4');
  },
});

function equityOf(outcome: EquityOutcome): Decimal {
  if (outcome.kind !== 'equity') {
    throw new Error(`The venue was to tell its equity: ${JSON.stringify(outcome)}`);
  }
  return outcome.equity;
}

async function equity(venue: VenueUnderTest): Promise<Decimal> {
  return equityOf(await venue.broker.equity());
}

/** The id of an order in the venue's list, by the name that the case calls it. */
function listedAs(venue: VenueUnderTest, name: string): string {
  const clientOrderId = idOf(name);
  return venue.listedAs?.(clientOrderId) ?? clientOrderId;
}

export const ACCOUNT: CaseGroup = {
  title: 'positions, equity and orders',
  cases: [
    {
      id: 'N01',
      says: 'an account that traded nothing is flat',
      async check(venue) {
        expect((await venue.broker.positions()).kind).toBe('positions');
        expect(await position(venue)).toBe('0');
      },
    },
    {
      id: 'N02',
      says: 'the position is what the orders filled, down to flat again',
      async check(venue) {
        await post(venue, 100);
        const told: string[] = [];
        for (const [name, side, units] of [
          ['one', 'buy', 4],
          ['two', 'sell', 1],
          ['three', 'sell', 3],
        ] as const) {
          await accepted(venue, market(venue, { name, side, units }));
          told.push(await position(venue));
        }
        expect(told).toEqual(['4', '3', '0']);
      },
    },
    {
      id: 'N03',
      says: 'orders that rest or were canceled are no position',
      async check(venue) {
        await post(venue, 100);
        const order = resting(venue, { name: 'canceled' });
        await accepted(venue, resting(venue));
        await accepted(venue, order);
        await venue.broker.cancel(refTo(order));
        expect(await position(venue)).toBe('0');
      },
    },
    ...QUESTIONS.map(unknownPositions),
    {
      id: 'E01',
      says: 'equity is money, and orders that rest do not change it',
      async check(venue) {
        await post(venue, 100);
        const before = await equity(venue);
        expect(sign(before)).toBe(1);
        await accepted(venue, resting(venue));
        expect(await equity(venue)).toBe(before);
      },
    },
    {
      id: 'E02',
      says: 'equity follows the price of what is held',
      async check(venue) {
        await post(venue, 100);
        await accepted(venue, market(venue));
        const bought = await equity(venue);
        await post(venue, 110);
        const risen = await equity(venue);
        await post(venue, 90);
        const fallen = await equity(venue);
        expect([compare(risen, bought), compare(fallen, bought)]).toEqual([1, -1]);
      },
    },
    {
      id: 'O01',
      says: 'the orders are listed newest first, with every state, at most as many as asked for',
      async check(venue) {
        await post(venue, 100);
        await accepted(venue, market(venue, { name: 'filled' }));
        const canceled = resting(venue, { name: 'canceled' });
        await accepted(venue, canceled);
        await venue.broker.cancel(refTo(canceled));
        await accepted(venue, resting(venue, { name: 'open' }));
        const listed = async (most: number) =>
          (await venue.broker.orders(most)).map(({ clientOrderId, status }) => [clientOrderId, status]);
        const all = [
          [listedAs(venue, 'open'), 'NEW'],
          [listedAs(venue, 'canceled'), 'CANCELED'],
          [listedAs(venue, 'filled'), 'FILLED'],
        ];
        expect(await listed(10)).toEqual(all);
        expect(await listed(2)).toEqual(all.slice(0, 2));
      },
    },
    {
      id: 'O02',
      says: 'an order is the same in the list as when it is asked about',
      decidedBy: 'guarantee',
      async check(venue) {
        const order = await placed(venue);
        const found = await venue.broker.lookup(refTo(order));
        if (venue.broker.clientOrderIdGuarantee === 'NONE') {
          expect(found).toEqual({ kind: 'absent' });
          return;
        }
        const [listed] = await venue.broker.orders(1);
        expect(listed?.clientOrderId).toBe(listedAs(venue, 'order'));
        expect(found).toEqual({
          kind: 'found',
          order: { ...listed, clientOrderId: order.clientOrderId },
        });
      },
    },
  ],
};

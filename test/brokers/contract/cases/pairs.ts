import { expect } from 'vitest';
import type { OcoPair } from '../../../../functions/brokers/broker.ts';
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
  position,
  post,
  refTo,
  short,
} from '../contract-case.ts';
import { endOthers, pairFor, placeOco, protect } from '../protect.ts';
import type { VenueUnderTest } from '../venue-under-test.ts';

/** A long position of four units that was bought at 100, and the pair that is to protect it. */
async function bought(venue: VenueUnderTest, units = 4): Promise<OcoPair> {
  await post(venue, 100);
  await accepted(venue, market(venue, { units }));
  return pairFor(venue, units);
}

/** How the orders that protect stand, oldest first. */
async function protection(venue: VenueUnderTest): Promise<string[]> {
  return (await held(venue)).slice(1);
}

/** A check of pairs that are one order. Where a venue does not keep them it does not offer them either. */
const ofNativePairs =
  (check: ContractCase['check']): ContractCase['check'] =>
  async (venue) => {
    if (venue.broker.capabilities.oco !== 'native') {
      expect(venue.broker.placeOco).toBeUndefined();
      return;
    }
    await check(venue);
  };

const FAULTS = faultRows('B', 7, {
  refused: 'a pair that is refused is refused whole',
  limited: 'a pair that meets a rate limit is busy, and neither order exists',
  unanswered: (fault) =>
    `a pair that meets ${fault} is unknown; either order tells, and both exist or neither`,
});

const faultCase = ({ id, fault, says, outcome, isDone }: FaultRow): ContractCase => ({
  id,
  says,
  decidedBy: 'pairs',
  check: ofNativePairs(async (venue) => {
    const pair = await bought(venue);
    const isMet = venue.meet('place', fault);
    expect(short(venue, await placeOco(venue, pair))).toMatch(new RegExp(`^${isMet ? outcome : 'accepted'}`));
    const exists = isDone || !isMet;
    expect(await protection(venue)).toEqual(exists ? ['NEW 0', 'NEW 0'] : []);
    for (const order of [pair.takeProfit, pair.stopLoss]) {
      if (exists) {
        await expectFound(venue, order, 'NEW 0');
      } else {
        expect(await venue.broker.lookup(refTo(order))).toEqual({ kind: 'absent' });
      }
    }
  }),
});

export const PAIRS: CaseGroup = {
  title: 'pairs and brackets',
  cases: [
    {
      id: 'B01',
      says: 'a position is protected in the way of the venue, and every order of it is found',
      decidedBy: 'pairs',
      async check(venue) {
        const works = await protect(venue, await bought(venue));
        for (const order of works) {
          await expectFound(venue, order, 'NEW 0');
        }
        expect(await protection(venue)).toEqual(works.map(() => 'NEW 0'));
        expect(await position(venue)).toBe('4');
      },
    },
    {
      id: 'B02',
      says: 'where the take-profit fills, the stop-loss ends and sells nothing more',
      decidedBy: 'pairs',
      async check(venue) {
        const pair = await bought(venue);
        const works = await protect(venue, pair);
        await post(venue, 110);
        const isPaired = works.includes(pair.takeProfit);
        await expectFound(venue, isPaired ? pair.takeProfit : pair.stopLoss, isPaired ? 'FILLED 4' : 'NEW 0');
        await endOthers(venue, works, pair.takeProfit);
        await expectFound(venue, pair.stopLoss, 'CANCELED 0');
        await post(venue, 95);
        expect(await position(venue)).toBe(isPaired ? '0' : '4');
      },
    },
    {
      id: 'B03',
      says: 'where the stop-loss fills, the take-profit ends and sells nothing more',
      decidedBy: 'pairs',
      async check(venue) {
        const pair = await bought(venue);
        const works = await protect(venue, pair);
        await post(venue, 95);
        await expectFound(venue, pair.stopLoss, 'FILLED 4');
        await endOthers(venue, works, pair.stopLoss);
        await post(venue, 110);
        expect(await position(venue)).toBe('0');
        expect((await protection(venue)).toSorted()).toEqual(
          ['CANCELED 0', 'FILLED 4'].slice(2 - works.length),
        );
      },
    },
    {
      id: 'B04',
      says: 'where the take-profit filled in part, the stop-loss sells the rest and no more',
      decidedBy: 'pairs',
      check: ofNativePairs(async (venue) => {
        const pair = await bought(venue);
        const isMet = venue.meet('place', 'partial-fill');
        await protect(venue, pair);
        expect(await position(venue)).toBe(isMet ? '2' : '4');
        await post(venue, 95);
        expect(await position(venue)).toBe('0');
        const open = (await protection(venue)).filter((state) => /^(NEW|PARTIALLY)/.test(state));
        expect(open).toEqual([]);
      }),
    },
    {
      id: 'B05',
      says: 'a cancel of one order of a pair that the venue keeps ends both, and else only that one',
      decidedBy: 'pairs',
      async check(venue) {
        const pair = await bought(venue);
        const works = await protect(venue, pair);
        expect((await venue.broker.cancel(refTo(pair.stopLoss))).kind).toBe('accepted');
        await expectFound(venue, pair.stopLoss, 'CANCELED 0');
        const open = (await protection(venue)).filter((state) => state === 'NEW 0');
        const isKept = venue.broker.capabilities.oco === 'native';
        expect(open).toHaveLength(isKept ? 0 : works.length - 1);
        expect(await position(venue)).toBe('4');
      },
    },
    {
      id: 'B06',
      says: 'a pair that is sent twice makes as many pairs as the guarantee says',
      decidedBy: 'guarantee',
      check: ofNativePairs(async (venue) => {
        const pair = await bought(venue);
        await placeOco(venue, pair);
        const again = await placeOco(venue, pair);
        const isDeduped = ['PERMANENT', 'OPEN_ONLY', 'WINDOW'].includes(venue.broker.clientOrderIdGuarantee);
        expect(again.kind).toBe('accepted');
        expect(await protection(venue)).toHaveLength(isDeduped ? 2 : 4);
      }),
    },
    ...FAULTS.map(faultCase),
    {
      id: 'B16',
      says: 'a bracket whose entry filled in part protects what filled, and leaves nothing behind',
      decidedBy: 'pairs',
      async check(venue) {
        const entry = await filledInPart(venue, market(venue));
        await venue.broker.cancel(refTo(entry));
        await expectFound(venue, entry, 'CANCELED 2');
        const pair = pairFor(venue, 2);
        const works = await protect(venue, pair);
        await post(venue, 95);
        await endOthers(venue, works, pair.stopLoss);
        expect(await position(venue)).toBe('0');
        expect(await held(venue)).not.toContain('NEW 0');
      },
    },
  ],
};

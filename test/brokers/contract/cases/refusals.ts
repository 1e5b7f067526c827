import { expect } from 'vitest';
import { accepted, type CaseGroup, held, market, position, post, refTo, resting } from '../contract-case.ts';
import { VENUE_FAULTS, type VenueFault } from '../venue-under-test.ts';

const QUESTIONS: readonly VenueFault[] = ['reject', 'rate-limit', 'unavailable', 'reset', 'malformed'];

export const REFUSALS: CaseGroup = {
  title: 'rejects and rate limits',
  cases: [
    {
      id: 'J01',
      says: 'an order that is refused says by which rule and why, and nothing exists',
      async check(venue) {
        await post(venue, 100);
        venue.meet('place', 'reject');
        const outcome = await venue.broker.place(market(venue));
        expect(outcome).toEqual({
          kind: 'rejected',
          code: expect.stringMatching(/\w/),
          message: expect.stringMatching(/\w/),
        });
        expect(await held(venue)).toEqual([]);
        expect(await position(venue)).toBe('0');
      },
    },
    {
      id: 'J02',
      says: 'an order that was refused is not found as one that could fill',
      async check(venue) {
        await post(venue, 100);
        venue.meet('place', 'reject');
        const order = resting(venue);
        await venue.broker.place(order);
        const found = await venue.broker.lookup(refTo(order));
        expect(found.kind === 'found' ? found.order.status : found.kind).toMatch(/^(absent|REJECTED)$/);
      },
    },
    {
      id: 'J03',
      says: 'a refusal concerns its own order: the next one is taken',
      async check(venue) {
        await post(venue, 100);
        venue.meet('place', 'reject');
        await venue.broker.place(market(venue, { name: 'refused' }));
        await accepted(venue, market(venue, { name: 'next' }));
        expect(await held(venue)).toEqual(['FILLED 4']);
      },
    },
    {
      id: 'J04',
      says: 'no outcome shows a credential, whatever went wrong',
      async check(venue) {
        await post(venue, 100);
        const order = resting(venue);
        const outcomes: unknown[] = [];
        for (const fault of VENUE_FAULTS) {
          venue.meet('place', fault);
          outcomes.push(await venue.broker.place(order));
        }
        for (const fault of QUESTIONS) {
          venue.meet('lookup', fault);
          outcomes.push(await venue.broker.lookup(refTo(order)));
          venue.meet('positions', fault);
          outcomes.push(await venue.broker.positions());
          venue.meet('cancel', fault);
          outcomes.push(await venue.broker.cancel(refTo(order)));
        }
        outcomes.push(await venue.broker.equity(), await venue.broker.orders(10));
        const shown = JSON.stringify(outcomes);
        expect(venue.secrets.filter((secret) => shown.includes(secret))).toEqual([]);
      },
    },
    {
      id: 'Q01',
      says: 'an order that meets a rate limit is busy, says when to try again, and nothing exists',
      async check(venue) {
        await post(venue, 100);
        venue.meet('place', 'rate-limit');
        const outcome = await venue.broker.place(market(venue));
        expect(outcome).toMatchObject({ kind: 'busy', retryAfterMs: expect.any(Number) });
        expect(outcome.kind === 'busy' && outcome.retryAfterMs > 0).toBe(true);
        expect(await held(venue)).toEqual([]);
      },
    },
    {
      id: 'Q02',
      says: 'an order that met a rate limit is taken under the same id when the limit is over, once',
      async check(venue) {
        await post(venue, 100);
        venue.meet('place', 'rate-limit');
        const order = market(venue);
        await venue.broker.place(order);
        await accepted(venue, order);
        expect(await held(venue)).toEqual(['FILLED 4']);
        expect(await position(venue)).toBe('4');
      },
    },
  ],
};

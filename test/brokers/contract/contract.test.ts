import { describe, expect, it } from 'vitest';
import type { Broker } from '../../../functions/brokers/broker.ts';
import { CLIENT_ORDER_ID_GUARANTEES } from '../../../functions/core/configuration.ts';
import { ZERO } from '../../../functions/core/decimal.ts';
import { CASES } from './cases.ts';
import { makeExchangeVenue } from './exchange-venue.ts';
import { PAGE, readPage, withRows } from './page.ts';

const cases = CASES.flatMap((group) => group.cases);

it('gives every case a number of its own', () => {
  const ids = cases.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => !/^[A-Z]\d\d$/.test(id))).toEqual([]);
});

it('docs/brokers.md lists the cases; vitest --maxWorkers=1 -u writes them anew', async () => {
  const rows = CASES.flatMap(({ title, cases: its }) =>
    its.map(({ id, says, decidedBy = '' }) => [id, title, says, decidedBy] as const),
  );
  await expect(withRows(readPage(), 'cases', rows)).toMatchFileSnapshot(PAGE.fromHere);
});

describe.each(CLIENT_ORDER_ID_GUARANTEES)('an adapter without a wire, of the class %s', (guarantee) => {
  it.each(cases)('$id: $says', async ({ check }) => {
    await check(await makeExchangeVenue(guarantee));
  });
});

/** An adapter that does one thing wrong, and the cases that notice. */
interface Mistake {
  readonly what: string;
  readonly make: (broker: Broker) => Partial<Broker>;
  readonly cases: readonly string[];
}

const MISTAKES: readonly Mistake[] = [
  {
    what: 'sends again when it gets no answer',
    make: (broker) => ({
      async place(intent) {
        const outcome = await broker.place(intent);
        return outcome.kind === 'unknown' ? broker.place(intent) : outcome;
      },
    }),
    cases: ['U01', 'U02', 'U03', 'U04', 'U05', 'U06', 'U07', 'U09'],
  },
  {
    what: 'takes no answer for a refusal',
    make: (broker) => ({
      async place(intent) {
        const outcome = await broker.place(intent);
        return outcome.kind === 'unknown'
          ? { kind: 'rejected', code: 'LOST', message: outcome.message }
          : outcome;
      },
    }),
    cases: ['U01', 'U02', 'U03', 'U04', 'U05', 'U06', 'U07', 'U09'],
  },
  {
    what: 'takes a lookup without an answer for an order that is absent',
    make: (broker) => ({
      async lookup(order) {
        const outcome = await broker.lookup(order);
        return outcome.kind === 'unknown' ? { kind: 'absent' } : outcome;
      },
    }),
    cases: ['L07', 'L08', 'L09', 'L10', 'L11', 'L12'],
  },
  {
    what: 'takes unknown positions for flat',
    make: (broker) => ({
      async positions() {
        const outcome = await broker.positions();
        return outcome.kind === 'unknown' ? { kind: 'positions', quantities: {} } : outcome;
      },
    }),
    cases: ['N04', 'N05', 'N06', 'N07', 'N08'],
  },
  {
    what: 'takes a rate limit for a refusal',
    make: (broker) => ({
      async place(intent) {
        const outcome = await broker.place(intent);
        return outcome.kind === 'busy' ? { ...outcome, kind: 'rejected', code: '429' } : outcome;
      },
    }),
    cases: ['Q01'],
  },
  {
    what: 'forgets what filled of an order that was canceled',
    make: (broker) => ({
      async lookup(order) {
        const outcome = await broker.lookup(order);
        return outcome.kind === 'found' && outcome.order.status === 'CANCELED'
          ? { ...outcome, order: { ...outcome.order, filledQuantity: ZERO } }
          : outcome;
      },
    }),
    cases: ['C06', 'R03', 'B16'],
  },
  {
    what: 'places the orders of a pair one by one',
    make: (broker) => ({
      async placeOco({ takeProfit, stopLoss }) {
        const first = await broker.place(takeProfit);
        const second = await broker.place(stopLoss);
        if (first.kind !== 'accepted') {
          return first;
        }
        return second.kind === 'accepted'
          ? { kind: 'accepted', takeProfit: first.order, stopLoss: second.order }
          : second;
      },
    }),
    cases: ['B02', 'B03', 'B04', 'B05', 'B07', 'B08', 'B09', 'B11', 'B13', 'B16'],
  },
  {
    what: 'cancels every other order, too',
    make: (broker) => ({
      async cancel(order) {
        const outcome = await broker.cancel(order);
        const others = await broker.orders(10);
        for (const other of others.filter((each) => each.clientOrderId !== order.clientOrderId)) {
          await broker.cancel(other);
        }
        return outcome;
      },
    }),
    cases: ['C03'],
  },
];

describe('the contract notices an adapter that', () => {
  it.each(MISTAKES)('$what', async ({ make, cases: noticed }) => {
    const failed: string[] = [];
    for (const { id, check } of cases) {
      const venue = await makeExchangeVenue('PERMANENT');
      await check({ ...venue, broker: { ...venue.broker, ...make(venue.broker) } }).catch(() =>
        failed.push(id),
      );
    }
    expect(failed).toEqual(noticed);
  });
});

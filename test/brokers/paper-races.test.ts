import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postPrice } from '../../functions/brokers/paper/book.ts';
import { decimal } from '../../functions/core/decimal.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { scaled } from '../support/scale.ts';
import { meetingBeforeWriting, pausingBeforeWriting } from './racing.ts';
import { first, held, ID, idOf, market, paperVenue, positions, ref, stop } from './support.ts';

let store: TestDynamoDb;
beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

const CONTENDERS = 50;
/** Where every one of them makes an order, each has to wait for all before it. */
const CARELESS_CONTENDERS = scaled(12, 50);
const ROUNDS = scaled(20, 500);
const PROOF_TIMEOUT_MS = 300_000;

describe(`${CONTENDERS} places of one id at once`, () => {
  it.each([
    { guarantee: 'PERMANENT', order: market(), position: '3' },
    { guarantee: 'WINDOW', order: market(), position: '3' },
    { guarantee: 'OPEN_ONLY', order: stop(), position: '0' },
  ] as const)('make one order at a venue of the class $guarantee', async ({ guarantee, order, position }) => {
    const venue = paperVenue(store.ledger, guarantee);

    const outcomes = await Promise.all(Array.from({ length: CONTENDERS }, () => venue.broker.place(order)));

    const [only, ...others] = await venue.broker.orders(1_000);
    expect(others).toEqual([]);
    expect(outcomes).toEqual(Array.from({ length: CONTENDERS }, () => ({ kind: 'accepted', order: only })));
    expect(await positions(venue)).toEqual({ told: position, summed: position });
  });
});

describe(`${CARELESS_CONTENDERS} places of one id at once`, () => {
  it.each([
    { guarantee: 'LOOKUP_ONLY', order: market(), position: String(3 * CARELESS_CONTENDERS) },
    { guarantee: 'NONE', order: stop(), position: '0' },
  ] as const)(
    'make as many orders at a venue of the class $guarantee',
    async ({ guarantee, order, position }) => {
      const venue = paperVenue(store.ledger, guarantee);

      const outcomes = await Promise.all(
        Array.from({ length: CARELESS_CONTENDERS }, () => venue.broker.place(order)),
      );

      const numbers = outcomes.map((it) => (it.kind === 'accepted' ? it.order.brokerOrderId : it.kind));
      const orders = await venue.broker.orders(1_000);
      expect(orders.map(({ brokerOrderId }) => brokerOrderId).sort()).toEqual(numbers.sort());
      expect(new Set(numbers).size).toBe(CARELESS_CONTENDERS);
      expect(await positions(venue)).toEqual({ told: position, summed: position });
    },
    PROOF_TIMEOUT_MS,
  );
});

describe('two calls that decided on the same state', () => {
  const together = (calls: number) => meetingBeforeWriting(store.ledger, calls);

  it('place one id in two symbols, and only one of them is taken', async () => {
    const venue = paperVenue(store.ledger);
    const broker = venue.through(together(2));

    const outcomes = await Promise.all([broker.place(market()), broker.place(market({ symbol: 'MESM5' }))]);

    const [order, ...others] = await venue.broker.orders(10);
    expect(others).toEqual([]);
    expect(outcomes).toEqual([
      { kind: 'accepted', order },
      { kind: 'accepted', order },
    ]);
    const sums = [await positions(venue), await positions(venue, 'MESM5')];
    expect(sums.map(({ told, summed }) => told === summed)).toEqual([true, true]);
  });

  it('fill the first two orders of a symbol, and both count', async () => {
    const venue = paperVenue(store.ledger);
    const broker = venue.through(together(2));
    await Promise.all([
      broker.place(market()),
      broker.place(market({ clientOrderId: idOf('other'), quantity: 5 })),
    ]);
    expect(await positions(venue)).toEqual({ told: '8', summed: '8' });
  });

  it('fill two later orders of a symbol, and both count', async () => {
    const venue = paperVenue(store.ledger);
    await venue.broker.place(market({ clientOrderId: idOf('before') }));
    const broker = venue.through(together(2));
    await Promise.all([
      broker.place(market()),
      broker.place(market({ clientOrderId: idOf('other'), quantity: 5 })),
    ]);
    expect(await positions(venue)).toEqual({ told: '11', summed: '11' });
  });

  it('both close the position, and it is closed once', async () => {
    const venue = paperVenue(store.ledger);
    await venue.broker.place(market());
    const broker = venue.through(together(2));
    const exit = (name: string) =>
      broker.place(market({ clientOrderId: idOf(name), side: 'sell', reduceOnly: true }));

    const outcomes = await Promise.all([exit('one'), exit('other')]);

    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['accepted', 'rejected']);
    expect(await positions(venue)).toEqual({ told: '0', summed: '0' });
  });

  it('ask about a late fill, and it fills once', async () => {
    const venue = paperVenue(store.ledger, 'PERMANENT', [first('late-fill', 'place')]);
    await venue.broker.place(market());
    const broker = venue.through(together(2));

    const found = await Promise.all([broker.lookup(ref(ID)), broker.lookup(ref(ID))]);

    expect(found).toMatchObject([{ order: { status: 'FILLED' } }, { order: { status: 'FILLED' } }]);
    expect(await positions(venue)).toEqual({ told: '3', summed: '3' });
  });

  it('cancel an order, and one of them ended it', async () => {
    const venue = paperVenue(store.ledger);
    await venue.broker.place(stop());
    const broker = venue.through(together(2));

    const outcomes = await Promise.all([broker.cancel(ref(ID)), broker.cancel(ref(ID))]);

    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['accepted', 'rejected']);
    expect(await held(venue)).toEqual(['CANCELED 0']);
  });
});

describe('a cancel that races the price that triggers its stop', () => {
  const withStop = async () => {
    const venue = paperVenue(store.ledger);
    await venue.broker.place(market());
    await venue.broker.place(stop({ reduceOnly: true, clientOrderId: idOf('stop') }));
    return venue;
  };

  it('is refused when the price overtakes it', async () => {
    const venue = await withStop();
    const slow = pausingBeforeWriting(store.ledger);
    const canceling = venue.through(slow.ledger).cancel(ref(idOf('stop')));
    await slow.paused;
    await venue.post(95);
    slow.resume();

    expect(await canceling).toMatchObject({ kind: 'rejected', code: 'ORDER_ENDED' });
    expect((await held(venue)).sort()).toEqual(['FILLED 3', 'FILLED 3']);
    expect(await positions(venue)).toEqual({ told: '0', summed: '0' });
  });

  it('wins when it overtakes the price', async () => {
    const venue = await withStop();
    const slow = pausingBeforeWriting(store.ledger);
    const posting = postPrice({ ...venue.book, ...slow.ledger }, 'MNQM5', decimal(95));
    await slow.paused;
    expect(await venue.broker.cancel(ref(idOf('stop')))).toEqual({ kind: 'accepted' });
    slow.resume();

    await posting;
    expect((await held(venue)).sort()).toEqual(['CANCELED 0', 'FILLED 3']);
    expect(await positions(venue)).toEqual({ told: '3', summed: '3' });
  });

  it(
    'ends the order one way or the other, and says which',
    async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const venue = paperVenue(store.ledger);
        await venue.broker.place(market());
        await venue.broker.place(stop({ clientOrderId: idOf('stop'), reduceOnly: true }));
        const cancel = () => venue.broker.cancel(ref(idOf('stop')));
        const trigger = () => venue.post(95);

        // Which of the two is sent first takes turns, so that neither wins every round.
        const [outcome] =
          round % 2 === 0
            ? await Promise.all([cancel(), trigger()])
            : (await Promise.all([trigger(), cancel()])).toReversed();

        const ends = {
          accepted: { orders: ['CANCELED 0', 'FILLED 3'], position: '3' },
          rejected: { orders: ['FILLED 3', 'FILLED 3'], position: '0' },
        };
        const end = ends[outcome?.kind === 'accepted' ? 'accepted' : 'rejected'];
        expect((await held(venue)).sort(), `round ${round}`).toEqual(end.orders);
        expect(await positions(venue), `round ${round}`).toEqual({
          told: end.position,
          summed: end.position,
        });
      }
    },
    PROOF_TIMEOUT_MS,
  );
});

describe('everything at once', () => {
  it('leaves a position that is the sum of what filled, and nothing filled twice', async () => {
    const venue = paperVenue(store.ledger, 'PERMANENT', [
      { kind: 'partial-fill', on: 'place', when: { type: 'every', every: 3 } },
      { kind: 'late-fill', on: 'place', when: { type: 'every', every: 4 } },
    ]);
    const ids = Array.from({ length: 12 }, (_, index) => idOf(index));
    const place = (index: number) =>
      index % 2 === 0
        ? market({ clientOrderId: idOf(index), side: index % 4 === 0 ? 'buy' : 'sell' })
        : stop({ clientOrderId: idOf(index), reduceOnly: index % 3 === 0, stopPrice: 90 + index });

    await Promise.all([
      ...ids.map((_, index) => venue.broker.place(place(index))),
      ...ids.map((_, index) => venue.broker.place(place(index))),
      ...ids.map((id) => venue.broker.lookup(ref(id))),
      ...ids.map((id, index) => (index % 3 === 0 ? venue.broker.cancel(ref(id)) : venue.post(90 + index))),
    ]);

    const orders = await venue.broker.orders(100);
    expect(new Set(orders.map(({ clientOrderId }) => clientOrderId)).size).toBe(orders.length);
    expect(orders.every(({ filledQuantity }) => Number(filledQuantity) <= 3)).toBe(true);
    const { told, summed } = await positions(venue);
    expect(told).toBe(summed);
  });
});

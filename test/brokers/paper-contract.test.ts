import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UNIQUE_FOR_MS } from '../../functions/brokers/paper/guarantee.ts';
import { CLIENT_ORDER_ID_GUARANTEES } from '../../functions/core/configuration.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { first, held, ID, market, paperVenue, positions, ref, stop } from './support.ts';

let store: TestDynamoDb;
beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

describe.each(CLIENT_ORDER_ID_GUARANTEES)('a paper venue of the class %s', (guarantee) => {
  it('declares its class', () => {
    const { broker } = paperVenue(store.ledger, guarantee);
    expect(broker.clientOrderIdGuarantee).toBe(guarantee);
    expect(broker.uniqueForMs).toBe(guarantee === 'WINDOW' ? UNIQUE_FOR_MS : undefined);
  });

  it('finds nothing of an order that exists, once, when it rehearses that', async () => {
    const venue = paperVenue(store.ledger, guarantee, [first('miss', 'lookup')]);
    await venue.broker.place(market());
    expect(await venue.broker.lookup(ref(ID))).toEqual({ kind: 'absent' });
    expect((await venue.broker.lookup(ref(ID))).kind).toBe(guarantee === 'NONE' ? 'absent' : 'found');
  });
});

it('says which of its rules refused a call', async () => {
  const venue = paperVenue(store.ledger, 'PERMANENT', [first('reject', 'place'), first('reject', 'cancel')]);
  await venue.post(100);
  const calls = [
    () => venue.broker.place(market()),
    () => venue.broker.cancel(ref(ID)),
    () => venue.broker.cancel(ref(ID)),
    () => venue.broker.place(market()),
    () => venue.broker.cancel(ref(ID)),
  ];
  const codes: string[] = [];
  for (const call of calls) {
    const outcome = await call();
    codes.push('code' in outcome ? outcome.code : outcome.kind);
  }
  expect(codes).toEqual(['REHEARSED_REJECT', 'REHEARSED_REJECT', 'ORDER_ABSENT', 'accepted', 'ORDER_ENDED']);
});

it('lets a late fill happen when it is asked about, even if the answer is lost', async () => {
  const faults = [first('late-fill', 'place'), first('timeout-after-accept', 'lookup')];
  const venue = paperVenue(store.ledger, 'PERMANENT', faults);
  await venue.broker.place(market());

  expect(await venue.broker.lookup(ref(ID))).toMatchObject({ kind: 'unknown', cause: 'timeout' });

  expect(await held(venue)).toEqual(['FILLED 3']);
});

it.each(['unavailable', 'miss'] as const)(
  'does not fill a late fill when its lookup meets %s',
  async (kind) => {
    const faults = [first('late-fill', 'place'), first(kind, 'lookup')];
    const venue = paperVenue(store.ledger, 'PERMANENT', faults);
    await venue.broker.place(market());

    await venue.broker.lookup(ref(ID));

    expect(await held(venue)).toEqual(['NEW 0']);
  },
);

/** How many orders there are when one id is sent again, by class and by what became of the first order. */
interface AgainRow {
  readonly guarantee: (typeof CLIENT_ORDER_ID_GUARANTEES)[number];
  readonly whileOpen: number;
  readonly afterItsEnd: number;
  readonly muchLater: number;
}

describe.each<AgainRow>([
  { guarantee: 'PERMANENT', whileOpen: 1, afterItsEnd: 1, muchLater: 1 },
  { guarantee: 'OPEN_ONLY', whileOpen: 1, afterItsEnd: 2, muchLater: 2 },
  { guarantee: 'WINDOW', whileOpen: 1, afterItsEnd: 1, muchLater: 2 },
  { guarantee: 'LOOKUP_ONLY', whileOpen: 2, afterItsEnd: 2, muchLater: 2 },
  { guarantee: 'NONE', whileOpen: 2, afterItsEnd: 2, muchLater: 2 },
])('an id that is sent twice to a venue of the class $guarantee', (row) => {
  it.each([
    { when: 'while the first order is open', order: stop(), waitMs: 0, orders: row.whileOpen },
    { when: 'after the first order has ended', order: market(), waitMs: 0, orders: row.afterItsEnd },
    { when: 'just within the window', order: market(), waitMs: UNIQUE_FOR_MS - 1, orders: row.afterItsEnd },
    { when: 'when the window is over', order: market(), waitMs: UNIQUE_FOR_MS, orders: row.muchLater },
  ])('makes $orders orders $when', async ({ order, waitMs, orders }) => {
    const venue = paperVenue(store.ledger, row.guarantee);
    const once = await venue.broker.place(order);
    venue.clock.advance(waitMs);

    const again = await venue.broker.place(order);

    expect(await venue.broker.orders(10)).toHaveLength(orders);
    expect(again.kind).toBe('accepted');
    expect(isDeepStrictEqual(again, once)).toBe(orders === 1);
    const found = await venue.broker.lookup(ref(ID));
    expect(found).toEqual(row.guarantee === 'NONE' ? { kind: 'absent' } : { ...once, kind: 'found' });
    const position = order.type === 'stop' ? '0' : String(orders * 3);
    expect(await positions(venue)).toEqual({ told: position, summed: position });
  });

  it('is open again for the orders that a window lets in, one by one', async () => {
    const venue = paperVenue(store.ledger, row.guarantee);
    for (let sent = 0; sent < 6; sent += 1) {
      await venue.broker.place(market());
      venue.clock.advance(UNIQUE_FOR_MS / 2);
    }
    const expected = { PERMANENT: 1, OPEN_ONLY: 6, WINDOW: 3, LOOKUP_ONLY: 6, NONE: 6 }[row.guarantee];
    const orders = await venue.broker.orders(10);
    expect(orders).toHaveLength(expected);
    expect(new Set(orders.map(({ brokerOrderId }) => brokerOrderId)).size).toBe(expected);
  });
});

it('a cancel ends every open order that carries its id, and late fills among them fill', async () => {
  const venue = paperVenue(store.ledger, 'LOOKUP_ONLY', [
    { kind: 'late-fill', on: 'place', when: { type: 'nth', nth: 2 } },
  ]);
  await venue.post(100);
  await venue.broker.place(stop());
  await venue.broker.place(stop({ symbol: 'MESM5' }));
  await venue.broker.place(stop());

  expect(await venue.broker.cancel(ref(ID))).toEqual({ kind: 'accepted' });

  expect((await held(venue)).sort()).toEqual(['CANCELED 0', 'CANCELED 0', 'FILLED 3']);
});

import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UNIQUE_FOR_MS } from '../../functions/brokers/paper/guarantee.ts';
import { CLIENT_ORDER_ID_GUARANTEES, type RehearsalFault } from '../../functions/core/configuration.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { first, held, ID, market, paperVenue, positions, ref, stop } from './support.ts';

let store: TestDynamoDb;
beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

type Kind = RehearsalFault['kind'] | 'none';
const faultsOf = (kind: Kind, on: RehearsalFault['on']) => (kind === 'none' ? [] : [first(kind, on)]);

/** An outcome in short: its kind, and what tells it from others of that kind. */
function short(
  outcome:
    | { kind: string }
    | { kind: string; code: string }
    | { kind: string; cause: string }
    | { kind: string; order: { status: string; filledQuantity: string } },
): string {
  if ('order' in outcome) {
    return `${outcome.kind} ${outcome.order.status} ${outcome.order.filledQuantity}`;
  }
  if ('code' in outcome) {
    return `${outcome.kind} ${outcome.code}`;
  }
  return 'cause' in outcome ? `${outcome.kind} ${outcome.cause}` : outcome.kind;
}

interface PlaceRow {
  readonly fault: Kind;
  readonly answer: string;
  /** What the venue holds afterwards, and what a lookup finds where ids can be asked for. */
  readonly holds: readonly string[];
  readonly found: string;
}

const DONE = ['FILLED 3'];
const PLACES: readonly PlaceRow[] = [
  { fault: 'none', answer: 'accepted FILLED 3', holds: DONE, found: 'found FILLED 3' },
  { fault: 'reject', answer: 'rejected REHEARSED_REJECT', holds: [], found: 'absent' },
  { fault: 'rate-limit', answer: 'busy', holds: [], found: 'absent' },
  { fault: 'unavailable', answer: 'unknown unavailable', holds: [], found: 'absent' },
  { fault: 'timeout-before-accept', answer: 'unknown timeout', holds: [], found: 'absent' },
  { fault: 'reset', answer: 'unknown connection', holds: [], found: 'absent' },
  { fault: 'timeout-after-accept', answer: 'unknown timeout', holds: DONE, found: 'found FILLED 3' },
  { fault: 'unavailable-after-accept', answer: 'unknown unavailable', holds: DONE, found: 'found FILLED 3' },
  {
    fault: 'partial-fill',
    answer: 'accepted PARTIALLY_FILLED 1',
    holds: ['PARTIALLY_FILLED 1'],
    found: 'found PARTIALLY_FILLED 1',
  },
  { fault: 'late-fill', answer: 'accepted NEW 0', holds: ['NEW 0'], found: 'found FILLED 3' },
];

interface CancelRow {
  readonly fault: Kind;
  readonly answer: string;
  readonly holds: string;
  /** What the next cancel is told. */
  readonly next: string;
}

const ENDED = 'rejected ORDER_ENDED';
const CANCELS: readonly CancelRow[] = [
  { fault: 'none', answer: 'accepted', holds: 'CANCELED 0', next: ENDED },
  { fault: 'reject', answer: 'rejected REHEARSED_REJECT', holds: 'NEW 0', next: 'accepted' },
  { fault: 'rate-limit', answer: 'busy', holds: 'NEW 0', next: 'accepted' },
  { fault: 'unavailable', answer: 'unknown unavailable', holds: 'NEW 0', next: 'accepted' },
  { fault: 'timeout-before-accept', answer: 'unknown timeout', holds: 'NEW 0', next: 'accepted' },
  { fault: 'reset', answer: 'unknown connection', holds: 'NEW 0', next: 'accepted' },
  { fault: 'timeout-after-accept', answer: 'unknown timeout', holds: 'CANCELED 0', next: ENDED },
  { fault: 'unavailable-after-accept', answer: 'unknown unavailable', holds: 'CANCELED 0', next: ENDED },
  { fault: 'late-fill', answer: 'accepted', holds: 'FILLED 3', next: ENDED },
];

const LOOKUPS: readonly { readonly fault: Kind; readonly answer: string }[] = [
  { fault: 'none', answer: 'found FILLED 3' },
  { fault: 'rate-limit', answer: 'unknown unavailable' },
  { fault: 'unavailable', answer: 'unknown unavailable' },
  { fault: 'timeout-before-accept', answer: 'unknown timeout' },
  { fault: 'timeout-after-accept', answer: 'unknown timeout' },
  { fault: 'reset', answer: 'unknown connection' },
  { fault: 'miss', answer: 'absent' },
];

describe.each(CLIENT_ORDER_ID_GUARANTEES)('a paper venue of the class %s', (guarantee) => {
  /** Where nobody can ask by client order id, every order is absent. */
  const asFound = (found: string) =>
    guarantee === 'NONE' && !found.startsWith('unknown') ? 'absent' : found;

  it('declares its class', () => {
    const { broker } = paperVenue(store.ledger, guarantee);
    expect(broker.clientOrderIdGuarantee).toBe(guarantee);
    expect(broker.uniqueForMs).toBe(guarantee === 'WINDOW' ? UNIQUE_FOR_MS : undefined);
  });

  it.each(PLACES)('whose place meets $fault', async ({ fault, answer, holds, found }) => {
    const venue = paperVenue(store.ledger, guarantee, faultsOf(fault, 'place'));

    expect(short(await venue.broker.place(market()))).toBe(answer);
    expect(await held(venue)).toEqual(holds);
    expect(short(await venue.broker.lookup(ref(ID)))).toBe(asFound(found));

    const filled = found.split(' ')[2] ?? '0';
    expect(await positions(venue)).toEqual({ told: filled, summed: filled });
  });

  it.each(CANCELS)('whose cancel meets $fault', async ({ fault, answer, holds, next }) => {
    const venue = paperVenue(store.ledger, guarantee, faultsOf(fault, 'cancel'));
    await venue.post(100);
    await venue.broker.place(stop());

    expect(short(await venue.broker.cancel(ref(ID)))).toBe(answer);
    expect(await held(venue)).toEqual([holds]);
    expect(short(await venue.broker.lookup(ref(ID)))).toBe(asFound(`found ${holds}`));
    expect(short(await venue.broker.cancel(ref(ID)))).toBe(next);

    const filled = holds === 'FILLED 3' ? '-3' : '0';
    expect(await positions(venue)).toEqual({ told: filled, summed: filled });
  });

  it.each(LOOKUPS)('whose lookup meets $fault', async ({ fault, answer }) => {
    const venue = paperVenue(store.ledger, guarantee, faultsOf(fault, 'lookup'));
    await venue.broker.place(market());

    expect(short(await venue.broker.lookup(ref(ID)))).toBe(asFound(answer));
    expect(short(await venue.broker.lookup(ref(ID)))).toBe(asFound('found FILLED 3'));
    expect(await held(venue)).toEqual(DONE);
  });

  it('knows nothing of an id that it was never sent', async () => {
    const { broker } = paperVenue(store.ledger, guarantee);
    expect(await broker.lookup(ref(ID))).toEqual({ kind: 'absent' });
    expect(short(await broker.cancel(ref(ID)))).toBe('rejected ORDER_ABSENT');
    expect(await broker.positions()).toEqual({ kind: 'positions', quantities: {} });
  });

  it('lets a late fill win the race against its cancel', async () => {
    const venue = paperVenue(store.ledger, guarantee, [first('late-fill', 'place')]);
    await venue.broker.place(market());

    expect(await venue.broker.cancel(ref(ID))).toEqual({ kind: 'accepted' });

    expect(await held(venue)).toEqual(['FILLED 3']);
    expect(await positions(venue)).toEqual({ told: '3', summed: '3' });
  });

  it('lets a late fill happen when it is asked about, even if the answer is lost', async () => {
    const faults = [first('late-fill', 'place'), first('timeout-after-accept', 'lookup')];
    const venue = paperVenue(store.ledger, guarantee, faults);
    await venue.broker.place(market());

    expect(short(await venue.broker.lookup(ref(ID)))).toBe('unknown timeout');

    expect(await held(venue)).toEqual(['FILLED 3']);
  });

  it.each(['unavailable', 'miss'] as const)(
    'does not fill a late fill when its lookup meets %s',
    async (kind) => {
      const faults = [first('late-fill', 'place'), first(kind, 'lookup')];
      const venue = paperVenue(store.ledger, guarantee, faults);
      await venue.broker.place(market());

      await venue.broker.lookup(ref(ID));

      expect(await held(venue)).toEqual(['NEW 0']);
    },
  );
});

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

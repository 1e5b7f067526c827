import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quotePrice } from '../../functions/brokers/paper/book.ts';
import { post, rest } from '../../functions/brokers/paper/matching.ts';
import type { RehearsalFault } from '../../functions/core/configuration.ts';
import { decimal } from '../../functions/core/decimal.ts';
import type { TimeInForce } from '../../functions/core/order.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { buy, changeOf, marketAfter, marketOf, pairOf, seen, sell, working } from './matching-case.ts';
import {
  first,
  held,
  ID,
  idOf,
  limit,
  market,
  pair,
  paperVenue,
  placePair,
  positions,
  ref,
  stop,
} from './support.ts';

let store: TestDynamoDb;
beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

const HOUR_MS = 3_600_000;

/** A venue whose markets trade from 10:00 to 11:00 on Sundays. It is 10:00 on a Sunday, and 3 are held, bought at 100. */
async function longVenue(faults: readonly RehearsalFault[] = []) {
  const session = { days: ['sun'], from: '10:00', to: '11:00', timeZone: 'UTC' } as const;
  const venue = paperVenue(store.ledger, 'PERMANENT', faults, { session });
  await venue.through(store.ledger).place(market({ clientOrderId: idOf('entry') }));
  return {
    ...venue,
    close: () => venue.clock.advance(HOUR_MS),
    open: () => venue.clock.advance(7 * 24 * HOUR_MS - HOUR_MS),
    quote: (price: number) => quotePrice(venue.book, 'MNQM5', decimal(price)),
  };
}

type Made = ReturnType<typeof market>;
const goodFor = (intent: Made, timeInForce: TimeInForce): Made => ({ ...intent, timeInForce });

describe('while the market is closed', () => {
  it.each([
    ['a market order', market()],
    ['a market order that names no price', market({ price: null })],
    ['a market order that closes', market({ side: 'sell', reduceOnly: true })],
    ['a market order until canceled', goodFor(market(), 'gtc')],
    ['a limit order for now', goodFor(limit(), 'ioc')],
    ['a limit order for all or nothing', goodFor(limit(), 'fok')],
    ['a stop order for now', goodFor(stop(), 'ioc')],
  ])('%s is refused, and nothing is left of it', async (_, intent) => {
    const venue = await longVenue();
    venue.close();
    expect(await venue.broker.place(intent)).toEqual({
      kind: 'rejected',
      code: 'MARKET_CLOSED',
      message: 'MNQM5 does not trade now: only orders that can wait are taken.',
    });
    expect(await held(venue)).toEqual(['FILLED 3']);
    expect(await venue.broker.lookup(ref(ID))).toEqual({ kind: 'absent' });
  });

  it.each([
    ['a limit order that the market has reached', limit({ limitPrice: 105 })],
    ['a limit order until canceled', goodFor(limit(), 'gtc')],
    ['a stop order that the market has reached', stop({ stopPrice: 105 })],
    ['a stop order that closes', stop({ stopPrice: 95, reduceOnly: true })],
  ])('%s is taken, and waits', async (_, intent) => {
    const venue = await longVenue();
    venue.close();
    expect(await venue.broker.place(intent)).toMatchObject({ kind: 'accepted', order: { status: 'NEW' } });
    expect(await venue.broker.lookup(ref(ID))).toMatchObject({ order: { status: 'NEW' } });
  });

  it('a price fills nothing; the first one of the session does', async () => {
    const venue = await longVenue();
    const { broker } = venue;
    await placePair(broker);
    venue.close();
    await venue.quote(90);
    await broker.place(limit({ limitPrice: 92 }));
    expect((await held(venue)).sort()).toEqual(['FILLED 3', 'NEW 0', 'NEW 0', 'NEW 0']);
    expect(await broker.equity()).toEqual({ kind: 'equity', equity: '99940' });
    venue.open();
    await venue.post(91);
    expect(await broker.lookup(ref(pair().stopLoss.clientOrderId))).toMatchObject({
      order: { status: 'FILLED', averageFillPrice: '91' },
    });
    expect(await broker.lookup(ref(ID))).toMatchObject({
      order: { status: 'FILLED', averageFillPrice: '92' },
    });
    expect(await positions(venue)).toEqual({ told: '3', summed: '3' });
  });

  it('a pair is taken and kept: canceling one order cancels both', async () => {
    const venue = await longVenue();
    venue.close();
    expect(await placePair(venue.broker)).toMatchObject({ kind: 'accepted' });
    await venue.broker.cancel(ref(pair().stopLoss.clientOrderId));
    expect((await held(venue)).sort()).toEqual(['CANCELED 0', 'CANCELED 0', 'FILLED 3']);
  });

  it('an order that was taken before is the answer to itself, and one that was refused may be sent again', async () => {
    const venue = await longVenue();
    const entry = market({ clientOrderId: idOf('entry') });
    venue.close();
    expect(await venue.broker.place(entry)).toMatchObject({ order: { status: 'FILLED' } });
    expect(await venue.broker.place(market())).toMatchObject({ code: 'MARKET_CLOSED' });
    expect(await venue.broker.place(market())).toMatchObject({ code: 'MARKET_CLOSED' });
    venue.open();
    expect(await venue.broker.place(market())).toMatchObject({ order: { status: 'FILLED' } });
    expect(await positions(venue)).toEqual({ told: '6', summed: '6' });
  });

  it('an answer that is lost is lost, whether it was a refusal or not', async () => {
    const venue = await longVenue([{ kind: 'timeout-after-accept', on: 'place', when: { type: 'always' } }]);
    venue.close();
    expect(await venue.broker.place(market())).toMatchObject({ kind: 'unknown' });
    expect(await venue.broker.lookup(ref(ID))).toEqual({ kind: 'absent' });
    expect(await venue.broker.place(stop())).toMatchObject({ kind: 'unknown' });
    expect(await venue.broker.lookup(ref(ID))).toMatchObject({ order: { type: 'stop', status: 'NEW' } });
  });

  it.each([
    ['partial-fill', 'place'],
    ['late-fill', 'place'],
    ['late-fill', 'cancel'],
  ] as const)('a rehearsed %s on %s fills nothing', async (kind, on) => {
    const venue = await longVenue([first(kind, on)]);
    venue.close();
    await venue.broker.place(limit({ limitPrice: 105 }));
    expect(await venue.broker.lookup(ref(ID))).toMatchObject({ order: { status: 'NEW' } });
    expect(await venue.broker.cancel(ref(ID))).toEqual({ kind: 'accepted' });
    expect((await held(venue)).sort()).toEqual(['CANCELED 0', 'FILLED 3']);
  });

  it('a fill of the session is told late', async () => {
    const venue = await longVenue([first('late-fill', 'place')]);
    await venue.broker.place(market());
    venue.close();
    expect(await venue.broker.lookup(ref(ID))).toMatchObject({ order: { status: 'FILLED' } });
  });
});

describe('orders that enter a closed market', () => {
  it('reach no stop: one with a limit is no limit order yet', () => {
    const closed = marketAfter(rest(marketOf(105), [buy({ stop: 100, limit: 101 })]));
    expect(seen(post(closed, decimal(99)))).toMatchObject({ orders: [], working: ['buy'] });
    expect(seen(post(closed, decimal(100)))).toMatchObject({ orders: ['buy FILLED 3 at 100'] });
  });

  it('trail from the last price', () => {
    const closed = marketAfter(rest(marketOf(100, 3), [sell({ trail: { amount: 5 }, reduceOnly: true })]));
    expect(closed.working).toMatchObject([{ stopPrice: '95' }]);
    expect(seen(post(closed, decimal(94)))).toMatchObject({ orders: ['sell FILLED 3 at 94'] });
  });

  it.each([
    ['nothing to reduce', marketOf(100), sell({ stop: 95, reduceOnly: true }), 'REDUCE_ONLY'],
    ['no price to trail from', marketOf(), buy({ trail: { amount: 5 } }), 'NO_PRICE'],
    [
      'too many others',
      marketOf(
        100,
        0,
        Array.from({ length: 50 }, (_, id) => working(sell({ id: `${id}`, stop: 95 }))),
      ),
      sell({ stop: 95 }),
      'TOO_MANY_ORDERS',
    ],
    ['no patience', marketOf(), sell(), 'MARKET_CLOSED'],
  ])('are refused for %s', (_, before, order, code) => {
    expect(changeOf(rest(before, [order]))).toBe(code);
  });

  it('are refused whole', () => {
    const orders = pairOf(
      sell({ id: 'profit', limit: 110 }),
      sell({ id: 'loss', stop: 95, timeInForce: 'fok' }),
    );
    expect(changeOf(rest(marketOf(100, 3), orders))).toBe('MARKET_CLOSED');
  });
});

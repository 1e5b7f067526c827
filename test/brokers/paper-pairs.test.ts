import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OcoPair, PlaceOcoOutcome } from '../../functions/brokers/broker.ts';
import {
  CLIENT_ORDER_ID_GUARANTEES,
  OCO_KINDS,
  type OcoKind,
  type RehearsalFault,
} from '../../functions/core/configuration.ts';
import { decimal } from '../../functions/core/decimal.ts';
import type { ClientOrderId } from '../../functions/core/ids.ts';
import { ORDER_TYPES } from '../../functions/core/order.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { first, held, idOf, limit, market, pair, paperVenue, placePair, positions, ref } from './support.ts';

let store: TestDynamoDb;
beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

const { takeProfit, stopLoss } = pair();
const [profit, loss] = [ref(takeProfit.clientOrderId), ref(stopLoss.clientOrderId)];

/** A venue that holds a long position of 3 for the account. */
async function longVenue(
  ...[guarantee, faults, changes]: [
    ...(Parameters<typeof paperVenue> extends [unknown, ...infer Rest] ? Rest : never),
  ]
) {
  const venue = paperVenue(store.ledger, guarantee, faults, changes);
  await venue.through(store.ledger).place(market({ clientOrderId: idOf('entry') }));
  return venue;
}

const short = (outcome: PlaceOcoOutcome) => {
  switch (outcome.kind) {
    case 'accepted':
      return `${outcome.takeProfit.status} ${outcome.takeProfit.filledQuantity}, ${outcome.stopLoss.status} ${outcome.stopLoss.filledQuantity}`;
    case 'rejected':
      return outcome.code;
    case 'busy':
      return outcome.kind;
    case 'unknown':
      return outcome.cause;
  }
};

describe('a paper venue', () => {
  it.each(OCO_KINDS)('tells that what it does with pairs is %s', (oco) => {
    const { broker } = paperVenue(store.ledger, 'PERMANENT', [], { oco });
    expect(broker.capabilities).toEqual({
      orderTypes: ORDER_TYPES,
      timesInForce: ['day', 'gtc', 'ioc', 'fok'],
      oco,
      reduceOnly: true,
    });
    expect('placeOco' in broker).toBe(oco === 'native');
  });

  it('shows both orders of a pair', async () => {
    const { broker, clock } = await longVenue();
    const common = {
      symbol: 'MNQM5',
      side: 'sell',
      quantity: '3',
      status: 'NEW',
      filledQuantity: '0',
      createdAtMs: clock.now(),
    };
    const outcome = await placePair(broker);
    expect(outcome).toEqual({
      kind: 'accepted',
      takeProfit: {
        ...common,
        brokerOrderId: 'paper-of-profit',
        clientOrderId: 'of-profit',
        type: 'limit',
        limitPrice: '110',
      },
      stopLoss: {
        ...common,
        brokerOrderId: 'paper-of-loss',
        clientOrderId: 'of-loss',
        type: 'stop',
        stopPrice: '95',
      },
    });
    const found = [await broker.lookup(profit), await broker.lookup(loss)];
    expect(found).toMatchObject([{ order: { type: 'limit' } }, { order: { type: 'stop' } }]);
  });

  it.each<[number, string, string]>([
    [110, 'FILLED 3 at 110', 'CANCELED 0'],
    [90, 'CANCELED 0', 'FILLED 3 at 90'],
  ])('ends one order of a pair with the other at %s', async (price, ofProfit, ofLoss) => {
    const venue = await longVenue();
    await placePair(venue.broker);
    await venue.post(price);
    const found = await Promise.all([profit, loss].map((order) => venue.broker.lookup(order)));
    const lines = found.map((it) => {
      const { status, filledQuantity, averageFillPrice } = it.kind === 'found' ? it.order : {};
      return `${status} ${filledQuantity}${averageFillPrice ? ` at ${averageFillPrice}` : ''}`;
    });
    expect(lines).toEqual([ofProfit, ofLoss]);
    expect(await positions(venue)).toEqual({ told: '0', summed: '0' });
  });

  it('takes an order that names another as one that stands alone', async () => {
    const venue = await longVenue();
    await venue.broker.place(takeProfit);
    await venue.broker.place(stopLoss);
    await venue.broker.cancel(profit);
    expect((await held(venue)).toSorted()).toEqual(['CANCELED 0', 'FILLED 3', 'NEW 0']);
  });
});

describe('a fault of placing meets a pair as one call', () => {
  it.each<[RehearsalFault['kind'], answer: string, holds: readonly string[]]>([
    ['reject', 'REHEARSED_REJECT', []],
    ['rate-limit', 'busy', []],
    ['unavailable', 'unavailable', []],
    ['timeout-before-accept', 'timeout', []],
    ['reset', 'connection', []],
    ['timeout-after-accept', 'timeout', ['NEW 0', 'NEW 0']],
    ['unavailable-after-accept', 'unavailable', ['NEW 0', 'NEW 0']],
    ['partial-fill', 'PARTIALLY_FILLED 1, NEW 0', ['NEW 0', 'PARTIALLY_FILLED 1']],
    ['late-fill', 'NEW 0, NEW 0', ['NEW 0', 'NEW 0']],
  ])('%s', async (kind, answer, holds) => {
    const venue = await longVenue('PERMANENT', [first(kind, 'place')]);
    expect(short(await placePair(venue.broker))).toBe(answer);
    expect((await held(venue)).toSorted()).toEqual(['FILLED 3', ...holds].toSorted());
    // The second call meets nothing: both orders are there, or are made now.
    expect((await placePair(venue.broker)).kind).toBe('accepted');
    expect(await venue.broker.orders(10)).toHaveLength(3);
  });

  it('and only where it names the symbol', async () => {
    const fault: RehearsalFault = { ...first('reject', 'place'), symbol: 'MESM5' };
    const { broker } = await longVenue('PERMANENT', [fault]);
    expect((await placePair(broker)).kind).toBe('accepted');
  });
});

describe.each(CLIENT_ORDER_ID_GUARANTEES)(
  'a pair that is sent twice to a venue of the class %s',
  (guarantee) => {
    const careless = guarantee === 'LOOKUP_ONLY' || guarantee === 'NONE';
    it('is one pair, unless the venue lets ids be used again', async () => {
      const venue = await longVenue(guarantee);
      const once = await placePair(venue.broker);
      const again = await placePair(venue.broker);
      expect(await venue.broker.orders(10)).toHaveLength(careless ? 5 : 3);
      expect(JSON.stringify(again) === JSON.stringify(once)).toBe(!careless);
    });

    it('after it ended, is one pair where ids stay taken', async () => {
      const venue = await longVenue(guarantee);
      await placePair(venue.broker);
      await venue.broker.cancel(loss);
      const again = await placePair(venue.broker);
      const isNew = careless || guarantee === 'OPEN_ONLY';
      expect(short(again)).toBe(isNew ? 'NEW 0, NEW 0' : 'CANCELED 0, CANCELED 0');
      expect(await venue.broker.orders(10)).toHaveLength(isNew ? 5 : 3);
    });

    it('is kept by copies: what ends one order of the second pair ends the other', async () => {
      const venue = await longVenue(guarantee);
      // An order with one of the ids before, so that the orders of the pair would be copies of different numbers.
      const before = limit({ clientOrderId: takeProfit.clientOrderId, limitPrice: 90 });
      await venue.broker.place(before);
      await venue.broker.cancel(profit);
      const outcome = await placePair(venue.broker);
      const isTaken = guarantee === 'PERMANENT' || guarantee === 'WINDOW';
      expect(short(outcome)).toBe(isTaken ? 'ID_TAKEN' : 'NEW 0, NEW 0');
      await venue.post(95);
      expect((await held(venue)).toSorted()).toEqual(
        isTaken ? ['CANCELED 0', 'FILLED 3'] : ['CANCELED 0', 'CANCELED 0', 'FILLED 3', 'FILLED 3'],
      );
    });
  },
);

describe('two orders that are no pair', () => {
  const named = (clientOrderId: string) => ({ clientOrderId: clientOrderId as ClientOrderId });
  it.each<[string, OcoPair]>([
    ['name nobody', { takeProfit: limit({ side: 'sell' }), stopLoss }],
    ['do not name each other', { takeProfit, stopLoss: { ...stopLoss, oco: idOf('other') } }],
    [
      'are one',
      {
        takeProfit: { ...takeProfit, oco: takeProfit.clientOrderId },
        stopLoss: { ...stopLoss, ...named('of-profit') },
      },
    ],
    ['are in two symbols', { takeProfit, stopLoss: { ...stopLoss, symbol: 'MESM5' } }],
    ['are on two sides', { takeProfit, stopLoss: { ...stopLoss, side: 'buy' } }],
    ['are of two sizes', { takeProfit, stopLoss: { ...stopLoss, quantity: decimal(2) } }],
    [
      'are two stops',
      { takeProfit: { ...stopLoss, ...named('of-profit'), oco: stopLoss.clientOrderId }, stopLoss },
    ],
    [
      'are two limits',
      { takeProfit, stopLoss: { ...takeProfit, ...named('of-loss'), oco: takeProfit.clientOrderId } },
    ],
  ])('are refused: they %s', async (_, placed) => {
    const venue = await longVenue();
    expect(short(await placePair(venue.broker, placed))).toBe('NOT_A_PAIR');
    expect(await held(venue)).toEqual(['FILLED 3']);
  });
});

describe('a venue that keeps no pairs', () => {
  const at = (oco: OcoKind) => longVenue('PERMANENT', [], { oco });

  it('takes both orders where they are kept elsewhere, and lets both fill', async () => {
    const venue = await at('kept');
    await venue.broker.place(takeProfit);
    await venue.broker.place({ ...stopLoss, reduceOnly: false });
    await venue.post(110);
    await venue.post(95);
    expect(await held(venue)).toEqual(['FILLED 3', 'FILLED 3', 'FILLED 3']);
    expect(await positions(venue)).toEqual({ told: '-3', summed: '-3' });
  });

  it('refuses what another order has reserved, until that has ended', async () => {
    const { broker } = await at('none');
    expect((await broker.place(stopLoss)).kind).toBe('accepted');
    expect(await broker.place(takeProfit)).toMatchObject({ kind: 'rejected', code: 'INSUFFICIENT_QUANTITY' });
    await broker.cancel(loss);
    expect((await broker.place(takeProfit)).kind).toBe('accepted');
  });

  it('answers with the order that has reserved it when its id is sent again', async () => {
    const { broker } = await at('none');
    const placed = await broker.place(stopLoss);
    expect(await broker.place(stopLoss)).toEqual(placed);
  });
});

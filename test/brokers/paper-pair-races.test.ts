import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postPrice } from '../../functions/brokers/paper/book.ts';
import { add, decimal, ZERO } from '../../functions/core/decimal.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { scaled } from '../support/scale.ts';
import { meetingBeforeWriting, pausingBeforeWriting } from './racing.ts';
import {
  first,
  idOf,
  market,
  type PaperVenue,
  pair,
  paperVenue,
  placePair,
  positions,
  ref,
} from './support.ts';

let store: TestDynamoDb;
beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

const CONTENDERS = 20;
const ROUNDS = scaled(3, 200);
const PROOF_TIMEOUT_MS = 300_000;

const { takeProfit, stopLoss } = pair();
const [profit, loss] = [ref(takeProfit.clientOrderId), ref(stopLoss.clientOrderId)];

/** A long position of 3 with its pair. */
async function paired(faults: Parameters<PaperVenue['through']>[1] = []): Promise<PaperVenue> {
  const venue = paperVenue(store.ledger);
  await venue.broker.place(market({ clientOrderId: idOf('entry') }));
  await placePair(venue.through(store.ledger, faults));
  return venue;
}

/** The pair as the venue has it, and what both of it filled. */
async function pairOf(venue: PaperVenue) {
  const orders = (await venue.broker.orders(10)).filter(({ type }) => type !== 'market');
  const byType = (type: string) => orders.find((order) => order.type === type);
  return {
    takeProfit: `${byType('limit')?.status} ${byType('limit')?.filledQuantity}`,
    stopLoss: `${byType('stop')?.status} ${byType('stop')?.filledQuantity}`,
    filled: orders.map(({ filledQuantity }) => filledQuantity).reduce(add, ZERO),
  };
}

describe(`${CONTENDERS} places of one pair at once`, () => {
  it('make one pair', async () => {
    const venue = paperVenue(store.ledger);
    await venue.broker.place(market({ clientOrderId: idOf('entry') }));

    const outcomes = await Promise.all(Array.from({ length: CONTENDERS }, () => placePair(venue.broker)));

    const orders = await venue.broker.orders(100);
    expect(orders).toHaveLength(3);
    const placed = {
      kind: 'accepted',
      takeProfit: orders.find(({ type }) => type === 'limit'),
      stopLoss: orders.find(({ type }) => type === 'stop'),
    };
    expect(outcomes).toEqual(Array.from({ length: CONTENDERS }, () => placed));
  });
});

it('a pair beside an order with one of its ids is whole, or not there', async () => {
  const venue = paperVenue(store.ledger);
  await venue.broker.place(market({ clientOrderId: idOf('entry') }));
  const broker = venue.through(meetingBeforeWriting(store.ledger, 2));

  const [ofPair, ofOrder] = await Promise.all([placePair(broker), broker.place(takeProfit)]);

  const said = ofPair.kind === 'rejected' ? ofPair.code : ofPair.kind;
  expect({ ofOrder: ofOrder.kind, said, orders: (await venue.broker.orders(10)).length }).toBeOneOf([
    { ofOrder: 'accepted', said: 'accepted', orders: 3 },
    { ofOrder: 'accepted', said: 'ID_TAKEN', orders: 2 },
  ]);
});

describe('a cancel of one order of a pair that races a price', () => {
  it.each([
    { canceled: profit, price: 95, takes: 'loss' },
    { canceled: loss, price: 95, takes: 'loss' },
    { canceled: profit, price: 110, takes: 'profit' },
    { canceled: loss, price: 110, takes: 'profit' },
  ])(
    'is refused when $price overtakes the cancel of $canceled.clientOrderId',
    async ({ canceled, price, takes }) => {
      const venue = await paired();
      const slow = pausingBeforeWriting(store.ledger);
      const canceling = venue.through(slow.ledger).cancel(canceled);
      await slow.paused;
      await venue.post(price);
      slow.resume();

      expect(await canceling).toMatchObject({ kind: 'rejected', code: 'ORDER_ENDED' });
      expect(await pairOf(venue)).toEqual({
        takeProfit: takes === 'profit' ? 'FILLED 3' : 'CANCELED 0',
        stopLoss: takes === 'loss' ? 'FILLED 3' : 'CANCELED 0',
        filled: '3',
      });
      expect(await positions(venue)).toEqual({ told: '0', summed: '0' });
    },
  );

  it('ends both when it overtakes the price', async () => {
    const venue = await paired();
    const slow = pausingBeforeWriting(store.ledger);
    const posting = postPrice({ ...venue.book, ...slow.ledger }, 'MNQM5', decimal(95));
    await slow.paused;
    expect(await venue.broker.cancel(profit)).toEqual({ kind: 'accepted' });
    slow.resume();

    await posting;
    expect(await pairOf(venue)).toEqual({ takeProfit: 'CANCELED 0', stopLoss: 'CANCELED 0', filled: '0' });
    expect(await positions(venue)).toEqual({ told: '3', summed: '3' });
  });
});

type Step = (venue: PaperVenue) => Promise<unknown>;
const post =
  (price: number): Step =>
  (venue) =>
    venue.post(price);
const cancel =
  (which: typeof profit): Step =>
  (venue) =>
    venue.broker.cancel(which);
const lookup =
  (which: typeof profit): Step =>
  (venue) =>
    venue.broker.lookup(which);

describe('two steps at once never fill both orders of a pair', () => {
  it.each<[string, Step, Step, fault?: 'partial-fill' | 'late-fill']>([
    ['its profit and its loss', post(110), post(95)],
    ['its profit and its loss, of which a part is filled', post(110), post(95), 'partial-fill'],
    ['the late profit that is asked about and the loss', lookup(profit), post(95), 'late-fill'],
    ['the cancel of the late profit and the loss', cancel(profit), post(95), 'late-fill'],
    ['the cancel of the loss and the loss', cancel(loss), post(95)],
    ['the cancel of the profit and the loss', cancel(profit), post(95), 'partial-fill'],
    ['two cancels', cancel(profit), cancel(loss)],
  ])(
    '%s',
    async (_, one, other, fault) => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const venue = await paired(fault ? [first(fault, 'place')] : []);
        // Which of the two is sent first takes turns, so that neither wins every round.
        const steps = round % 2 === 0 ? [one, other] : [other, one];
        await Promise.all(steps.map((step) => step(venue)));

        const { filled, ...orders } = await pairOf(venue);
        const context = `round ${round}: ${JSON.stringify(orders)}`;
        expect(['0', '1', '3'], context).toContain(filled);
        expect(Object.values(orders).join(' '), context).not.toMatch(/NEW|PARTIALLY/);
        const { told, summed } = await positions(venue);
        expect([told, summed], context).toEqual([String(3 - Number(filled)), told]);
      }
    },
    PROOF_TIMEOUT_MS,
  );
});

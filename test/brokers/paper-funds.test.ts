import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import {
  countingCalls,
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
} from './support.ts';

let store: TestDynamoDb;
beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

/** An account that may hold 600: three MNQ at 100, of which a point is worth 2. */
const account = { cash: decimal(300), leverage: decimal(2) };
const poorVenue = (
  ...[guarantee, faults]: Parameters<typeof paperVenue> extends [unknown, ...infer Rest] ? Rest : never
) => paperVenue(store.ledger, guarantee, faults, account);

const four = market({ quantity: 4 });

describe('an account that may hold its equity so many times', () => {
  it('is refused what is more, in numbers, and nothing is left of it', async () => {
    const venue = poorVenue();
    expect(await venue.broker.place(four)).toEqual({
      kind: 'rejected',
      code: 'INSUFFICIENT_FUNDS',
      message: 'To open 4 MNQM5 800 more is required, and 600 is available.',
    });
    expect(await held(venue)).toEqual([]);
    expect(await venue.broker.lookup(ref(ID))).toEqual({ kind: 'absent' });
    expect(await venue.broker.place(market())).toMatchObject({ kind: 'accepted' });
  });

  it('counts every symbol, what works in it as well', async () => {
    const venue = poorVenue();
    await venue.broker.place(market({ clientOrderId: idOf('mes'), symbol: 'MESM5', quantity: 1, price: 50 }));
    await venue.broker.place(
      limit({ clientOrderId: idOf('rests'), quantity: 1, limitPrice: 75, price: 100 }),
    );
    expect(await venue.broker.place(market({ quantity: 1, price: 101 }))).toMatchObject({
      message: 'To open 1 MNQM5 202 more is required, and 200 is available.',
    });
  });

  it('counts what it holds at the price that its order names', async () => {
    const venue = poorVenue();
    await venue.broker.place(market({ clientOrderId: idOf('held'), quantity: 1 }));
    // (300 + 2 × 300) × 2, less 800
    expect(await venue.broker.place(market({ quantity: 2, price: 400 }))).toMatchObject({
      message: 'To open 2 MNQM5 1600 more is required, and 1000 is available.',
    });
    expect(await venue.broker.place(market({ quantity: 1, price: 400 }))).toMatchObject({ kind: 'accepted' });
  });

  it('is asked again when it sends again: a refusal is not remembered', async () => {
    const venue = poorVenue();
    const refusals = [await venue.broker.place(four), await venue.broker.place(four)];
    expect(refusals[1]).toEqual(refusals[0]);
    expect(await venue.broker.place({ ...four, ...market({ quantity: 4, price: 75 }) })).toMatchObject({
      kind: 'accepted',
      order: { status: 'FILLED', filledQuantity: '4' },
    });
  });

  it('gets the order that it has when it sends again what it could not pay a second time', async () => {
    const venue = poorVenue();
    const outcomes = [await venue.broker.place(market()), await venue.broker.place(market())];
    expect(outcomes[1]).toEqual(outcomes[0]);
    expect(await positions(venue)).toEqual({ told: '3', summed: '3' });
  });

  it('finds nothing when the answer that was lost was a refusal', async () => {
    const venue = poorVenue('PERMANENT', [first('timeout-after-accept', 'place')]);
    expect(await venue.broker.place(four)).toMatchObject({ kind: 'unknown' });
    expect(await venue.broker.lookup(ref(ID))).toEqual({ kind: 'absent' });
    expect(await venue.broker.place(four)).toMatchObject({ code: 'INSUFFICIENT_FUNDS' });
    expect(await held(venue)).toEqual([]);
  });

  it('may always reduce and protect what it holds, whatever it has lost', async () => {
    const venue = poorVenue();
    await venue.broker.place(market());
    await venue.post(20);
    const { broker } = venue;
    expect(await broker.equity()).toEqual({ kind: 'equity', equity: '-180' });
    expect(await broker.place(market({ clientOrderId: idOf('more'), quantity: 1, price: 20 }))).toMatchObject(
      {
        message: 'To open 1 MNQM5 40 more is required, and -480 is available.',
      },
    );
    expect(await placePair(broker, pair({ quantity: 2 }))).toMatchObject({ kind: 'accepted' });
    const exit = { clientOrderId: idOf('exit'), side: 'sell', quantity: 1, price: 20 } as const;
    expect(await broker.place(market(exit))).toMatchObject({ order: { status: 'FILLED' } });
  });

  it('costs one more round for what may open, and none for what only reduces', async () => {
    const venue = poorVenue();
    const rounds = async (order: ReturnType<typeof market>) => {
      const counting = countingCalls(store.ledger);
      await venue.through(counting.ledger).place(order);
      return counting.rounds();
    };
    expect(await rounds(market())).toBe(3);
    expect(await rounds(market({ clientOrderId: idOf('exit'), side: 'sell', reduceOnly: true }))).toBe(2);
  });
});

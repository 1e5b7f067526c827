import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postPrice } from '../../functions/brokers/paper/book.ts';
import { decimal } from '../../functions/core/decimal.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { countingCalls, ID, idOf, market, paperVenue, placePair, ref, stop } from './support.ts';

let store: TestDynamoDb;
beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

describe('what a call costs', () => {
  it('is two rounds for a market order, and one for a lookup, however long the book is', async () => {
    const venue = paperVenue(store.ledger);
    for (let index = 0; index < 30; index += 1) {
      await venue.broker.place(market({ clientOrderId: idOf(index) }));
    }
    const placing = countingCalls(store.ledger);
    await venue.through(placing.ledger).place(market());
    expect([placing.rounds(), placing.calls()]).toEqual([2, 3]);
    const looking = countingCalls(store.ledger);
    await venue.through(looking.ledger).lookup(ref(ID));
    expect([looking.rounds(), looking.calls()]).toEqual([1, 1]);
  });

  it('is two rounds for a pair, as for one order', async () => {
    const venue = paperVenue(store.ledger);
    await venue.broker.place(market());
    const placing = countingCalls(store.ledger);
    await placePair(venue.through(placing.ledger));
    expect([placing.rounds(), placing.calls()]).toEqual([2, 4]);
  });

  it('is two rounds for a price, and three for a cancel', async () => {
    const venue = paperVenue(store.ledger);
    await venue.broker.place(stop());
    const posting = countingCalls(store.ledger);
    await postPrice({ ...venue.book, ...posting.ledger }, 'MNQM5', decimal(100));
    expect([posting.rounds(), posting.calls()]).toEqual([2, 2]);
    const canceling = countingCalls(store.ledger);
    await venue.through(canceling.ledger).cancel(ref(ID));
    expect([canceling.rounds(), canceling.calls()]).toEqual([3, 3]);
  });
});

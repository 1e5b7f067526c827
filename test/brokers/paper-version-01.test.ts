import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { countingCalls, idOf, market, type PaperVenue, paperVenue, positions, ref } from './support.ts';

let store: TestDynamoDb;
beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

/** An order as version 0.1 wrote it, and the price beside it. */
async function writeVersion01(
  venue: PaperVenue,
  { quantity, side = 'buy', name = 'old', symbol = 'MNQM5' }: Record<string, string>,
) {
  const { client, tableName, accountId } = venue.book;
  const pk = `PAPER#${accountId}`;
  const order = {
    brokerOrderId: `paper-of-${name}`,
    clientOrderId: `of-${name}`,
    symbol,
    side,
    type: 'market',
    quantity,
    status: 'FILLED',
    filledQuantity: quantity,
    averageFillPrice: '100',
    createdAtMs: 1,
  };
  const put = (Item: object) => client.send(new PutCommand({ TableName: tableName, Item: { pk, ...Item } }));
  await put({ sk: `ORDER#of-${name}`, ...order });
  await put({ sk: `PRICE#${symbol}`, price: '100' });
  return order;
}

describe('a book of version 0.1', () => {
  it('is read: its orders, its price, and the position that its orders add up to', async () => {
    const venue = paperVenue(store.ledger);
    const order = await writeVersion01(venue, { quantity: '5' });
    await writeVersion01(venue, { quantity: '1', side: 'sell', name: 'older' });
    await writeVersion01(venue, { quantity: '9', symbol: 'MESM5', name: 'other' });

    expect(await venue.broker.lookup(ref(idOf('old')))).toEqual({ kind: 'found', order });
    expect(await venue.broker.orders(1)).toHaveLength(1);
    expect(await venue.broker.positions()).toEqual({
      kind: 'positions',
      quantities: { MNQM5: '4', MESM5: '9' },
    });
    expect(await venue.broker.place(market({ price: null }))).toMatchObject({
      order: { averageFillPrice: '100' },
    });
    expect(await positions(venue)).toEqual({ told: '7', summed: '7' });
  });

  it('lets its position be closed by the first order that comes', async () => {
    const venue = paperVenue(store.ledger);
    await writeVersion01(venue, { quantity: '5' });
    const exit = await venue.broker.place(market({ side: 'sell', quantity: 9, reduceOnly: true }));
    expect(exit).toMatchObject({ order: { status: 'CANCELED', filledQuantity: '5' } });
    expect(await positions(venue)).toEqual({ told: '0', summed: '0' });
  });

  it('is worth what its cash and its orders come to', async () => {
    const venue = paperVenue(store.ledger);
    await writeVersion01(venue, { quantity: '5' });
    await writeVersion01(venue, { quantity: '1', side: 'sell', name: 'older' });
    expect(await venue.broker.equity()).toEqual({ kind: 'equity', equity: '100000' });
    await venue.post(110);
    expect(await venue.broker.equity()).toEqual({ kind: 'equity', equity: '100080' });
  });

  it('is added up once, not with every question', async () => {
    const venue = paperVenue(store.ledger);
    await writeVersion01(venue, { quantity: '5' });
    const counted = countingCalls(store.ledger);
    const broker = venue.through(counted.ledger);
    await broker.positions();
    const before = counted.calls();
    await broker.positions();
    expect(counted.calls() - before).toBe(1);
  });
});

it('a book from before pairs is read: its open stops, and what its market was worth', async () => {
  const venue = paperVenue(store.ledger);
  const filled = await writeVersion01(venue, { quantity: '3' });
  const { client, tableName, accountId } = venue.book;
  const stop = {
    ...filled,
    brokerOrderId: 'paper-of-stop',
    clientOrderId: 'of-stop',
    copy: 1,
    side: 'sell',
    type: 'stop',
    stopPrice: '95',
    reduceOnly: true,
    status: 'NEW',
    waitsFor: 'market',
    filledQuantity: '0',
    averageFillPrice: undefined,
  };
  const pk = `PAPER#${accountId}`;
  const put = (Item: object) => client.send(new PutCommand({ TableName: tableName, Item: { pk, ...Item } }));
  await put({ sk: 'ORDER#of-stop', ...stop });
  await put({ sk: 'PRICE#MNQM5', symbol: 'MNQM5', price: '110', position: '3', working: [stop], version: 7 });

  expect(await venue.broker.equity()).toEqual({ kind: 'equity', equity: '100060' });
  await venue.post(94);

  expect(await venue.broker.lookup(ref(idOf('stop')))).toMatchObject({
    order: { status: 'FILLED', filledQuantity: '3', averageFillPrice: '94' },
  });
  expect(await venue.broker.equity()).toEqual({ kind: 'equity', equity: '99964' });
  expect(await positions(venue)).toEqual({ told: '0', summed: '0' });
});

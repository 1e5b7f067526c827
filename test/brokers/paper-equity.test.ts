import { afterAll, beforeAll, expect, it } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { idOf, limit, market, type PaperVenue, paperVenue, ref, stop } from './support.ts';

let store: TestDynamoDb;
beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

async function equityOf({ broker }: Pick<PaperVenue, 'broker'>) {
  const outcome = await broker.equity();
  return outcome.kind === 'equity' ? outcome.equity : outcome.message;
}

it('an account is worth its cash before it traded', async () => {
  const venue = paperVenue(store.ledger);
  expect(await equityOf(venue)).toBe('100000');
  await venue.post(90);
  await venue.broker.place(stop());
  expect(await equityOf(venue)).toBe('100000');
});

it('an account is worth its cash, what it made, and what it holds at the last price', async () => {
  const venue = paperVenue(store.ledger);
  const trade = async (side: 'buy' | 'sell', quantity: number | string, price: number) => {
    const clientOrderId = idOf(`${side}-${quantity}-${price}`);
    await venue.broker.place(market({ clientOrderId, side, quantity, price }));
    return equityOf(venue);
  };
  expect(await trade('buy', 3, 100)).toBe('100000');
  await venue.post(110.5);
  expect(await equityOf(venue)).toBe('100063');
  expect(await trade('sell', 1, 120)).toBe('100120');
  expect(await trade('sell', '2.5', 90)).toBe('100000');
  await venue.post(80);
  expect(await equityOf(venue)).toBe('100010');
  expect(await trade('buy', '0.5', 70)).toBe('100020');
  await venue.post(1_000);
  expect(await equityOf(venue)).toBe('100020');
});

it('every symbol counts, at its own price, and with what a point of it is worth in the account', async () => {
  const instruments = { MES: { multiplier: decimal('0.5') } };
  const venue = paperVenue(store.ledger, 'PERMANENT', [], { cash: decimal('0.25'), instruments });
  const place = (symbol: string, side: 'buy' | 'sell') =>
    venue.broker.place(market({ clientOrderId: idOf(symbol), symbol, side }));
  await place('MNQM5', 'buy');
  await place('MESM5', 'sell');
  await place('AAPL', 'buy');
  await venue.post(101);
  await venue.post(160, 'MESM5');
  await venue.post(100.5, 'AAPL');
  // 0.25 + 3 × 1 × 2 − 3 × 60 × 0.5 + 3 × 0.5
  expect(await equityOf(venue)).toBe('-82.25');
});

it('a market whose only price was that of a fill is worth what it cost', async () => {
  const venue = paperVenue(store.ledger);
  await venue.broker.place(limit({ price: 94 }));
  expect(await equityOf(venue)).toBe('100000');
  expect(await venue.broker.lookup(ref(limit().clientOrderId))).toMatchObject({
    order: { averageFillPrice: '94', limitPrice: '95' },
  });
  await venue.post(95);
  expect(await equityOf(venue)).toBe('100006');
});

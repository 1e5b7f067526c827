import { afterAll, beforeAll, expect, it } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import type { AccountId } from '../../functions/core/ids.ts';
import { type EndedTrade, waitingTrade } from '../../functions/core/trade.ts';
import { listEndedTrades, readEndedTrade, recordEndedTrades } from '../../functions/ledger/trades.ts';
import { EXECUTION_ID } from '../core/order-of.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';

let store: TestDynamoDb;

beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

let accounts = 0;

/** An account of its own, whose holders are told apart by their tokens. */
function accountOfItsOwn() {
  accounts += 1;
  const accountId = `ended-${accounts}` as AccountId;
  return {
    record: (fencingToken: number, ended: readonly EndedTrade[]) =>
      recordEndedTrades(store.ledger, { accountId, ownerId: `owner-${fencingToken}`, fencingToken }, ended),
    read: () => readEndedTrade(store.ledger, accountId, EXECUTION_ID),
    list: (from: string, to: string) =>
      listEndedTrades(store.ledger, accountId, { from, to, order: 'newest-first', limit: 10 }),
  };
}

const closedFor = (pnl: number): EndedTrade => ({
  ...waitingTrade({ executionId: EXECUTION_ID, symbol: 'MNQM5', side: 'buy' }),
  openedQuantity: decimal(2),
  entryPrice: decimal(100),
  realizedPnl: decimal(pnl),
  state: 'CLOSED',
  endedAtMs: 1_795_341_600_000,
});

it('a trade that is over is recorded, as often as that is repeated', async () => {
  const { record, read, list } = accountOfItsOwn();
  expect(await read()).toBeUndefined();
  await record(3, [closedFor(1)]);
  await record(3, [closedFor(1)]);
  expect(await read()).toEqual(closedFor(1));
  expect(await list('', '~')).toEqual({ trades: [closedFor(1)], hasMore: false });
  expect(await list('sig_z', '~')).toEqual({ trades: [], hasMore: false });
});

it('a later holder has the last word on it, and one that was overtaken none', async () => {
  const { record, read } = accountOfItsOwn();
  await record(3, [closedFor(1)]);
  await record(4, [closedFor(2)]);
  expect(await read()).toEqual(closedFor(2));
  await record(3, [closedFor(1)]);
  expect(await read()).toEqual(closedFor(2));
});

import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { AccountId, ExecutionId } from '../core/ids.ts';
import type { EndedTrade } from '../core/trade.ts';
import type { Fence } from './held-account.ts';
import { type KeyRange, readKeyRange } from './key-range.ts';
import { readManyItems } from './read-items.ts';
import { endedTradeShape } from './shapes/trade.ts';
import { conditionally, keys, type Ledger, tradeSortKey } from './table.ts';

/**
 * Records trades that are over. Before the account's books let go of them: dying in between, the next holder books the
 * same again and comes to the same records. One that was overtaken changes nothing that a later holder recorded.
 */
export async function recordEndedTrades(
  ledger: Ledger,
  { accountId, fencingToken }: Fence,
  ended: readonly EndedTrade[],
): Promise<void> {
  await Promise.all(
    ended.map((trade) =>
      conditionally(() =>
        ledger.client.send(
          new PutCommand({
            TableName: ledger.tableName,
            Item: { ...keys.trade(accountId, trade.executionId), ...trade, fencingToken },
            ConditionExpression: 'attribute_not_exists(pk) OR fencingToken <= :fence',
            ExpressionAttributeValues: { ':fence': fencingToken },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        ),
      ),
    ),
  );
}

/** A trade that is over; `undefined` when there is none with this id. */
export async function readEndedTrade(
  ledger: Ledger,
  accountId: AccountId,
  executionId: ExecutionId,
): Promise<EndedTrade | undefined> {
  const { Item } = await ledger.client.send(
    new GetCommand({
      TableName: ledger.tableName,
      Key: keys.trade(accountId, executionId),
      ConsistentRead: true,
    }),
  );
  return Item === undefined ? undefined : z.parse(endedTradeShape, Item);
}

/** Those of these trades that are over, in no order. */
export async function readEndedTrades(
  ledger: Ledger,
  wanted: readonly { readonly accountId: AccountId; readonly executionId: ExecutionId }[],
): Promise<EndedTrade[]> {
  const items = await readManyItems(
    ledger,
    wanted.map(({ accountId, executionId }) => keys.trade(accountId, executionId)),
  );
  return items.map((item) => z.parse(endedTradeShape, item));
}

/** Some trades of an account in the order asked for, and whether there are more behind them. */
export interface TradePage {
  readonly trades: readonly EndedTrade[];
  readonly hasMore: boolean;
}

/** One page of an account's trades that are over, by the time of their signals; maybe fewer than the limit. */
export async function listEndedTrades(
  ledger: Ledger,
  accountId: AccountId,
  range: KeyRange,
): Promise<TradePage> {
  const sortKeys = { ...range, from: tradeSortKey(range.from), to: tradeSortKey(range.to) };
  const { items, end } = await readKeyRange(ledger, keys.account(accountId).pk, sortKeys, 'strong');
  return { trades: items.map((item) => z.parse(endedTradeShape, item)), hasMore: end !== undefined };
}

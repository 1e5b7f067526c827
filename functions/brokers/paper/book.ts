import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { add, type Decimal, ZERO } from '../../core/decimal.ts';
import { OnefillError } from '../../core/errors.ts';
import type { AccountId, ClientOrderId } from '../../core/ids.ts';
import {
  bookKeys,
  bookPartition,
  copiesOf,
  isAddedUp,
  MARKET_PREFIX,
  marketShape,
  ORDER_PREFIX,
  paperOrderShape,
} from './items.ts';
import { type Change, EMPTY_MARKET, type Market, type PaperOrder, proceeds, signed } from './market.ts';
import { post } from './matching.ts';
import type { RehearsedCallName } from './rehearsal.ts';

/** The paper venue's own book of one account. Onefill's engine never reads it; it asks the venue. */
export interface PaperBook {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly accountId: AccountId;
}

/** A market as it was read, and which version of it: 0 when it was not stored yet. */
export interface ReadMarket extends Market {
  readonly symbol: string;
  readonly version: number;
}

/** Somebody else was faster this often, and then it is given up. Each lost attempt is somebody's success. */
const ATTEMPTS_MAX = 60;

/** What is thrown when somebody else was faster every time; nothing was changed. */
export const CONTENDED = 'PAPER_MARKET_CONTENDED';

/** Tries until nobody else was faster. @throws OnefillError `PAPER_MARKET_CONTENDED`: nothing was changed */
export async function untilWritten<Result>(
  attempt: () => Promise<{ readonly result: Result } | 'somebody-was-faster'>,
): Promise<Result> {
  for (let made = 0; made < ATTEMPTS_MAX; made += 1) {
    const outcome = await attempt();
    if (outcome !== 'somebody-was-faster') {
      return outcome.result;
    }
  }
  throw new OnefillError(CONTENDED, 'retry', `Others were faster in all of ${ATTEMPTS_MAX} attempts.`);
}

/** Reads the market in a symbol. */
export async function readMarket(book: PaperBook, symbol: string): Promise<ReadMarket> {
  const { Item } = await book.client.send(
    new GetCommand({
      TableName: book.tableName,
      Key: bookKeys.market(book.accountId, symbol),
      ConsistentRead: true,
    }),
  );
  return Item ? marketFrom(book, Item) : { ...EMPTY_MARKET, symbol, version: 0 };
}

/**
 * Writes a change of a market that was read, whole or not at all: the market, with the position and what works, and
 * every order that is new or changed. No fill can happen twice: a repetition of the write meets a newer version of
 * the market, or an order that is there, and the SDK's own repetition carries the token of the first attempt.
 *
 * @param entered the orders that are new
 * @returns false when somebody else changed the market since, or entered an order with a key of theirs
 */
export async function writeChange(
  book: PaperBook,
  read: ReadMarket,
  { market, orders }: Change,
  entered: readonly PaperOrder[] = [],
): Promise<boolean> {
  const { accountId, tableName: TableName } = book;
  const { symbol, version } = read;
  const key = bookKeys.market(accountId, symbol);
  const Item = { ...market, ...key, symbol, version: version + 1 };
  const isAsRead =
    version === 0
      ? { ConditionExpression: 'attribute_not_exists(version)' }
      : { ConditionExpression: 'version = :version', ExpressionAttributeValues: { ':version': version } };
  const isNew = { ConditionExpression: 'attribute_not_exists(pk)' };
  return wasWritten(
    book.client.send(
      new TransactWriteCommand({
        TransactItems: [
          { Put: { TableName, Item, ...isAsRead } },
          ...orders.map((order) => ({
            Put: {
              TableName,
              Item: { ...order, ...bookKeys.order(accountId, order) },
              ...(entered.includes(order) ? isNew : {}),
            },
          })),
        ],
      }),
    ),
  );
}

/**
 * Changes the market in a symbol, decided anew whenever somebody else was faster.
 *
 * @param decide `undefined` when there is nothing to change
 * @returns what was changed, if anything was
 * @throws OnefillError `PAPER_MARKET_CONTENDED`
 */
export function changeMarket(
  book: PaperBook,
  symbol: string,
  decide: (market: Market) => Change | undefined,
): Promise<Change | undefined> {
  return untilWritten(async () => {
    const market = await readMarket(book, symbol);
    const change = decide(market);
    return !change || (await writeChange(book, market, change)) ? { result: change } : 'somebody-was-faster';
  });
}

/**
 * Moves the market: orders that name no price are filled at it, and so is every open order that it reaches.
 *
 * @throws OnefillError `PAPER_MARKET_CONTENDED`
 */
export async function postPrice(book: PaperBook, symbol: string, price: Decimal): Promise<void> {
  await changeMarket(book, symbol, (market) => post(market, price));
}

/** Says what a market would open at: while it is closed a price reaches nothing. @throws OnefillError `PAPER_MARKET_CONTENDED` */
export async function quotePrice(book: PaperBook, symbol: string, price: Decimal): Promise<void> {
  await changeMarket(book, symbol, (market) => ({ market: { ...market, price }, orders: [] }));
}

/** Every market that the account ever traded in or had a price of. */
export async function readMarkets(book: PaperBook): Promise<readonly ReadMarket[]> {
  const markets: ReadMarket[] = [];
  for (const item of await readAll(book, MARKET_PREFIX)) {
    const market = await marketFrom(book, item);
    if (!isAddedUp(item)) {
      // Kept, so that it is added up once. Whoever was faster kept it, too.
      await writeChange(book, market, { market, orders: [] });
    }
    markets.push(market);
  }
  return markets;
}

/** The orders with a client order id, the first first. There is one, unless the venue let somebody duplicate it. */
export async function findOrders(book: PaperBook, clientOrderId: ClientOrderId): Promise<PaperOrder[]> {
  return queryCopies(book, clientOrderId, { ScanIndexForward: true });
}

/** The last order with a client order id, if there is any. */
export async function findLatestOrder(
  book: PaperBook,
  clientOrderId: ClientOrderId,
): Promise<PaperOrder | undefined> {
  const [latest] = await queryCopies(book, clientOrderId, { ScanIndexForward: false, Limit: 1 });
  return latest;
}

/** The orders of the book, newest first, duplicates included. */
export async function listOrders(book: PaperBook, limit: number): Promise<PaperOrder[]> {
  const items = await readAll(book, ORDER_PREFIX);
  return items
    .map((item) => z.parse(paperOrderShape, item))
    .sort((left, right) => right.createdAtMs - left.createdAtMs || right.copy - left.copy)
    .slice(0, limit);
}

/** Counts one call of a kind and returns its number, the first being 1: rehearsals name calls by number. */
export async function countCall(book: PaperBook, call: RehearsedCallName): Promise<number> {
  const { Attributes } = await book.client.send(
    new UpdateCommand({
      TableName: book.tableName,
      Key: bookKeys.calls(book.accountId),
      UpdateExpression: 'ADD #call :one',
      ExpressionAttributeNames: { '#call': call },
      ExpressionAttributeValues: { ':one': 1 },
      ReturnValues: 'UPDATED_NEW',
    }),
  );
  return Number(Attributes?.[call]);
}

/** Starts counting calls anew, as a changed rehearsal expects. */
export async function forgetCalls(book: PaperBook): Promise<void> {
  await book.client.send(new PutCommand({ TableName: book.tableName, Item: bookKeys.calls(book.accountId) }));
}

/** The market in an item. What earlier versions did not keep of it is in what the account's orders filled. */
async function marketFrom(book: PaperBook, item: Record<string, unknown>): Promise<ReadMarket> {
  const symbol = String(item.sk).slice(MARKET_PREFIX.length);
  const market = { ...z.parse(marketShape, item), symbol };
  if (isAddedUp(item)) {
    return market;
  }
  const orders = await listOrders(book, Number.POSITIVE_INFINITY);
  return orders.filter((order) => order.symbol === symbol).reduce(withFills, { ...market, position: ZERO });
}

function withFills(
  market: ReadMarket,
  { side, filledQuantity, averageFillPrice = ZERO }: PaperOrder,
): ReadMarket {
  return {
    ...market,
    position: add(market.position, signed(side, filledQuantity)),
    cashFlow: add(market.cashFlow, proceeds(side, filledQuantity, averageFillPrice)),
  };
}

/** One page: ids are duplicated a few times, by somebody who sends again blindly, not thousands of times. */
async function queryCopies(
  book: PaperBook,
  clientOrderId: ClientOrderId,
  page: { ScanIndexForward: boolean; Limit?: number },
): Promise<PaperOrder[]> {
  const { first, last } = copiesOf(clientOrderId);
  const { Items = [] } = await book.client.send(
    new QueryCommand({
      TableName: book.tableName,
      KeyConditionExpression: 'pk = :book AND sk BETWEEN :first AND :last',
      ExpressionAttributeValues: { ':book': bookPartition(book.accountId), ':first': first, ':last': last },
      ConsistentRead: true,
      ...page,
    }),
  );
  return Items.map((item) => z.parse(paperOrderShape, item));
}

async function readAll(book: PaperBook, prefix: string): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const page = await book.client.send(
      new QueryCommand({
        TableName: book.tableName,
        KeyConditionExpression: 'pk = :book AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':book': bookPartition(book.accountId), ':prefix': prefix },
        ConsistentRead: true,
        ExclusiveStartKey: start,
      }),
    );
    items.push(...(page.Items ?? []));
    start = page.LastEvaluatedKey;
  } while (start);
  return items;
}

/** Whether a transaction was written. It was not, if a condition failed or another transaction was under way. */
async function wasWritten(transaction: Promise<unknown>): Promise<boolean> {
  try {
    await transaction;
    return true;
  } catch (error) {
    if (error instanceof TransactionCanceledException && isContention(error)) {
      return false;
    }
    throw error;
  }
}

function isContention({ CancellationReasons = [] }: TransactionCanceledException): boolean {
  const reasons = CancellationReasons.map(({ Code }) => Code).filter((code) => code !== 'None');
  return (
    reasons.length > 0 &&
    reasons.every((code) => code === 'ConditionalCheckFailed' || code === 'TransactionConflict')
  );
}

import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { type Decimal, decimal } from '../../core/decimal.ts';
import type { AccountId, BrokerOrderId, ClientOrderId } from '../../core/ids.ts';
import type { BrokerOrder } from '../broker.ts';

/** The paper venue's own book of one account. Onefill's engine never reads it; it asks the venue. */
export interface PaperBook {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly accountId: AccountId;
}

const orderShape = z.object({
  brokerOrderId: z.string(),
  clientOrderId: z.string(),
  symbol: z.string(),
  side: z.enum(['buy', 'sell']),
  type: z.enum(['market']),
  quantity: z.string(),
  status: z.enum(['FILLED']),
  filledQuantity: z.string(),
  averageFillPrice: z.string(),
  createdAtMs: z.number(),
});

const ORDER_PREFIX = 'ORDER#';

/** Enters an order unless the book has one with its client order id; returns the one the book has then. */
export async function enterOrder(book: PaperBook, order: BrokerOrder): Promise<BrokerOrder> {
  try {
    await book.client.send(
      new PutCommand({
        TableName: book.tableName,
        Item: { ...orderKey(book, order.clientOrderId), ...order },
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
    return order;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) {
      throw error;
    }
    return (await findOrder(book, order.clientOrderId)) ?? order;
  }
}

/** The order with a client order id, if the book has it. */
export async function findOrder(
  book: PaperBook,
  clientOrderId: ClientOrderId,
): Promise<BrokerOrder | undefined> {
  const { Item } = await book.client.send(
    new GetCommand({
      TableName: book.tableName,
      Key: orderKey(book, clientOrderId),
      ConsistentRead: true,
    }),
  );
  return Item && readOrder(Item);
}

/** The orders of the book, newest first. */
export async function listOrders(book: PaperBook, limit: number): Promise<BrokerOrder[]> {
  const orders: BrokerOrder[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const page = await book.client.send(
      new QueryCommand({
        TableName: book.tableName,
        KeyConditionExpression: 'pk = :book AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':book': partition(book), ':prefix': ORDER_PREFIX },
        ExclusiveStartKey: start,
      }),
    );
    orders.push(...(page.Items ?? []).map(readOrder));
    start = page.LastEvaluatedKey;
  } while (start);
  return orders.sort((left, right) => right.createdAtMs - left.createdAtMs).slice(0, limit);
}

/** Moves the market: the price at which orders that name none are filled. */
export async function postPrice(book: PaperBook, symbol: string, price: Decimal): Promise<void> {
  await book.client.send(
    new PutCommand({ TableName: book.tableName, Item: { ...priceKey(book, symbol), price } }),
  );
}

/** The last known price of a symbol: posted, or the price of the last order that named one. */
export async function lastPrice(book: PaperBook, symbol: string): Promise<Decimal | undefined> {
  const { Item } = await book.client.send(
    new GetCommand({ TableName: book.tableName, Key: priceKey(book, symbol), ConsistentRead: true }),
  );
  return Item === undefined ? undefined : decimal(String(Item.price));
}

/** Counts one call of a kind and returns its number, the first being 1: rehearsals name calls by number. */
export async function countCall(book: PaperBook, call: 'place' | 'lookup'): Promise<number> {
  const { Attributes } = await book.client.send(
    new UpdateCommand({
      TableName: book.tableName,
      Key: { pk: partition(book), sk: 'CALLS' },
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
  await book.client.send(
    new PutCommand({ TableName: book.tableName, Item: { pk: partition(book), sk: 'CALLS' } }),
  );
}

function partition(book: PaperBook): string {
  return `PAPER#${book.accountId}`;
}

function orderKey(book: PaperBook, clientOrderId: ClientOrderId) {
  return { pk: partition(book), sk: `${ORDER_PREFIX}${clientOrderId}` };
}

function priceKey(book: PaperBook, symbol: string) {
  return { pk: partition(book), sk: `PRICE#${symbol}` };
}

function readOrder(item: Record<string, unknown>): BrokerOrder {
  const order = z.parse(orderShape, item);
  return {
    ...order,
    brokerOrderId: order.brokerOrderId as BrokerOrderId,
    clientOrderId: order.clientOrderId as ClientOrderId,
    quantity: decimal(order.quantity),
    filledQuantity: decimal(order.filledQuantity),
    averageFillPrice: decimal(order.averageFillPrice),
  };
}

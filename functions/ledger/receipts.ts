import { GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { SignalId } from '../core/ids.ts';
import type { Receipt } from '../core/receipt.ts';
import { receiptShape } from './schemas.ts';
import { conditionally, keys, type Ledger, RECEIPT_PARTITIONS, receiptPartition } from './table.ts';

/**
 * Writes what an authenticated request became. Repeating it, with the same id, changes nothing of substance, and a
 * refusal never replaces an acceptance.
 */
export async function recordReceipt(ledger: Ledger, receipt: Receipt): Promise<void> {
  const condition =
    receipt.status === 'refused'
      ? {
          ConditionExpression: 'attribute_not_exists(pk) OR #status = :refused',
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: { ':refused': receipt.status },
        }
      : {};
  await conditionally(() =>
    ledger.client.send(
      new PutCommand({
        TableName: ledger.tableName,
        Item: { ...keys.receipt(receipt.signalId), ...receipt },
        ...condition,
      }),
    ),
  );
}

/** Counts one more identical request that was given the first one's answer. */
export async function countDuplicate(ledger: Ledger, signalId: SignalId): Promise<void> {
  await ledger.client.send(
    new UpdateCommand({
      TableName: ledger.tableName,
      Key: keys.receipt(signalId),
      UpdateExpression: 'ADD duplicates :one',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeValues: { ':one': 1 },
    }),
  );
}

/** The receipt of one signal, or `undefined` when there is none. */
export async function readReceipt(ledger: Ledger, signalId: SignalId): Promise<Receipt | undefined> {
  const { Item } = await ledger.client.send(
    new GetCommand({ TableName: ledger.tableName, Key: keys.receipt(signalId), ConsistentRead: true }),
  );
  return Item === undefined ? undefined : z.parse(receiptShape, Item);
}

/** Some receipts, newest first, and whether there are older ones. */
export interface ReceiptPage {
  readonly receipts: readonly Receipt[];
  readonly hasMore: boolean;
}

/**
 * The newest receipts before `before` (a signal id, exclusive), newest first; maybe fewer than the limit.
 *
 * Each partition is asked for about twice its share, not for all of the limit, and returns even less when receipts
 * are large. Nothing older than what a partition returned is passed on, or the page would jump over what the
 * partition still holds.
 */
export async function listReceipts(
  ledger: Ledger,
  page: { readonly before?: string; readonly limit: number },
): Promise<ReceiptPage> {
  const share = Math.ceil((2 * page.limit) / RECEIPT_PARTITIONS);
  const partitions = await Promise.all(
    Array.from({ length: RECEIPT_PARTITIONS }, (_, partition) =>
      ledger.client.send(
        new QueryCommand({
          TableName: ledger.tableName,
          KeyConditionExpression: 'pk = :partition AND sk < :before',
          ExpressionAttributeValues: {
            ':partition': receiptPartition(partition),
            ':before': page.before ?? '\u{10FFFF}',
          },
          ScanIndexForward: false,
          ConsistentRead: true,
          Limit: share,
        }),
      ),
    ),
  );
  const unfinished = partitions.flatMap(({ LastEvaluatedKey }) => LastEvaluatedKey ?? []);
  const horizon = unfinished
    .map((last) => String(last.sk))
    .sort()
    .at(-1);
  const known = partitions
    .flatMap(({ Items = [] }) => Items.map((item) => z.parse(receiptShape, item)))
    .filter(({ signalId }) => horizon === undefined || signalId >= horizon)
    .sort((left, right) => (left.signalId < right.signalId ? 1 : -1));
  return {
    receipts: known.slice(0, page.limit),
    hasMore: unfinished.length > 0 || known.length > page.limit,
  };
}

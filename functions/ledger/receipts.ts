import { GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { SignalId } from '../core/ids.ts';
import type { AcceptedReceipt, Receipt } from '../core/receipt.ts';
import { type KeyRange, readKeyRange } from './key-range.ts';
import { readManyItems } from './read-items.ts';
import { receiptShape } from './shapes/receipt.ts';
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

/**
 * Counts one more identical request, and gives the receipt that it is answered from.
 *
 * @returns `undefined` when the signal was not accepted (yet); nothing is counted then
 */
export async function countDuplicate(
  ledger: Ledger,
  signalId: SignalId,
): Promise<AcceptedReceipt | undefined> {
  const counted = await conditionally(() =>
    ledger.client.send(
      new UpdateCommand({
        TableName: ledger.tableName,
        Key: keys.receipt(signalId),
        UpdateExpression: 'ADD duplicates :one',
        // False where there is no receipt.
        ConditionExpression: '#status = :accepted',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':one': 1, ':accepted': 'accepted' satisfies Receipt['status'] },
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
  const receipt = counted.written ? z.parse(receiptShape, counted.value.Attributes) : undefined;
  return receipt?.status === 'accepted' ? receipt : undefined;
}

/** The receipt of one signal, or `undefined` when there is none. */
export async function readReceipt(ledger: Ledger, signalId: SignalId): Promise<Receipt | undefined> {
  const { Item } = await ledger.client.send(
    new GetCommand({ TableName: ledger.tableName, Key: keys.receipt(signalId), ConsistentRead: true }),
  );
  return Item === undefined ? undefined : z.parse(receiptShape, Item);
}

/** The receipts of these signals, in no order. */
export async function readReceipts(ledger: Ledger, signalIds: readonly SignalId[]): Promise<Receipt[]> {
  const items = await readManyItems(ledger, signalIds.map(keys.receipt));
  return items.map((item) => z.parse(receiptShape, item));
}

/** Some receipts in the order asked for, and whether the range holds more behind them. */
export interface ReceiptPage {
  readonly receipts: readonly Receipt[];
  readonly hasMore: boolean;
}

/** Which receipts to read: those between two ids or beginnings of ids, both exclusive. */
export interface ReceiptRange {
  readonly after?: string;
  readonly before?: string;
  /** Newest first, unless told otherwise. */
  readonly order?: 'newest-first' | 'oldest-first';
  readonly limit: number;
}

/**
 * One page of receipts; maybe fewer than the limit.
 *
 * Each partition is asked for about twice its share, not for all of the limit, and returns even less when receipts
 * are large. Nothing beyond what a partition returned is passed on, or the page would jump over what the
 * partition still holds.
 */
export async function listReceipts(ledger: Ledger, range: ReceiptRange): Promise<ReceiptPage> {
  const { after = ' ', before = '\u{10FFFF}', order = 'newest-first' } = range;
  if (after > before) {
    return { receipts: [], hasMore: false };
  }
  // And one more, since the range below includes its ends: a read of an end alone would not get any further.
  const share = Math.ceil((2 * range.limit) / RECEIPT_PARTITIONS) + 1;
  // Both ends are included; each is an id that is left out below, or no id at all.
  const part: KeyRange = { from: after, to: before, order, limit: share };
  const partitions = await Promise.all(
    Array.from({ length: RECEIPT_PARTITIONS }, (_, partition) =>
      readKeyRange(ledger, receiptPartition(partition), part, 'strong'),
    ),
  );
  const isBefore = (left: string, right: string) => (order === 'oldest-first' ? left < right : left > right);
  const [horizon] = partitions.flatMap(({ end }) => end ?? []).sort(byOrder(isBefore));
  const known = partitions
    .flatMap(({ items }) => items.map((item) => z.parse(receiptShape, item)))
    .filter(({ signalId }) => horizon === undefined || !isBefore(horizon, signalId))
    .filter(({ signalId }) => signalId !== after && signalId !== before)
    .sort((left, right) => byOrder(isBefore)(left.signalId, right.signalId));
  return {
    receipts: known.slice(0, range.limit),
    hasMore: horizon !== undefined || known.length > range.limit,
  };
}

function byOrder(isBefore: (left: string, right: string) => boolean) {
  return (left: string, right: string) => (isBefore(left, right) ? -1 : 1);
}

/** Some accepted receipts, oldest first. */
export interface AcceptedReceiptPage {
  readonly receipts: readonly AcceptedReceipt[];
  /** Ids of receipts that are not of a known shape: they must not keep the others from being read. */
  readonly unreadable: readonly string[];
  /** Where the next page begins; absent when the range holds no more. */
  readonly next?: string;
}

/** Sorts after an id and before every other one. */
const JUST_AFTER = ' ';

/**
 * The oldest accepted receipts in `[from, to)`, oldest first; maybe fewer than the limit, or none although there are
 * more. Both bounds are what the ids of a time begin with, and `from` may be where a page before this one ended.
 *
 * Eventually consistent: for who looks again later, at half the price. As in {@link listReceipts} nothing is passed on
 * that is beyond what a partition returned, or the next page would jump over what the partition still holds.
 */
export async function listAcceptedReceipts(
  ledger: Ledger,
  range: { readonly from: string; readonly to: string; readonly limit: number },
): Promise<AcceptedReceiptPage> {
  const partitions = await Promise.all(
    Array.from({ length: RECEIPT_PARTITIONS }, (_, partition) =>
      ledger.client.send(
        new QueryCommand({
          TableName: ledger.tableName,
          KeyConditionExpression: 'pk = :partition AND sk BETWEEN :from AND :to',
          FilterExpression: '#status = :accepted',
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: {
            ':partition': receiptPartition(partition),
            ':from': range.from,
            // No id is equal to the beginning of one, and so the end is not part of the range.
            ':to': range.to,
            ':accepted': 'accepted' satisfies Receipt['status'],
          },
          Limit: Math.ceil(range.limit / RECEIPT_PARTITIONS),
        }),
      ),
    ),
  );
  const unfinished = partitions.flatMap(({ LastEvaluatedKey }) => LastEvaluatedKey ?? []);
  const horizon = unfinished.map((last) => String(last.sk)).sort()[0];
  const items = partitions
    .flatMap(({ Items = [] }) => Items)
    .filter(({ sk }) => horizon === undefined || String(sk) <= horizon)
    .sort((left, right) => (String(left.sk) < String(right.sk) ? -1 : 1));
  const read = items.map((item) => z.safeParse(receiptShape, item));
  return {
    receipts: read.flatMap(({ data }) => (data?.status === 'accepted' ? [data] : [])),
    unreadable: items.filter((_, index) => !read[index]?.success).map(({ sk }) => String(sk)),
    ...(horizon === undefined ? {} : { next: `${horizon}${JUST_AFTER}` }),
  };
}

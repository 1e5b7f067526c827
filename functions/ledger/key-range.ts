import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Item } from './read-items.ts';
import type { Ledger } from './table.ts';

/** Which items of a partition to read, by their sort keys. */
export interface KeyRange {
  /** Sort keys or beginnings of them, inclusive. */
  readonly from: string;
  readonly to: string;
  /** Ids and places sort by time. */
  readonly order: 'newest-first' | 'oldest-first';
  readonly limit: number;
}

/** Some items in the order asked for. */
export interface KeyRangePage {
  readonly items: readonly Item[];
  /** The sort key up to which these are all; absent when the range holds no more. */
  readonly end: string | undefined;
}

/** One page of a partition; maybe fewer than the limit, as the store reads one megabyte at most. */
export async function readKeyRange(
  { client, tableName }: Ledger,
  partition: string,
  { from, to, order, limit }: KeyRange,
  consistency: 'strong' | 'eventual',
): Promise<KeyRangePage> {
  const { Items: items = [], LastEvaluatedKey } = await client.send(
    new QueryCommand({
      TableName: tableName,
      KeyConditionExpression: 'pk = :partition AND sk BETWEEN :from AND :to',
      ExpressionAttributeValues: { ':partition': partition, ':from': from, ':to': to },
      ScanIndexForward: order === 'oldest-first',
      ConsistentRead: consistency === 'strong',
      Limit: limit,
    }),
  );
  return { items, end: LastEvaluatedKey && String(LastEvaluatedKey.sk) };
}

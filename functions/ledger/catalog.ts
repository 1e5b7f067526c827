import { DeleteCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { type CatalogKind, keys, type Ledger } from './table.ts';

/** Far below what one query returns at most, 1 MB. */
const PAGE = 1_000;

/** Notes that something with this id is configured, so that it can be listed. Repeating it changes nothing. */
export async function enlist(ledger: Ledger, kind: CatalogKind, id: string): Promise<void> {
  await ledger.client.send(new PutCommand({ TableName: ledger.tableName, Item: keys.catalog(kind, id) }));
}

/** Takes an id off the list. */
export async function delist(ledger: Ledger, kind: CatalogKind, id: string): Promise<void> {
  await ledger.client.send(new DeleteCommand({ TableName: ledger.tableName, Key: keys.catalog(kind, id) }));
}

/** A page of configured ids in alphabetical order, after `after` (exclusive). */
export async function listIds(
  ledger: Ledger,
  kind: CatalogKind,
  page: { readonly after?: string; readonly limit: number },
): Promise<string[]> {
  const { Items = [] } = await ledger.client.send(
    new QueryCommand({
      TableName: ledger.tableName,
      KeyConditionExpression: 'pk = :kind AND sk > :after',
      ExpressionAttributeValues: { ':kind': keys.catalog(kind, '').pk, ':after': page.after ?? ' ' },
      ConsistentRead: true,
      Limit: page.limit,
    }),
  );
  return Items.map((item) => String(item.sk));
}

/** Every configured id of a kind, in alphabetical order. */
export async function listAllIds(ledger: Ledger, kind: CatalogKind): Promise<string[]> {
  const ids: string[] = [];
  let page: string[];
  do {
    const after = ids.at(-1);
    page = await listIds(ledger, kind, { limit: PAGE, ...(after === undefined ? {} : { after }) });
    ids.push(...page);
  } while (page.length === PAGE);
  return ids;
}

import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { OnefillError } from '../core/errors.ts';
import type { AccountId } from '../core/ids.ts';
import { readManyItems } from './read-items.ts';
import { type AccountState, accountStateShape } from './shapes/account.ts';
import { conditionally, keys, type Ledger } from './table.ts';

/**
 * Takes an account out of use. The item stays: its fencing token must go on growing if the id is ever used again.
 *
 * @returns false when there is no such account
 * @throws OnefillError CONFLICT while an execution is under way or its order is unknown: nobody would book it
 */
export async function deleteAccount(ledger: Ledger, accountId: AccountId): Promise<boolean> {
  const { written, ...failed } = await conditionally(() =>
    ledger.client.send(
      new UpdateCommand({
        TableName: ledger.tableName,
        Key: keys.account(accountId),
        UpdateExpression: 'SET deleted = :yes',
        ConditionExpression:
          'attribute_exists(configuration) AND attribute_not_exists(deleted) AND ' +
          'attribute_not_exists(activeExecution)',
        ExpressionAttributeValues: { ':yes': true },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
  const current = 'current' in failed ? failed.current : undefined;
  if (!written && current?.activeExecution !== undefined && current.deleted === undefined) {
    const message = `The account ${accountId} is executing a signal; delete it when that has ended.`;
    throw new OnefillError('CONFLICT', 'retry', message);
  }
  return written;
}

/** The account as it stands, or `undefined` when there is none. */
export async function readAccount(ledger: Ledger, accountId: AccountId): Promise<AccountState | undefined> {
  const { Item } = await ledger.client.send(
    new GetCommand({ TableName: ledger.tableName, Key: keys.account(accountId), ConsistentRead: true }),
  );
  return Item && inUse(Item);
}

/** These accounts as they stand, each by itself; those that there are not are left out. */
export async function readAccounts(
  ledger: Ledger,
  accountIds: readonly AccountId[],
): Promise<AccountState[]> {
  const items = await readManyItems(ledger, accountIds.map(keys.account));
  return items.flatMap((item) => inUse(item) ?? []);
}

function inUse(item: Readonly<Record<string, unknown>>): AccountState | undefined {
  const account = z.parse(accountStateShape, item);
  return account.deleted ? undefined : account;
}

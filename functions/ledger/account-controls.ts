import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Halt } from '../core/halt.ts';
import type { AccountId } from '../core/ids.ts';
import { readAccount } from './accounts.ts';
import { haltedAnew } from './halts.ts';
import { conditionally, keys, type Ledger } from './table.ts';

/**
 * What operators write into an account item. None of it needs the lease: the holder that executes meanwhile goes on,
 * and whoever takes the account next reads it with the lock.
 */

/**
 * Throws the kill switch of an account. As with the other switches, a halt that stands is widened at most.
 *
 * @returns false when there is no such account
 */
export async function haltAccount(ledger: Ledger, accountId: AccountId, halt: Halt): Promise<boolean> {
  const result = await conditionally(() =>
    ledger.client.send(
      new UpdateCommand({
        TableName: ledger.tableName,
        Key: keys.account(accountId),
        UpdateExpression: 'SET #halt = :halt',
        ConditionExpression:
          'attribute_exists(configuration) AND attribute_not_exists(deleted) AND ' +
          '(attribute_not_exists(#halt) OR (#halt.#scope = :entries AND :scope = :all))',
        ExpressionAttributeNames: { '#halt': 'halt', '#scope': 'scope' },
        ExpressionAttributeValues: {
          ':halt': halt,
          ':entries': 'entries',
          ':all': 'all',
          ':scope': halt.scope,
        },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
  return result.written || isInUse(result.current);
}

/**
 * Lifts the halt of an account: the one that was seen and no other, so that a repetition that arrives late does not
 * lift the next one.
 *
 * @returns false when there is no such account
 * @throws OnefillError CONFLICT when it was halted anew at the same moment: nobody has looked at that halt yet
 */
export async function resumeAccount(ledger: Ledger, accountId: AccountId): Promise<boolean> {
  const account = await readAccount(ledger, accountId);
  if (!account?.halt) {
    return account !== undefined;
  }
  const { haltedAtMs } = account.halt;
  const result = await conditionally(() =>
    ledger.client.send(
      new UpdateCommand({
        TableName: ledger.tableName,
        Key: keys.account(accountId),
        UpdateExpression: 'REMOVE #halt',
        ConditionExpression: '#halt.haltedAtMs = :seen',
        ExpressionAttributeNames: { '#halt': 'halt' },
        ExpressionAttributeValues: { ':seen': haltedAtMs },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
  if (!result.written && isInUse(result.current) && result.current?.halt !== undefined) {
    throw haltedAnew(`The account ${accountId}`);
  }
  return result.written || isInUse(result.current);
}

/** What a forced unlock came to. */
export interface ForcedUnlock {
  /** Whether somebody held the account. Whoever did can change nothing any more. */
  readonly unlocked: boolean;
  /** As it is now. */
  readonly fencingToken: number;
}

/**
 * Takes an account away from its holder, dead or alive: the lease is gone and the fencing token is raised, so that
 * every write of the old holder fails. Its journal stays open, and whoever takes the account next finishes it.
 *
 * Only the holder that was seen is thrown out: a repetition that arrives late must not hit the next one.
 *
 * @returns `undefined` when there is no such account
 */
export async function forceUnlock(ledger: Ledger, accountId: AccountId): Promise<ForcedUnlock | undefined> {
  const account = await readAccount(ledger, accountId);
  if (!account?.lease) {
    return account && { unlocked: false, fencingToken: account.fencingToken };
  }
  const result = await conditionally(() =>
    ledger.client.send(
      new UpdateCommand({
        TableName: ledger.tableName,
        Key: keys.account(accountId),
        UpdateExpression: 'REMOVE #lease ADD fencingToken :one',
        ConditionExpression: 'fencingToken = :seen',
        ExpressionAttributeNames: { '#lease': 'lease' },
        ExpressionAttributeValues: { ':one': 1, ':seen': account.fencingToken },
        ReturnValues: 'UPDATED_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
  const now = result.written ? result.value.Attributes : result.current;
  return { unlocked: true, fencingToken: Number(now?.fencingToken) };
}

function isInUse(item: Record<string, unknown> | undefined): boolean {
  return item?.configuration !== undefined && item.deleted === undefined;
}

import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { type Lease, TIMING } from '../core/lease.ts';
import type { LockResult } from './held-account.ts';
import { type AccountState, type ActiveExecution, accountStateShape, type Intent } from './shapes/account.ts';
import { conditionally, keys, type Ledger } from './table.ts';

/** Who takes an account, as it was read, and with which intent. */
export interface TakeRequest {
  /** Free, not halted, and without a journal. */
  readonly account: AccountState;
  readonly ownerId: string;
  readonly nowMs: number;
  readonly journal: ActiveExecution & { readonly intent: Intent };
}

/**
 * Takes an account together with what was decided on it: lock and intent in one conditional write (I2, I3). It takes
 * effect only if nobody has held the account since it was read, which the fencing token tells, and nobody has halted or
 * deleted it.
 *
 * @returns `undefined` when the account is not as it was read; nothing was changed then
 */
export async function takeAccount(
  ledger: Ledger,
  { account, ownerId, nowMs, journal }: TakeRequest,
): Promise<Extract<LockResult, { kind: 'locked' }> | undefined> {
  const { accountId } = account.configuration;
  const lease: Lease = { ownerId, expiresAtMs: nowMs + TIMING.leaseDurationMs };
  const fencingToken = account.fencingToken + 1;
  const result = await conditionally(() =>
    ledger.client.send(
      new UpdateCommand({
        TableName: ledger.tableName,
        Key: keys.account(accountId),
        UpdateExpression: 'SET #lease = :lease, activeExecution = :active ADD fencingToken :one',
        ConditionExpression:
          'fencingToken = :seen AND attribute_not_exists(halt) AND attribute_not_exists(deleted)',
        ExpressionAttributeNames: { '#lease': 'lease' },
        ExpressionAttributeValues: {
          ':lease': lease,
          ':active': journal,
          ':one': 1,
          ':seen': account.fencingToken,
        },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
  if (!result.written && !isTakenBy(result.current, ownerId, fencingToken)) {
    return undefined;
  }
  return {
    kind: 'locked',
    lease,
    fence: { accountId, ownerId, fencingToken },
    account: { ...account, lease, fencingToken, activeExecution: journal },
  };
}

/** A repeated write after a lost answer fails its condition on our own first one. */
function isTakenBy(current: unknown, ownerId: string, fencingToken: number): boolean {
  const account = z.safeParse(accountStateShape, current);
  return (
    account.success && account.data.fencingToken === fencingToken && account.data.lease?.ownerId === ownerId
  );
}

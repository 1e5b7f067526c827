import { GetCommand, UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { Account } from '../core/configuration.ts';
import { OnefillError } from '../core/errors.ts';
import type { AccountId, ExecutionId } from '../core/ids.ts';
import { type Lease, TIMING } from '../core/lease.ts';
import type { Position } from '../core/position.ts';
import { type AccountState, type ActiveExecution, accountStateShape, type Intent } from './schemas.ts';
import { conditionally, keys, type Ledger } from './table.ts';

/** Proof of holding an account: every write of the holder carries it in its condition (I5). */
export interface Fence {
  readonly accountId: AccountId;
  readonly ownerId: string;
  readonly fencingToken: number;
}

/** The answer to asking for an account. */
export type LockResult =
  | { readonly kind: 'locked'; readonly fence: Fence; readonly lease: Lease; readonly account: AccountState }
  | { readonly kind: 'contended'; readonly leaseExpiresAtMs: number | undefined }
  | { readonly kind: 'not-found' };

/**
 * Lock and load: one conditional write takes the lease, raises the fencing token, names the execution that begins
 * (unless an earlier one was left unfinished) and returns the whole account as one consistent snapshot.
 *
 * Timeline of the condition `free or lapsed or mine`:
 *
 *     |── leased ──|── clock skew margin ──|── anyone may take it ──▶
 *
 * `mine` makes the write safe to repeat when the SDK retries after a lost answer.
 */
export async function lockAccount(
  ledger: Ledger,
  request: { accountId: AccountId; ownerId: string; begins: ActiveExecution; nowMs: number },
): Promise<LockResult> {
  const { accountId, ownerId, begins, nowMs } = request;
  const lease: Lease = { ownerId, expiresAtMs: nowMs + TIMING.leaseDurationMs };
  const result = await conditionally(() =>
    ledger.client.send(
      new UpdateCommand({
        TableName: ledger.tableName,
        Key: keys.account(accountId),
        UpdateExpression:
          'SET #lease = :lease, activeExecution = if_not_exists(activeExecution, :begins) ADD fencingToken :one',
        ConditionExpression:
          'attribute_exists(configuration) AND attribute_not_exists(deleted) AND ' +
          '(attribute_not_exists(#lease) OR #lease.expiresAtMs < :lapsed OR #lease.ownerId = :owner)',
        ExpressionAttributeNames: { '#lease': 'lease' },
        ExpressionAttributeValues: {
          ':lease': lease,
          ':begins': begins,
          ':one': 1,
          ':lapsed': nowMs - TIMING.clockSkewMs,
          ':owner': ownerId,
        },
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
  if (result.written) {
    const account = z.parse(accountStateShape, result.value.Attributes);
    return {
      kind: 'locked',
      lease,
      account,
      fence: { accountId, ownerId, fencingToken: account.fencingToken },
    };
  }
  const current = z.safeParse(accountStateShape, result.current);
  if (!current.success || current.data.deleted) {
    return { kind: 'not-found' };
  }
  return { kind: 'contended', leaseExpiresAtMs: current.data.lease?.expiresAtMs };
}

/** Thrown when a write's fence no longer holds: someone else has the account, and nothing was changed. */
export function fencedOut(fence: Fence): OnefillError {
  return new OnefillError(
    'FENCED_OUT',
    'retry',
    `The lease on account ${fence.accountId} with fencing token ${fence.fencingToken} is no longer held.`,
  );
}

async function writeFenced(
  ledger: Ledger,
  fence: Fence,
  update: Pick<
    UpdateCommandInput,
    'UpdateExpression' | 'ConditionExpression' | 'ExpressionAttributeNames'
  > & {
    ExpressionAttributeValues?: Record<string, unknown>;
  },
): Promise<{ readonly written: boolean; readonly current: AccountState | undefined }> {
  const condition = update.ConditionExpression ? ` AND ${update.ConditionExpression}` : '';
  const result = await conditionally(() =>
    ledger.client.send(
      new UpdateCommand({
        TableName: ledger.tableName,
        Key: keys.account(fence.accountId),
        ...update,
        ConditionExpression: `fencingToken = :fence AND #lease.ownerId = :owner${condition}`,
        ExpressionAttributeNames: { '#lease': 'lease', ...update.ExpressionAttributeNames },
        ExpressionAttributeValues: {
          ':fence': fence.fencingToken,
          ':owner': fence.ownerId,
          ...update.ExpressionAttributeValues,
        },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
  if (result.written) {
    return { written: true, current: undefined };
  }
  const current = z.safeParse(accountStateShape, result.current);
  return { written: false, current: current.success ? current.data : undefined };
}

/** Prolongs the lease of a living holder. @throws OnefillError FENCED_OUT when it was lost meanwhile */
export async function renewLease(ledger: Ledger, fence: Fence, nowMs: number): Promise<Lease> {
  const lease: Lease = { ownerId: fence.ownerId, expiresAtMs: nowMs + TIMING.leaseDurationMs };
  const { written } = await writeFenced(ledger, fence, {
    UpdateExpression: 'SET #lease = :lease',
    ExpressionAttributeValues: { ':lease': lease },
  });
  if (!written) {
    throw fencedOut(fence);
  }
  return lease;
}

/**
 * I3, intent first: the execution with its complete orders is durable before the venue is called. The write also
 * renews the lease, so that it outlives the call that follows.
 *
 * @throws OnefillError FENCED_OUT when the account was lost since it was locked
 */
export async function recordIntent(
  ledger: Ledger,
  fence: Fence,
  journal: { active: ActiveExecution & { intent: Intent }; nowMs: number },
): Promise<Lease> {
  const lease: Lease = { ownerId: fence.ownerId, expiresAtMs: journal.nowMs + TIMING.leaseDurationMs };
  const { written } = await writeFenced(ledger, fence, {
    UpdateExpression: 'SET activeExecution = :active, #lease = :lease',
    ConditionExpression: 'activeExecution.executionId = :execution',
    ExpressionAttributeValues: {
      ':active': journal.active,
      ':execution': journal.active.executionId,
      ':lease': lease,
    },
  });
  if (!written) {
    throw fencedOut(fence);
  }
  return lease;
}

/**
 * Ends the account's part of an execution: books what it filled and, at once, closes its journal. Because both
 * happen in one write that requires the journal to be open, fills are booked exactly once however often it is
 * repeated.
 *
 * @param next what the holder goes on with; without it the lease is given back
 * @throws OnefillError FENCED_OUT when the account was lost; the next holder finds the journal and settles it
 */
export async function settleAccount(
  ledger: Ledger,
  fence: Fence,
  settlement: {
    executionId: ExecutionId;
    positions: Readonly<Record<string, Position>>;
    next?: ActiveExecution;
  },
): Promise<void> {
  const { executionId, positions, next } = settlement;
  const entries = Object.entries(positions);
  const sets = entries.map((_, index) => `positions.#symbol${index} = :position${index}`);
  if (next) {
    sets.push('activeExecution = :next');
  }
  const set = sets.length > 0 ? `SET ${sets.join(', ')}` : '';
  const { written, current } = await writeFenced(ledger, fence, {
    UpdateExpression: next ? set : `${set} REMOVE #lease, activeExecution`,
    ConditionExpression: 'activeExecution.executionId = :execution',
    ExpressionAttributeNames: Object.fromEntries(
      entries.map(([symbol], index) => [`#symbol${index}`, symbol]),
    ),
    ExpressionAttributeValues: {
      ':execution': executionId,
      ...Object.fromEntries(entries.map(([, position], index) => [`:position${index}`, position])),
      ...(next ? { ':next': next } : {}),
    },
  });
  if (!written && !isSettledBy(current, fence, next)) {
    throw fencedOut(fence);
  }
}

/** A repeated write after a lost answer fails its condition on our own first one: nobody else holds our token. */
function isSettledBy(
  current: AccountState | undefined,
  fence: Fence,
  next: ActiveExecution | undefined,
): boolean {
  return (
    current?.fencingToken === fence.fencingToken && current.activeExecution?.executionId === next?.executionId
  );
}

/** Gives the lease back and leaves the journal open, for whoever takes the account next. */
export async function releaseAccount(ledger: Ledger, fence: Fence): Promise<void> {
  await writeFenced(ledger, fence, { UpdateExpression: 'REMOVE #lease' });
}

/** Stores an account's configuration and leaves its state alone. @returns whether the account is new */
export async function configureAccount(ledger: Ledger, account: Account): Promise<{ created: boolean }> {
  const { Attributes } = await ledger.client.send(
    new UpdateCommand({
      TableName: ledger.tableName,
      Key: keys.account(account.accountId),
      UpdateExpression:
        'SET configuration = :configuration, positions = if_not_exists(positions, :none), ' +
        'fencingToken = if_not_exists(fencingToken, :zero) REMOVE deleted',
      ExpressionAttributeValues: { ':configuration': account, ':none': {}, ':zero': 0 },
      ReturnValues: 'ALL_OLD',
    }),
  );
  return { created: Attributes?.configuration === undefined || Attributes.deleted === true };
}

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
  if (Item === undefined) {
    return undefined;
  }
  const account = z.parse(accountStateShape, Item);
  return account.deleted ? undefined : account;
}

import { UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { OnefillError } from '../core/errors.ts';
import type { Halt } from '../core/halt.ts';
import type { AccountId, ExecutionId } from '../core/ids.ts';
import { type Lease, TIMING } from '../core/lease.ts';
import { type Booking, bookingOf, expressionOf } from './booking.ts';
import { type AccountState, type ActiveExecution, accountStateShape, type Intent } from './shapes/account.ts';
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

/** How a taker found the account held by others before it got it, or gave up. */
export interface LeaseWait {
  readonly contentions: number;
  readonly waitMs: number;
}

/** Who asks for an account, and what for. */
export interface LockRequest {
  readonly accountId: AccountId;
  readonly ownerId: string;
  readonly nowMs: number;
  /** Whose journal to open; absent for whoever only finishes what it finds. */
  readonly begins?: ActiveExecution;
  /** Counted by the same write. */
  readonly waited?: LeaseWait | undefined;
}

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
export async function lockAccount(ledger: Ledger, request: LockRequest): Promise<LockResult> {
  const { accountId, ownerId, begins, nowMs, waited } = request;
  const lease: Lease = { ownerId, expiresAtMs: nowMs + TIMING.leaseDurationMs };
  const result = await conditionally(() =>
    ledger.client.send(
      new UpdateCommand({
        TableName: ledger.tableName,
        Key: keys.account(accountId),
        UpdateExpression:
          `SET #lease = :lease${begins ? ', activeExecution = if_not_exists(activeExecution, :begins)' : ''} ` +
          `ADD fencingToken :one${waited ? ', leaseContentions :contentions, leaseWaitMs :waitMs' : ''}`,
        ConditionExpression:
          'attribute_exists(configuration) AND attribute_not_exists(deleted) AND ' +
          '(attribute_not_exists(#lease) OR #lease.expiresAtMs < :lapsed OR #lease.ownerId = :owner)',
        ExpressionAttributeNames: { '#lease': 'lease' },
        ExpressionAttributeValues: {
          ':lease': lease,
          ':one': 1,
          ...(begins ? { ':begins': begins } : {}),
          ...(waited ? { ':contentions': waited.contentions, ':waitMs': waited.waitMs } : {}),
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

/** Counts a taker that gave up. An account that does not exist is left alone. */
export async function countLeaseTimeout(
  ledger: Ledger,
  accountId: AccountId,
  { contentions, waitMs }: LeaseWait,
): Promise<void> {
  await conditionally(() =>
    ledger.client.send(
      new UpdateCommand({
        TableName: ledger.tableName,
        Key: keys.account(accountId),
        UpdateExpression: 'ADD leaseTimeouts :one, leaseContentions :contentions, leaseWaitMs :waitMs',
        ConditionExpression: 'attribute_exists(configuration)',
        ExpressionAttributeValues: { ':one': 1, ':contentions': contentions, ':waitMs': waitMs },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
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
 * I3, intent first: the execution with its complete orders is durable before the venue is called; so is every order
 * that is added to it later, and the moment it turns back. The write also renews the lease, so that it outlives the
 * call that follows.
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

/** How the account's part of an execution ends. */
export interface Settlement extends Booking {
  readonly executionId: ExecutionId;
  /** What the holder goes on with; without it the lease is given back, unless there is something left to do. */
  readonly next?: ActiveExecution | undefined;
  readonly keepsLease?: boolean;
  /** Halts the account by the same write; it stands in the place of a halt of entries only. */
  readonly halt?: Halt;
}

/**
 * Ends the account's part of an execution: books what it filled and, at once, closes its journal. Because both
 * happen in one write that requires the journal to be open, fills are booked exactly once however often it is
 * repeated.
 *
 * @throws OnefillError FENCED_OUT when the account was lost; the next holder finds the journal and settles it
 */
export async function settleAccount(ledger: Ledger, fence: Fence, settlement: Settlement): Promise<void> {
  const { executionId, next, halt, keepsLease = false } = settlement;
  const entries = bookingOf(settlement);
  if (next) {
    entries.sets['activeExecution = :next'] = { ':next': next };
  }
  if (halt) {
    entries.sets['halt = :halt'] = { ':halt': halt };
  }
  entries.values[':execution'] = executionId;
  const { written, current } = await writeFenced(ledger, fence, {
    UpdateExpression: expressionOf(entries.sets, [
      ...entries.removes,
      ...(next || keepsLease ? [] : ['#lease']),
      ...(next ? [] : ['activeExecution']),
    ]),
    ConditionExpression: 'activeExecution.executionId = :execution',
    ExpressionAttributeNames: entries.names,
    ExpressionAttributeValues: Object.assign(entries.values, ...Object.values(entries.sets)),
  });
  if (!written && !isSettledBy(current, fence, next)) {
    throw fencedOut(fence);
  }
}

/**
 * Books how far open orders of ended executions have come, and goes on holding the account. Repeating it changes
 * nothing: it writes what the books are to be, not what is added to them.
 *
 * @throws OnefillError FENCED_OUT when the account was lost
 */
export async function bookOpenOrders(ledger: Ledger, fence: Fence, booking: Booking): Promise<void> {
  const { sets, removes, names, values } = bookingOf(booking);
  if (Object.keys(sets).length + removes.length === 0) {
    return;
  }
  const { written } = await writeFenced(ledger, fence, {
    UpdateExpression: expressionOf(sets, removes),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: Object.assign(values, ...Object.values(sets)),
  });
  if (!written) {
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

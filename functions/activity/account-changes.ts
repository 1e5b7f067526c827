import * as z from 'zod/mini';
import type { ActivityEntry } from '../core/activity.ts';
import type { AccountId } from '../core/ids.ts';
import { type AccountState, accountStateShape } from '../ledger/shapes/account.ts';
import { configurationChanges } from './configuration-changes.ts';
import { configurationIn, switched } from './control-changes.ts';
import { journalChanges } from './journal-changes.ts';
import type { Item, LedgerChange } from './stream-record.ts';
import { liveTradeChanges } from './trade-changes.ts';

type Account = AccountState | undefined;

/** What an account's item tells: who holds it, what for, and everything that is kept in it. */
export function accountChanges(accountId: AccountId, { before, after }: LedgerChange): ActivityEntry[] {
  const then: Account = before && z.parse(accountStateShape, before);
  const now: Account = after && z.parse(accountStateShape, after);
  return [
    ...configurationChanges('account', accountId, configured(before, then), configured(after, now)),
    ...leaseChanges(then, now),
    ...journalChanges(then, now),
    ...liveTradeChanges(then, now),
    ...switched({ subject: 'account', accountId }, then?.halt, now?.halt),
  ];
}

/** A deleted account keeps its item, for its token to go on growing. */
function configured(item: Item | undefined, account: Account): Item | undefined {
  return account?.deleted ? undefined : configurationIn(item);
}

function leaseChanges(then: Account, now: Account): ActivityEntry[] {
  if (now === undefined) {
    return [];
  }
  const contentions = now.leaseContentions - (then?.leaseContentions ?? 0);
  const waitMs = now.leaseWaitMs - (then?.leaseWaitMs ?? 0);
  const timeouts = now.leaseTimeouts - (then?.leaseTimeouts ?? 0);
  return [
    ...(contentions > 0 ? [{ type: 'LEASE_CONTENDED', contentions, waitMs } as const] : []),
    ...(timeouts > 0 ? [{ type: 'LEASE_TIMED_OUT', timeouts } as const] : []),
    ...holderChanges(then, now),
  ];
}

/** A lease that its holder renews is no change. */
function holderChanges(then: Account, { lease, fencingToken }: AccountState): ActivityEntry[] {
  const fromOwnerId = then?.lease?.ownerId;
  const ownerId = lease?.ownerId;
  if (ownerId === fromOwnerId) {
    return [];
  }
  if (ownerId === undefined) {
    const isForced = fencingToken !== then?.fencingToken;
    return fromOwnerId === undefined
      ? []
      : [
          isForced
            ? { type: 'LEASE_FORCED', fromOwnerId, fencingToken }
            : { type: 'LEASE_RELEASED', ownerId: fromOwnerId },
        ];
  }
  return fromOwnerId === undefined
    ? [{ type: 'LEASE_TAKEN', ownerId, fencingToken }]
    : [{ type: 'LEASE_TAKEN_OVER', ownerId, fromOwnerId, fencingToken }];
}

import { isoTime } from '../core/clock.ts';
import type { AccountId } from '../core/ids.ts';
import { TIMING } from '../core/lease.ts';
import { forceUnlock } from '../ledger/account-controls.ts';
import { readAccount } from '../ledger/accounts.ts';
import type { AccountState, ActiveExecution } from '../ledger/shapes/account.ts';
import { answer, type HttpAnswer } from '../shared/http.ts';
import { accountPages } from './account-pages.ts';
import { configuredIdIn, readCommand, reason } from './command.ts';
import { fields } from './fields.ts';
import { notFound } from './refusals.ts';
import type { AdminContext, AdminRequest, Route } from './route.ts';

/** `/api/v1/monitoring/locks`: who holds which account, how often it was fought over, and the forced unlock. */
export const LOCK_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/monitoring/locks/status', access: 'viewer', handle: accountPages(showBusyLock) },
  { method: 'GET', path: '/monitoring/locks/account/{id}', access: 'viewer', handle: getLock },
  {
    method: 'POST',
    path: '/monitoring/locks/account/{id}/unlock',
    access: 'operator',
    scope: 'operate',
    handle: unlock,
  },
];

const unlockInput = fields({ reason });

async function getLock({ ledger, clock }: AdminContext, request: AdminRequest): Promise<HttpAnswer> {
  const accountId = configuredIdIn<AccountId>(request);
  const account = accountId && (await readAccount(ledger, accountId));
  return account ? answer(200, showLock(account, clock.now())) : absent(request);
}

async function unlock({ ledger }: AdminContext, request: AdminRequest): Promise<HttpAnswer> {
  const input = readCommand(request, unlockInput);
  if (!input.ok) {
    return input.answer;
  }
  const accountId = configuredIdIn<AccountId>(request);
  const unlocked = accountId && (await forceUnlock(ledger, accountId));
  if (!unlocked) {
    return absent(request);
  }
  request.note({ ...unlocked });
  return answer(200, { accountId, ...unlocked });
}

/** Whether somebody holds the account; the complement of the condition under which the lock is given to another. */
export function isLeased({ lease }: AccountState, nowMs: number): boolean {
  return lease !== undefined && lease.expiresAtMs >= nowMs - TIMING.clockSkewMs;
}

/** Forward, or backward once the saga turned back to undo what was done. */
export function directionOf({ intent }: ActiveExecution): 'forward' | 'backward' {
  return intent?.turnedBack ? 'backward' : 'forward';
}

function showBusyLock(account: AccountState, nowMs: number) {
  const { leaseContentions, leaseTimeouts } = account;
  return isLeased(account, nowMs) || leaseContentions > 0 || leaseTimeouts > 0
    ? showLock(account, nowMs)
    : undefined;
}

function showLock(account: AccountState, nowMs: number) {
  const { configuration, lease, fencingToken, activeExecution } = account;
  return {
    accountId: configuration.accountId,
    leased: isLeased(account, nowMs),
    ...(lease ? { ownerId: lease.ownerId, expiresAt: isoTime(lease.expiresAtMs) } : {}),
    fencingToken,
    contentions: account.leaseContentions,
    waitMs: account.leaseWaitMs,
    timeouts: account.leaseTimeouts,
    ...(activeExecution ? { activeExecution: showActive(activeExecution) } : {}),
  };
}

function showActive(active: ActiveExecution) {
  return {
    executionId: active.executionId,
    startedAt: isoTime(active.startedAtMs),
    direction: directionOf(active),
  };
}

function absent(request: AdminRequest): HttpAnswer {
  return notFound(request, `There is no account ${request.parameters.id}.`);
}

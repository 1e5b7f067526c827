import type { Logger } from '@aws-lambda-powertools/logger';
import type { AccountId } from '../core/ids.ts';
import type { AccountReconciliation } from '../engine/reconcile.ts';
import { listAllIds } from '../ledger/catalog.ts';
import type { Ledger } from '../ledger/table.ts';
import { mapInParallel } from '../shared/parallel.ts';

/** What sweeping accounts needs. */
export interface AccountsSweepDependencies {
  readonly ledger: Ledger;
  readonly logger: Logger;
  readonly reconcileAccount: (accountId: AccountId) => Promise<AccountReconciliation>;
}

/** What a sweep of accounts came to. */
export interface AccountsSweep {
  /** How many accounts there are. */
  readonly accounts: number;
  /** Of those, how many had something open. */
  readonly reconciled: number;
  /** How many executions were finished whose worker had died. */
  readonly recovered: number;
  /** How many open orders were found changed. */
  readonly changedOrders: number;
  /** How many accounts hold other positions than the broker. */
  readonly drifted: number;
  /** How many accounts somebody else was at work on; they are looked at in the next run. */
  readonly contended: number;
  readonly failed: number;
  /** How many there was no time for. */
  readonly left: number;
  readonly hasFailed: boolean;
  /** The account that was looked at last, when there was no time for all. */
  readonly accountsAfter?: AccountId;
}

/** How many accounts are reconciled at once: each waits for its venue most of the time. */
const WIDTH = 8;

type Reconciled = Extract<AccountReconciliation, { kind: 'reconciled' }>;
type Outcome = AccountReconciliation | { readonly kind: 'failed' | 'left' };

/**
 * Reconciles every account that is configured. One that fails does not keep the others from it, and where there is
 * no time for all, the next sweep goes on after the last one.
 *
 * @param accountsAfter the account after which to begin
 * @param hasTime whether to begin with another account
 */
export async function sweepAccounts(
  dependencies: AccountsSweepDependencies,
  accountsAfter: AccountId | undefined,
  hasTime: () => boolean,
): Promise<AccountsSweep> {
  const ids = (await listAllIds(dependencies.ledger, 'ACCOUNT')) as AccountId[];
  const first = Math.max(
    0,
    ids.findIndex((id) => id > (accountsAfter ?? '')),
  );
  const inTurn = [...ids.slice(first), ...ids.slice(0, first)];
  const outcomes = await mapInParallel(inTurn, WIDTH, (accountId) =>
    hasTime() ? reconcile(dependencies, accountId) : Promise.resolve<Outcome>({ kind: 'left' }),
  );
  const firstLeft = outcomes.findIndex(({ kind }) => kind === 'left');
  const last = firstLeft > 0 ? inTurn[firstLeft - 1] : accountsAfter;
  return { ...tally(outcomes), ...(firstLeft >= 0 && last !== undefined ? { accountsAfter: last } : {}) };
}

async function reconcile(
  { logger, reconcileAccount }: AccountsSweepDependencies,
  accountId: AccountId,
): Promise<Outcome> {
  try {
    const outcome = await reconcileAccount(accountId);
    if (outcome.kind === 'reconciled' && hasChanged(outcome)) {
      logger.info('An account was reconciled.', { accountId, ...outcome });
    }
    return outcome;
  } catch (error) {
    logger.error('An account could not be reconciled.', { accountId, error: error as Error });
    return { kind: 'failed' };
  }
}

/** Orders may rest at a venue for days, which is nothing to say each minute. */
function hasChanged({ recovered, changedOrders, drift }: Reconciled): boolean {
  return recovered !== undefined || changedOrders > 0 || drift.length > 0;
}

function tally(outcomes: readonly Outcome[]): Omit<AccountsSweep, 'accountsAfter'> {
  const count = (kind: Outcome['kind']) => outcomes.filter((outcome) => outcome.kind === kind).length;
  const reconciled = outcomes.filter((outcome) => outcome.kind === 'reconciled');
  return {
    accounts: outcomes.length,
    reconciled: reconciled.length,
    recovered: reconciled.filter(({ recovered }) => recovered !== undefined).length,
    changedOrders: reconciled.reduce((sum, { changedOrders }) => sum + changedOrders, 0),
    drifted: reconciled.filter(({ drift }) => drift.length > 0).length,
    contended: count('contended'),
    failed: count('failed'),
    left: count('left'),
    hasFailed: count('failed') > 0,
  };
}

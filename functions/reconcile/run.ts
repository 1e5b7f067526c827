import type { Logger } from '@aws-lambda-powertools/logger';
import { OnefillError } from '../core/errors.ts';
import type { AccountId } from '../core/ids.ts';
import type { Engine } from '../engine/engine.ts';
import type { AccountReconciliation } from '../engine/reconcile.ts';
import { applySettings } from '../ledger/apply-settings.ts';
import { readReconcileCursor, saveReconcileCursor } from '../ledger/reconcile-cursor.ts';
import type { Queue } from '../shared/accounts-queue.ts';
import { type AccountsSweep, sweepAccounts } from './accounts-sweep.ts';
import { type ReceiptsSweep, sweepReceipts } from './receipts-sweep.ts';

/** What a run needs from the outside. */
export interface ReconcileDependencies {
  readonly engine: Engine;
  readonly queue: Queue;
  readonly logger: Logger;
  readonly remainingTimeMs: () => number;
  readonly reconcileAccount: (accountId: AccountId) => Promise<AccountReconciliation>;
  /** How many messages the dead-letter queue holds. */
  readonly countDeadLetters: () => Promise<number>;
}

/** What a run came to. */
export interface ReconcileSummary {
  readonly receipts: ReceiptsSweep;
  readonly accounts: AccountsSweep;
}

/** How much must be left of the invocation to begin with another page of receipts: the accounts need theirs. */
const RECEIPTS_FLOOR_MS = 30_000;

/** How much must be left to begin with another account: more than one takes whose venue does not answer. */
const ACCOUNTS_FLOOR_MS = 15_000;

/**
 * Finds and finishes what nobody is at work on any more (B10, C5): first executions whose messages are gone, then,
 * account by account, open journals, orders and positions.
 *
 * Safe to run at any time, beside live traffic and beside another run, and to be killed at any point.
 *
 * @throws OnefillError RECONCILE_INCOMPLETE at the end when something failed, so that the function's errors tell it;
 * everything else was done, and the next run tries again
 */
export async function reconcileAll(dependencies: ReconcileDependencies): Promise<ReconcileSummary> {
  const { engine, logger, remainingTimeMs } = dependencies;
  const startedAtMs = engine.clock.now();
  const cursor = await readReconcileCursor(engine.ledger);
  const receipts = await sweepReceipts(
    dependencies,
    cursor.receipts,
    () => remainingTimeMs() > RECEIPTS_FLOOR_MS,
  );
  const accounts = await sweepAccounts(
    { ...dependencies, ledger: engine.ledger },
    cursor.accountsAfter,
    () => remainingTimeMs() > ACCOUNTS_FLOOR_MS,
  );
  const { accountsAfter, left, drifted, failed } = accounts;
  await saveReconcileCursor(engine.ledger, {
    receipts: receipts.next,
    ...(accountsAfter === undefined ? {} : { accountsAfter }),
    lastRun: { atMs: engine.clock.now(), accounts: accounts.accounts, left, drifted, failed },
  });
  const areSettingsApplied = await finishSettings(dependencies);
  await tellOfDeadLetters(dependencies);
  const summary = { receipts, accounts };
  const durationMs = engine.clock.now() - startedAtMs;
  if (receipts.isComplete && accounts.left === 0) {
    logger.info('Reconciled.', { ...summary, durationMs });
  } else {
    logger.warn('There was no time to reconcile everything; the next run goes on.', {
      ...summary,
      durationMs,
    });
  }
  if (receipts.hasFailed || accounts.hasFailed || !areSettingsApplied) {
    const message = 'Not everything could be reconciled; what failed is in the log.';
    throw new OnefillError('RECONCILE_INCOMPLETE', 'retry', message);
  }
  return summary;
}

/** Settings whose change died before everyone had them. @returns false when that failed; the next run tries again */
async function finishSettings({ engine, logger }: ReconcileDependencies): Promise<boolean> {
  try {
    await applySettings(engine.ledger);
    return true;
  } catch (error) {
    logger.error('The settings could not be applied everywhere.', error as Error);
    return false;
  }
}

/** I7: what nobody tries again is told for as long as it lies there. The queue's own alarm tells it as well. */
async function tellOfDeadLetters({ engine, logger, countDeadLetters }: ReconcileDependencies): Promise<void> {
  try {
    const letters = await countDeadLetters();
    if (letters > 0) {
      engine.alert({
        type: 'DEAD_LETTERS',
        severity: 'HIGH',
        subject: 'accounts',
        message: `${letters} messages are in the dead-letter queue: they were not executed, and nobody tries again.`,
      });
    }
  } catch (error) {
    logger.warn('The dead-letter queue could not be looked at.', error as Error);
  }
}

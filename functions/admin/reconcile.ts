import * as z from 'zod/mini';
import type { AccountId } from '../core/ids.ts';
import { type AccountReconciliation, reconcileAccount } from '../engine/reconcile.ts';
import { listAllIds } from '../ledger/catalog.ts';
import { answer, type HttpAnswer } from '../shared/http.ts';
import { configuredIdIn, readCommand, reason } from './command.ts';
import { fields } from './fields.ts';
import { mapInParallel } from './parallel.ts';
import { conflict, notFound } from './refusals.ts';
import type { AdminContext, AdminRequest } from './route.ts';

const reconcileInput = fields({ reason: z.exactOptional(reason) });

/** How many accounts are reconciled at once: each waits for its venue most of the time. */
const WIDTH = 8;
/** Below the function's timeout. An account that is begun later than the first could take until after the second. */
const TIME = { beginMs: 5_000, answerMs: 8_000 } as const;

/** Reconciling on demand: what the reconciler does every minute, for one account or all of them. */
export async function reconcileOne({ engine }: AdminContext, request: AdminRequest): Promise<HttpAnswer> {
  const input = readCommand(request, reconcileInput);
  if (!input.ok) {
    return input.answer;
  }
  const accountId = configuredIdIn<AccountId>(request);
  return answerReconciled(
    request,
    accountId ? await reconcileAccount(engine, accountId) : { kind: 'not-found' },
  );
}

/** What looking after the account in the path came to. */
export function answerReconciled(request: AdminRequest, found: AccountReconciliation): HttpAnswer {
  const accountId = request.parameters.id;
  switch (found.kind) {
    case 'contended':
      return conflict(request, `The account ${accountId} is executing something; nothing was changed.`);
    case 'idle':
      return answer(200, { accountId, openOrders: 0, changedOrders: 0, drift: [], halted: false });
    case 'reconciled': {
      const { kind: _, ...outcome } = found;
      request.note(outcome);
      return answer(200, { accountId, ...outcome });
    }
    case 'not-found':
      return notFound(request, `There is no account ${accountId}.`);
  }
}

/** What reconciling everything came to so far. */
interface Tally {
  readonly accounts: number;
  looked: number;
  reconciled: number;
  recovered: number;
  contended: number;
  drifted: number;
  halted: number;
  readonly failed: string[];
}

export async function reconcileAll(
  { ledger, engine, clock }: AdminContext,
  request: AdminRequest,
): Promise<HttpAnswer> {
  const input = readCommand(request, reconcileInput);
  if (!input.ok) {
    return input.answer;
  }
  const startedAtMs = clock.now();
  const ids = await listAllIds(ledger, 'ACCOUNT');
  const counts = { looked: 0, reconciled: 0, recovered: 0, contended: 0, drifted: 0, halted: 0 };
  const tally: Tally = { accounts: ids.length, ...counts, failed: [] };
  const sweep = mapInParallel(ids, WIDTH, async (accountId) => {
    if (clock.now() - startedAtMs > TIME.beginMs) {
      return;
    }
    try {
      count(tally, await reconcileAccount(engine, accountId as AccountId));
    } catch {
      tally.failed.push(accountId);
    }
  });
  await within(engine, startedAtMs + TIME.answerMs - clock.now(), sweep);
  const { looked, ...shown } = tally;
  const complete = looked === tally.accounts;
  request.note({ ...shown, complete });
  return answer(200, { ...shown, complete });
}

/** Accounts that are not done by then are left as if we had died: whoever takes them next finishes them. */
async function within(
  engine: AdminContext['engine'],
  durationMs: number,
  work: Promise<unknown>,
): Promise<void> {
  let cancelTimer = (): void => undefined;
  const timeUp = new Promise<void>((resolve) => {
    cancelTimer = engine.after(Math.max(0, durationMs), resolve);
  });
  await Promise.race([work, timeUp]);
  cancelTimer();
}

function count(tally: Tally, outcome: AccountReconciliation): void {
  tally.looked += 1;
  if (outcome.kind === 'contended') {
    tally.contended += 1;
  }
  if (outcome.kind === 'reconciled') {
    tally.reconciled += 1;
    tally.recovered += outcome.recovered ? 1 : 0;
    tally.drifted += outcome.drift.length > 0 ? 1 : 0;
    tally.halted += outcome.halted ? 1 : 0;
  }
}

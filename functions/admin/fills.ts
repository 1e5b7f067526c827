import * as z from 'zod/mini';
import type { AccountId } from '../core/ids.ts';
import { TIMING } from '../core/lease.ts';
import { type AccountReconciliation, reconcileAccount } from '../engine/reconcile.ts';
import type { HttpAnswer } from '../shared/http.ts';
import { configuredIdIn, readCommand, reason } from './command.ts';
import { fields, text } from './fields.ts';
import { answerReconciled } from './reconcile.ts';
import type { AdminContext, AdminRequest } from './route.ts';

/** The order is noted in the log, and nothing else is made of it: what filled is what the venue says when it is asked. */
const fillInput = fields({ orderId: z.exactOptional(text(1, 200)), reason: z.exactOptional(reason) });

/** `POST /api/v1/accounts/{id}/fills`: somebody has heard that something filled at the venue. */
export async function hintAtFill({ engine }: AdminContext, request: AdminRequest): Promise<HttpAnswer> {
  const input = readCommand(request, fillInput);
  if (!input.ok) {
    return input.answer;
  }
  request.note(input.value);
  const accountId = configuredIdIn<AccountId>(request);
  let looked: AccountReconciliation = accountId
    ? await reconcileAccount(engine, accountId)
    : { kind: 'not-found' };
  // Whoever is at work on the account may have looked before the fill.
  for (const backoffMs of TIMING.contentionBackoffMs) {
    if (looked.kind !== 'contended' || !accountId) {
      break;
    }
    await engine.wait(backoffMs);
    looked = await reconcileAccount(engine, accountId);
  }
  return answerReconciled(request, looked);
}

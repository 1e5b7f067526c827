import * as z from 'zod/mini';
import { type AccountId, executionIdOf, signalIdOf } from '../core/ids.ts';
import type { Receipt } from '../core/receipt.ts';
import { flattenAccount, OPERATOR } from '../engine/flatten.ts';
import { readAccount } from '../ledger/accounts.ts';
import { recordCommand, withdrawCommand } from '../ledger/command-receipts.ts';
import { answer, type HttpAnswer } from '../shared/http.ts';
import { configuredIdIn, readCommand, reason } from './command.ts';
import { readExecutionState } from './execution-state.ts';
import { showExecution } from './executions.ts';
import { fields } from './fields.ts';
import { conflict, notFound } from './refusals.ts';
import type { AdminContext, AdminRequest, Route } from './route.ts';

/** `POST /api/v1/accounts/{id}/flatten`: ends every order and closes every position, whatever is halted. */
export const FLATTEN_ROUTES: readonly Route[] = [
  { method: 'POST', path: '/accounts/{id}/flatten', access: 'operator', handle: flatten },
];

const flattenInput = fields({ reason: z.exactOptional(reason) });

/** Why a command came to nothing, by the code of the result. */
const NOTHING_DONE: Readonly<Record<string, string>> = {
  ACCOUNT_LEASED: 'The account is executing something; ask again, or unlock it.',
  EARLIER_ORDER_UNKNOWN: 'What became of an earlier order of the account is unknown; resolve that first.',
};

async function flatten(context: AdminContext, request: AdminRequest): Promise<HttpAnswer> {
  const input = readCommand(request, flattenInput);
  if (!input.ok) {
    return input.answer;
  }
  const accountId = configuredIdIn<AccountId>(request);
  if (!accountId || !(await readAccount(context.ledger, accountId))) {
    return absent(request);
  }
  return execute(context, request, accountId);
}

/** The receipt first, so that whatever the command did is found by it. */
async function execute(
  { ledger, engine, clock }: AdminContext,
  request: AdminRequest,
  accountId: AccountId,
): Promise<HttpAnswer> {
  const { correlationId, sourceIp } = request;
  const { webhookId, strategyId } = OPERATOR;
  const receivedAtMs = clock.now();
  const signalId = signalIdOf(webhookId, `flatten ${accountId} ${correlationId}`, receivedAtMs);
  const ids = {
    executionId: executionIdOf(signalId, strategyId, accountId),
    signalId,
    strategyId,
    accountId,
  };
  const command = { signalId, webhookId, correlationId, receivedAtMs, sourceIp, duplicates: 0 };
  const signal = { symbol: 'ALL', action: 'flatten', timeInForce: 'day' } as const;
  const targets = [{ executionId: ids.executionId, strategyId, accountId }];
  request.note({ executionId: ids.executionId });
  await recordCommand(ledger, { ...command, status: 'accepted', signal, targets } satisfies Receipt);

  const result = await flattenAccount(engine, { accountId, signalId, correlationId, receivedAtMs });
  if (result.kind === 'done') {
    return answer(200, showExecution(ids, { kind: 'recorded', execution: result.execution }));
  }
  const state = await readExecutionState(ledger, ids);
  if (state.kind !== 'pending') {
    return answer(200, showExecution(ids, state));
  }
  const message = NOTHING_DONE[result.code] ?? 'The account is not there any more.';
  await withdrawCommand(ledger, {
    ...command,
    status: 'refused',
    reason: { code: result.code, message },
    signal,
  });
  return result.code in NOTHING_DONE ? conflict(request, message) : absent(request);
}

function absent(request: AdminRequest): HttpAnswer {
  return notFound(request, `There is no account ${request.parameters.id}.`);
}

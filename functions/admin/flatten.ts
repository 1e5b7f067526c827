import * as z from 'zod/mini';
import type { AccountId } from '../core/ids.ts';
import { flattenAccount } from '../engine/flatten.ts';
import { readAccount } from '../ledger/accounts.ts';
import { answer, type HttpAnswer } from '../shared/http.ts';
import { configuredIdIn, readCommand, reason } from './command.ts';
import { showExecution } from './executions.ts';
import { fields } from './fields.ts';
import { conflict, notFound } from './refusals.ts';
import type { AdminContext, AdminRequest } from './route.ts';
import { runCommand } from './run-command.ts';

const flattenInput = fields({ reason: z.exactOptional(reason) });

/** `POST /api/v1/accounts/{id}/flatten`: ends every order and closes every position, whatever is halted. */
export async function flatten(context: AdminContext, request: AdminRequest): Promise<HttpAnswer> {
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

async function execute(
  context: AdminContext,
  request: AdminRequest,
  accountId: AccountId,
): Promise<HttpAnswer> {
  const signal = { symbol: 'ALL', action: 'flatten', timeInForce: 'day' } as const;
  const command = { name: `flatten ${accountId}`, accountId, signal };
  const run = await runCommand(context, request, command, (given) => flattenAccount(context.engine, given));
  if (run.kind === 'executed') {
    return answer(200, showExecution(run.ids, run.state));
  }
  return run.isGone ? absent(request) : conflict(request, run.message);
}

function absent(request: AdminRequest): HttpAnswer {
  return notFound(request, `There is no account ${request.parameters.id}.`);
}

import * as z from 'zod/mini';
import { isZero } from '../core/decimal.ts';
import type { Execution, ExecutionRequest } from '../core/execution.ts';
import { executionIdOf, parseExecutionId, signalIdOf } from '../core/ids.ts';
import { TIMING } from '../core/lease.ts';
import { OPERATOR } from '../core/operator.ts';
import { isFinal } from '../core/order.ts';
import type { Receipt } from '../core/receipt.ts';
import { recordCommand } from '../ledger/command-receipts.ts';
import { readExecution } from '../ledger/executions.ts';
import { markReexecuted } from '../ledger/re-executions.ts';
import { readReceipt } from '../ledger/receipts.ts';
import type { Ledger } from '../ledger/table.ts';
import { enqueue } from '../shared/accounts-queue.ts';
import { answer, type HttpAnswer } from '../shared/http.ts';
import { readCommand, reason } from './command.ts';
import { type ExecutionIds, readAwaited } from './executions.ts';
import { fields, flag } from './fields.ts';
import { conflict, notFound } from './refusals.ts';
import type { AdminContext, AdminRequest, Route } from './route.ts';

/** `POST /api/v1/executions/{id}/re-execute`: the one way to have an execution done a second time. */
export const RE_EXECUTE_ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: '/executions/{id}/re-execute',
    access: 'operator',
    scope: 'operate',
    handle: reExecute,
  },
];

const reExecuteInput = fields({ reason, force: z._default(flag, false) });

/**
 * Starts an execution in the place of one that has ended: a signal of its own with the same content, for one account.
 *
 * Three steps, each safe to repeat: the old record names the new execution, the new signal gets its receipt, the
 * message goes into the queue. Whoever asks again after a crash goes on with the same new execution.
 */
async function reExecute(context: AdminContext, request: AdminRequest): Promise<HttpAnswer> {
  const input = readCommand(request, reExecuteInput);
  if (!input.ok) {
    return input.answer;
  }
  const ids = parseExecutionId(request.parameters.id ?? '');
  const execution = ids && (await readExecution(context.ledger, ids.accountId, ids.executionId))?.execution;
  if (!ids || !execution) {
    return ids && (await readAwaited(context.ledger, ids))
      ? conflict(request, 'The execution has not ended.')
      : notFound(request, `There is no execution ${request.parameters.id}.`);
  }
  if (execution.reexecutedAs === undefined) {
    const refusal = refuseToRepeat(execution, { ...input.value, nowMs: context.clock.now() });
    if (refusal !== undefined) {
      return conflict(request, refusal);
    }
  }
  const original = await readOriginal(context.ledger, ids);
  return typeof original === 'string' ? conflict(request, original) : start(context, request, ids, original);
}

/** What the signal asked of the account, or why that is not known. */
type Original = Pick<ExecutionRequest, 'webhookId' | 'signal' | 'multiplier' | 'maxSignalAgeSeconds'>;

async function readOriginal(
  ledger: Ledger,
  { signalId, executionId }: ExecutionIds,
): Promise<Original | string> {
  const receipt = await readReceipt(ledger, signalId);
  const target =
    receipt?.status === 'accepted'
      ? receipt.targets.find((each) => each.executionId === executionId)
      : undefined;
  if (receipt?.status !== 'accepted' || target?.multiplier === undefined) {
    return 'The receipt of its signal does not say what it was asked to do.';
  }
  const { webhookId, signal, maxSignalAgeSeconds = TIMING.executionAgeSeconds } = receipt;
  return { webhookId, signal, multiplier: target.multiplier, maxSignalAgeSeconds };
}

/** Why an execution may not be done again, or not without force; `undefined` when it may. */
function refuseToRepeat(
  { status, orders, watched = [] }: Execution,
  { force, nowMs }: { readonly force: boolean; readonly nowMs: number },
): string | undefined {
  if (status === 'UNKNOWN') {
    return 'What became of its orders is unknown; resolve that first.';
  }
  if (force) {
    return undefined;
  }
  if (status === 'COMPLETED' || status === 'HALTED') {
    return `It is ${status}. To do it again all the same, send "force": true.`;
  }
  const filled = orders.find(({ filledQuantity }) => !isZero(filledQuantity));
  if (filled) {
    return `Its order ${filled.clientOrderId} filled ${filled.filledQuantity}. To do it again all the same, send "force": true.`;
  }
  const isOpen = orders.some((order) => !isFinal(order)) || watched.some(({ untilMs }) => untilMs > nowMs);
  return isOpen
    ? 'An order of it may still fill. To do it again all the same, send "force": true.'
    : undefined;
}

async function start(
  context: AdminContext,
  request: AdminRequest,
  ids: ExecutionIds,
  original: Original,
): Promise<HttpAnswer> {
  const { ledger, clock } = context;
  const nowMs = clock.now();
  const signalId = signalIdOf(OPERATOR.webhookId, `re-execute ${ids.executionId}`, nowMs);
  const minted = executionIdOf(signalId, ids.strategyId, ids.accountId);
  const executionId = await markReexecuted(ledger, ids, minted);
  const started = executionId && parseExecutionId(executionId);
  if (!started) {
    return conflict(request, 'What became of its orders is unknown; resolve that first.');
  }
  const { correlationId } = request;
  const message: ExecutionRequest = { ...original, ...started, correlationId, receivedAtMs: nowMs };
  await recordCommand(ledger, receiptOf(message, request, ids));
  await enqueue(context.accountsQueue, [message]);
  request.note({ startedAs: started.executionId });
  return answer(202, { ...started, reexecutionOf: ids.executionId });
}

function receiptOf(message: ExecutionRequest, { sourceIp }: AdminRequest, of: ExecutionIds): Receipt {
  const { executionId, strategyId, accountId, multiplier, maxSignalAgeSeconds } = message;
  return {
    signalId: message.signalId,
    webhookId: message.webhookId,
    correlationId: message.correlationId,
    receivedAtMs: message.receivedAtMs,
    sourceIp,
    duplicates: 0,
    status: 'accepted',
    signal: message.signal,
    targets: [{ executionId, strategyId, accountId, multiplier }],
    maxSignalAgeSeconds,
    reexecutionOf: of.executionId,
  };
}

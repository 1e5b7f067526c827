import { isoTime } from '../core/clock.ts';
import { parseExecutionId } from '../core/ids.ts';
import type { Receipt } from '../core/receipt.ts';
import { readReceipt } from '../ledger/receipts.ts';
import type { Ledger } from '../ledger/table.ts';
import { answer } from '../shared/http.ts';
import { type ExecutionState, readExecutionState, showState, showStep } from './execution-state.ts';
import { notFound } from './refusals.ts';
import type { AdminHandle, Route } from './route.ts';

/** `/api/v1/executions`: one account's share of a signal, step by step. */
export const EXECUTION_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/executions/{id}', access: 'viewer', handle: getExecution },
];

/** What an execution's id says. */
export type ExecutionIds = NonNullable<ReturnType<typeof parseExecutionId>>;

/** What is known of an execution as soon as its turn has come. */
type BegunState = Exclude<ExecutionState, { kind: 'pending' }>;

async function getExecution(...[{ ledger }, request]: Parameters<AdminHandle>) {
  const absent = () => notFound(request, `There is no execution ${request.parameters.id}.`);
  const ids = parseExecutionId(request.parameters.id ?? '');
  if (!ids) {
    return absent();
  }
  const state = await readExecutionState(ledger, ids);
  if (state.kind !== 'pending') {
    return answer(200, showExecution(ids, state));
  }
  const receipt = await readAwaited(ledger, ids);
  return receipt ? answer(200, { ...ids, ...showState(state, ids), ...showAwaited(receipt) }) : absent();
}

/** An execution as answers have it. */
export function showExecution(ids: ExecutionIds, state: BegunState) {
  return { ...ids, ...showState(state, ids), ...showProgress(state) };
}

/** The receipt that tells of an execution whose turn has not come, if there is one. */
export async function readAwaited(
  ledger: Ledger,
  { signalId, executionId }: ExecutionIds,
): Promise<Receipt | undefined> {
  const receipt = await readReceipt(ledger, signalId);
  const isTarget =
    receipt?.status === 'accepted' && receipt.targets.some((target) => target.executionId === executionId);
  return isTarget ? receipt : undefined;
}

function showProgress(state: BegunState) {
  const { webhookId, correlationId, receivedAtMs, startedAtMs } =
    state.kind === 'recorded' ? state.execution : state.active;
  return {
    webhookId,
    correlationId,
    receivedAt: isoTime(receivedAtMs),
    startedAt: isoTime(startedAtMs),
    ...(state.kind === 'recorded' ? showEnd(state.execution) : { steps: [] }),
  };
}

function showEnd({
  endedAtMs,
  steps,
  retries,
  reexecutedAs,
}: Extract<BegunState, { kind: 'recorded' }>['execution']) {
  return {
    endedAt: isoTime(endedAtMs),
    steps: steps.map(showStep),
    retries,
    ...(reexecutedAs === undefined ? {} : { reexecutedAs }),
  };
}

/** What is known of an execution whose turn has not come: what its signal's receipt says. */
function showAwaited({ webhookId, correlationId, receivedAtMs }: Receipt) {
  return { webhookId, correlationId, receivedAt: isoTime(receivedAtMs), steps: [] };
}

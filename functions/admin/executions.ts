import { isoTime } from '../core/clock.ts';
import { parseExecutionId } from '../core/ids.ts';
import type { Receipt } from '../core/receipt.ts';
import { readReceipt } from '../ledger/receipts.ts';
import { answer } from '../shared/http.ts';
import { type ExecutionState, readExecutionState, showState, showStep } from './execution-state.ts';
import { notFound } from './refusals.ts';
import type { AdminHandle, Route } from './route.ts';

/** `/api/v1/executions`: one account's share of a signal, step by step. */
export const EXECUTION_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/executions/{id}', access: 'viewer', handle: getExecution },
];

async function getExecution(...[{ ledger }, request]: Parameters<AdminHandle>) {
  const absent = () => notFound(request, `There is no execution ${request.parameters.id}.`);
  const ids = parseExecutionId(request.parameters.id ?? '');
  if (!ids) {
    return absent();
  }
  const state = await readExecutionState(ledger, ids);
  if (state.kind !== 'pending') {
    return answer(200, { ...ids, ...showState(state, ids), ...progress(state) });
  }
  const receipt = await readReceipt(ledger, ids.signalId);
  return receipt?.status === 'accepted' &&
    receipt.targets.some(({ executionId }) => executionId === ids.executionId)
    ? answer(200, { ...ids, ...showState(state, ids), ...awaited(receipt) })
    : absent();
}

function progress(state: Exclude<ExecutionState, { kind: 'pending' }>) {
  const { webhookId, correlationId, receivedAtMs, startedAtMs } =
    state.kind === 'recorded' ? state.execution : state.active;
  return {
    webhookId,
    correlationId,
    receivedAt: isoTime(receivedAtMs),
    startedAt: isoTime(startedAtMs),
    ...(state.kind === 'recorded'
      ? { endedAt: isoTime(state.execution.endedAtMs), steps: state.execution.steps.map(showStep) }
      : { steps: [] }),
  };
}

/** What is known of an execution whose turn has not come: what its signal's receipt says. */
function awaited({ webhookId, correlationId, receivedAtMs }: Receipt) {
  return { webhookId, correlationId, receivedAt: isoTime(receivedAtMs), steps: [] };
}

import * as z from 'zod/mini';
import { isoTime } from '../core/clock.ts';
import type { ExecutionStatus } from '../core/execution.ts';
import { parseExecutionId } from '../core/ids.ts';
import type { Receipt } from '../core/receipt.ts';
import { readReceipt } from '../ledger/receipts.ts';
import type { Ledger } from '../ledger/table.ts';
import { answer } from '../shared/http.ts';
import { executionStages, parsePosition, textOf } from './execution-sources.ts';
import { type ExecutionState, readExecutionState, showState, showStep } from './execution-state.ts';
import { configuredId, symbol } from './fields.ts';
import { journalSteps } from './journal-steps.ts';
import { idRangeOf, rangeParameters } from './list-range.ts';
import { answerRecords, readListQuery, recordParameters } from './record-pages.ts';
import { notFound } from './refusals.ts';
import type { AdminHandle, Route } from './route.ts';
import { walk } from './walk.ts';

/** `/api/v1/executions`: one account's share of a signal, step by step. */
export const EXECUTION_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/executions', access: 'viewer', handle: listExecutions },
  { method: 'GET', path: '/executions/{id}', access: 'viewer', handle: getExecution },
];

/** Typed so that a status that is added to the domain fails the type check here. PENDING ones are in their receipts only. */
const STATUSES = {
  RUNNING: 'RUNNING',
  COMPLETED: 'COMPLETED',
  SKIPPED: 'SKIPPED',
  REJECTED: 'REJECTED',
  ROLLED_BACK: 'ROLLED_BACK',
  UNKNOWN: 'UNKNOWN',
  HALTED: 'HALTED',
} as const satisfies { readonly [Status in Exclude<ExecutionStatus, 'PENDING'>]: Status };

const COLUMNS = [
  ...['executionId', 'receivedAt', 'startedAt', 'endedAt', 'status', 'reason', 'reasonMessage', 'accountId'],
  ...['strategyId', 'webhookId', 'signalId', 'retries', 'reexecutedAs', 'correlationId', 'orders', 'steps'],
];

const listParameters = {
  accountId: z.optional(configuredId),
  strategyId: z.optional(configuredId),
  symbol: z.optional(symbol),
  status: z.optional(z.enum(STATUSES, `must be one of ${Object.keys(STATUSES).join(', ')}`)),
  ...rangeParameters,
  ...recordParameters((after) => parsePosition(after) !== undefined),
};

async function listExecutions(...[context, request]: Parameters<AdminHandle>) {
  const query = readListQuery(request, listParameters);
  if (!query.ok) {
    return query.answer;
  }
  const { accountId, strategyId, symbol, status, limit, cursor } = query.value;
  const range = idRangeOf(query.value);
  const stages = await executionStages(context, range, { accountId, strategyId, symbol, status });
  const { found, next } = await walk(stages, {
    order: range.order,
    after: cursor && parsePosition(cursor.after),
    limit,
    idOf: ({ executionId }) => executionId,
    entriesOf: ({ executionId, orders, state }) => {
      const ids = parseExecutionId(executionId);
      const isWanted =
        (strategyId === undefined || ids?.strategyId === strategyId) &&
        (symbol === undefined || orders.some((order) => order.symbol === symbol)) &&
        (status === undefined || statusOf(state) === status);
      return [ids && isWanted ? () => showExecution(ids, state) : undefined];
    },
  });
  const rows = found.map(({ position, entry }) => ({ item: entry(), position: textOf(position) }));
  return answerRecords(request, query.value, { rows, next: next && textOf(next) }, COLUMNS);
}

function statusOf(state: BegunState): ExecutionStatus {
  return state.kind === 'recorded' ? state.execution.status : 'RUNNING';
}

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
    ...(state.kind === 'recorded'
      ? showEnd(state.execution)
      : { steps: journalSteps(state.active, state.openOrders) }),
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

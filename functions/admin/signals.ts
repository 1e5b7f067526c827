import * as z from 'zod/mini';
import { isoTime } from '../core/clock.ts';
import { parseSignalId, type SignalId } from '../core/ids.ts';
import type { Receipt, Target } from '../core/receipt.ts';
import { SIGNAL_ACTIONS, type Signal } from '../core/signal.ts';
import { listReceipts, readReceipt } from '../ledger/receipts.ts';
import type { Ledger } from '../ledger/table.ts';
import { answer } from '../shared/http.ts';
import { readExecutionState, showReason, showState } from './execution-state.ts';
import { configuredId, symbol } from './fields.ts';
import { type IdRange, idRangeOf, rangeParameters } from './list-range.ts';
import { mapInParallel, READ_WIDTH } from './parallel.ts';
import { answerRecords, readListQuery, recordParameters } from './record-pages.ts';
import { notFound } from './refusals.ts';
import type { AdminHandle, Route } from './route.ts';

/** `/api/v1/signals`: what each authenticated signal became (I9). */
export const SIGNAL_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/signals', access: 'viewer', handle: listSignals },
  { method: 'GET', path: '/signals/{id}', access: 'viewer', handle: getSignal },
];

/** A filter may match little: after reading this many pages an answer is given with what was found. */
const PAGES_READ_MAX = 10;
const FILTERED_PAGE = 100;

const COLUMNS = [
  ...[
    'signalId',
    'receivedAt',
    'webhookId',
    'status',
    'reason',
    'reasonMessage',
    'duplicates',
    'executionCount',
  ],
  ...['signal.symbol', 'signal.action', 'signal.quantity', 'signal.orderType', 'signal.limitPrice'],
  ...['signal.stopPrice', 'signal.price', 'signal.sentAt', 'sourceIp', 'correlationId', 'reexecutionOf'],
];

const listParameters = {
  webhookId: z.optional(configuredId),
  strategyId: z.optional(configuredId),
  symbol: z.optional(symbol),
  action: z.optional(z.enum(SIGNAL_ACTIONS, `must be one of ${SIGNAL_ACTIONS.join(', ')}`)),
  status: z.optional(z.enum(['accepted', 'refused'], 'must be accepted or refused')),
  ...rangeParameters,
  ...recordParameters((after) => parseSignalId(after) !== undefined),
};

interface SignalFilter {
  readonly webhookId?: string | undefined;
  readonly strategyId?: string | undefined;
  readonly symbol?: string | undefined;
  readonly action?: string | undefined;
  readonly status?: string | undefined;
}

interface SignalQuery extends IdRange {
  readonly limit: number;
  /** How many to look at in one read. */
  readonly readSize: number;
  readonly after: string | undefined;
  readonly matches: (receipt: Receipt) => boolean;
}

async function listSignals(...[{ ledger }, request]: Parameters<AdminHandle>) {
  const query = readListQuery(request, listParameters);
  if (!query.ok) {
    return query.answer;
  }
  const { webhookId, strategyId, symbol, action, status, limit, cursor } = query.value;
  const filter = { webhookId, strategyId, symbol, action, status };
  const isFiltered = Object.values(filter).some((wanted) => wanted !== undefined);
  const { found, next } = await findSignals(ledger, {
    ...idRangeOf(query.value),
    limit,
    // One more than asked for tells whether another page is worth a cursor.
    readSize: isFiltered ? FILTERED_PAGE : Math.min(limit, FILTERED_PAGE) + 1,
    after: cursor?.after,
    matches: (receipt) => matches(receipt, filter),
  });
  const rows = found.map((receipt) => ({ item: showReceipt(receipt), position: receipt.signalId }));
  return answerRecords(request, query.value, { rows, next }, COLUMNS);
}

function matches(receipt: Receipt, { webhookId, strategyId, symbol, action, status }: SignalFilter): boolean {
  const targets = receipt.status === 'accepted' ? receipt.targets : [];
  return (
    (webhookId === undefined || receipt.webhookId === webhookId) &&
    (strategyId === undefined || targets.some((target) => target.strategyId === strategyId)) &&
    (symbol === undefined || receipt.signal?.symbol === symbol) &&
    (action === undefined || receipt.signal?.action === action) &&
    (status === undefined || receipt.status === status)
  );
}

async function findSignals(ledger: Ledger, query: SignalQuery) {
  const found: Receipt[] = [];
  let position = query.after;
  for (let read = 0; read < PAGES_READ_MAX; read += 1) {
    const page = await listReceipts(ledger, { ...rangeBehind(position, query), limit: query.readSize });
    for (const receipt of page.receipts) {
      if (query.matches(receipt) && found.length === query.limit) {
        return { found, next: found.at(-1)?.signalId };
      }
      found.push(...(query.matches(receipt) ? [receipt] : []));
      position = receipt.signalId;
    }
    if (!page.hasMore) {
      return { found, next: undefined };
    }
  }
  return { found, next: position };
}

/** What is left of a range behind a signal. */
function rangeBehind(position: string | undefined, { from, to, order }: IdRange) {
  return order === 'oldest-first'
    ? { order, after: position !== undefined && position > from ? position : from, before: to }
    : { order, after: from, before: position !== undefined && position < to ? position : to };
}

async function getSignal(...[{ ledger }, request]: Parameters<AdminHandle>) {
  const signalId = parseSignalId(request.parameters.id ?? '');
  const receipt = signalId && (await readReceipt(ledger, signalId));
  if (!receipt) {
    return notFound(request, `There is no signal ${request.parameters.id}.`);
  }
  const targets = receipt.status === 'accepted' ? receipt.targets : [];
  const executions = await mapInParallel(targets, READ_WIDTH, (target) => readTarget(ledger, target));
  return answer(200, { ...showReceipt(receipt), executions });
}

async function readTarget(ledger: Ledger, target: Target) {
  const { executionId, strategyId, accountId } = target;
  const state = await readExecutionState(ledger, target);
  return { executionId, strategyId, accountId, ...showState(state, target) };
}

/** A receipt as the list has it; with many accounts its executions are too much for a list. */
function showReceipt(receipt: Receipt) {
  const { webhookId, status, duplicates, correlationId, sourceIp, signal } = receipt;
  return {
    signalId: receipt.signalId satisfies SignalId,
    webhookId,
    receivedAt: isoTime(receipt.receivedAtMs),
    status,
    duplicates,
    correlationId,
    sourceIp,
    ...(signal ? { signal: showSignal(signal) } : {}),
    ...(receipt.status === 'refused' ? showReason(receipt.reason) : {}),
    executionCount: receipt.status === 'accepted' ? receipt.targets.length : 0,
    ...(receipt.status === 'accepted' && receipt.reexecutionOf !== undefined
      ? { reexecutionOf: receipt.reexecutionOf }
      : {}),
  };
}

function showSignal({ sentAtMs, ...signal }: Signal) {
  return sentAtMs === undefined ? signal : { ...signal, sentAt: isoTime(sentAtMs) };
}

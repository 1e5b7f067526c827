import * as z from 'zod/mini';
import { isoTime } from '../core/clock.ts';
import { parseSignalId, type SignalId } from '../core/ids.ts';
import { listingsOf } from '../core/listing.ts';
import type { Receipt, Target } from '../core/receipt.ts';
import { SIGNAL_ACTIONS, type Signal } from '../core/signal.ts';
import { listReceipts, readReceipt, readReceipts } from '../ledger/receipts.ts';
import type { Ledger } from '../ledger/table.ts';
import { answer } from '../shared/http.ts';
import { readExecutionState, showReason, showState } from './execution-state.ts';
import { configuredId, symbol } from './fields.ts';
import { type IdRange, idRangeOf, rangeParameters } from './list-range.ts';
import { inOrderOf, stagesOf } from './look-up.ts';
import { mapInParallel, READ_WIDTH } from './parallel.ts';
import { answerRecords, readListQuery, recordParameters } from './record-pages.ts';
import { notFound } from './refusals.ts';
import type { AdminContext, AdminHandle, Route } from './route.ts';
import { endOf, walk } from './walk.ts';

/** `/api/v1/signals`: what each authenticated signal became (I9). */
export const SIGNAL_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/signals', access: 'viewer', handle: listSignals },
  { method: 'GET', path: '/signals/{id}', access: 'viewer', handle: getSignal },
];

/** A read of all receipts is eight queries: fewer of them than of other lists, and more at once if they are filtered. */
const FURTHER_READS_MAX = 20;
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

async function listSignals(...[context, request]: Parameters<AdminHandle>) {
  const query = readListQuery(request, listParameters);
  if (!query.ok) {
    return query.answer;
  }
  const { webhookId, strategyId, symbol, action, status, limit, cursor } = query.value;
  const filter = { webhookId, strategyId, symbol, action, status };
  const range = idRangeOf(query.value);
  const { found, next } = await walk(await stagesOfSignals(context, range, filter, limit), {
    order: range.order,
    after: cursor && endOf(cursor.after, range.order),
    limit,
    furtherReadsMax: FURTHER_READS_MAX,
    idOf: ({ signalId }) => signalId,
    entriesOf: (receipt) => [matches(receipt, filter) ? receipt : undefined],
  });
  const rows = found.map(({ entry }) => ({ item: showReceipt(entry), position: entry.signalId }));
  return answerRecords(request, query.value, { rows, next: next?.id }, COLUMNS);
}

/** Where to look for signals. */
function stagesOfSignals(
  { ledger, ...context }: AdminContext,
  range: IdRange,
  filter: SignalFilter,
  limit: number,
) {
  const isFiltered = Object.values(filter).some((wanted) => wanted !== undefined);
  // One more than asked for tells whether another page is worth a cursor.
  const readSize = isFiltered ? FILTERED_PAGE : Math.min(limit, FILTERED_PAGE) + 1;
  return stagesOf(context, listingsOf('signal', filter), range, {
    all: (part) => [
      {
        range: part,
        async page({ from, to, order }) {
          const bounds = { after: from, before: to, order, limit: readSize };
          const { receipts, hasMore } = await listReceipts(ledger, bounds);
          return { items: receipts, end: receipts.at(-1)?.signalId, hasMore };
        },
      },
    ],
    found: (part, findIds) => ({
      range: part,
      async page(rest) {
        const { items, ...page } = await findIds(rest);
        const receipts = await readReceipts(ledger, items as SignalId[]);
        return { ...page, items: inOrderOf(items, receipts, ({ signalId }) => signalId) };
      },
    }),
  });
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

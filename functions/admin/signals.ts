import * as z from 'zod/mini';
import { isoTime } from '../core/clock.ts';
import { parseSignalId, type SignalId } from '../core/ids.ts';
import type { Receipt, Target } from '../core/receipt.ts';
import type { Signal } from '../core/signal.ts';
import { listReceipts, readReceipt } from '../ledger/receipts.ts';
import type { Ledger } from '../ledger/table.ts';
import { answer } from '../shared/http.ts';
import { readExecutionState, showReason, showState } from './execution-state.ts';
import { configuredId } from './fields.ts';
import { type Page, pageOf, pageParameters } from './pages.ts';
import { mapInParallel, READ_WIDTH } from './parallel.ts';
import { readQuery } from './read-request.ts';
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

const listParameters = {
  webhookId: z.optional(configuredId),
  status: z.optional(z.enum(['accepted', 'refused'], 'must be accepted or refused')),
  ...pageParameters((after) => parseSignalId(after) !== undefined),
};

interface SignalQuery {
  readonly limit: number;
  /** How many to look at in one read. */
  readonly readSize: number;
  readonly before: string | undefined;
  readonly matches: (receipt: Receipt) => boolean;
}

async function listSignals(...[{ ledger }, request]: Parameters<AdminHandle>) {
  const query = readQuery(request, listParameters);
  if (!query.ok) {
    return query.answer;
  }
  const { webhookId, status, limit, cursor } = query.value;
  const page = await findSignals(ledger, {
    limit,
    // One more than asked for tells whether another page is worth a cursor.
    readSize: webhookId === undefined && status === undefined ? limit + 1 : FILTERED_PAGE,
    before: cursor?.after,
    matches: (receipt) =>
      (webhookId === undefined || receipt.webhookId === webhookId) &&
      (status === undefined || receipt.status === status),
  });
  return answer(200, page);
}

async function findSignals(
  ledger: Ledger,
  query: SignalQuery,
): Promise<Page<ReturnType<typeof showReceipt>>> {
  const found: Receipt[] = [];
  let before = query.before;
  for (let read = 0; read < PAGES_READ_MAX; read += 1) {
    const page = await listReceipts(ledger, {
      limit: query.readSize,
      ...(before === undefined ? {} : { before }),
    });
    for (const receipt of page.receipts) {
      if (query.matches(receipt)) {
        if (found.length === query.limit) {
          return pageOf(found.map(showReceipt), found.at(-1)?.signalId);
        }
        found.push(receipt);
      }
      before = receipt.signalId;
    }
    if (!page.hasMore) {
      return pageOf(found.map(showReceipt), undefined);
    }
  }
  return pageOf(found.map(showReceipt), before);
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

import { keepListings } from '../../functions/activity/keep-listings.ts';
import { decimal } from '../../functions/core/decimal.ts';
import type { RecordedStatus } from '../../functions/core/execution.ts';
import {
  type AccountId,
  type ExecutionId,
  executionIdOf,
  parseExecutionId,
  type StrategyId,
  signalIdOf,
  type WebhookId,
} from '../../functions/core/ids.ts';
import type { OrderStatus } from '../../functions/core/order.ts';
import type { Receipt } from '../../functions/core/receipt.ts';
import type { SignalAction } from '../../functions/core/signal.ts';
import { type EndedTrade, waitingTrade } from '../../functions/core/trade.ts';
import { executionItem } from '../../functions/ledger/executions.ts';
import type { Operations } from '../../functions/ledger/operations-table.ts';
import { putItems } from '../../functions/ledger/put-items.ts';
import { keys, type Ledger } from '../../functions/ledger/table.ts';
import { execution, order, receipt, WEBHOOK } from './records-support.ts';

/** One signal, and what one account made of it. */
export interface Recorded {
  readonly id: ExecutionId;
  readonly atMs: number;
  readonly accountId: string;
  readonly strategyId: string;
  readonly status: RecordedStatus;
  readonly orders: readonly { readonly leg: string; readonly symbol: string; readonly status: OrderStatus }[];
  readonly trade: EndedTrade['state'] | undefined;
  readonly signal: {
    readonly webhookId: string;
    readonly symbol: string;
    readonly action: SignalAction;
    readonly status: Receipt['status'];
  };
}

export const ACCOUNTS = ['l0', 'l1', 'l2'];

/** The number `index` of a history: what is rare is so once in some dozens. */
export function recordedAt(index: number, atMs: number): Recorded {
  const one = <Value>(every: number, rare: Value, other: Value) => (index % every === 5 ? rare : other);
  // Accounts that are not configured any more are in no list of all.
  const accountId = one(50, 'gone', ACCOUNTS[index % ACCOUNTS.length] ?? '');
  const strategyId = one(47, 'rare', index % 2 === 0 ? 'trend' : 'mean');
  const symbol = one(43, 'RARE', ['A', 'B', 'C'][index % 3] ?? '');
  const signalId = signalIdOf(WEBHOOK, `signal ${index}`, atMs);
  return {
    id: executionIdOf(signalId, strategyId as StrategyId, accountId as AccountId),
    ...{ atMs, accountId, strategyId },
    status: one<RecordedStatus>(41, 'REJECTED', one<RecordedStatus>(61, 'UNKNOWN', 'COMPLETED')),
    orders: [
      { leg: 'entry', symbol, status: one(37, 'CANCELED', 'FILLED') },
      ...(index % 4 === 1 ? [{ leg: 'hedge', symbol: 'H', status: 'FILLED' } as const] : []),
    ],
    trade: index % 2 === 1 ? one(31, 'CANCELED', 'CLOSED') : undefined,
    signal: {
      webhookId: one(53, 'seldom', 'demo'),
      symbol: `X:${symbol}`,
      action: one(59, 'flatten', index % 2 === 0 ? 'buy' : 'exit'),
      status: one(29, 'refused', 'accepted'),
    },
  };
}

type Item = Readonly<Record<string, unknown>> & { readonly pk: string; readonly sk: string };

/** What is in the ledger of it. */
function itemsOf({ id, status, orders, trade, signal }: Recorded): Item[] {
  const { accountId, executionId, signalId } = parseExecutionId(id) ?? {};
  if (accountId === undefined || executionId === undefined || signalId === undefined) {
    throw new Error(`${id} is not an execution id.`);
  }
  const accepted = receipt([id], id);
  const content = accepted.signal && { ...accepted.signal, symbol: signal.symbol, action: signal.action };
  const { webhookId } = signal;
  const shown: Receipt =
    signal.status === 'accepted'
      ? ({ ...accepted, webhookId, signal: content } as Receipt)
      : ({
          ...{ signalId, webhookId: webhookId as WebhookId, signal: content, status: 'refused' },
          ...{ correlationId: '', receivedAtMs: 0, sourceIp: '', duplicates: 0 },
          reason: { code: 'SIGNAL_STALE', message: 'Too old.' },
        } as Receipt);
  const parts = orders.map((part) => order(id, part));
  const [{ symbol } = { symbol: '' }] = orders;
  const ended = { ...waitingTrade({ executionId, symbol, side: 'buy' }), state: trade, endedAtMs: 1 };
  return [
    executionItem(execution(id, { status, orders: parts }), 1) as Item,
    { ...keys.receipt(signalId), ...shown },
    ...(trade ? [{ ...keys.trade(accountId, executionId), ...ended, openedQuantity: decimal(1) }] : []),
  ];
}

export async function writeRecords(ledger: Ledger, records: readonly Recorded[]): Promise<void> {
  const unwritten = await putItems(ledger, records.flatMap(itemsOf), (item) => item);
  if (unwritten.length > 0) {
    throw unwritten[0]?.error;
  }
}

/** What the function `activity` does with what the ledger's stream tells of them. */
export async function listRecords(operations: Operations, records: readonly Recorded[]): Promise<void> {
  const changes = records.flatMap(itemsOf).map((after) => ({
    ...{ sequenceNumber: '1', atMs: 0, place: '', pk: after.pk, sk: after.sk },
    after,
  }));
  await keepListings(operations, { now: () => Date.now() })(changes);
}

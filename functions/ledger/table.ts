import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { AccountId, ExecutionId, SignalId, StrategyId, WebhookId } from '../core/ids.ts';

/** The one table that holds everything that must survive. docs/architecture.md lists its items. */
export interface Ledger {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
}

/** The key of an item. */
export interface Key extends Record<string, string> {
  readonly pk: string;
  readonly sk: string;
}

/**
 * Receipts are spread over this many partitions by their id, so that a busy day does not meet the write limit of
 * one; within a partition they sort by time.
 */
export const RECEIPT_PARTITIONS = 8;

const EXECUTION_PREFIX = 'EXECUTION#';
const TRADE_PREFIX = 'TRADE#';

/** Where each kind of item is. */
export const keys = {
  webhook: (id: WebhookId): Key => ({ pk: `WEBHOOK#${id}`, sk: 'CONFIGURATION' }),
  subscriber: (webhookId: WebhookId, strategyId: StrategyId): Key => ({
    pk: `WEBHOOK#${webhookId}`,
    sk: `STRATEGY#${strategyId}`,
  }),
  strategy: (id: StrategyId): Key => ({ pk: `STRATEGY#${id}`, sk: 'CONFIGURATION' }),
  circuit: (id: StrategyId): Key => ({ pk: `STRATEGY#${id}`, sk: 'CIRCUIT' }),
  strategyHalt: (id: StrategyId): Key => ({ pk: `STRATEGY#${id}`, sk: 'HALT' }),
  globalHalt: (): Key => ({ pk: 'CONTROL', sk: 'HALT' }),
  settings: (): Key => ({ pk: 'CONTROL', sk: 'SETTINGS' }),
  account: (id: AccountId): Key => ({ pk: `ACCOUNT#${id}`, sk: 'STATE' }),
  execution: (accountId: AccountId, executionId: ExecutionId): Key => ({
    pk: `ACCOUNT#${accountId}`,
    sk: `${EXECUTION_PREFIX}${executionId}`,
  }),
  trade: (accountId: AccountId, executionId: ExecutionId): Key => ({
    pk: `ACCOUNT#${accountId}`,
    sk: tradeSortKey(executionId),
  }),
  receipt: (id: SignalId): Key => ({ pk: receiptPartition(receiptPartitionOf(id)), sk: id }),
  catalog: (kind: CatalogKind, id: string): Key => ({ pk: `CATALOG#${kind}`, sk: id }),
  token: (tokenHash: string): Key => ({ pk: `TOKEN#${tokenHash}`, sk: 'TOKEN' }),
  rateWindow: (webhookId: WebhookId, sourceIp: string): Key => ({
    pk: `RATE#${webhookId}#${sourceIp}`,
    sk: 'WINDOW',
  }),
};

/** What the catalog lists. */
export type CatalogKind = 'WEBHOOK' | 'STRATEGY' | 'ACCOUNT' | 'TOKEN';

/** The sort key range of the executions of signals in `[from, to]`; ids sort by time. */
export const executionSortKey = (executionIdOrPrefix: string): string =>
  `${EXECUTION_PREFIX}${executionIdOrPrefix}`;

/** The sort key of a trade that is over, by its id or a prefix of it. */
export const tradeSortKey = (executionIdOrPrefix: string): string => `${TRADE_PREFIX}${executionIdOrPrefix}`;

export const receiptPartition = (partition: number): string => `SIGNAL#${partition}`;

function receiptPartitionOf(id: SignalId): number {
  return (id.codePointAt(id.length - 1) ?? 0) % RECEIPT_PARTITIONS;
}

/** The result of a conditional write: it took effect, or it did not and `current` is what is there instead. */
export type Conditional<Written> =
  | { readonly written: true; readonly value: Written }
  | { readonly written: false; readonly current: Record<string, unknown> | undefined };

/**
 * Runs one conditional write and returns a failed condition as an outcome instead of an error.
 * The command must ask for `ReturnValuesOnConditionCheckFailure: 'ALL_OLD'`.
 */
export async function conditionally<Written>(write: () => Promise<Written>): Promise<Conditional<Written>> {
  try {
    return { written: true, value: await write() };
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) {
      return { written: false, current: error.Item && unmarshall(error.Item) };
    }
    throw error;
  }
}

/** Whether the store refuses what it was given itself: trying again comes to the same. */
export function isInvalid(error: unknown): boolean {
  return error instanceof Error && error.name === 'ValidationException';
}

import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { Execution } from '../core/execution.ts';
import type { AccountId, ExecutionId } from '../core/ids.ts';
import type { Order } from '../core/order.ts';
import { isProtective } from '../core/protection.ts';
import { type KeyRange, readKeyRange } from './key-range.ts';
import { readManyItems } from './read-items.ts';
import { executionShape } from './shapes/execution.ts';
import { conditionally, executionSortKey, keys, type Ledger } from './table.ts';

/** A recorded execution and the fencing token of the holder that recorded it. */
export interface RecordedExecution {
  readonly execution: Execution;
  readonly fencingToken: number;
}

const recordedShape = z.extend(executionShape, { fencingToken: z.number() });

/**
 * Records what became of an execution. The first final record stands: only an UNKNOWN one may be replaced, by a
 * later holder who learned more. Whoever comes too late is given the record that stands, to act on that.
 *
 * @param fencingToken the writer's token; 0 for an account that does not exist and so has no other writer
 */
export async function recordExecution(
  ledger: Ledger,
  execution: Execution,
  fencingToken: number,
): Promise<RecordedExecution> {
  const result = await conditionally(() =>
    ledger.client.send(
      new PutCommand({
        TableName: ledger.tableName,
        Item: executionItem(execution, fencingToken),
        // One that was started anew or went on since keeps what was noted of that, also when this arrives once more.
        ConditionExpression:
          'attribute_not_exists(pk) OR (#status = :unknown AND fencingToken < :fence) OR ' +
          '(fencingToken = :fence AND attribute_not_exists(reexecutedAs) AND attribute_not_exists(followedBy))',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':fence': fencingToken, ':unknown': 'UNKNOWN' },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
  return result.written ? { execution, fencingToken } : parseRecorded(result.current);
}

/** The item of a recorded execution. */
export function executionItem(execution: Execution, fencingToken: number): Record<string, unknown> {
  return { ...keys.execution(execution.accountId, execution.executionId), ...execution, fencingToken };
}

/**
 * Brings orders of a recorded execution up to date: what they filled after it had ended, or that they were made since.
 * Shown to readers only; what counts are the account's books, which are written after this, so that it is repeated if
 * that fails. By whom the execution was recorded stays as it is: that tells whether it is booked.
 *
 * @param fencingToken the token of the account's holder; a later holder's word stands
 */
export async function recordOrders(
  ledger: Ledger,
  accountId: AccountId,
  update: {
    readonly executionId: ExecutionId;
    readonly orders: readonly Order[];
    readonly fencingToken: number;
  },
): Promise<void> {
  const { executionId, fencingToken } = update;
  const recorded = await readExecution(ledger, accountId, executionId);
  if (!recorded) {
    return;
  }
  // A known one keeps its place.
  const byId = new Map(
    [...recorded.execution.orders, ...update.orders].map((order) => [order.clientOrderId, order]),
  );
  const orders = withoutOldRefusals([...byId.values()]);
  await conditionally(() =>
    ledger.client.send(
      new UpdateCommand({
        TableName: ledger.tableName,
        Key: keys.execution(accountId, executionId),
        UpdateExpression: 'SET orders = :orders, followedBy = :fence',
        // False where nothing is recorded: what does not exist is not less than anything.
        ConditionExpression:
          'fencingToken <= :fence AND (attribute_not_exists(followedBy) OR followedBy <= :fence)',
        ExpressionAttributeValues: { ':orders': orders, ':fence': fencingToken },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
}

/** So many of a trade's protective orders that never came to the venue are kept on record. */
const REFUSALS_MAX = 20;

/** What a venue refuses for hours, because its market is closed, is tried every minute: a record has no room for that. */
function withoutOldRefusals(orders: readonly Order[]): readonly Order[] {
  const isRefusal = ({ status }: Order) => status === 'REJECTED' || status === 'DENIED';
  const old = new Set(
    orders.filter((order) => isProtective(order) && isRefusal(order)).slice(0, -REFUSALS_MAX),
  );
  return orders.filter((order) => !old.has(order));
}

/** Reads the item of a recorded execution. */
export function parseRecorded(item: unknown): RecordedExecution {
  const { fencingToken, ...execution } = z.parse(recordedShape, item);
  return { execution, fencingToken };
}

/** The recorded execution, or `undefined` while it is pending or running. */
export async function readExecution(
  ledger: Ledger,
  accountId: AccountId,
  executionId: ExecutionId,
): Promise<RecordedExecution | undefined> {
  const { Item } = await ledger.client.send(
    new GetCommand({
      TableName: ledger.tableName,
      Key: keys.execution(accountId, executionId),
      ConsistentRead: true,
    }),
  );
  return Item === undefined ? undefined : parseRecorded(Item);
}

/** The recorded ones of these executions, in no order. */
export async function readExecutions(
  ledger: Ledger,
  wanted: readonly Pick<Execution, 'accountId' | 'executionId'>[],
): Promise<Execution[]> {
  const items = await readManyItems(
    ledger,
    wanted.map(({ accountId, executionId }) => keys.execution(accountId, executionId)),
  );
  return items.map((item) => parseRecorded(item).execution);
}

/** Some recorded executions in the order asked for, and whether the range holds more after the last of them. */
export interface ExecutionPage {
  readonly executions: readonly Execution[];
  readonly hasMore: boolean;
}

/** One page of an account's recorded executions in the order of their signals; maybe fewer than the limit. */
export async function listExecutions(
  ledger: Ledger,
  accountId: AccountId,
  range: KeyRange,
): Promise<ExecutionPage> {
  const sortKeys = { ...range, from: executionSortKey(range.from), to: executionSortKey(range.to) };
  const { items, end } = await readKeyRange(ledger, keys.account(accountId).pk, sortKeys, 'strong');
  return { executions: items.map((item) => parseRecorded(item).execution), hasMore: end !== undefined };
}

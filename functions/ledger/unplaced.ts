import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { Execution } from '../core/execution.ts';
import { NOTHING_BOOKED } from './booking.ts';
import { executionItem, readExecution } from './executions.ts';
import { type Fence, fencedOut, releaseAccount, settleAccount } from './held-account.ts';
import { keys, type Ledger } from './table.ts';

const CONDITION_FAILED = 'ConditionalCheckFailed';

/**
 * Records that an execution placed nothing, and gives the account back, both or neither.
 *
 * Not in two writes, as for an execution that placed orders: nothing at the venue would show a holder that was
 * overtaken, and whose record arrives late, that its successor decided otherwise and placed an order. Twice the
 * write units, on the path that trades nothing.
 *
 * @param journal `close` when the account's open journal is this execution's; `keep` when an earlier one's stays open
 * @returns the record that stands: another one when the execution was recorded before
 * @throws OnefillError FENCED_OUT when the account was lost; nothing was changed then
 */
export async function recordUnplaced(
  ledger: Ledger,
  fence: Fence,
  execution: Execution,
  journal: 'close' | 'keep',
): Promise<Execution> {
  const { executionId, accountId } = execution;
  const closes = journal === 'close';
  try {
    await ledger.client.send(
      new TransactWriteCommand({
        TransactItems: [
          {
            Put: {
              TableName: ledger.tableName,
              Item: executionItem(execution, fence.fencingToken),
              ConditionExpression: 'attribute_not_exists(pk)',
            },
          },
          {
            Update: {
              TableName: ledger.tableName,
              Key: keys.account(accountId),
              UpdateExpression: closes ? 'REMOVE #lease, activeExecution' : 'REMOVE #lease',
              ConditionExpression:
                'fencingToken = :fence AND #lease.ownerId = :owner' +
                (closes ? ' AND activeExecution.executionId = :execution' : ''),
              ExpressionAttributeNames: { '#lease': 'lease' },
              ExpressionAttributeValues: {
                ':fence': fence.fencingToken,
                ':owner': fence.ownerId,
                ...(closes ? { ':execution': executionId } : {}),
              },
            },
          },
        ],
      }),
    );
    return execution;
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) {
      throw error;
    }
    const [recording, releasing] = error.CancellationReasons ?? [];
    if (releasing?.Code === CONDITION_FAILED) {
      throw fencedOut(fence);
    }
    const recorded =
      recording?.Code === CONDITION_FAILED ? await readExecution(ledger, accountId, executionId) : undefined;
    if (!recorded) {
      throw error;
    }
    await (closes
      ? settleAccount(ledger, fence, { executionId, ...NOTHING_BOOKED })
      : releaseAccount(ledger, fence));
    return recorded.execution;
  }
}

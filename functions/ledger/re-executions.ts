import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { AccountId, ExecutionId } from '../core/ids.ts';
import { executionId } from '../shared/shapes.ts';
import { conditionally, keys, type Ledger } from './table.ts';

const markedShape = z.object({ reexecutedAs: executionId });

/**
 * Notes on an execution's record which execution is started in its place. The first note stands, so that asking twice
 * starts one.
 *
 * @returns the execution that is started in its place, now or before; `undefined` when there is no record, or it says
 * UNKNOWN: what may have happened is not done again
 */
export async function markReexecuted(
  ledger: Ledger,
  { accountId, executionId }: { readonly accountId: AccountId; readonly executionId: ExecutionId },
  startedAs: ExecutionId,
): Promise<ExecutionId | undefined> {
  const result = await conditionally(() =>
    ledger.client.send(
      new UpdateCommand({
        TableName: ledger.tableName,
        Key: keys.execution(accountId, executionId),
        UpdateExpression: 'SET reexecutedAs = if_not_exists(reexecutedAs, :started)',
        ConditionExpression: 'attribute_exists(pk) AND #status <> :unknown',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':started': startedAs, ':unknown': 'UNKNOWN' },
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
  return result.written ? z.parse(markedShape, result.value.Attributes).reexecutedAs : undefined;
}

import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Receipt } from '../core/receipt.ts';
import { conditionally, keys, type Ledger } from './table.ts';

/**
 * Receipts of what operators have executed. Each is written by requests that agree on its content, so the first one
 * stands: repeating it, however late, changes nothing.
 */
export async function recordCommand(ledger: Ledger, receipt: Receipt): Promise<void> {
  await conditionally(() =>
    ledger.client.send(
      new PutCommand({
        TableName: ledger.tableName,
        Item: { ...keys.receipt(receipt.signalId), ...receipt },
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
}

/** Says of a recorded command that it was not executed after all. */
export async function withdrawCommand(
  ledger: Ledger,
  receipt: Extract<Receipt, { status: 'refused' }>,
): Promise<void> {
  await conditionally(() =>
    ledger.client.send(
      new PutCommand({
        TableName: ledger.tableName,
        Item: { ...keys.receipt(receipt.signalId), ...receipt },
        ConditionExpression: '#status = :accepted',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':accepted': 'accepted' satisfies Receipt['status'] },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
}

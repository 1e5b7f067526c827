import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { AccountId } from '../../../../functions/core/ids.ts';
import { configureAccount } from '../../../../functions/ledger/configure-account.ts';
import { keys, type Ledger } from '../../../../functions/ledger/table.ts';
import { accountOf } from '../../../support/world.ts';

const ACCOUNT = 'account' as AccountId;

/** What a lock beside the account protects: it is written as by anyone who relies on the lock. */
export async function plainAccount(ledger: Ledger): Promise<(quantity: string) => Promise<boolean>> {
  await configureAccount(ledger, accountOf(ACCOUNT));
  return async (quantity) => {
    await ledger.client.send(
      new UpdateCommand({
        TableName: ledger.tableName,
        Key: keys.account(ACCOUNT),
        UpdateExpression: 'SET positions = :positions',
        ExpressionAttributeValues: { ':positions': { MNQM5: { quantity } } },
      }),
    );
    return true;
  };
}

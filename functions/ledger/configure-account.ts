import { GetCommand, UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { type Account, venueOf } from '../core/configuration.ts';
import { isZero } from '../core/decimal.ts';
import { OnefillError } from '../core/errors.ts';
import { type AccountState, accountStateShape } from './shapes/account.ts';
import { conditionally, keys, type Ledger } from './table.ts';

/** Others may change a configuration between a look and a write; more often than that is more than bad luck. */
const TRIES_MAX = 5;

/** An account before a change of its configuration. */
interface Before {
  readonly state: AccountState;
  /** Its configuration as the item has it, unparsed. */
  readonly stored: unknown;
}

/**
 * Stores an account's configuration and leaves its state alone. What is held at a venue stays there, so an account goes to
 * another one only while it holds nothing and nobody has it.
 *
 * @returns whether the account is new
 * @throws OnefillError CONFLICT when it holds something, or when others have it or go on changing its configuration
 */
export async function configureAccount(ledger: Ledger, account: Account): Promise<{ created: boolean }> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const before = await readBeforeChange(ledger, account);
    // Whoever has it might book something that he only finds now.
    const isHeld = before?.state.lease !== undefined && isMoved(before.state, account);
    if (!isHeld && (await update(ledger, account, replacement(account, before)))) {
      return { created: before === undefined || before.state.deleted === true };
    }
  }
  throw new OnefillError(
    'CONFLICT',
    'retry',
    'Others hold the account or change it. Try again, or unlock it.',
  );
}

type Change = Pick<
  UpdateCommandInput,
  'UpdateExpression' | 'ConditionExpression' | 'ExpressionAttributeValues'
>;

/** @returns false when the account is not as it was read any more */
async function update(ledger: Ledger, { accountId }: Account, change: Change): Promise<boolean> {
  const { written } = await conditionally(() =>
    ledger.client.send(
      new UpdateCommand({
        TableName: ledger.tableName,
        Key: keys.account(accountId),
        ...change,
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
  return written;
}

/**
 * The account before a change, one that is deleted as well, since its positions would be there again.
 *
 * @throws OnefillError CONFLICT when the change is a move to another venue and the account holds something
 */
export async function readBeforeChange(ledger: Ledger, account: Account): Promise<Before | undefined> {
  const { accountId } = account;
  const { Item } = await ledger.client.send(
    new GetCommand({ TableName: ledger.tableName, Key: keys.account(accountId), ConsistentRead: true }),
  );
  if (Item === undefined) {
    return undefined;
  }
  const state = z.parse(accountStateShape, Item);
  if (isMoved(state, account) && !isEmpty(state)) {
    const [from, to] = [venueOf(state.configuration), venueOf(account)];
    const message = `The account holds something at ${from}. Flatten it before it goes to ${to}, or use another id.`;
    throw new OnefillError('CONFLICT', 'retry', message);
  }
  return { state, stored: Item.configuration };
}

function isMoved({ configuration }: AccountState, account: Account): boolean {
  return venueOf(configuration) !== venueOf(account);
}

function isEmpty({ activeExecution, openOrders, positions, trades }: AccountState): boolean {
  return (
    activeExecution === undefined &&
    Object.keys(openOrders).length === 0 &&
    Object.keys(trades).length === 0 &&
    Object.values(positions).every(({ quantity }) => isZero(quantity))
  );
}

function replacement(account: Account, before: Before | undefined): Change {
  const configuration = { ':configuration': account };
  if (before === undefined) {
    return {
      UpdateExpression: 'SET configuration = :configuration, positions = :none, fencingToken = :zero',
      ConditionExpression: 'attribute_not_exists(configuration)',
      ExpressionAttributeValues: { ...configuration, ':none': {}, ':zero': 0 },
    };
  }
  const { state, stored } = before;
  return isMoved(state, account)
    ? {
        // Raised, since an idle account is taken as it was read, and what is decided on goes to the venue that it had then.
        UpdateExpression: 'SET configuration = :configuration, fencingToken = :next REMOVE deleted',
        // Nobody holds it, and whoever takes it raises the token.
        ConditionExpression: 'fencingToken = :seen',
        ExpressionAttributeValues: {
          ...configuration,
          ...{ ':seen': state.fencingToken, ':next': state.fencingToken + 1 },
        },
      }
    : {
        UpdateExpression: 'SET configuration = :configuration REMOVE deleted',
        // Somebody may have moved it to another venue meanwhile, and traded there.
        ConditionExpression: 'configuration = :stored',
        ExpressionAttributeValues: { ...configuration, ':stored': stored },
      };
}

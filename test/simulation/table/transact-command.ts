import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { BeyondTheModel, invalid, otherParameters, reasonOf, transactionCanceled } from './errors.ts';
import { refuseOtherParameters, type Tables } from './store.ts';
import type { Item } from './values.ts';
import { conditionCheck, put, remove, update, type Write } from './write-commands.ts';

const ACTIONS_MAX = 100;

type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** Tokens of transactions that took place. DynamoDB forgets them after ten minutes; the model never does. */
export type UsedTokens = Map<string, string>;

/**
 * Does all writes or none. Conditions and updates are judged on the items as they were before.
 *
 * What does not fit an item cancels the transaction with the reason `ValidationError`, as AWS's documentation has it;
 * DynamoDB Local throws a plain ValidationException instead.
 */
export function transactWrite(tables: Tables, tokens: UsedTokens, input: TransactWriteCommandInput): void {
  refuseOtherParameters(input, ['TransactItems', 'ClientRequestToken']);
  const items = input.TransactItems ?? [];
  if (items.length === 0 || items.length > ACTIONS_MAX) {
    throw invalid(`A transaction needs 1 to ${ACTIONS_MAX} actions`);
  }
  if (wasDone(tokens, input)) {
    return;
  }
  const writes = items.map((item) => writeOf(tables, item));
  const targets = writes.map(({ table, key }) => ({
    table,
    text: JSON.stringify([key.partition, key.sort]),
  }));
  const isRepeated = targets.some(({ table, text }, index) =>
    targets.slice(index + 1).some((other) => other.table === table && other.text === text),
  );
  if (isRepeated) {
    throw invalid('Transaction request cannot include multiple operations on one item');
  }
  commit(writes);
  if (input.ClientRequestToken !== undefined) {
    tokens.set(input.ClientRequestToken, JSON.stringify(items));
  }
}

function wasDone(
  tokens: UsedTokens,
  { ClientRequestToken: token, TransactItems }: TransactWriteCommandInput,
) {
  const done = token === undefined ? undefined : tokens.get(token);
  if (done !== undefined && done !== JSON.stringify(TransactItems)) {
    throw otherParameters();
  }
  return done !== undefined;
}

function writeOf(tables: Tables, item: TransactItem): Write {
  const actions = Object.entries(item).filter(([, action]) => action !== undefined);
  if (actions.length !== 1) {
    throw invalid('TransactItems can only contain one of Check, Put, Update or Delete');
  }
  const { Put, Update, Delete, ConditionCheck } = item;
  for (const action of [Put, Update, Delete]) {
    if (action && 'ReturnValues' in action) {
      throw new BeyondTheModel('ReturnValues in a transaction');
    }
  }
  if (Put) {
    return put(tables, Put);
  }
  if (Update) {
    return update(tables, Update);
  }
  if (Delete) {
    return remove(tables, Delete);
  }
  return conditionCheck(tables, ConditionCheck ?? {});
}

function commit(writes: readonly Write[]): void {
  const judged = writes.map((write) => judge(write));
  const failures = judged.map((result) => (result instanceof Error ? result : undefined));
  if (failures.some((failure) => failure !== undefined)) {
    throw transactionCanceled(failures.map(reasonOf));
  }
  for (const [index, { table, key }] of writes.entries()) {
    table.put(key, judged[index] as Item | undefined);
  }
}

/** The item after a write, or why it cannot be. */
function judge({ table, key, check, result }: Write): Item | undefined | Error {
  const current = table.get(key);
  const failure = refusalOf(() => check(current));
  let after: Item | undefined;
  const misfit = refusalOf(() => {
    after = result(current);
  });
  if (failure && misfit) {
    throw new BeyondTheModel('which reason a transaction gives for an action that has two');
  }
  return failure ?? misfit ?? after;
}

function refusalOf(act: () => void): Error | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException || (error as Error).name === 'ValidationException') {
      return error as Error;
    }
    throw error;
  }
}

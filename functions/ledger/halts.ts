import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { OnefillError } from '../core/errors.ts';
import type { Halt } from '../core/halt.ts';
import type { StrategyId } from '../core/ids.ts';
import { haltShape } from './shapes/halt.ts';
import { conditionally, type Key, keys, type Ledger } from './table.ts';

/**
 * The kill switches of strategies and of everything; an account's is in its own item (account-controls.ts).
 *
 * A halt that stands is never narrowed or worded anew by a later one, whoever throws it: the first says since when
 * and why, and only a halt of everything replaces one of entries. So throwing a switch twice changes nothing.
 */

/** Throws the kill switch of a strategy. @returns the halt that stands */
export function haltStrategy(ledger: Ledger, strategyId: StrategyId, halt: Halt): Promise<Halt> {
  return putHalt(ledger, keys.strategyHalt(strategyId), halt);
}

/** Throws the kill switch of everything. @returns the halt that stands */
export function haltEverything(ledger: Ledger, halt: Halt): Promise<Halt> {
  return putHalt(ledger, keys.globalHalt(), halt);
}

/**
 * Lifts the halt of a strategy.
 *
 * @returns the halt that was lifted, `undefined` when there was none
 * @throws OnefillError CONFLICT when it was halted anew at the same moment: nobody has looked at that halt yet
 */
export function resumeStrategy(ledger: Ledger, strategyId: StrategyId): Promise<Halt | undefined> {
  return liftHalt(ledger, keys.strategyHalt(strategyId), `The strategy ${strategyId}`);
}

/** Lifts the halt of everything; as {@link resumeStrategy}. */
export function resumeEverything(ledger: Ledger): Promise<Halt | undefined> {
  return liftHalt(ledger, keys.globalHalt(), 'Everything');
}

/** The halt of a strategy, if it is halted. */
export function readStrategyHalt(ledger: Ledger, strategyId: StrategyId): Promise<Halt | undefined> {
  return readHalt(ledger, keys.strategyHalt(strategyId));
}

/** The halt of everything, if there is one. */
export function readGlobalHalt(ledger: Ledger): Promise<Halt | undefined> {
  return readHalt(ledger, keys.globalHalt());
}

/** What a resume that met a new halt is answered. */
export function haltedAnew(what: string): OnefillError {
  return new OnefillError(
    'CONFLICT',
    'retry',
    `${what} was halted anew at this moment; see why before resuming.`,
  );
}

async function putHalt(ledger: Ledger, key: Key, halt: Halt): Promise<Halt> {
  const result = await conditionally(() =>
    ledger.client.send(
      new PutCommand({
        TableName: ledger.tableName,
        Item: { ...key, ...halt },
        ConditionExpression: 'attribute_not_exists(#scope) OR (#scope = :entries AND :scope = :all)',
        ExpressionAttributeNames: { '#scope': 'scope' },
        ExpressionAttributeValues: { ':entries': 'entries', ':all': 'all', ':scope': halt.scope },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
  return result.written ? halt : z.parse(haltShape, result.current);
}

/** Lifts the halt that was seen and no other: a repetition that arrives late must not lift the next one. */
async function liftHalt(ledger: Ledger, key: Key, what: string): Promise<Halt | undefined> {
  const seen = await readHalt(ledger, key);
  if (!seen) {
    return undefined;
  }
  const result = await conditionally(() =>
    ledger.client.send(
      new DeleteCommand({
        TableName: ledger.tableName,
        Key: key,
        ConditionExpression: 'haltedAtMs = :seen',
        ExpressionAttributeValues: { ':seen': seen.haltedAtMs },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
  if (!result.written && result.current !== undefined) {
    throw haltedAnew(what);
  }
  return seen;
}

async function readHalt(ledger: Ledger, key: Key): Promise<Halt | undefined> {
  const { Item } = await ledger.client.send(
    new GetCommand({ TableName: ledger.tableName, Key: key, ConsistentRead: true }),
  );
  return Item && z.parse(haltShape, Item);
}

import type { DeleteCommandInput, PutCommandInput, UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { applyUpdate, checkUpdate } from './apply-update.ts';
import type { Condition } from './conditions.ts';
import { BeyondTheModel, conditionFailed, invalid } from './errors.ts';
import { checkCondition, meets } from './evaluate.ts';
import { complainsOf, conditionExpression, updateExpression } from './expressions.ts';
import { type Context, contextOf, type Parsed, type PlaceholderInput } from './placeholders.ts';
import { type ItemKey, refuseOtherParameters, type Table, type Tables, tableNamed } from './store.ts';
import { type Item, itemFrom, toNative } from './values.ts';

/**
 * A write that DynamoDB would begin with: everything that can be refused without looking at the item was checked.
 */
export interface Write {
  readonly table: Table;
  readonly key: ItemKey;
  /** @throws ConditionalCheckFailedException when the item does not meet the condition */
  readonly check: (current: Item | undefined) => void;
  /** The item after the write, `undefined` for none. @throws ValidationException when it does not fit the item */
  readonly result: (current: Item | undefined) => Item | undefined;
  /** What the caller is shown of the item before and after. */
  readonly attributes: (before: Item | undefined, after: Item | undefined) => Item | undefined;
}

const EXPRESSIONS = [
  'TableName',
  'ConditionExpression',
  'ExpressionAttributeNames',
  'ExpressionAttributeValues',
  'ReturnValues',
  'ReturnValuesOnConditionCheckFailure',
];

/** The condition of a write, if it has one. */
interface ConditionInput extends PlaceholderInput {
  readonly ConditionExpression?: string | undefined;
  readonly ReturnValuesOnConditionCheckFailure?: string | undefined;
}

export function put(tables: Tables, input: PutCommandInput): Write {
  refuseOtherParameters(input, [...EXPRESSIONS, 'Item']);
  const table = tableNamed(tables, input.TableName);
  const condition = conditionOf(input);
  const context = contextOf(input, condition ? [condition] : []);
  const item = itemFrom(input.Item ?? {});
  return {
    table,
    key: table.keyOfItem(item),
    check: checkOf(input, condition, context),
    result: () => item,
    attributes: oldAttributes(input.ReturnValues),
  };
}

export function remove(tables: Tables, input: DeleteCommandInput): Write {
  refuseOtherParameters(input, [...EXPRESSIONS, 'Key']);
  const table = tableNamed(tables, input.TableName);
  const condition = conditionOf(input);
  const context = contextOf(input, condition ? [condition] : []);
  return {
    table,
    key: table.readKey(input.Key),
    check: checkOf(input, condition, context),
    result: () => undefined,
    attributes: oldAttributes(input.ReturnValues),
  };
}

/** A condition on an item that a transaction leaves as it is. */
export function conditionCheck(
  tables: Tables,
  input: ConditionInput & { TableName?: string | undefined; Key?: Record<string, unknown> | undefined },
): Write {
  refuseOtherParameters(input, [...EXPRESSIONS.filter((name) => name !== 'ReturnValues'), 'Key']);
  if (input.ConditionExpression === undefined) {
    throw invalid('A condition check needs a ConditionExpression');
  }
  const table = tableNamed(tables, input.TableName);
  const condition = conditionExpression(input.ConditionExpression);
  const context = contextOf(input, [condition]);
  return {
    table,
    key: table.readKey(input.Key),
    check: checkOf(input, condition, context),
    result: (current) => current,
    attributes: () => undefined,
  };
}

export function update(tables: Tables, input: UpdateCommandInput): Write {
  refuseOtherParameters(input, [...EXPRESSIONS, 'Key', 'UpdateExpression']);
  const table = tableNamed(tables, input.TableName);
  const condition = conditionOf(input);
  const actions = input.UpdateExpression === undefined ? undefined : updateExpression(input.UpdateExpression);
  const context = contextOf(
    input,
    [actions, condition].filter((expression) => expression !== undefined),
  );
  const key = table.readKey(input.Key);
  const changes = actions ? checkUpdate(actions.tree, context, table.keyNames, complainsOf(actions)) : [];
  const touched = changes.map(({ path }) => path);
  return {
    table,
    key,
    check: checkOf(input, condition, context),
    result: (current) => applyUpdate(current ?? table.attributesOf(key), changes, context),
    attributes: (before, after) => updatedAttributes(input.ReturnValues, touched, before, after),
  };
}

function conditionOf({ ConditionExpression }: ConditionInput): Parsed<Condition> | undefined {
  return ConditionExpression === undefined ? undefined : conditionExpression(ConditionExpression);
}

function checkOf(
  { ReturnValuesOnConditionCheckFailure: returned = 'NONE' }: ConditionInput,
  condition: Parsed<Condition> | undefined,
  context: Context,
): Write['check'] {
  if (returned !== 'NONE' && returned !== 'ALL_OLD') {
    throw invalid('Return values on condition check failure set to invalid value');
  }
  if (condition === undefined) {
    return () => undefined;
  }
  checkCondition(condition.tree, context, complainsOf(condition));
  return (current) => {
    if (!meets(current, condition.tree, context)) {
      throw conditionFailed(returned === 'ALL_OLD' && current !== undefined ? toNative(current) : undefined);
    }
  };
}

function oldAttributes(returned: string | undefined): Write['attributes'] {
  if (returned !== undefined && returned !== 'NONE' && returned !== 'ALL_OLD') {
    throw invalid('ReturnValues can only be ALL_OLD or NONE');
  }
  return (before) => (returned === 'ALL_OLD' ? before : undefined);
}

function updatedAttributes(
  returned: string | undefined,
  touched: readonly (readonly (string | number)[])[],
  before: Item | undefined,
  after: Item | undefined,
): Item | undefined {
  switch (returned) {
    case undefined:
    case 'NONE':
      return undefined;
    case 'ALL_OLD':
      return before;
    case 'ALL_NEW':
      return after;
    case 'UPDATED_OLD':
      return parts(before, touched);
    case 'UPDATED_NEW':
      return parts(after, touched);
    default:
      throw invalid('Return values set to invalid value');
  }
}

function parts(item: Item | undefined, touched: readonly (readonly (string | number)[])[]): Item | undefined {
  if (touched.some((path) => path.length > 1)) {
    // DynamoDB and DynamoDB Local do not agree on how much of the attribute they return.
    throw new BeyondTheModel('what UPDATED_OLD and UPDATED_NEW return of nested attributes');
  }
  const names = touched.map(([name]) => String(name)).filter((name) => item && Object.hasOwn(item, name));
  return item === undefined || names.length === 0
    ? undefined
    : Object.fromEntries(names.map((name) => [name, item[name] ?? null]));
}

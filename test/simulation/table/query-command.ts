import type { QueryCommandInput, QueryCommandOutput } from '@aws-sdk/lib-dynamodb';
import type { Condition } from './conditions.ts';
import { BeyondTheModel, invalid, invalidIn } from './errors.ts';
import { checkCondition, meets } from './evaluate.ts';
import {
  complainsOf,
  filterExpression,
  keyConditionExpression,
  projectionExpression,
} from './expressions.ts';
import { resolvePath } from './paths.ts';
import { type Context, contextOf, type Parsed } from './placeholders.ts';
import { project } from './project.ts';
import { keyText, refuseOtherParameters, type Table, type Tables, tableNamed } from './store.ts';
import { type Item, orderText, toNative } from './values.ts';

/** DynamoDB returns at most 1 MB at once, and the model does not count: more than this must be asked for in pages. */
const UNLIMITED_MAX = 2_000;

const KNOWN_PARAMETERS = [
  'TableName',
  'KeyConditionExpression',
  'FilterExpression',
  'ProjectionExpression',
  'ExpressionAttributeNames',
  'ExpressionAttributeValues',
  'ConsistentRead',
  'ScanIndexForward',
  'ExclusiveStartKey',
  'Limit',
  'Select',
];

/** What the key condition comes to: one partition, and a condition on the sort key. */
interface KeyRange {
  readonly partition: string;
  readonly sort: Condition | undefined;
}

type SimpleCondition = Extract<Condition, { readonly operands: unknown }>;

export function query(tables: Tables, input: QueryCommandInput): QueryCommandOutput {
  refuseOtherParameters(input, KNOWN_PARAMETERS);
  if (input.Limit !== undefined && input.Limit < 1) {
    throw invalid('Limit must be greater than or equal to 1');
  }
  if (input.Select !== undefined && input.Select !== 'COUNT') {
    throw new BeyondTheModel(`Select: ${input.Select}`);
  }
  const table = tableNamed(tables, input.TableName);
  const { keyCondition, filter, projection, context } = expressionsOf(input);
  const range = rangeOf(table, keyCondition, context);
  if (filter) {
    checkFilter(table, filter, context);
  }
  const { page, last } = pageOf(table, input, range, context);
  const items = page.filter((item) => filter === undefined || meets(item, filter.tree, context));
  return {
    $metadata: { httpStatusCode: 200 },
    ...(input.Select === 'COUNT'
      ? {}
      : {
          Items: items.map((item) =>
            toNative(projection ? project(item, projection.tree, context.names) : item),
          ),
        }),
    Count: items.length,
    ScannedCount: page.length,
    ...(last === undefined
      ? {}
      : { LastEvaluatedKey: table.attributesOf({ partition: range.partition, sort: last }) }),
  };
}

function expressionsOf(input: QueryCommandInput) {
  if (input.KeyConditionExpression === undefined) {
    throw invalid('Either the KeyConditions or KeyConditionExpression parameter must be specified');
  }
  const keyCondition = keyConditionExpression(input.KeyConditionExpression);
  const filter = input.FilterExpression === undefined ? undefined : filterExpression(input.FilterExpression);
  const projection =
    input.ProjectionExpression === undefined ? undefined : projectionExpression(input.ProjectionExpression);
  const context = contextOf(
    input,
    [keyCondition, filter, projection].filter((expression) => expression !== undefined),
  );
  checkCondition(keyCondition.tree, context, complainsOf(keyCondition));
  return { keyCondition, filter, projection, context };
}

function checkFilter(table: Table, filter: Parsed<Condition>, context: Context): void {
  checkCondition(filter.tree, context, complainsOf(filter));
  const touched = simpleConditions(filter.tree).flatMap(({ operands }) =>
    operands.map((operand) => (operand.kind === 'size' ? operand.of : operand)),
  );
  for (const operand of touched) {
    const name = operand.kind === 'path' ? resolvePath(operand.path, context.names)[0] : undefined;
    if (name !== undefined && table.keyNames.includes(String(name))) {
      throw invalid(
        `Filter Expression can only contain non-primary key attributes: Primary key attribute: ${name}`,
      );
    }
  }
}

function simpleConditions(condition: Condition): SimpleCondition[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return [...simpleConditions(condition.left), ...simpleConditions(condition.right)];
    case 'not':
    case 'group':
      return simpleConditions(condition.condition);
    default:
      return [condition];
  }
}

/** Takes a key condition apart: `partition = :value`, and at most one condition on the sort key. */
function rangeOf(table: Table, { tree }: Parsed<Condition>, context: Context): KeyRange {
  const { partitionKey, sortKey } = table.schema;
  const parts = conjunction(tree).map((condition) => partOf(condition, context));
  const partitions = parts.filter(({ name }) => name === partitionKey);
  const sorts = parts.filter(({ name }) => name === sortKey);
  const [partition] = partitions;
  if (partition === undefined || partitions.length + sorts.length !== parts.length) {
    throw invalid('Query condition missed key schema element');
  }
  if (partitions.length > 1 || sorts.length > 1) {
    throw invalid('KeyConditionExpressions must only contain one condition per key');
  }
  if (partition.operator !== '=') {
    throw invalid('Query key condition not supported');
  }
  for (const { name, values } of parts) {
    for (const value of values) {
      keyText(name, value);
    }
  }
  return { partition: keyText(partitionKey, partition.values[0]), sort: sorts[0]?.condition };
}

function conjunction(condition: Condition): SimpleCondition[] {
  switch (condition.kind) {
    case 'and':
      return [...conjunction(condition.left), ...conjunction(condition.right)];
    case 'group':
      return conjunction(condition.condition);
    case 'or':
    case 'not':
    case 'in':
      throw invalid(`Invalid operator used in KeyConditionExpression: ${condition.kind.toUpperCase()}`);
    default:
      return [condition];
  }
}

function partOf(condition: SimpleCondition, context: Context) {
  const operator = condition.kind === 'compare' ? condition.operator : condition.kind;
  const isBeginsWith = condition.kind === 'function' && condition.name === 'begins_with';
  if (operator === '<>' || (operator === 'function' && !isBeginsWith)) {
    throw invalid(`Invalid operator used in KeyConditionExpression: ${operator}`);
  }
  const paths = condition.operands.filter((operand) => operand.kind === 'path');
  const values = condition.operands.filter((operand) => operand.kind === 'value');
  const [path] = paths;
  const isInPlace = condition.kind === 'compare' || path === condition.operands[0];
  if (path === undefined || !isInPlace || 1 + values.length !== condition.operands.length) {
    throw invalidIn('KeyConditionExpression', 'Each condition needs one key attribute and values');
  }
  const name = String(resolvePath(path.path, context.names)[0]);
  return {
    condition,
    operator,
    name,
    values: values.map(({ placeholder }) => context.values[placeholder]),
  };
}

/** The items that one call looks at, and the sort key of the last one when there may be more. */
function pageOf(
  table: Table,
  input: QueryCommandInput,
  range: KeyRange,
  context: Context,
): { page: readonly Item[]; last: string | undefined } {
  const { sort } = range;
  const inRange = table
    .query(range.partition)
    .filter(([, item]) => sort === undefined || meets(item, sort, context));
  const ordered = input.ScanIndexForward === false ? inRange.toReversed() : inRange;
  const start = startOf(table, input, range, context);
  const from =
    start === undefined
      ? ordered
      : ordered.filter(([key]) =>
          input.ScanIndexForward === false ? orderText(key, start) < 0 : orderText(start, key) < 0,
        );
  const limit = input.Limit ?? Number.POSITIVE_INFINITY;
  if (input.Limit === undefined && from.length > UNLIMITED_MAX) {
    throw new BeyondTheModel('how many items fit into one answer');
  }
  const page = from.slice(0, limit);
  // DynamoDB stops when the limit is reached, before it can know whether there is more.
  return { page: page.map(([, item]) => item), last: page.length === limit ? page.at(-1)?.[0] : undefined };
}

function startOf(
  table: Table,
  { ExclusiveStartKey }: QueryCommandInput,
  { partition, sort }: KeyRange,
  context: Context,
): string | undefined {
  if (ExclusiveStartKey === undefined) {
    return undefined;
  }
  const start = table.readKey(ExclusiveStartKey);
  const attributes = table.attributesOf(start);
  if (start.partition !== partition || (sort !== undefined && !meets(attributes, sort, context))) {
    throw invalid('The provided starting key is outside query boundaries based on provided conditions');
  }
  return start.sort;
}

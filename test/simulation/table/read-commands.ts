import type {
  BatchGetCommandInput,
  BatchGetCommandOutput,
  GetCommandInput,
  GetCommandOutput,
} from '@aws-sdk/lib-dynamodb';
import { invalid } from './errors.ts';
import { projectionExpression } from './expressions.ts';
import type { Names, PathTemplate } from './paths.ts';
import { contextOf, type Parsed } from './placeholders.ts';
import { project } from './project.ts';
import { refuseOtherParameters, type Tables, tableNamed } from './store.ts';
import { type Item, toNative } from './values.ts';

const BATCH_GET_MAX = 100;
const $metadata = { httpStatusCode: 200 };

/** What a reader gets to see of an item. */
interface View {
  readonly projection: Parsed<readonly PathTemplate[]> | undefined;
  readonly names: Names;
}

export function get(tables: Tables, input: GetCommandInput): GetCommandOutput {
  refuseOtherParameters(input, [
    'TableName',
    'Key',
    'ConsistentRead',
    'ProjectionExpression',
    'ExpressionAttributeNames',
  ]);
  const table = tableNamed(tables, input.TableName);
  const view = viewOf(input);
  const item = table.get(table.readKey(input.Key));
  return item === undefined ? { $metadata } : { $metadata, Item: show(item, view) };
}

function viewOf(input: Pick<GetCommandInput, 'ProjectionExpression' | 'ExpressionAttributeNames'>): View {
  const projection =
    input.ProjectionExpression === undefined ? undefined : projectionExpression(input.ProjectionExpression);
  const view = { projection, names: contextOf(input, projection ? [projection] : []).names };
  // What overlaps is refused even if there is no item to show.
  show({}, view);
  return view;
}

function show(item: Item, { projection, names }: View): Record<string, unknown> {
  return toNative(projection ? project(item, projection.tree, names) : item);
}

/** Reads several items. They come in no particular order: here, the other way round than they were asked for. */
export function batchGet(tables: Tables, input: BatchGetCommandInput): BatchGetCommandOutput {
  refuseOtherParameters(input, ['RequestItems']);
  const requests = Object.entries(input.RequestItems ?? {});
  const keyCount = requests.reduce((sum, [, { Keys = [] }]) => sum + Keys.length, 0);
  if (keyCount > BATCH_GET_MAX) {
    throw invalid('Too many items requested for the BatchGetItem call');
  }
  if (keyCount === 0 || requests.some(([, { Keys = [] }]) => Keys.length === 0)) {
    throw invalid('The list of keys in RequestItems for BatchGetItem is required');
  }
  return {
    $metadata,
    Responses: Object.fromEntries(
      requests.map(([tableName, request]) => [tableName, getAll(tables, tableName, request)]),
    ),
    UnprocessedKeys: {},
  };
}

function getAll(
  tables: Tables,
  tableName: string,
  request: NonNullable<BatchGetCommandInput['RequestItems']>[string],
): Record<string, unknown>[] {
  refuseOtherParameters(request, [
    'Keys',
    'ConsistentRead',
    'ProjectionExpression',
    'ExpressionAttributeNames',
  ]);
  const table = tableNamed(tables, tableName);
  const view = viewOf(request);
  const keys = (request.Keys ?? []).map((key) => table.readKey(key));
  if (new Set(keys.map(({ partition, sort }) => JSON.stringify([partition, sort]))).size < keys.length) {
    throw invalid('Provided list of item keys contains duplicates');
  }
  return keys
    .map((key) => table.get(key))
    .filter((item) => item !== undefined)
    .map((item) => show(item, view))
    .reverse();
}

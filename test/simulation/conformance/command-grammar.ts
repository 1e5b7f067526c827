import fc from 'fast-check';
import type { PortableCommand } from './engines.ts';
import { attributes, conditions, type Expression, type Reach, updates } from './grammar.ts';

const PARTITIONS = ['one', 'two'] as const;
const SORTS = ['a', 'b', 'b\u{10400}', 'b\uffee'] as const;

/** Mostly the items that are there from the beginning. */
const keys = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom({ pk: 'one', sk: 'a' }, { pk: 'two', sk: 'a' }) },
  {
    weight: 1,
    arbitrary: fc.record({ pk: fc.constantFrom(...PARTITIONS), sk: fc.constantFrom(...SORTS) }),
  },
);
const shownOnFailure = fc.constantFrom(undefined, 'ALL_OLD' as const);

/** The input of one write; also what a transaction holds. */
interface Write {
  readonly kind: 'Put' | 'Update' | 'Delete';
  readonly input: Readonly<Record<string, unknown>>;
}

/** Expressions under the names of their parameters, with all their placeholders. */
function withExpressions(expressions: Readonly<Record<string, Expression | undefined>>): object {
  const given = Object.entries(expressions).flatMap(([parameter, expression]) =>
    expression ? [{ parameter, expression }] : [],
  );
  const merged = (of: 'names' | 'values') => {
    const all = Object.assign({}, ...given.map(({ expression }) => expression[of])) as object;
    return Object.keys(all).length > 0 ? all : undefined;
  };
  return {
    ...Object.fromEntries(given.map(({ parameter, expression }) => [parameter, expression.text])),
    ExpressionAttributeNames: merged('names'),
    ExpressionAttributeValues: merged('values'),
  };
}

/** Now and then a placeholder too many, or one too few; dynoxide does not always look. */
const carelessness = ({ wild }: Reach) =>
  wild
    ? fc.constantFrom(...Array<undefined>(12).fill(undefined), 'unused', 'undefined')
    : fc.constant(undefined);

function spoiled(input: Record<string, unknown>, how: string | undefined): Record<string, unknown> {
  const { ExpressionAttributeValues: values, ...rest } = input;
  if (how === undefined || typeof values !== 'object' || values === null) {
    return input;
  }
  const entries = Object.entries(values);
  return {
    ...rest,
    ExpressionAttributeValues: Object.fromEntries(
      how === 'unused' ? [...entries, [':unused', 1]] : [...entries.slice(1), [':other', 1]],
    ),
  };
}

function writes(reach: Reach): fc.Arbitrary<Write> {
  const condition = fc.option(conditions(reach), { nil: undefined, freq: 2 });
  const common = fc.record({
    condition,
    careless: carelessness(reach),
    ReturnValuesOnConditionCheckFailure: shownOnFailure,
  });
  const input = (
    {
      condition: asked,
      careless,
      ...rest
    }: { condition: Expression | undefined; careless: string | undefined },
    update?: Expression,
  ) => ({
    ...spoiled(
      {
        ...withExpressions({ UpdateExpression: update, ConditionExpression: asked }),
      },
      careless,
    ),
    ...rest,
  });
  const puts = fc
    .tuple(keys, attributes, common)
    .map(
      ([key, item, rest]): Write => ({ kind: 'Put', input: { Item: { ...item, ...key }, ...input(rest) } }),
    );
  const changes = fc
    .tuple(keys, updates(reach), common)
    .map(([Key, update, rest]): Write => ({ kind: 'Update', input: { Key, ...input(rest, update) } }));
  const deletes = fc
    .tuple(keys, common)
    .map(([Key, rest]): Write => ({ kind: 'Delete', input: { Key, ...input(rest) } }));
  return fc.oneof(
    { weight: 2, arbitrary: puts },
    { weight: 10, arbitrary: changes },
    { weight: 1, arbitrary: deletes },
  );
}

const TABLE = { TableName: 'ledger' };

function singleWrites(reach: Reach): fc.Arbitrary<PortableCommand> {
  const returned = fc.record({
    // Of an item that is new, dynoxide returns the key as ALL_OLD.
    update: fc.constantFrom('NONE', reach.wild ? 'ALL_OLD' : 'NONE', 'ALL_NEW', 'UPDATED_OLD', 'UPDATED_NEW'),
    other: fc.constantFrom('NONE', 'ALL_OLD'),
  });
  return fc.tuple(writes(reach), returned).map(([{ kind, input }, { update, other }]) => ({
    name: `${kind}Command` as const,
    input: { ...TABLE, ...input, ReturnValues: kind === 'Update' ? update : other },
  }));
}

/** Of different items: which of two mistakes is told first is not for us to know. */
function transactions(reach: Reach): fc.Arbitrary<PortableCommand> {
  const itemOf = ({ input: { Key, Item } }: Write) => {
    const { pk, sk } = (Key ?? Item) as { readonly pk: string; readonly sk: string };
    return `${pk}/${sk}`;
  };
  return fc.uniqueArray(writes(reach), { minLength: 1, maxLength: 3, selector: itemOf }).map((actions) => ({
    name: 'TransactWriteCommand',
    input: { TransactItems: actions.map(({ kind, input }) => ({ [kind]: { ...TABLE, ...input } })) },
  }));
}

function queries(reach: Reach): fc.Arbitrary<PortableCommand> {
  const sorts = fc.constantFrom(...SORTS, '\u{10FFFF}', 'c');
  const range = fc.oneof(
    fc.constant(['', {}] as const),
    fc
      .tuple(fc.constantFrom('=', '<', '<=', '>', '>='), sorts)
      .map(([operator, sort]) => [` AND sk ${operator} :sort`, { ':sort': sort }] as const),
    sorts.map((sort) => [' AND begins_with(sk, :sort)', { ':sort': sort }] as const),
    fc
      .tuple(sorts, sorts)
      .map(([from, to]) => [' AND sk BETWEEN :from AND :to', { ':from': from, ':to': to }] as const),
  );
  return fc
    .record({
      partition: fc.constantFrom(...PARTITIONS),
      range,
      filter: fc.option(conditions(reach), { nil: undefined }),
      ScanIndexForward: fc.constantFrom(undefined, false, true),
      Limit: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
      start: fc.option(fc.constantFrom(...SORTS), { nil: undefined, freq: 4 }),
    })
    .map(({ partition, range: [condition, bounds], filter, start, ...rest }) => ({
      name: 'QueryCommand',
      input: {
        ...TABLE,
        ...withExpressions({
          KeyConditionExpression: {
            text: `pk = :partition${condition}`,
            names: {},
            values: { ':partition': partition, ...bounds },
          },
          FilterExpression: filter,
        }),
        // A start outside the range is refused by DynamoDB, and not by dynoxide.
        ...(start === undefined || condition !== ''
          ? {}
          : { ExclusiveStartKey: { pk: partition, sk: start } }),
        ...rest,
      },
    }));
}

const reads: fc.Arbitrary<PortableCommand> = fc.oneof(
  keys.map((Key): PortableCommand => ({ name: 'GetCommand', input: { ...TABLE, Key } })),
  fc
    .tuple(
      keys,
      fc.uniqueArray(fc.constantFrom('n', 's', 'm.a', 'm.c', 'q.b', 'l[0]', 'l[2]'), { minLength: 1 }),
    )
    .map(
      ([Key, paths]): PortableCommand => ({
        name: 'GetCommand',
        input: { ...TABLE, Key, ProjectionExpression: paths.join(', ') },
      }),
    ),
  fc
    .uniqueArray(keys, { minLength: 1, maxLength: 4, selector: ({ pk, sk }) => pk + sk })
    .map(
      (Keys): PortableCommand => ({ name: 'BatchGetCommand', input: { RequestItems: { ledger: { Keys } } } }),
    ),
);

/** What may happen to a small table: two items are written, and then anything. */
export function commandSequences(reach: Reach): fc.Arbitrary<readonly PortableCommand[]> {
  const beginning = fc.tuple(attributes, attributes).map((items) =>
    items.map(
      (item, index): PortableCommand => ({
        name: 'PutCommand',
        input: { ...TABLE, Item: { ...item, pk: PARTITIONS[index], sk: 'a' } },
      }),
    ),
  );
  const anything = fc.oneof(
    { weight: 6, arbitrary: singleWrites(reach) },
    { weight: 2, arbitrary: transactions(reach) },
    { weight: 1, arbitrary: queries(reach) },
    { weight: 1, arbitrary: reads },
  );
  return fc
    .tuple(beginning, fc.array(anything, { minLength: 4, maxLength: 14, size: 'max' }))
    .map(([first, then]) => [...first, ...then]);
}

/** The items that the commands may have written. */
export const ALL_ITEMS: readonly PortableCommand[] = PARTITIONS.map((partition) => ({
  name: 'QueryCommand',
  input: { ...TABLE, KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': partition } },
}));

/** Takes away every item that the commands may have written. */
export const CLEAN: PortableCommand = {
  name: 'TransactWriteCommand',
  input: {
    TransactItems: PARTITIONS.flatMap((pk) => SORTS.map((sk) => ({ Delete: { ...TABLE, Key: { pk, sk } } }))),
  },
};

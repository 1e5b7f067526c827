import type { PortableCommand } from './engines.ts';

const KEY = { pk: 'p', sk: 's' };
const TABLE = { TableName: 'ledger' };

const get = (Key: object, input: object = {}): PortableCommand => ({
  name: 'GetCommand',
  input: { ...TABLE, Key, ...input },
});
const put = (Item: object, input: object = {}): PortableCommand => ({
  name: 'PutCommand',
  input: { ...TABLE, Item, ...input },
});
const remove = (Key: object, input: object = {}): PortableCommand => ({
  name: 'DeleteCommand',
  input: { ...TABLE, Key, ...input },
});
const update = (Key: object, input: object = {}): PortableCommand => ({
  name: 'UpdateCommand',
  input: { ...TABLE, Key, ...input },
});
const query = (KeyConditionExpression: string, ExpressionAttributeValues: object, input: object = {}) =>
  ({
    name: 'QueryCommand',
    input: { ...TABLE, KeyConditionExpression, ExpressionAttributeValues, ...input },
  }) satisfies PortableCommand;
const batchGet = (request: object): PortableCommand => ({
  name: 'BatchGetCommand',
  input: { RequestItems: { ledger: request } },
});
const transact = (...actions: readonly Readonly<Record<string, object>>[]): PortableCommand => ({
  name: 'TransactWriteCommand',
  input: {
    TransactItems: actions.map((action) =>
      Object.fromEntries(Object.entries(action).map(([kind, input]) => [kind, { ...TABLE, ...input }])),
    ),
  },
});

const SET_N = { UpdateExpression: 'SET n = :v', ExpressionAttributeValues: { ':v': 1 } };
const ABSENT = { ConditionExpression: 'attribute_not_exists(pk)' };
const SHOWN = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };
const Q = { ':p': 'q' };

/** What queries look at. */
export const QUERIED: readonly PortableCommand[] = [
  put({ pk: 'q', sk: 'a', x: 1 }),
  put({ pk: 'q', sk: 'b', x: 2 }),
  put({ pk: 'q', sk: 'ba', x: 3 }),
  put({ pk: 'q', sk: '\u{10400}', x: 4 }),
  put({ pk: 'q', sk: '\uffee', x: 5 }),
];

const WRITES: readonly PortableCommand[] = [
  put({ pk: 'a', sk: 'b' }),
  put({ pk: 'a', sk: 'b', x: 1 }, { ReturnValues: 'ALL_OLD' }),
  put({ pk: 'a', sk: 'b' }, { ReturnValues: 'ALL_NEW' }),
  put({ pk: 'a', sk: 'b' }, { ReturnValues: 'UPDATED_OLD' }),
  put({ pk: 'a' }),
  put({ pk: 'a', sk: 1 }),
  put({ pk: '', sk: 'b' }),
  put({ pk: 'a', sk: '' }),
  put({ pk: 'a', sk: 'b' }, ABSENT),
  put({ pk: 'a', sk: 'b' }, { ...ABSENT, ...SHOWN }),
  put({ pk: 'a', sk: 'b' }, { ExpressionAttributeNames: { '#a': 'b' } }),
  put({ pk: 'a', sk: 'b' }, { ExpressionAttributeValues: { ':a': 'b' } }),
  put({ pk: 'a', sk: 'b', q: '' }, { ReturnValues: 'ALL_OLD' }),
  put({ pk: 'a', sk: 'b', q: undefined }, { ReturnValues: 'ALL_OLD' }),
  put({ pk: 'a', sk: 'b', q: [undefined, 1, { a: undefined }] }, { ReturnValues: 'ALL_OLD' }),
  put({ pk: 'a', sk: 'b', q: () => 1 }, { ReturnValues: 'ALL_OLD' }),
  put({ pk: 'a', sk: 'b', q: Number.NaN }),
  put({ pk: 'a', sk: 'b', q: new Set() }),
  put({ pk: 'a', sk: 'b', q: new Set(['']) }),
  put({ pk: 'a', sk: 'b', q: new Date(0) }),
  put({ pk: 'a', sk: 'b', q: 2 ** 60 }),
  put({ pk: 'a', sk: 'b', q: 1e-200 }),
  put({ pk: 'a', sk: 'b', q: 0.1 + 0.2 }),
  put({ pk: 'a', sk: 'b', q: -0 }, { ReturnValues: 'ALL_OLD' }),
  get({ pk: 'a', sk: 'b' }),
  remove({ pk: 'no', sk: 'no' }),
  remove({ pk: 'no', sk: 'no' }, { ReturnValues: 'ALL_OLD' }),
  remove({ pk: 'no', sk: 'no' }, { ConditionExpression: 'attribute_exists(pk)', ...SHOWN }),
  remove(KEY, { ReturnValues: 'ALL_OLD' }),
  remove(KEY, { ReturnValues: 'ALL_NEW' }),
  remove(KEY, { ...ABSENT, ...SHOWN }),
  remove(KEY, { ConditionExpression: 'n = :v', ExpressionAttributeValues: { ':v': 5 } }),
  update({ pk: 'new-1', sk: 'new' }, { ...SET_N, ReturnValues: 'ALL_NEW' }),
  update({ pk: 'new-2', sk: 'new' }, { ...SET_N, ReturnValues: 'UPDATED_OLD' }),
  update({ pk: 'new-3', sk: 'new' }, { UpdateExpression: 'REMOVE n', ReturnValues: 'ALL_NEW' }),
  update({ pk: 'new-4', sk: 'new' }, { ...SET_N, ConditionExpression: 'attribute_exists(pk)', ...SHOWN }),
  update(KEY, { ...SET_N, ConditionExpression: 'attribute_exists(q)', ...SHOWN }),
  update(KEY, { ...SET_N, ConditionExpression: 'attribute_exists(q)' }),
  update(KEY, { UpdateExpression: 'SET n = q.r', ...ABSENT }),
  update({ pk: 'p' }, SET_N),
  update({ pk: 'p', sk: 5 }, SET_N),
  update({ pk: 'p', sk: '' }, SET_N),
  { name: 'UpdateCommand', input: { TableName: 'none', Key: KEY, ...SET_N } },
];

const READS: readonly PortableCommand[] = [
  get({ pk: 'p', sk: 'zzz' }),
  get({ pk: 'p' }),
  get({ pk: 'p', sk: 's', n: 5 }),
  get({ pk: 'p', sk: 5 }),
  get({ pk: '', sk: 's' }),
  ...['n', 'n, m.a, l[2].k', 'l[2], l[0]', 'l[9], l[0]', 'q', 'm.q', 'l[2].zz', 'm.q.r, n.a'].map(
    (ProjectionExpression) => get(KEY, { ProjectionExpression }),
  ),
  ...['m, m.a', 'n, n', '#n', '', ':v', 'n,', 'status'].map((ProjectionExpression) =>
    get(KEY, { ProjectionExpression }),
  ),
  get(KEY, { ProjectionExpression: '#n, pk', ExpressionAttributeNames: { '#n': 'n' } }),
  get(KEY, { ProjectionExpression: 'n', ExpressionAttributeNames: { '#n': 'n' } }),
  get(KEY, { ExpressionAttributeNames: { '#n': 'n' } }),
  { name: 'GetCommand', input: { TableName: 'none', Key: KEY } },
  batchGet({ Keys: [KEY, { pk: 'q', sk: 'a' }, { pk: 'no', sk: 'no' }], ConsistentRead: true }),
  batchGet({ Keys: [{ pk: 'zz', sk: 'zz' }] }),
  batchGet({ Keys: [KEY], ProjectionExpression: '#n', ExpressionAttributeNames: { '#n': 'n' } }),
  batchGet({ Keys: [KEY, KEY] }),
  batchGet({ Keys: [] }),
  batchGet({ Keys: [{ pk: 'p' }] }),
  { name: 'BatchGetCommand', input: { RequestItems: {} } },
  { name: 'BatchGetCommand', input: { RequestItems: { none: { Keys: [KEY] } } } },
];

const QUERIES: readonly PortableCommand[] = [
  query('pk = :p', Q),
  query('#p = :p', Q, { ExpressionAttributeNames: { '#p': 'pk' } }),
  query(':p = pk', Q),
  query('pk = :p', Q, { ScanIndexForward: false }),
  ...[2, 5, 6, 0].map((Limit) => query('pk = :p', Q, { Limit })),
  query('pk = :p', { ':p': 'none' }, { Limit: 1 }),
  query('pk = :p AND sk > :s', { ...Q, ':s': 'a' }),
  query('pk = :p AND :s < sk', { ...Q, ':s': 'a' }),
  query('sk > :s AND pk = :p', { ...Q, ':s': 'b' }),
  query('(pk = :p) AND (sk > :s)', { ...Q, ':s': 'b' }),
  query('pk = :p AND sk < :s', { ...Q, ':s': '\u{10FFFF}' }),
  query('pk = :p AND sk = :s', { ...Q, ':s': 'b' }),
  query('pk = :p AND sk BETWEEN :a AND :b', { ...Q, ':a': 'a', ':b': 'b' }),
  query('pk = :p AND sk BETWEEN :a AND :b', { ...Q, ':a': 'b', ':b': 'a' }),
  query('pk = :p AND begins_with(sk, :a)', { ...Q, ':a': 'b' }),
  query('pk = :p AND sk <> :a', { ...Q, ':a': 'b' }),
  query('pk = :p OR sk = :a', { ...Q, ':a': 'b' }),
  query('NOT pk = :p', Q),
  query('pk = :p AND sk IN (:a)', { ...Q, ':a': 'a' }),
  query('pk = :p AND sk = :a AND sk = :a', { ...Q, ':a': 'b' }),
  query('pk > :p', Q),
  query('sk = :p', Q),
  query('pk = :p AND x = :a', { ...Q, ':a': 1 }),
  query('pk = :p', { ...Q, ':x': 1 }),
  query('', {}),
  query('pk = :p', { ...Q, ':x': 2 }, { FilterExpression: 'x > :x' }),
  query('pk = :p', { ...Q, ':x': 2 }, { FilterExpression: 'x > :x', Limit: 2 }),
  query('pk = :p', { ...Q, ':x': 2 }, { FilterExpression: 'sk > :x' }),
  query('pk = :p', Q, { ProjectionExpression: 'x' }),
  query('pk = :p', Q, { Select: 'COUNT' }),
  query('pk = :p', Q, { ExclusiveStartKey: { pk: 'q', sk: 'a' } }),
  query('pk = :p', Q, { ExclusiveStartKey: { pk: 'q', sk: 'ba' }, ScanIndexForward: false }),
  query('pk = :p', Q, { ExclusiveStartKey: { pk: 'q', sk: 'aa' } }),
  query('pk = :p', Q, { ExclusiveStartKey: { pk: 'q' } }),
  {
    name: 'QueryCommand',
    input: { TableName: 'none', KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: Q },
  },
];

const TRANSACTIONS: readonly PortableCommand[] = [
  transact({ Put: { Item: { pk: 't', sk: '1' } } }, { Update: { Key: KEY, ...SET_N } }),
  transact({ Put: { Item: { pk: 't', sk: '1' }, ...ABSENT } }, { Update: { Key: KEY, ...SET_N } }),
  transact(
    { Put: { Item: { pk: 't', sk: '1' }, ...ABSENT, ...SHOWN } },
    { Update: { Key: KEY, ...SET_N, ConditionExpression: 'n = n2' } },
    { Delete: { Key: { pk: 't', sk: '9' } } },
  ),
  transact({ Put: { Item: { pk: 't', sk: '7' }, ConditionExpression: 'attribute_exists(pk)', ...SHOWN } }),
  transact({ Delete: { Key: KEY, ConditionExpression: 'attribute_exists(zz)', ...SHOWN } }),
  transact({ ConditionCheck: { Key: KEY, ConditionExpression: 'attribute_exists(n)' } }),
  transact({ ConditionCheck: { Key: KEY, ConditionExpression: 'attribute_exists(zz)', ...SHOWN } }),
  transact({ ConditionCheck: { Key: KEY } }),
  transact(
    { Update: { Key: KEY, UpdateExpression: 'SET q.r = :v', ExpressionAttributeValues: { ':v': 1 } } },
    { Put: { Item: { pk: 't', sk: '1' }, ...ABSENT } },
  ),
  transact({ Update: { Key: KEY, UpdateExpression: 'SET q = :x', ExpressionAttributeValues: { ':v': 1 } } }),
  transact({ Update: { Key: KEY, UpdateExpression: 'ADD s :v', ExpressionAttributeValues: { ':v': 1 } } }),
  transact({ Put: { Item: KEY } }, { Delete: { Key: KEY } }),
  transact({ Put: { Item: { pk: 'a' } } }),
  transact({}),
  transact(),
  transact({ Put: { TableName: 'none', Item: KEY } }),
];

/** Commands on which every engine agrees. */
export const ROWS: readonly PortableCommand[] = [...WRITES, ...READS, ...QUERIES, ...TRANSACTIONS];

/** Commands that dynoxide does, or refuses, other than DynamoDB does. */
export const ROWS_OF_DYNAMODB: readonly PortableCommand[] = [
  put({ pk: 'a', sk: 'b', '': 1 }),
  put({ pk: 'a', sk: 'b', q: { '': 1 } }),
  update({ pk: 'new-5', sk: 'new' }, { ...SET_N, ReturnValues: 'ALL_OLD' }),
  update({ pk: 'new-6', sk: 'new' }, { UpdateExpression: 'REMOVE a.b', ReturnValues: 'ALL_NEW' }),
  query('pk = :p', { ':p': 5 }),
  query('pk = :p', { ':p': '' }),
  query('pk = :p AND sk > :s', { ...Q, ':s': 5 }),
  query('pk = :p AND sk > :s', { ...Q, ':s': '' }),
  query('pk = :p AND begins_with(sk, :s)', { ...Q, ':s': '' }),
  query('pk = :p', Q, { ExclusiveStartKey: { pk: 'z', sk: 'a' } }),
  transact({ Put: { Item: { pk: 't', sk: '2' } }, Delete: { Key: KEY } }),
  transact({ Update: { Key: KEY, UpdateExpression: 'SET pk = :v', ExpressionAttributeValues: { ':v': 1 } } }),
];

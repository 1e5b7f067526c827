import { DeleteCommand, DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { isoTime } from '../../functions/core/clock.ts';
import { decimal } from '../../functions/core/decimal.ts';
import { parseExecutionId } from '../../functions/core/ids.ts';
import { enlist } from '../../functions/ledger/catalog.ts';
import { beginListings } from '../../functions/ledger/listings.ts';
import { operationsKeys } from '../../functions/ledger/operations-table.ts';
import { RECEIPT_PARTITIONS } from '../../functions/ledger/table.ts';
import { type AdminHarness, startAdmin } from './harness.ts';
import { ACCOUNTS, listRecords, type Recorded, recordedAt, writeRecords } from './listed-history.ts';
import { newTrader } from './operations-support.ts';
import { beginExecution } from './records-support.ts';
import { LIMIT_98 } from './trades-support.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const NOW_MS = Date.now();
const COUNT = 360;
const DAYS = 30;
/** Older than this nothing is listed, as in a ledger that was there before. */
const BEGINNING_MS = NOW_MS - 20 * DAY_MS;

/** The last ones are so young that they need not be listed yet. */
const HISTORY = Array.from({ length: COUNT }, (_, index) => {
  const fromEnd = COUNT - 1 - index;
  return recordedAt(
    index,
    NOW_MS - (fromEnd < 9 ? fromEnd * 40_000 : Math.floor((fromEnd * DAYS * DAY_MS) / COUNT)),
  );
});
const isYoung = ({ atMs }: Recorded) => atMs > NOW_MS - 10 * MINUTE_MS;

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
  await Promise.all([
    ...ACCOUNTS.map((id) => admin.put(`/accounts/${id}`, { broker: 'paper' })),
    writeRecords(admin.ledger, HISTORY),
  ]);
  await beginListings(admin.operations, BEGINNING_MS);
  await listRecords(
    admin.operations,
    HISTORY.filter((one) => one.atMs >= BEGINNING_MS && !isYoung(one)),
  );
});
afterAll(() => admin.stop());

type Filter = Readonly<Partial<Record<string, string>>>;
type Row = Readonly<Record<string, unknown>>;
interface List {
  readonly list: string;
  /** What is asked for, of which most is rare. */
  readonly filters: Readonly<Record<string, readonly string[]>>;
  /** What tells items apart, and what they are found by: the rows of one record. */
  readonly rowsOf: (recorded: Recorded) => readonly (Filter & { readonly key: string })[];
  readonly keyOf: (item: Row) => string;
}

const ids = ({ accountId, strategyId }: Recorded) => ({ accountId, strategyId });
const OF_ACCOUNTS = { accountId: [...ACCOUNTS, 'gone'], strategyId: ['rare', 'trend', 'none'] };
const LISTS: readonly List[] = [
  {
    list: 'executions',
    filters: { ...OF_ACCOUNTS, symbol: ['RARE', 'A', 'H'], status: ['REJECTED', 'UNKNOWN', 'COMPLETED'] },
    rowsOf: (one) =>
      one.orders.map(({ symbol }) => ({ ...ids(one), symbol, status: one.status, key: one.id })),
    keyOf: ({ executionId }) => String(executionId),
  },
  {
    list: 'orders',
    filters: { ...OF_ACCOUNTS, symbol: ['RARE', 'A', 'H'], status: ['CANCELED', 'FILLED', 'EXPIRED'] },
    rowsOf: (one) =>
      one.orders.map(({ leg, symbol, status }) => ({
        ...ids(one),
        ...{ symbol, status, key: `${one.id} ${leg}` },
      })),
    keyOf: ({ executionId, leg }) => `${executionId} ${leg}`,
  },
  {
    list: 'trades',
    filters: { ...OF_ACCOUNTS, symbol: ['RARE', 'A'], state: ['CANCELED', 'CLOSED', 'OPENED'] },
    rowsOf: (one) =>
      one.trade ? [{ ...ids(one), symbol: one.orders[0]?.symbol, state: one.trade, key: one.id }] : [],
    keyOf: ({ tradeId }) => String(tradeId),
  },
  {
    list: 'signals',
    filters: {
      webhookId: ['seldom', 'demo', 'none'],
      strategyId: ['rare', 'trend'],
      symbol: ['X:RARE', 'X:A'],
      action: ['flatten', 'buy', 'cancel'],
      status: ['refused', 'accepted'],
    },
    rowsOf: ({ id, strategyId, signal }) => [
      {
        ...signal,
        ...(signal.status === 'accepted' ? { strategyId } : {}),
        key: String(parseExecutionId(id)?.signalId),
      },
    ],
    keyOf: ({ signalId }) => String(signalId),
  },
];

/** The keys of what matches, oldest first. */
function matching({ rowsOf }: List, records: readonly Recorded[], filter: Filter): string[] {
  const keys = records.flatMap((recorded) => {
    const isConfigured = filter.accountId !== undefined || recorded.accountId !== 'gone';
    const rows = rowsOf(recorded).filter((row) =>
      Object.entries(filter).every(([name, value]) => row[name] === value),
    );
    return isConfigured || !('accountId' in (rows[0] ?? {})) ? rows.map(({ key }) => key) : [];
  });
  return [...new Set(keys)];
}

/** All items of all pages; something happens after the first. */
async function walk(path: string, meanwhile: () => Promise<void> = async () => undefined): Promise<Row[]> {
  const items: Row[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const { status, body } = await admin.get(`${path}${cursor && `&cursor=${cursor}`}`);
    expect(status).toBe(200);
    items.push(...body.items);
    await (cursor === '' ? meanwhile() : undefined);
    cursor = body.nextCursor;
  }
  return items;
}

/** Mostly one value: two of them seldom leave anything. */
function arbitraryFilter(filters: List['filters']): fc.Arbitrary<Filter> {
  const one = fc
    .constantFrom(...Object.entries(filters))
    .chain(([name, values]) => fc.constantFrom(...values.map((value): Filter => ({ [name]: value }))));
  return fc.oneof(
    { weight: 3, arbitrary: one },
    fc.tuple(one, one).map(([first, second]) => ({ ...first, ...second })),
  );
}

const seldom = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined, freq: 1 });

let added = COUNT;
/** One that came just now, and one that was recorded and listed only now, though its signal is old. */
async function addOthers(): Promise<void> {
  const late = recordedAt(added, NOW_MS - (added % 40) * DAY_MS - 20 * MINUTE_MS);
  await writeRecords(admin.ledger, [recordedAt(added + 1, Date.now()), late]);
  await listRecords(admin.operations, [late]);
  added += 2;
}

/** What is rare, and what two filters leave. */
const RARE = [
  ...['/executions?strategyId=rare', '/executions?symbol=RARE', '/executions?status=REJECTED'],
  ...['/executions?accountId=l1&status=REJECTED', '/executions?strategyId=trend&symbol=RARE'],
  ...['/orders?status=CANCELED', '/orders?symbol=RARE', '/orders?accountId=l2&symbol=RARE'],
  ...['/trades?strategyId=rare', '/trades?symbol=RARE', '/trades?state=CANCELED'],
  ...['/signals?webhookId=seldom', '/signals?action=flatten', '/signals?status=refused'],
  ...['/signals?strategyId=rare', '/signals?symbol=X:RARE', '/signals?webhookId=demo&action=flatten'],
];

test.each(RARE)('a page of %s costs few reads, the first one and those behind it', async (path) => {
  const [from, old] = [isoTime(BEGINNING_MS), isoTime(NOW_MS - 60 * MINUTE_MS)];
  const { calls: callsOfFirst } = await counted(`${path}&limit=2&from=${from}`);
  const { calls: callsOfOlder, body } = await counted(`${path}&limit=1&from=${from}&to=${old}`);
  const next = await counted(`${path}&limit=1&from=${from}&to=${old}&cursor=${body.nextCursor}`);
  expect([...body.items, ...next.body.items]).toHaveLength(2);
  // Which accounts there are, and since when there are listings.
  const before = 2;
  // What accounts are at; up to two listings, or one and the account's own keys; the records.
  const listed = 1 + 2 + 1;
  const young = path.startsWith('/signals') ? RECEIPT_PARTITIONS : 2 * ACCOUNTS.length;
  expect(callsOfFirst).toBeLessThanOrEqual(before + young + listed);
  expect(callsOfOlder).toBeLessThanOrEqual(before + listed);
  expect(next.calls).toBeLessThanOrEqual(before + listed);
});

/** An answer, and how many calls to the store it took. */
async function counted(path: string) {
  const send = vi.spyOn(DynamoDBDocumentClient.prototype, 'send');
  const { body } = await admin.get(path);
  const calls = send.mock.calls.length;
  send.mockRestore();
  return { body, calls };
}

test('what is under way or works is found in the accounts alone', async () => {
  for (const path of ['/executions?status=RUNNING', '/orders?status=NEW', '/trades?state=OPENED']) {
    const { body, calls } = await counted(path);
    expect(body).toEqual({ items: [] });
    expect(calls).toBeLessThanOrEqual(2);
  }
});

test.each(LISTS)(
  '$list found by what is in them are those of a plain filter, in both orders, while others are added',
  async (list) => {
    const { filters, keyOf } = list;
    const known = new Set([
      ...matching(list, HISTORY, {}),
      ...matching(list, HISTORY, { accountId: 'gone' }),
    ]);
    const question = fc.record({
      filter: arbitraryFilter(filters),
      fromDays: seldom(fc.integer({ min: 0, max: DAYS })),
      toDays: seldom(fc.integer({ min: 0, max: DAYS })),
      sort: fc.constantFrom('createdAt', '-createdAt'),
      limit: fc.constantFrom(30, 100),
    });
    const property = fc.asyncProperty(question, async ({ filter, fromDays, toDays, sort, limit }) => {
      const fromMs = fromDays === undefined ? undefined : NOW_MS - fromDays * DAY_MS;
      const toMs = toDays === undefined ? undefined : NOW_MS - toDays * DAY_MS;
      const query = new URLSearchParams({ sort, limit: String(limit) });
      for (const [name, value] of Object.entries({
        ...filter,
        ...(fromMs === undefined ? {} : { from: isoTime(fromMs) }),
        ...(toMs === undefined ? {} : { to: isoTime(toMs) }),
      })) {
        query.set(name, String(value));
      }
      const inRange = HISTORY.filter(({ atMs }) => atMs >= (fromMs ?? 0) && atMs <= (toMs ?? Infinity));
      const expected = matching(list, inRange, filter);
      const seen = (await walk(`/${list.list}?${query}`, addOthers)).map(keyOf);
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen.filter((key) => known.has(key))).toEqual(
        sort === 'createdAt' ? expected : expected.toReversed(),
      );
    });
    await fc.assert(property, { numRuns: 5 });
  },
);

test('while nothing is listed, what is young is found, and with the listings everything', async () => {
  const late = Array.from({ length: 6 }, (_, day) => recordedAt(5, NOW_MS - day * DAY_MS - 60 * MINUTE_MS));
  const renamed = late.map((one) => ({ ...one, signal: { ...one.signal, webhookId: 'down' } }));
  const young = { ...recordedAt(5, NOW_MS), signal: { ...recordedAt(5, NOW_MS).signal, webhookId: 'down' } };
  await writeRecords(admin.ledger, [...renamed, young]);
  const listed = async () => (await walk('/signals?webhookId=down&limit=2')).length;
  expect(await listed()).toBe(1);
  await listRecords(admin.operations, renamed.slice(2));
  expect(await listed()).toBe(5);
  await listRecords(admin.operations, [...renamed, ...renamed].reverse());
  expect(await listed()).toBe(7);
});

test('an entry that is not true any more shows nothing', async () => {
  const before = { ...recordedAt(5, NOW_MS - 3 * DAY_MS), status: 'HALTED' as const };
  await listRecords(admin.operations, [before, { ...recordedAt(6, NOW_MS - 4 * DAY_MS), status: 'HALTED' }]);
  await writeRecords(admin.ledger, [{ ...before, status: 'COMPLETED' }]);
  expect(await walk('/executions?status=HALTED&limit=1')).toEqual([]);
});

test('a ledger without listings is walked', async () => {
  const { client, tableName } = admin.operations;
  const Key = operationsKeys.listingBeginning();
  const { Item } = await client.send(new GetCommand({ TableName: tableName, Key }));
  await client.send(new DeleteCommand({ TableName: tableName, Key }));
  const all = HISTORY.filter(({ strategyId, accountId }) => strategyId === 'rare' && accountId !== 'gone');
  const found = await walk('/executions?strategyId=rare&limit=100');
  const known = new Set<unknown>(HISTORY.map(({ id }) => id));
  expect(found.flatMap(({ executionId }) => (known.has(executionId) ? [executionId] : []))).toEqual(
    all.map(({ id }) => id).reverse(),
  );
  await client.send(new PutCommand({ TableName: tableName, Item: { ...Item } }));
});

test('an order that works, a trade that waits and what is under way are found, old as their signals are', async () => {
  const trader = await newTrader(admin.ledger);
  await enlist(admin.ledger, 'ACCOUNT', trader.accountId);
  const { executionId } = await trader.signal({
    quantity: decimal(1),
    price: decimal(100),
    pricing: LIMIT_98,
  });
  const { id } = recordedAt(52, NOW_MS - 2 * DAY_MS);
  await beginExecution(admin.ledger, id, 'sending');
  for (const { path, found } of [
    { path: '/orders?status=NEW&symbol=MNQM5', found: { executionId, status: 'NEW' } },
    { path: `/orders?status=NEW&accountId=${trader.accountId}`, found: { executionId, status: 'NEW' } },
    { path: '/trades?state=WAITING', found: { tradeId: executionId } },
    { path: '/executions?status=RUNNING', found: { executionId: id, status: 'RUNNING' } },
    { path: '/orders?status=SENDING', found: { executionId: id, status: 'SENDING' } },
  ]) {
    expect((await admin.get(path)).body.items).toMatchObject([found]);
  }
  const day = `from=${isoTime(NOW_MS - 2 * DAY_MS)}&to=${isoTime(NOW_MS - 2 * DAY_MS)}`;
  const listed = await admin.get(`/executions?strategyId=rare&${day}`);
  expect(listed.body.items).toMatchObject([{ executionId: id, status: 'RUNNING' }]);
});

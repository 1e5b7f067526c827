import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { csvLine } from '../../functions/admin/csv.ts';
import { isoTime } from '../../functions/core/clock.ts';
import { type ExecutionId, parseExecutionId, type WebhookId } from '../../functions/core/ids.ts';
import { recordExecution } from '../../functions/ledger/executions.ts';
import { recordReceipt } from '../../functions/ledger/receipts.ts';
import { type AdminHarness, startAdmin } from './harness.ts';
import { execution, executionId, order, receipt, START_MS } from './records-support.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
  await Promise.all(['a0', 'a1'].map((id) => admin.put(`/accounts/${id}`, { broker: 'paper' })));
  await Promise.all([...history(0)].map(write));
});
afterAll(() => admin.stop());

const STRATEGIES = ['trend', 'mean'];
const SYMBOLS = ['A', 'B', 'C'];
const STATUSES = ['COMPLETED', 'SKIPPED', 'UNKNOWN'] as const;
const HISTORY_SECONDS = 30;

/** One signal, and what one account made of it. */
interface Recorded {
  readonly id: ExecutionId;
  readonly seconds: number;
  readonly accountId: string;
  readonly strategyId: string;
  readonly symbol: string;
  readonly status: (typeof STATUSES)[number];
  readonly webhookId: string;
  readonly action: 'buy' | 'sell';
}

const pick = <Value>(from: readonly Value[], index: number) => from[index % from.length] as Value;

function recordedAt(seconds: number): Recorded {
  const accountId = pick(['a0', 'a1'], seconds);
  const strategyId = pick(STRATEGIES, Math.floor(seconds / 2));
  return {
    id: executionId(seconds, accountId, strategyId),
    ...{ seconds, accountId, strategyId },
    symbol: pick(SYMBOLS, seconds),
    status: pick(STATUSES, Math.floor(seconds / 3)),
    webhookId: pick(['demo', 'other'], Math.floor(seconds / 5)),
    action: pick(['buy', 'sell'] as const, Math.floor(seconds / 4)),
  };
}

function* history(from: number): Iterable<Recorded> {
  for (let seconds = from; seconds < from + HISTORY_SECONDS; seconds += 1) {
    yield recordedAt(seconds);
  }
}

async function write({ id, symbol, status, webhookId, action }: Recorded): Promise<void> {
  const accepted = receipt([id], id);
  await recordExecution(admin.ledger, execution(id, { status, orders: [order(id, { symbol })] }), 1);
  await recordReceipt(admin.ledger, {
    ...accepted,
    webhookId: webhookId as WebhookId,
    ...(accepted.signal ? { signal: { ...accepted.signal, symbol, action } } : {}),
  } as typeof accepted);
}

const some = <Value>(...values: readonly Value[]) =>
  fc.option(fc.constantFrom(...values), { nil: undefined });
const seconds = fc.option(fc.integer({ min: -1, max: HISTORY_SECONDS }), { nil: undefined });

/** What is asked of each list, and what a plain filter says to it. */
const LISTS = [
  { list: 'executions', idName: 'executionId', filters: ['accountId', 'strategyId', 'symbol', 'status'] },
  { list: 'orders', idName: 'executionId', filters: ['accountId', 'strategyId', 'symbol'] },
  { list: 'signals', idName: 'signalId', filters: ['webhookId', 'strategyId', 'symbol', 'action'] },
] as const;

const question = fc.record({
  filter: fc.record({
    accountId: some('a0', 'a1', 'nobody'),
    strategyId: some(...STRATEGIES, 'none'),
    symbol: some(...SYMBOLS),
    status: some(...STATUSES),
    webhookId: some('demo', 'other'),
    action: some('buy', 'sell'),
  }),
  from: seconds,
  to: seconds,
  sort: some('createdAt', '-createdAt'),
  limit: fc.integer({ min: 1, max: 9 }),
});

test.each(LISTS)(
  '$list of all filters, sorts and limits are those of a plain filter, while others are added',
  async ({ list, idName, filters }) => {
    const before = [...history(0)];
    let next = 1_000;
    const property = fc.asyncProperty(question, async ({ filter, from, to, sort, limit }) => {
      const query = new URLSearchParams({ limit: String(limit) });
      const time = (at: number) => isoTime(START_MS + at * 1_000);
      const asked = {
        ...Object.fromEntries(filters.map((name) => [name, filter[name as keyof typeof filter]])),
        sort,
        from: from === undefined ? undefined : time(from),
        to: time(to ?? HISTORY_SECONDS),
      };
      for (const [name, value] of Object.entries(asked)) {
        if (value !== undefined) {
          query.set(name, value);
        }
      }
      const matching = before
        .filter((one) =>
          filters.every((name) => [undefined, one[name]].includes(filter[name as keyof typeof filter])),
        )
        .filter((one) => one.seconds >= (from ?? -1) && one.seconds <= (to ?? HISTORY_SECONDS))
        .map(({ id }) => (idName === 'signalId' ? String(parseExecutionId(id)?.signalId) : id));
      const seen: string[] = [];
      for (let cursor: string | undefined = ''; cursor !== undefined; ) {
        const { status, body } = await admin.get(`/${list}?${query}${cursor && `&cursor=${cursor}`}`);
        expect(status).toBe(200);
        expect(body.items.length).toBeLessThanOrEqual(limit);
        seen.push(...body.items.map((item) => String(item[idName])));
        cursor = body.nextCursor;
        await write(recordedAt(next));
        next += 1;
      }
      expect(seen).toEqual(sort === 'createdAt' ? matching : matching.toReversed());
    });
    await fc.assert(property, { numRuns: 10 });
  },
);

const COLUMNS_OF = { executions: 16, orders: 23, signals: 19, trades: 20 };

test.each(Object.entries(COLUMNS_OF))(
  '%s as CSV and JSON lines are pages of one file',
  async (list, columns) => {
    const whole = await admin.get(`/${list}?limit=100`);
    for (const [format, accept] of [
      ['csv', 'text/csv'],
      ['jsonl', 'application/x-ndjson'],
    ]) {
      const all = await admin.get(`/${list}?format=${format}&limit=1000&to=${isoTime(START_MS + 20_000)}`);
      expect(all.headers['x-next-cursor']).toBeUndefined();
      let text = '';
      for (let cursor: unknown = ''; cursor !== undefined; ) {
        const path = `/${list}?limit=9&to=${isoTime(START_MS + 20_000)}${cursor && `&cursor=${cursor}`}`;
        const page = await admin.call({ method: 'GET', path, headers: { accept: `${accept}, */*` } });
        expect(String(page.headers['content-type'])).toContain(accept);
        text += page.text;
        cursor = page.headers['x-next-cursor'];
      }
      expect(text).toBe(all.text);
      const lines = text.split(format === 'csv' ? '\r\n' : '\n').slice(0, -1);
      expect(lines).toHaveLength((format === 'csv' ? 1 : 0) + (list === 'trades' ? 0 : 21));
      expect(format === 'csv' ? lines[0]?.split(',').length : columns).toBe(columns);
    }
    expect(whole.headers['content-type']).toContain('application/json');
  },
);

test('a line of JSON is an item of the JSON page', async () => {
  const { body } = await admin.get('/orders?limit=3');
  const { text } = await admin.get('/orders?limit=3&format=jsonl');
  expect(text).toBe(body.items.map((item) => `${JSON.stringify(item)}\n`).join(''));
});

test.each([
  ['plain', 'plain'],
  ['a,b', '"a,b"'],
  ['say "no"', '"say ""no"""'],
  ['two\r\nlines', '"two\r\nlines"'],
  ['=1+1', "'=1+1"],
  ['+49', "'+49"],
  ['-cmd|x', "'-cmd|x"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['=A1,"x"', `"'=A1,""x"""`],
  ['-12.50', '-12.50'],
  ['12345678901234567890.123456789', '12345678901234567890.123456789'],
  [null, ''],
  [undefined, ''],
  [{ price: '1' }, '"{""price"":""1""}"'],
  [true, 'true'],
])('%j is the cell %j', (value, expected) => {
  expect(csvLine(['of.it', 'absent'], { of: { it: value } })).toBe(`${expected},\r\n`);
});

test('more than 100 in a page of JSON is refused, and more than 1,000 in any', async () => {
  for (const path of [
    '/orders?limit=101',
    '/signals?limit=101&format=json',
    '/trades?limit=1001&format=csv',
  ]) {
    const { status, body } = await admin.get(path);
    expect(status).toBe(422);
    expect(body.error.details).toMatchObject([{ field: 'limit' }]);
  }
});

test('a page ends before Lambda refuses the answer', async () => {
  const reason = { code: 'LARGE', message: '"'.repeat(190_000) };
  const ids = Array.from({ length: 9 }, (_, index) => executionId(index, 'large'));
  await Promise.all(ids.map((id) => recordExecution(admin.ledger, execution(id, { reason }), 1)));
  const first = await admin.get('/executions?accountId=large&limit=100');
  expect(Buffer.byteLength(JSON.stringify(first.text))).toBeLessThan(6 * 1024 * 1024);
  expect(first.body.items.length).toBeLessThan(9);
  expect((await admin.walk('/executions?accountId=large')).map((item) => item.executionId)).toEqual(
    ids.toReversed(),
  );
});

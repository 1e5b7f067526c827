import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accountSources } from '../../functions/admin/execution-sources.ts';
import { type Position, walk } from '../../functions/admin/walk.ts';
import type { AccountId } from '../../functions/core/ids.ts';
import { recordExecution } from '../../functions/ledger/executions.ts';
import { type AdminHarness, startAdmin } from './harness.ts';
import { execution, executionId, order } from './records-support.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.stop());

// Many, so that a filter by symbol has to look at many orders for each one it finds.
const SYMBOLS = ['A', 'B', 'C', 'D', 'E', 'F'];
const LEGS = ['entry', 'stop', 'target'];
const ACCOUNTS = [0, 1, 2, 3];
const accountNumber = fc.constantFrom(...ACCOUNTS);

/** One execution: whose, when (few times, so that some fall together), and the symbols of its orders. */
const record = fc.record({
  account: accountNumber,
  seconds: fc.integer({ min: 0, max: 12 }),
  symbols: fc.array(fc.constantFrom(...SYMBOLS), { maxLength: LEGS.length }),
});
type Recorded = { account: number; seconds: number; symbols: string[] };

const scenario = fc.record({
  before: fc.array(record, { maxLength: 24 }),
  /** Recorded between two pages: those of page one, page two, and so on. */
  meanwhile: fc.array(record, { maxLength: 8 }),
  limit: fc.integer({ min: 1, max: 5 }),
  sort: fc.constantFrom('createdAt', '-createdAt'),
  symbol: fc.option(fc.constantFrom(...SYMBOLS), { nil: undefined }),
  account: fc.option(accountNumber, { nil: undefined }),
});

let run = 0;
const accountId = (account: number) => `run-${run}-${account}`;
const idOf = ({ account, seconds }: Recorded) => executionId(seconds, accountId(account));

async function write(recorded: Recorded): Promise<void> {
  const id = idOf(recorded);
  const orders = recorded.symbols.map((symbol, index) => order(id, { symbol, leg: LEGS[index] ?? '' }));
  await recordExecution(admin.ledger, execution(id, { orders }), 1);
}

/** The last record of an execution stands, as the same id is written once only in life. */
function unique(records: readonly Recorded[]): Recorded[] {
  return [...new Map(records.map((one) => [idOf(one), one])).values()];
}

/** One page of orders as a test looks at them, and how to ask for the next one. */
interface SeenPage {
  readonly orderIds: readonly string[];
  readonly next: (() => Promise<SeenPage>) | undefined;
}
type Scenario = typeof scenario extends fc.Arbitrary<infer Value> ? Value : never;

/** Reads pages through the API. */
async function pageOfApi(asked: Scenario, cursor?: string): Promise<SeenPage> {
  const { limit, sort, symbol, account } = asked;
  const query = new URLSearchParams({ limit: String(limit), sort });
  for (const [name, value] of Object.entries({ symbol, cursor })) {
    if (value !== undefined) {
      query.set(name, value);
    }
  }
  if (account !== undefined) {
    query.set('accountId', accountId(account));
  }
  const { body } = await admin.get(`/orders?${query}`);
  const { nextCursor } = body;
  return {
    orderIds: body.items.map(({ orderId }) => String(orderId)),
    next: nextCursor === undefined ? undefined : () => pageOfApi(asked, nextCursor),
  };
}

/** Reads pages with so little reading at once that every account takes many reads, and pages end early. */
async function pageOfLittleReading(asked: Scenario, after?: Position): Promise<SeenPage> {
  const accountIds = (asked.account === undefined ? ACCOUNTS : [asked.account]).map(
    (one) => accountId(one) as AccountId,
  );
  const sources = accountSources(admin.ledger, accountIds, { from: ' ', to: '\u{10FFFF}' }, 2);
  const { found, next } = await walk([sources], {
    order: asked.sort === 'createdAt' ? 'oldest-first' : 'newest-first',
    after,
    limit: asked.limit,
    furtherReadsMax: 2,
    idOf: ({ executionId: id }) => id,
    entriesOf: ({ executionId: id, orders }) =>
      orders.map(({ symbol, leg }) =>
        asked.symbol === undefined || asked.symbol === symbol ? `${id}~${leg}` : undefined,
      ),
  });
  return {
    orderIds: found.map(({ entry }) => entry),
    next: next && (() => pageOfLittleReading(asked, next)),
  };
}

const WAYS = [
  { way: 'through the API', firstPage: pageOfApi, numRuns: 7 },
  { way: 'with little reading at once', firstPage: pageOfLittleReading, numRuns: 15 },
];

test.each(WAYS)(
  'pages $way neither skip nor repeat an order, whatever is recorded between them',
  async ({ firstPage, numRuns }) => {
    const property = fc.asyncProperty(scenario, async (asked) => {
      run += 1;
      const paths = ACCOUNTS.map((one) => `/accounts/${accountId(one)}`);
      const known = unique(asked.before);
      const later = unique(asked.meanwhile).filter(
        (one) => !known.some((other) => idOf(other) === idOf(one)),
      );
      await Promise.all([...paths.map((path) => admin.put(path, { broker: 'paper' })), ...known.map(write)]);

      const seen: string[] = [];
      for (let page: SeenPage | undefined = await firstPage(asked); page; page = await page.next?.()) {
        expect(page.orderIds.length).toBeLessThanOrEqual(asked.limit);
        seen.push(...page.orderIds);
        await Promise.all(later.splice(0, 1).map(write));
      }

      expect(new Set(seen).size).toBe(seen.length);
      const executions = seen.map((id) => id.slice(0, id.lastIndexOf('~')));
      const sorted = executions.toSorted();
      expect(executions).toEqual(asked.sort === 'createdAt' ? sorted : sorted.toReversed());
      expect(seen).toEqual(expect.arrayContaining(expected(known, asked)));
      await Promise.all(paths.map((path) => admin.call({ method: 'DELETE', path })));
    });
    await fc.assert(property, { numRuns });
  },
);

/** The orders that were there from the beginning and match. */
function expected(known: readonly Recorded[], { account, symbol }: Scenario): string[] {
  return known
    .filter((one) => account === undefined || one.account === account)
    .flatMap((one) => one.symbols.map((of, index) => ({ of, id: `${idOf(one)}~${LEGS[index]}` })))
    .filter(({ of }) => symbol === undefined || of === symbol)
    .map(({ id }) => id);
}

test.each(['createdAt', '-createdAt'] as const)(
  'pages that end early, by %s, go on where they ended',
  async (sort) => {
    run += 1;
    const recorded = Array.from({ length: 12 }, (_, seconds): Recorded => {
      const symbols = seconds % 4 === 0 ? ['B'] : ['A', 'A', 'A'].slice(seconds % 4);
      return { account: 0, seconds, symbols };
    });
    await Promise.all(recorded.map(write));
    for (const symbol of [undefined, 'A', 'B', 'C']) {
      const asked: Scenario = { account: 0, before: [], meanwhile: [], limit: 100, sort, symbol };
      const seen: string[] = [];
      let pages = 0;
      for (
        let page: SeenPage | undefined = await pageOfLittleReading(asked);
        page;
        page = await page.next?.()
      ) {
        seen.push(...page.orderIds);
        pages += 1;
      }
      const all = expected(recorded, asked);
      expect(seen).toEqual(sort === 'createdAt' ? all : all.toReversed());
      expect(pages).toBeGreaterThan(2);
    }
  },
);

test('a filter that matches nothing ends, in pages of bounded reading', async () => {
  run += 1;
  const id = accountId(0);
  await admin.put(`/accounts/${id}`, { broker: 'paper' });
  await Promise.all(
    Array.from({ length: 120 }, (_, seconds) => write({ account: 0, seconds, symbols: ['A'] })),
  );
  expect(await admin.walk(`/orders?accountId=${id}&symbol=NONE`)).toEqual([]);
  expect(await admin.walk(`/orders?accountId=${id}&limit=100`)).toHaveLength(120);
});

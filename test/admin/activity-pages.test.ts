import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logsOf } from '../../functions/admin/activity.ts';
import { ACTIVITY_COLUMNS } from '../../functions/admin/activity-columns.ts';
import { type Position, walk } from '../../functions/admin/walk.ts';
import { type ActivityRecord, type ActivityScope, placeOf } from '../../functions/core/activity.ts';
import { writeActivity } from '../../functions/ledger/activity-log.ts';
import { type AdminHarness, startAdmin } from './harness.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
  await admin.put('/webhooks/hook', { secret: 'a-secret-of-a-hook' });
  await admin.put('/strategies/trend', { webhookId: 'hook', accounts: [] });
  for (const id of ['one', 'two']) {
    await admin.put(`/accounts/${id}`, { broker: 'paper' });
  }
});
afterAll(() => admin.stop());

const SCOPES: readonly ActivityScope[] = [
  'SYSTEM',
  'ACCOUNT#one',
  'ACCOUNT#two',
  'STRATEGY#trend',
  'WEBHOOK#hook',
];
const DAY_MS = 86_400_000;
/** Each run has a day of its own. */
let dayMs = Date.UTC(2026, 3, 1);

/** Two scopes may have the same place, and a record several entries. */
const arbitraryRecord = fc.record({
  scope: fc.constantFrom(...SCOPES),
  second: fc.nat(6),
  sequence: fc.nat(2),
  entries: fc.integer({ min: 1, max: 3 }),
});

function recordAt(
  day: number,
  each: { scope: ActivityScope; second: number; sequence: number; entries: number },
) {
  const atMs = day + each.second * 1_000;
  const entries = Array.from({ length: each.entries }, (_, timeouts) => ({
    type: 'LEASE_TIMED_OUT' as const,
    timeouts,
  }));
  return { scope: each.scope, place: placeOf(atMs, String(each.sequence)), atMs, entries };
}

/** The ids of all entries in the order of the log; a later record of the same place is the same one. */
function expectedIds(records: readonly ActivityRecord[]): string[] {
  const byId = new Map(records.map((record) => [`${record.place}|${record.scope}`, record]));
  return [...byId]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([id, { entries }]) => entries.map((_, index) => `${id}|${index}`));
}

const distinct = {
  minLength: 1,
  maxLength: 14,
  selector: (each: object) => JSON.stringify({ ...each, entries: 0 }),
};
const arbitraryRecords = fc.uniqueArray(arbitraryRecord, distinct);

test('pages walked to the end give everything once, in order, while entries are added, in both directions', async () => {
  await fc.assert(
    fc.asyncProperty(
      arbitraryRecords,
      arbitraryRecords,
      fc.constantFrom('at', '-at'),
      fc.integer({ min: 1, max: 7 }),
      async (before, added, sort, limit) => {
        dayMs += DAY_MS;
        const keyOf = ({ scope, second, sequence }: (typeof before)[number]) =>
          `${scope} ${second} ${sequence}`;
        const known = new Set(before.map(keyOf));
        const present = before.map((each) => recordAt(dayMs, each));
        const later = added.filter((each) => !known.has(keyOf(each))).map((each) => recordAt(dayMs, each));
        await writeActivity(admin.operations, present);
        const range = `from=${iso(dayMs)}&to=${iso(dayMs + DAY_MS - 1)}`;
        const seen: string[] = [];
        let cursor = '';
        do {
          const { body } = await admin.get(`/activity?${range}&sort=${sort}&limit=${limit}${cursor}`);
          seen.push(...body.items.map(({ activityId }) => String(activityId)));
          cursor = body.nextCursor === undefined ? '' : `&cursor=${body.nextCursor}`;
          await writeActivity(admin.operations, later.splice(0, 1));
        } while (cursor !== '');
        expect(new Set(seen).size).toBe(seen.length);
        const ordered = seen.toSorted();
        expect(seen).toEqual(sort === 'at' ? ordered : ordered.reverse());
        const wanted = new Set(expectedIds(present));
        const found = seen.filter((id) => wanted.has(id));
        expect(found.toSorted()).toEqual([...wanted].toSorted());
      },
    ),
    { numRuns: 15 },
  );
});

test('from and to are seconds, both of them within, and the cursor goes by the filter', async () => {
  dayMs += DAY_MS;
  const seconds = [0, 1, 2, 3].map((second) =>
    recordAt(dayMs, { scope: 'ACCOUNT#one', second, sequence: 1, entries: 1 }),
  );
  await writeActivity(admin.operations, seconds);
  const between = async (from: number, to: number) =>
    (await admin.walk(`/activity?from=${iso(dayMs + from)}&to=${iso(dayMs + to)}&sort=at&limit=1`)).map(
      ({ at }) => at,
    );
  expect(await between(1_000, 2_000)).toEqual([iso(dayMs + 1_000), iso(dayMs + 2_000)]);
  expect(await between(1_400, 2_999)).toEqual([iso(dayMs + 1_000), iso(dayMs + 2_000)]);
  expect(await between(3_000, 1_000)).toEqual([]);
});

test.each(['oldest-first', 'newest-first'] as const)(
  'a page reads only so often, and the next one goes on, %s',
  async (order) => {
    dayMs += DAY_MS;
    const records = SCOPES.flatMap((scope) =>
      [0, 1, 2, 3, 4, 5].map((second) => recordAt(dayMs, { scope, second, sequence: 1, entries: 2 })),
    );
    await writeActivity(admin.operations, records);
    let reads = 0;
    const client = new Proxy(admin.operations.client, {
      get:
        (target) =>
        (...[command]: Parameters<typeof target.send>) => {
          reads += 1;
          return target.send(command);
        },
    });
    const range = { from: iso(dayMs).slice(0, 10), to: `${iso(dayMs).slice(0, 10)}~` };
    const seen: string[] = [];
    let after: Position | undefined;
    let pages = 0;
    do {
      reads = 0;
      const furtherReadsMax = 3;
      const page = await walk([logsOf({ ...admin.operations, client }, SCOPES, range, 2)], {
        order,
        after,
        limit: 50,
        furtherReadsMax,
        idOf: ({ place }) => place,
        // Few match, so that pages end by what they may read.
        entriesOf: ({ scope, entries }) =>
          entries.map(({ type }) => (scope === 'ACCOUNT#two' && type === 'LEASE_TIMED_OUT') || undefined),
      });
      expect(reads).toBeLessThanOrEqual(SCOPES.length + furtherReadsMax);
      seen.push(...page.found.map(({ position: { id, scope, index } }) => `${id}|${scope}|${index}`));
      after = page.next;
      pages += 1;
    } while (after);
    const all = expectedIds(records.filter(({ scope }) => scope === 'ACCOUNT#two'));
    expect(seen).toEqual(order === 'oldest-first' ? all : all.reverse());
    expect(pages).toBeGreaterThan(3);
  },
);

test('parts of an export put behind each other are the whole', async () => {
  dayMs += DAY_MS;
  const records = SCOPES.map((scope) => recordAt(dayMs, { scope, second: 1, sequence: 1, entries: 3 }));
  await writeActivity(admin.operations, records);
  const path = `/activity?from=${iso(dayMs)}&to=${iso(dayMs + DAY_MS - 1)}`;
  const { body } = await admin.get(path);
  expect(body.items).toHaveLength(15);
  for (const format of ['jsonl', 'csv']) {
    const whole = await admin.get(`${path}&format=${format}&limit=1000`);
    let text = '';
    let cursor: unknown = '';
    while (cursor !== undefined) {
      const page = await admin.get(`${path}&format=${format}&limit=4${cursor ? `&cursor=${cursor}` : ''}`);
      text += page.text;
      cursor = page.headers['x-next-cursor'];
    }
    expect(text).toBe(whole.text);
    const lines = text.trimEnd().split(/\r?\n/);
    if (format === 'csv') {
      expect(lines.shift()).toBe(ACTIVITY_COLUMNS.join(','));
    }
    expect(lines).toHaveLength(15);
    expect(lines[0]).toContain(body.items[0]?.activityId);
  }
  const operators = await admin.get('/activity?type=OPERATOR_ACTION&format=csv');
  expect(operators.text).not.toContain('a-secret-of-a-hook');
  expect(operators.text).toContain('/api/v1/accounts/one');
});

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}

import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type AdminHarness, startAdmin } from './harness.ts';
import { START_MS } from './records-support.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.stop());

const IMPORT = '/configuration/import';
const HMAC_SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

const everything = (prefix: string) => ({
  strategies: [
    { strategyId: `${prefix}-s`, webhookId: `${prefix}-w`, accounts: [{ accountId: `${prefix}-a` }] },
  ],
  webhooks: [{ webhookId: `${prefix}-w`, secret: 'in clear' }],
  accounts: [{ accountId: `${prefix}-a`, broker: 'paper', cash: 5 }],
});

async function importResults(body: object) {
  const { status, body: answered } = await admin.post(IMPORT, body);
  expect(status).toBe(200);
  return answered.results as { collection: string; id?: string; result: string; error?: { code: string } }[];
}

const resultsOf = async (body: object) => (await importResults(body)).map(({ result }) => result);

test('everything is stored in one request, accounts first, and can be sent twice', async () => {
  const body = everything('first');
  expect(await importResults(body)).toEqual([
    { collection: 'accounts', index: 0, id: 'first-a', result: 'created' },
    { collection: 'webhooks', index: 0, id: 'first-w', result: 'created' },
    { collection: 'strategies', index: 0, id: 'first-s', result: 'created' },
  ]);
  expect((await admin.get('/accounts/first-a')).body).toMatchObject({ cash: '5' });
  const before = await admin.items();
  expect(await resultsOf(body)).toEqual(['unchanged', 'unchanged', 'unchanged']);
  expect(await admin.items()).toEqual(before);
  expect(admin.said.join()).not.toContain('in clear');
});

test('what fails names its field and keeps nothing else from being stored', async () => {
  const results = await importResults({
    accounts: [
      { accountId: 'good', broker: 'paper' },
      { accountId: 'bad', broker: 'paper', cash: -1 },
      { accountId: 'not an id', broker: 'paper' },
      'no object',
      { accountId: 'good', broker: 'paper' },
    ],
    webhooks: [
      { webhookId: 'hidden', secret: '***' },
      { webhookId: 'hidden-hmac', hmacSecrets: ['***'] },
      { webhookId: 'mistyped', secrets: 'x' },
    ],
    strategies: [{ strategyId: 'needs-webhook', accounts: [] }],
  });
  expect(results).toMatchObject([
    { id: 'good', result: 'created' },
    { id: 'bad', result: 'failed', error: { code: 'INVALID', details: [{ field: 'cash' }] } },
    { index: 2, result: 'failed', error: { details: [{ field: 'accountId' }] } },
    { index: 3, result: 'failed' },
    {
      index: 4,
      result: 'failed',
      error: { details: [{ field: 'accountId', message: 'is listed already' }] },
    },
    { id: 'hidden', result: 'failed', error: { details: [{ field: 'secret' }] } },
    { id: 'hidden-hmac', result: 'failed', error: { details: [{ field: 'hmacSecrets' }] } },
    { id: 'mistyped', result: 'failed', error: { details: [{ field: 'secrets' }] } },
    { id: 'needs-webhook', result: 'failed', error: { details: [{ field: 'webhookId' }] } },
  ]);
  const listed = (await admin.walk('/accounts')).map(({ accountId }) => accountId);
  expect(listed).toContain('good');
  expect(listed).not.toContain('bad');
});

test.each([
  { onConflict: 'fail', result: 'failed', cash: '5' },
  { onConflict: 'skip', result: 'skipped', cash: '5' },
  { onConflict: 'replace', result: 'replaced', cash: '6' },
])('what is configured otherwise is $result with $onConflict', async ({ onConflict, result, cash }) => {
  const path = `/accounts/${onConflict}-a`;
  await admin.put(path, { broker: 'paper', cash: 5 });
  const other = { accountId: `${onConflict}-a`, broker: 'paper', cash: 6 };
  const body = { onConflict, accounts: [other, { accountId: `${onConflict}-b`, broker: 'paper' }] };

  const dry = await importResults({ ...body, dryRun: true });
  expect(dry.map((one) => one.result)).toEqual([result, 'created']);
  expect((await admin.get(`/accounts/${onConflict}-b`)).status).toBe(404);
  expect((await admin.get(path)).body.cash).toBe('5');

  const results = await importResults(body);
  expect(results).toEqual(dry);
  expect(results[0]?.error?.code).toBe(result === 'failed' ? 'CONFLICT' : undefined);
  expect((await admin.get(path)).body.cash).toBe(cash);
});

test('what is exported can be imported: it is the same here, and secrets are kept when it is replaced', async () => {
  await admin.put('/webhooks/kept', { secret: 'stays', hmacSecrets: [HMAC_SECRET] });
  await admin.put('/webhooks/closed', {});
  const pages = await exportPages(7);
  for (const page of pages) {
    expect(new Set(await resultsOf(page))).toEqual(new Set(['unchanged']));
  }
  const kept = pages.flatMap(({ webhooks }) => webhooks).find(({ webhookId }) => webhookId === 'kept');
  expect(kept).toMatchObject({ secret: '***', hmacSecrets: ['***'] });
  expect(await resultsOf({ webhooks: [{ ...kept, name: 'Renamed' }], onConflict: 'replace' })).toEqual([
    'replaced',
  ]);
  expect(await resultsOf({ webhooks: [{ ...kept, name: 'Renamed', secret: 'stays' }] })).toEqual([
    'unchanged',
  ]);
  expect(await resultsOf({ webhooks: [{ ...kept, name: 'Renamed', secret: 'other' }] })).toEqual(['failed']);
});

test('an export has everything once, in pages of at most so many', async () => {
  const ids = (pages: Awaited<ReturnType<typeof exportPages>>) =>
    pages.flatMap(({ accounts, webhooks, strategies }) => [
      ...accounts.map(({ accountId }) => `a ${accountId}`),
      ...webhooks.map(({ webhookId }) => `w ${webhookId}`),
      ...strategies.map(({ strategyId }) => `s ${strategyId}`),
    ]);
  const all = ids(await exportPages(100));
  expect(new Set(all).size).toBe(all.length);
  const listed = await Promise.all(['accounts', 'webhooks', 'strategies'].map((of) => admin.walk(`/${of}`)));
  expect(all).toHaveLength(listed.flat().length);
  for (const limit of [1, 2, 3]) {
    const pages = await exportPages(limit);
    expect(ids(pages)).toEqual(all);
    expect(Math.max(...pages.map((page) => ids([page]).length))).toBe(limit);
  }
});

type Page = Readonly<Record<'accounts' | 'webhooks' | 'strategies', Record<string, unknown>[]>>;

async function exportPages(limit: number): Promise<Page[]> {
  const pages: Page[] = [];
  let cursor: string | undefined;
  do {
    const asked = cursor === undefined ? '' : `&cursor=${cursor}`;
    const { status, body } = await admin.get(`/configuration/export?limit=${limit}${asked}`);
    expect(status).toBe(200);
    const { nextCursor, ...page } = body;
    pages.push(page as unknown as Page);
    cursor = nextCursor;
  } while (cursor !== undefined);
  return pages;
}

test('a request has at most 200 items, and tells what there was no time for', async () => {
  const accounts = Array.from({ length: 201 }, (_, index) => ({ accountId: `n-${index}`, broker: 'paper' }));
  const most = await resultsOf({ accounts: accounts.slice(1), dryRun: true });
  expect(most).toEqual(Array(200).fill('created'));
  const tooMany = await admin.post(IMPORT, { accounts });
  expect(tooMany).toMatchObject({ status: 422, body: { error: { details: [{ field: 'body' }] } } });

  let calls = 0;
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => START_MS + 700 * calls++);
  const late = await importResults({ accounts: accounts.slice(0, 60) });
  clock.mockRestore();
  const unavailable = late.filter(({ error }) => error?.code === 'UNAVAILABLE').length;
  expect(unavailable).toBeGreaterThan(0);
  expect(await resultsOf({ accounts: accounts.slice(0, 60) })).toEqual([
    ...Array(60 - unavailable).fill('unchanged'),
    ...Array(unavailable).fill('created'),
  ]);
});

test('strategies that move between webhooks in one request do not fail each other', async () => {
  const of = (from: string, to: string) =>
    Array.from({ length: 12 }, (_, index) => ({
      strategyId: `moving-${index}`,
      webhookId: index % 2 === 0 ? from : to,
      accounts: [],
    }));
  await resultsOf({ strategies: of('m1', 'm2') });
  const again = { strategies: of('m2', 'm1'), onConflict: 'replace' };
  // Two lanes raise the versions of both webhooks; what conflicts too often is told, and done by sending it again.
  await importResults(again);
  const results = new Set(await resultsOf(again));
  expect([...results].filter((result) => result === 'failed')).toEqual([]);
});

test('a body that is no import is refused by name', async () => {
  expect((await admin.post(IMPORT, { accounts: {} })).body.error.details).toMatchObject([
    { field: 'accounts' },
  ]);
  expect((await admin.post(IMPORT, { onConflict: 'ignore' })).body.error.details).toMatchObject([
    { field: 'onConflict' },
  ]);
  expect((await admin.post(IMPORT, { account: [] })).body.error.details).toMatchObject([
    { field: 'account' },
  ]);
  expect((await admin.call({ method: 'POST', path: IMPORT, rawBody: '{' })).status).toBe(400);
  const large = await admin.call({ method: 'POST', path: IMPORT, rawBody: ' '.repeat(257 * 1024) });
  expect(large.status).toBe(413);
  const viewer = await admin.call({ method: 'POST', path: IMPORT, role: 'viewer', body: {} });
  expect(viewer.status).toBe(403);
});

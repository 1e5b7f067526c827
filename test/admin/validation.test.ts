import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requestViolations } from '../support/contract.ts';
import { type AdminHarness, startAdmin } from './harness.ts';
import { ACCOUNTS, PRICES, STRATEGIES, WEBHOOKS } from './validation-rows.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.stop());

const TABLES = [
  { method: 'PUT', path: '/webhooks/refused', rows: WEBHOOKS },
  { method: 'PUT', path: '/strategies/refused', rows: STRATEGIES },
  { method: 'PUT', path: '/accounts/refused', rows: ACCOUNTS },
  { method: 'POST', path: '/accounts/refused/prices', rows: PRICES },
];

describe.each(TABLES)('$method $path', ({ method, path, rows }) => {
  test.each(rows)('refuses $field: $says', async ({ body, field, says, inWords }) => {
    const refused = await admin.call({ method, path, body });
    expect(refused.status).toBe(422);
    expect(refused.body.error.code).toBe('INVALID');
    expect(refused.body.error.details).toEqual([{ field, message: expect.stringContaining(says) }]);
    const documented = requestViolations({ method, path: `/api/v1${path}`, requestBody: body });
    expect(documented.length > 0, 'the contract refuses it as well').toBe(inWords !== true);
  });
});

test('nothing of what was refused was stored', async () => {
  expect((await admin.items()).filter(({ pk }) => !String(pk).startsWith('CATALOG#'))).toEqual([]);
  for (const collection of ['webhooks', 'strategies', 'accounts']) {
    expect(await admin.walk(`/${collection}`)).toEqual([]);
  }
});

test('everything that is wrong is said at once', async () => {
  const { body } = await admin.put('/webhooks/refused', {
    secret: 'x',
    rateLimit: { limit: 0, windowSeconds: 0 },
    allowedIps: ['x'],
    mistyped: 1,
  });
  expect(body.error.details.map((detail: { field: string }) => detail.field)).toEqual([
    'allowedIps[0]',
    'rateLimit.limit',
    'rateLimit.windowSeconds',
    'mistyped',
  ]);
});

test.each([
  ['nothing', ''],
  ['half an object', '{"secret":'],
  ['two values', '{}{}'],
  ['NaN', '{"cash":NaN}'],
  ['a key that could poison', '{"__proto__":{"enabled":true}}'],
  ['deep nesting', `${'['.repeat(1_000)}${']'.repeat(1_000)}`],
])('%s as a body is malformed', async (_, rawBody) => {
  const { status, body } = await admin.call({ method: 'PUT', path: '/accounts/refused', rawBody });
  expect(status).toBe(400);
  expect(body.error.code).toBe('MALFORMED');
});

test('a body over 256 KB is refused unread', async () => {
  const KB = 1_024;
  const padded = (bytes: number) => `{"broker":"paper"}`.padEnd(bytes);
  const path = '/accounts/large';
  expect((await admin.call({ method: 'PUT', path, rawBody: padded(256 * KB + 1) })).status).toBe(413);
  expect((await admin.get(path)).status).toBe(404);
  const fits = await admin.call({
    method: 'PUT',
    path,
    rawBody: padded(256 * KB),
    body: { broker: 'paper' },
  });
  expect(fits.status).toBe(201);
});

test('a large body of nonsense gets a short answer', async () => {
  const many = Object.fromEntries(
    Array.from({ length: 5_000 }, (_, index) => [`${'x'.repeat(40)}${index}`, 1]),
  );
  const { status, body } = await admin.put('/accounts/refused', {
    broker: 'paper',
    ['y'.repeat(10_000)]: 1,
    ...many,
  });
  expect(status).toBe(422);
  expect(body.error.details.length).toBeLessThanOrEqual(100);
  expect(JSON.stringify(body).length).toBeLessThan(30_000);
});

const QUERIES = [
  ['/webhooks?limit=0', 'limit'],
  ['/webhooks?limit=101', 'limit'],
  ['/webhooks?limit=ten', 'limit'],
  ['/webhooks?limit=', 'limit'],
  ['/webhooks?cursor=', 'cursor'],
  ['/webhooks?cursor=%00', 'cursor'],
  [`/webhooks?cursor=${'a'.repeat(600)}`, 'cursor'],
  ['/signals?cursor=ZGVtbw', 'cursor'],
  ['/signals?status=done', 'status'],
  ['/signals?webhookId=a~b', 'webhookId'],
  ['/orders?cursor=ZGVtbw', 'cursor'],
  ['/orders?accountId=a%20b', 'accountId'],
  ['/orders?strategyId=', 'strategyId'],
  ['/orders?symbol=%20', 'symbol'],
  ['/orders?status=filled', 'status'],
  ['/orders?from=yesterday', 'from'],
  ['/orders?from=2026-09-15', 'from'],
  ['/orders?to=2026-13-45T00:00:00Z', 'to'],
  ['/orders?sort=price', 'sort'],
  ['/accounts/paper-1/broker-orders?limit=1001', 'limit'],
] as const;

test.each(QUERIES)('GET %s refuses %s', async (path, field) => {
  const { status, body } = await admin.get(path);
  expect(status).toBe(422);
  expect(body.error.details).toMatchObject([{ field }]);
});

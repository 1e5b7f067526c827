import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AdminHarness, startAdmin } from './harness.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.stop());

const KINDS = [
  {
    collection: 'webhooks',
    idName: 'webhookId',
    least: { secret: 'demo-secret' },
    stored: {
      enabled: true,
      secret: '***',
      allowedIps: [],
      rateLimit: { limit: 1, windowSeconds: 1 },
      dedupeWindowSeconds: 300,
      maxSignalAgeSeconds: 60,
    },
    most: {
      name: 'Demo',
      enabled: false,
      secret: 'demo-secret',
      hmacSecrets: [
        `whsec_${Buffer.alloc(24, 1).toString('base64')}`,
        `whsec_${Buffer.alloc(64, 2).toString('base64')}`,
      ],
      allowedIps: ['tradingview', '10.0.0.0/8', '192.0.2.1', '2001:db8::/32', '::1'],
      rateLimit: { limit: 10_000, windowSeconds: 3_600 },
      dedupeWindowSeconds: 86_400,
      maxSignalAgeSeconds: 1,
    },
    mostStored: { secret: '***', hmacSecrets: ['***', '***'] },
  },
  {
    collection: 'strategies',
    idName: 'strategyId',
    least: { webhookId: 'demo', accounts: [] },
    stored: { webhookId: 'demo', enabled: true, accounts: [], allowShort: false, sizing: { type: 'signal' } },
    most: {
      name: 'Demo',
      webhookId: 'demo',
      enabled: false,
      accounts: [
        { accountId: 'paper-1' },
        { accountId: 'paper-2', multiplier: 0.1 },
        { accountId: 'p', multiplier: '2.50' },
      ],
      allowShort: true,
      sizing: { type: 'fixed', quantity: 1e-8 },
    },
    mostStored: {
      accounts: [
        { accountId: 'paper-1', multiplier: '1' },
        { accountId: 'paper-2', multiplier: '0.1' },
        { accountId: 'p', multiplier: '2.5' },
      ],
      sizing: { type: 'fixed', quantity: '0.00000001' },
    },
  },
  {
    collection: 'accounts',
    idName: 'accountId',
    least: { broker: 'paper' },
    stored: { broker: 'paper', enabled: true, cash: '100000', simulation: { latencyMs: 0, faults: [] } },
    most: {
      name: 'Demo',
      broker: 'paper',
      enabled: false,
      cash: 0,
      simulation: {
        latencyMs: 10_000,
        faults: [
          { kind: 'reject', nth: 1 },
          { kind: 'unavailable', every: 2, on: 'lookup' },
          { kind: 'rate-limit', always: true, on: 'place', symbol: 'MNQM5' },
          { kind: 'timeout-before-accept', nth: 3 },
          { kind: 'timeout-after-accept', nth: 1_000_000 },
        ],
      },
    },
    mostStored: {
      cash: '0',
      simulation: {
        latencyMs: 10_000,
        faults: [
          { kind: 'reject', nth: 1, on: 'place' },
          { kind: 'unavailable', every: 2, on: 'lookup' },
          { kind: 'rate-limit', always: true, on: 'place', symbol: 'MNQM5' },
          { kind: 'timeout-before-accept', nth: 3, on: 'place' },
          { kind: 'timeout-after-accept', nth: 1_000_000, on: 'place' },
        ],
      },
    },
  },
] as const;

describe.each(KINDS)('$collection', ({ collection, idName, least, stored, most, mostStored }) => {
  test('is created, read, replaced, deleted, and created anew', async () => {
    const path = `/${collection}/first`;
    expect((await admin.get(path)).status).toBe(404);
    const created = await admin.put(path, least);
    expect(created).toMatchObject({ status: 201, body: { [idName]: 'first', ...stored } });
    expect((await admin.get(path)).body).toEqual(created.body);

    const replaced = await admin.put(path, most);
    expect(replaced).toMatchObject({ status: 200, body: { [idName]: 'first', ...most, ...mostStored } });
    expect((await admin.get(path)).body).toEqual(replaced.body);

    const deleted = await admin.call({ method: 'DELETE', path });
    expect(deleted).toMatchObject({ status: 204, body: undefined });
    expect((await admin.get(path)).status).toBe(404);
    expect((await admin.call({ method: 'DELETE', path })).status).toBe(404);
    expect((await admin.walk(`/${collection}`)).map((item) => item[idName])).not.toContain('first');
    expect((await admin.put(path, least)).status).toBe(201);
  });

  test('a field that is left out gets its default again', async () => {
    const path = `/${collection}/defaults`;
    await admin.put(path, most);
    const { status, body } = await admin.put(path, least);
    expect(status).toBe(200);
    expect(body).toEqual({ [idName]: 'defaults', ...stored });
  });

  test('what GET answers can be sent back as it is', async () => {
    const path = `/${collection}/there-and-back`;
    await admin.put(path, most);
    const before = await admin.get(path);
    const { status, body } = await admin.put(path, before.body);
    expect(status).toBe(200);
    expect(body).toEqual(before.body);
  });

  test('another id in the body than in the path is refused', async () => {
    const { status, body } = await admin.put(`/${collection}/mine`, { ...least, [idName]: 'yours' });
    expect(status).toBe(422);
    expect(body.error.details).toEqual([
      { field: idName, message: 'must be left out, or be the id in the path' },
    ]);
  });

  test.each(['-starts-wrong', 'white space', 'a~b', 'x'.repeat(49), 'ä'])(
    'the id %j is refused',
    async (id) => {
      const path = `/${collection}/${encodeURIComponent(id)}`;
      const { status, body } = await admin.put(path, least);
      expect(status).toBe(422);
      expect(body.error.details).toMatchObject([{ field: idName }]);
      expect((await admin.get(path)).status).toBe(404);
      expect((await admin.call({ method: 'DELETE', path })).status).toBe(404);
    },
  );

  test('lists everything once, page by page, in alphabetical order', async () => {
    const ids = Array.from({ length: 9 }, (_, index) => `list-${String(index).padStart(2, '0')}`);
    await Promise.all(ids.map((id) => admin.put(`/${collection}/${id}`, least)));
    for (const limit of [1, 4, 100]) {
      const walked = (await admin.walk(`/${collection}?limit=${limit}`)).map((item) => item[idName]);
      expect(walked).toEqual(walked.toSorted());
      expect(new Set(walked).size).toBe(walked.length);
      expect(walked).toEqual(expect.arrayContaining(ids));
    }
    expect((await admin.get(`/${collection}`)).body.items.length).toBeLessThanOrEqual(50);
  });

  test('the last page has no cursor, even when it is full', async () => {
    const all = await admin.walk(`/${collection}`);
    const { body } = await admin.get(`/${collection}?limit=${all.length}`);
    expect(body.items).toHaveLength(all.length);
    expect(body).not.toHaveProperty('nextCursor');
  });
});

test('a strategy that moves to another webhook is subscribed to that one only', async () => {
  await admin.put('/strategies/moves', { webhookId: 'from', accounts: [{ accountId: 'a' }] });
  await admin.put('/strategies/moves', { webhookId: 'to', accounts: [{ accountId: 'b' }] });
  const subscribers = (await admin.items()).filter(({ sk }) => sk === 'STRATEGY#moves');
  expect(subscribers).toMatchObject([{ pk: 'WEBHOOK#to', accounts: [{ accountId: 'b', multiplier: '1' }] }]);
});

test('the correlation id that was sent comes back', async () => {
  const { headers } = await admin.call({
    method: 'GET',
    path: '/accounts',
    headers: { 'X-Correlation-Id': 'mine-1' },
  });
  expect(headers['x-correlation-id']).toBe('mine-1');
});

import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { REHEARSABLE } from '../../functions/brokers/paper/rehearsal.ts';
import { CLIENT_ORDER_ID_GUARANTEES } from '../../functions/core/configuration.ts';
import type { AccountId, StrategyId } from '../../functions/core/ids.ts';
import { keys } from '../../functions/ledger/table.ts';
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
      inherits: ['rateLimit', 'dedupeWindowSeconds', 'maxSignalAgeSeconds'],
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
      dialect: 'traderspost',
    },
    mostStored: { secret: '***', hmacSecrets: ['***', '***'] },
  },
  {
    collection: 'strategies',
    idName: 'strategyId',
    least: { webhookId: 'demo', accounts: [] },
    stored: {
      webhookId: 'demo',
      enabled: true,
      accounts: [],
      allowShort: false,
      sizing: { type: 'signal' },
      limits: {},
      circuitBreaker: {
        consecutiveFailures: 5,
        failureRate: 0.5,
        windowSeconds: 60,
        minimumCalls: 10,
        coolDownSeconds: 30,
        halfOpenProbes: 1,
      },
      inherits: ['circuitBreaker'],
      cleanup: [],
    },
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
      limits: { maxPosition: 10, maxOrdersPerDay: 1, maxDailyLoss: '2500.50' },
      window: { days: ['sun', 'mon', 'fri'], from: '18:00', to: '17:00', timeZone: 'America/Chicago' },
      circuitBreaker: {
        consecutiveFailures: 1_000,
        failureRate: 1,
        windowSeconds: 3_600,
        minimumCalls: 10_000,
        coolDownSeconds: 86_400,
        halfOpenProbes: 10,
      },
      cleanup: ['cancel-working-orders', 'flatten-symbol', 'halt-account'],
    },
    mostStored: {
      accounts: [
        { accountId: 'paper-1', multiplier: '1' },
        { accountId: 'paper-2', multiplier: '0.1' },
        { accountId: 'p', multiplier: '2.5' },
      ],
      sizing: { type: 'fixed', quantity: '0.00000001' },
      limits: { maxPosition: '10', maxOrdersPerDay: 1, maxDailyLoss: '2500.5' },
    },
  },
  {
    collection: 'accounts',
    idName: 'accountId',
    least: { broker: 'paper' },
    stored: {
      broker: 'paper',
      enabled: true,
      cash: '100000',
      simulation: { latencyMs: 0, guarantee: 'PERMANENT', oco: 'native', faults: [] },
      limits: { timeZone: 'UTC', haltOnDrift: false },
    },
    most: {
      name: 'Demo',
      broker: 'paper',
      enabled: false,
      cash: 0,
      simulation: {
        latencyMs: 10_000,
        guarantee: 'LOOKUP_ONLY',
        oco: 'kept',
        faults: [
          { kind: 'reject', nth: 1 },
          { kind: 'unavailable', every: 2, on: 'lookup' },
          { kind: 'rate-limit', always: true, on: 'place', symbol: 'MNQM5' },
          { kind: 'timeout-before-accept', nth: 3 },
          { kind: 'timeout-after-accept', nth: 1_000_000 },
          { kind: 'reset', nth: 4, on: 'cancel' },
          { kind: 'unavailable-after-accept', nth: 5 },
          { kind: 'miss', nth: 1, on: 'lookup' },
          { kind: 'partial-fill', nth: 6 },
          { kind: 'late-fill', nth: 7, symbol: 'MNQM5' },
        ],
        leverage: '2.50',
        session: { days: ['sun', 'mon'], from: '18:00', to: '17:00', timeZone: 'America/New_York' },
      },
      limits: {
        maxPosition: '2.50',
        maxOrdersPerDay: 1_000_000,
        maxDailyLoss: 1e3,
        timeZone: 'America/New_York',
        haltOnDrift: true,
      },
      instruments: {
        MNQ: { rollDaysBeforeExpiry: 0 },
        MCL: { contract: 'MCLF2027', lotSize: 2 },
        MNQZ6: { multiplier: '2.50' },
        ZC: { multiplier: 50, tickSize: 0.25, contract: 'ZCZ6' },
        DAX40: { multiplier: 1 },
        'BTC/USD': { lotSize: 1e-8 },
        'BTC/USDT:USDT': {},
      },
    },
    mostStored: {
      cash: '0',
      simulation: {
        latencyMs: 10_000,
        guarantee: 'LOOKUP_ONLY',
        oco: 'kept',
        faults: [
          { kind: 'reject', nth: 1, on: 'place' },
          { kind: 'unavailable', every: 2, on: 'lookup' },
          { kind: 'rate-limit', always: true, on: 'place', symbol: 'MNQM5' },
          { kind: 'timeout-before-accept', nth: 3, on: 'place' },
          { kind: 'timeout-after-accept', nth: 1_000_000, on: 'place' },
          { kind: 'reset', nth: 4, on: 'cancel' },
          { kind: 'unavailable-after-accept', nth: 5, on: 'place' },
          { kind: 'miss', nth: 1, on: 'lookup' },
          { kind: 'partial-fill', nth: 6, on: 'place' },
          { kind: 'late-fill', nth: 7, on: 'place', symbol: 'MNQM5' },
        ],
        leverage: '2.5',
        session: { days: ['sun', 'mon'], from: '18:00', to: '17:00', timeZone: 'America/New_York' },
      },
      limits: {
        maxPosition: '2.5',
        maxOrdersPerDay: 1_000_000,
        maxDailyLoss: '1000',
        timeZone: 'America/New_York',
        haltOnDrift: true,
      },
      instruments: {
        MNQ: { rollDaysBeforeExpiry: 0 },
        MCL: { contract: 'MCLF2027', lotSize: '2' },
        MNQZ6: { multiplier: '2.5' },
        ZC: { multiplier: '50', tickSize: '0.25', contract: 'ZCZ6' },
        DAX40: { multiplier: '1' },
        'BTC/USD': { lotSize: '0.00000001' },
        'BTC/USDT:USDT': {},
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

test('parts of what has defaults may be left out', async () => {
  const strategy = { webhookId: 'demo', accounts: [], circuitBreaker: { coolDownSeconds: 5 } };
  expect((await admin.put('/strategies/parts', strategy)).body.circuitBreaker).toEqual({
    consecutiveFailures: 5,
    failureRate: 0.5,
    windowSeconds: 60,
    minimumCalls: 10,
    coolDownSeconds: 5,
    halfOpenProbes: 1,
  });
  const account = { broker: 'paper', limits: { maxPosition: 5 }, simulation: { guarantee: 'NONE' } };
  expect((await admin.put('/accounts/parts', account)).body).toMatchObject({
    limits: { maxPosition: '5', timeZone: 'UTC', haltOnDrift: false },
    simulation: { latencyMs: 0, guarantee: 'NONE', oco: 'native', faults: [] },
  });
});

test('a fault of every kind goes with every call that can meet it', async () => {
  const faults = Object.entries(REHEARSABLE).flatMap(([kind, calls]) =>
    calls.map((on) => ({ kind, on, nth: 1 })),
  );
  // One simulation has room for 20.
  for (const part of [faults.slice(0, 12), faults.slice(12)]) {
    const { status, body } = await admin.put('/accounts/faults', {
      broker: 'paper',
      simulation: { faults: part },
    });
    expect(status).toBeLessThan(300);
    expect(body.simulation).toMatchObject({ faults: part });
  }
});

const SYMBOLS = { BTCUSD: 'BTC/USD', 'ETH/USD': 'ETH/USD' };

test.each([
  [{ type: 'signal' }, { type: 'signal' }],
  [
    { type: 'fixed', quantity: '2.50' },
    { type: 'fixed', quantity: '2.5' },
  ],
  [
    { type: 'percentOfEquity', percent: 250 },
    { type: 'percentOfEquity', percent: '250' },
  ],
  [
    { type: 'riskAmount', amount: '0.01' },
    { type: 'riskAmount', amount: '0.01' },
  ],
  [
    { type: 'cash', amount: 1e3 },
    { type: 'cash', amount: '1000' },
  ],
])('a strategy may size by %j', async (sizing, stored) => {
  const path = '/strategies/sized';
  expect((await admin.put(path, { webhookId: 'demo', accounts: [], sizing })).body.sizing).toEqual(stored);
  expect((await admin.get(path)).body.sizing).toEqual(stored);
});

test.each([
  [
    'alpaca',
    { broker: 'alpaca', credentials: 'main' },
    { broker: 'alpaca', credentials: 'main', environment: 'demo' },
  ],
  [
    'tradovate',
    { broker: 'tradovate', credentials: 'a.b_c-1', environment: 'live', name: 'Futures', enabled: false },
    { broker: 'tradovate', credentials: 'a.b_c-1', environment: 'live', name: 'Futures', enabled: false },
  ],
  [
    'ccxt',
    { broker: 'ccxt', exchange: 'kraken', credentials: 'spot', environment: 'live', symbols: SYMBOLS },
    { broker: 'ccxt', exchange: 'kraken', credentials: 'spot', environment: 'live', symbols: SYMBOLS },
  ],
])(
  'an account at %s is shown with the name of its credentials, and can be sent back',
  async (id, sent, stored) => {
    const { status, body } = await admin.put(`/accounts/at-${id}`, sent);
    expect(status).toBe(201);
    expect(body).toEqual({
      enabled: true,
      limits: { timeZone: 'UTC', haltOnDrift: false },
      ...stored,
      accountId: `at-${id}`,
    });
    expect(await admin.put(`/accounts/at-${id}`, body)).toMatchObject({ status: 200, body });
  },
);

test('an account may move from paper to a venue, and back, and keeps nothing of the other', async () => {
  const paper = (await admin.put('/accounts/moves', { broker: 'paper' })).body;
  const moved = await admin.put('/accounts/moves', { broker: 'alpaca', credentials: 'main' });
  expect(moved).toMatchObject({ status: 200, body: { broker: 'alpaca' } });
  expect(moved.body).not.toHaveProperty('cash');
  expect((await admin.put('/accounts/moves', { broker: 'paper' })).body).toEqual(paper);
});

test.each(CLIENT_ORDER_ID_GUARANTEES)(
  'a paper account may rehearse a venue that is %s',
  async (guarantee) => {
    const { body } = await admin.put('/accounts/venue', { broker: 'paper', simulation: { guarantee } });
    expect(body.simulation).toEqual({ latencyMs: 0, guarantee, oco: 'native', faults: [] });
  },
);

test('what version 0.1 stored is shown with the defaults of what it did not know', async () => {
  const { client, tableName } = admin.ledger;
  const put = (Item: object) => client.send(new PutCommand({ TableName: tableName, Item: { ...Item } }));
  await put({
    ...keys.strategy('old' as StrategyId),
    strategyId: 'old',
    webhookId: 'demo',
    enabled: true,
    accounts: [],
    allowShort: false,
    sizing: { type: 'signal' },
  });
  await put({
    ...keys.account('old' as AccountId),
    configuration: {
      accountId: 'old',
      broker: 'paper',
      enabled: true,
      cash: '100000',
      simulation: { latencyMs: 0, faults: [] },
    },
    positions: {},
    fencingToken: 1,
  });
  for (const { collection, least } of KINDS.slice(1)) {
    const old = await admin.get(`/${collection}/old`);
    expect(old.status).toBe(200);
    expect((await admin.put(`/${collection}/old`, least)).body).toMatchObject(old.body);
  }
});

test('the correlation id that was sent comes back', async () => {
  const { headers } = await admin.call({
    method: 'GET',
    path: '/accounts',
    headers: { 'X-Correlation-Id': 'mine-1' },
  });
  expect(headers['x-correlation-id']).toBe('mine-1');
});

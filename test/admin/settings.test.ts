import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { DEFAULTS } from '../../functions/core/defaults.ts';
import type { StrategyId, WebhookId } from '../../functions/core/ids.ts';
import { applySettings, applyToStrategy, applyToWebhook } from '../../functions/ledger/apply-settings.ts';
import { readControls } from '../../functions/ledger/controls.ts';
import { markApplied, readSettings, saveSettings } from '../../functions/ledger/settings.ts';
import { readRoute } from '../../functions/ledger/webhooks.ts';
import { ingestEnvironment, startTestQueue, type TestQueue } from '../support/ingest.ts';
import { type AdminHarness, startAdmin } from './harness.ts';
import { dieAtEveryCall, interceptedAdmin } from './mortal.ts';

let admin: AdminHarness;
let queue: TestQueue;
beforeAll(async () => {
  [admin, queue] = await Promise.all([startAdmin(), startTestQueue()]);
});
afterAll(() => Promise.all([admin.stop(), queue.stop()]));

const OWN_CIRCUIT = { ...DEFAULTS.circuitBreaker, consecutiveFailures: 9 };
const CHANGED = {
  rateLimit: { limit: 7, windowSeconds: 2 },
  dedupeWindowSeconds: 900,
  maxSignalAgeSeconds: 30,
  circuitBreaker: { ...DEFAULTS.circuitBreaker, consecutiveFailures: 2 },
};

beforeEach(async () => {
  await admin.put('/settings', {});
  await admin.put('/webhooks/inheriting', { secret: 'demo-secret' });
  await admin.put('/webhooks/own', {
    secret: 'demo-secret',
    rateLimit: { limit: 3 },
    dedupeWindowSeconds: 60,
  });
  await admin.put('/strategies/inheriting', { webhookId: 'inheriting', accounts: [] });
  await admin.put('/strategies/own', { webhookId: 'own', accounts: [], circuitBreaker: OWN_CIRCUIT });
});

const webhook = async (id: string) => (await readRoute(admin.ledger, id as WebhookId))?.webhook;
const circuitOf = async (id: string) =>
  (await readControls(admin.ledger, id as StrategyId)).strategy?.circuitBreaker;

test('before anybody changes them they are as Onefill brings them', async () => {
  const { status, body } = await admin.get('/settings');
  expect(status).toBe(200);
  expect(body).toMatchObject({ ...DEFAULTS, isApplied: true });
});

test('a change reaches what ingest and strategy read, and nobody who says otherwise', async () => {
  const { status, body } = await admin.put('/settings', { ...CHANGED, reason: 'A quiet venue.' });
  expect(status).toBe(200);
  expect(body).toMatchObject({ ...CHANGED, isApplied: true, changedBy: 'abc', reason: 'A quiet venue.' });

  const { circuitBreaker, ...ofWebhooks } = CHANGED;
  expect(await webhook('inheriting')).toMatchObject(ofWebhooks);
  expect(await webhook('own')).toMatchObject({
    rateLimit: { limit: 3, windowSeconds: 1 },
    dedupeWindowSeconds: 60,
    maxSignalAgeSeconds: 30,
    inherits: ['maxSignalAgeSeconds'],
  });
  expect(await circuitOf('inheriting')).toEqual(circuitBreaker);
  expect(await circuitOf('own')).toEqual(OWN_CIRCUIT);
});

test('what is left out is as Onefill brings it again', async () => {
  await admin.put('/settings', { ...CHANGED, reason: 'For a while.' });
  const { body } = await admin.put('/settings', { dedupeWindowSeconds: 600 });
  expect(body).toMatchObject({ ...DEFAULTS, dedupeWindowSeconds: 600 });
  expect(body).not.toHaveProperty('reason');
  expect(await webhook('inheriting')).toMatchObject({ rateLimit: DEFAULTS.rateLimit });
});

test('an environment of ingest that remembers the webhook goes by the change with the next signal', async () => {
  await admin.put('/settings', { rateLimit: { limit: 1, windowSeconds: 3_600 } });
  const { post } = ingestEnvironment({ ...admin, stop: async () => undefined }, queue);
  const headers = { 'x-webhook-secret': 'demo-secret' };
  const send = (id: string) =>
    post('inheriting', { id, symbol: 'MNQ1!', action: 'buy', quantity: 1 }, { headers });
  expect((await send('1')).status).toBe(202);
  expect((await send('2')).status).toBe(429);
  await admin.put('/settings', { rateLimit: { limit: 5, windowSeconds: 3_600 } });
  expect((await send('3')).status).toBe(202);
});

test('a webhook that is saved under changed settings has them, and what it answers can be sent back', async () => {
  await admin.put('/settings', CHANGED);
  const saved = await admin.put('/webhooks/later', { secret: 'demo-secret' });
  expect(saved.body).toMatchObject({ dedupeWindowSeconds: 900, inherits: expect.any(Array) });
  const { body } = await admin.get('/webhooks/later');
  const repeated = await admin.put('/webhooks/later', body);
  expect(repeated).toMatchObject({ status: 200, body });

  const other = await admin.put('/webhooks/later', { ...body, dedupeWindowSeconds: 901 });
  expect(other.status).toBe(422);
  expect(other.body.error.details).toEqual([
    {
      field: 'dedupeWindowSeconds',
      message: 'is named by inherits and is not what the settings say; take it out of inherits to set it',
    },
  ]);
  const pinned = { ...body, dedupeWindowSeconds: 901, inherits: ['rateLimit'] };
  const { inherits: _, ...values } = body;
  expect((await admin.put('/webhooks/later', pinned)).body).toMatchObject({
    dedupeWindowSeconds: 901,
    inherits: ['rateLimit'],
  });
  expect((await admin.put('/webhooks/later', values)).body).not.toHaveProperty('inherits');
});

test('nothing that keeps orders single can be switched off', async () => {
  const before = await readSettings(admin.ledger);
  for (const [body, field] of [
    [{ dedupeWindowSeconds: 0 }, 'dedupeWindowSeconds'],
    [{ dedupeWindowSeconds: 86_401 }, 'dedupeWindowSeconds'],
    [{ dedupeWindowSeconds: null }, 'dedupeWindowSeconds'],
    [{ maxSignalAgeSeconds: 0 }, 'maxSignalAgeSeconds'],
    [{ rateLimit: { limit: 0 } }, 'rateLimit.limit'],
    [{ rateLimit: null }, 'rateLimit'],
    [{ circuitBreaker: { consecutiveFailures: 0 } }, 'circuitBreaker.consecutiveFailures'],
    [{ circuitBreaker: { failureRate: 1.1 } }, 'circuitBreaker.failureRate'],
    [{ idempotency: false }, 'idempotency'],
    [{ locking: 'off' }, 'locking'],
  ] as const) {
    const refused = await admin.put('/settings', body);
    expect(refused.status, field).toBe(422);
    expect(refused.body.error.details).toEqual([expect.objectContaining({ field })]);
  }
  expect(await readSettings(admin.ledger)).toEqual(before);
});

test('who looked at an older revision is told so', async () => {
  const { body } = await admin.get('/settings');
  const wish = { ...CHANGED, revision: body.revision };
  expect((await admin.put('/settings', wish)).status).toBe(200);
  expect((await admin.put('/settings', wish)).status).toBe(409);
});

test('dying at any call, the reconciler or a repetition finishes it', async () => {
  let seconds = 1_000;
  const deaths = await dieAtEveryCall(
    admin,
    async () => {
      seconds += 1;
      await admin.put('/settings', {});
      return { method: 'PUT', path: '/settings', body: { ...CHANGED, dedupeWindowSeconds: seconds } };
    },
    async () => {
      const left = await applySettings(admin.ledger);
      expect(left.appliedRevision).toBe(left.revision);
      expect(await webhook('inheriting')).toMatchObject({
        dedupeWindowSeconds: left.defaults.dedupeWindowSeconds,
      });
      expect(await circuitOf('inheriting')).toEqual(left.defaults.circuitBreaker);
    },
  );
  expect(deaths).toBeGreaterThan(3);
});

test('an older change never replaces a newer one, whoever comes last', async () => {
  const older = await readSettings(admin.ledger);
  await admin.put('/settings', CHANGED);
  const stale = { ...older, defaults: { ...older.defaults, dedupeWindowSeconds: 1 } };
  await applyToWebhook(admin.ledger, 'inheriting' as WebhookId, stale);
  await applyToStrategy(admin.ledger, 'inheriting' as StrategyId, stale);
  expect(await markApplied(admin.ledger, older)).toBe(false);
  expect(await webhook('inheriting')).toMatchObject({ dedupeWindowSeconds: 900 });
  expect(await circuitOf('inheriting')).toEqual(CHANGED.circuitBreaker);
});

test.each([
  ['webhooks', { secret: 'demo-secret' }, { dedupeWindowSeconds: 900 }],
  ['strategies', { webhookId: 'inheriting', accounts: [] }, { circuitBreaker: CHANGED.circuitBreaker }],
])('%s that are saved while the settings change end with the change', async (collection, body, expected) => {
  let isInterrupted = true;
  for (let callNumber = 1; isInterrupted; callNumber += 1) {
    await admin.put('/settings', {});
    let calls = 0;
    const { ask, destroy } = interceptedAdmin(admin, async (call) => {
      calls += 1;
      if (calls === callNumber) {
        await admin.put('/settings', CHANGED);
      }
      return call();
    });
    const path = `/${collection}/met-${callNumber}`;
    await ask({ method: 'PUT', path, body });
    destroy();
    isInterrupted = calls >= callNumber;
    expect((await admin.get(path)).body).toMatchObject(isInterrupted ? expected : {});
    // The next change would be brought to it, too.
    await admin.call({ method: 'DELETE', path });
  }
});

test('a webhook that is changed while it is brought to the settings keeps the change', async () => {
  const settings = await saveSettings(admin.ledger, { defaults: CHANGED, changedAtMs: 1, changedBy: 'abc' });
  const { client, tableName } = admin.ledger;
  let isFirst = true;
  const racing = {
    tableName,
    client: {
      send: async (command: Parameters<typeof client.send>[0]) => {
        if (isFirst && command.constructor.name === 'UpdateCommand') {
          isFirst = false;
          await admin.put('/webhooks/inheriting', { secret: 'demo-secret', dedupeWindowSeconds: 5 });
        }
        return client.send(command);
      },
    } as typeof client,
  };
  await applyToWebhook(racing, 'inheriting' as WebhookId, settings);
  expect(await webhook('inheriting')).toMatchObject({ dedupeWindowSeconds: 5, rateLimit: CHANGED.rateLimit });
});

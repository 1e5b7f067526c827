import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { WebhookId } from '../../functions/core/ids.ts';
import { readRoute } from '../../functions/ledger/webhooks.ts';
import { matchesSecretHash } from '../../functions/shared/webhook-secrets.ts';
import { type AdminHarness, SECRET_NAME_PREFIX, startAdmin } from './harness.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.stop());

let number = 0;
let id: WebhookId;
beforeEach(() => {
  number += 1;
  id = `webhook-${number}` as WebhookId;
});

const path = () => `/webhooks/${id}`;
const put = (body: object) => admin.put(path(), body);
const inManager = () => admin.secretsManager.secrets.get(`${SECRET_NAME_PREFIX}webhooks/${id}`);
const newHmacSecret = () => `whsec_${randomBytes(32).toString('base64')}`;
const stored = async () => (await readRoute(admin.ledger, id))?.webhook;
const isStored = async (secret: string) => matchesSecretHash(secret, (await stored())?.secretHash ?? '');

test('secrets are in no answer, no log line, and in no item in clear', async () => {
  const secrets = {
    secret: randomBytes(24).toString('base64url'),
    hmacSecrets: [newHmacSecret(), newHmacSecret()],
  };
  const tooShort = 'short-1';
  await put(secrets);
  await admin.get(path());
  await put({ ...secrets, mistyped: 1 });
  await put({ ...secrets, hmacSecrets: [...secrets.hmacSecrets, 'whsec_not-base64'] });
  await put({ secret: tooShort, allowedIps: [secrets.secret] });
  await admin.call({ method: 'PUT', path: path(), rawBody: `{"secret":"${secrets.secret}"` });
  await put({ secret: '***', hmacSecrets: ['***', '***'], name: 'kept' });
  await admin.walk('/webhooks');
  await admin.call({ method: 'DELETE', path: path() });
  await put(secrets);

  const said = admin.said.join('\n');
  const kept = JSON.stringify(await admin.items());
  expect(said).toContain('kept');
  expect(kept).toContain('secretHash');
  expect(said).not.toContain('secretHash');
  for (const secret of [secrets.secret, ...secrets.hmacSecrets, tooShort, 'not-base64']) {
    expect(said).not.toContain(secret);
    expect(kept).not.toContain(secret);
  }
});

test('HMAC secrets are in Secrets Manager as a JSON list, and the ledger knows how many', async () => {
  const hmacSecrets = [newHmacSecret(), newHmacSecret()];
  await put({ hmacSecrets });
  expect(JSON.parse(inManager() ?? '')).toEqual(hmacSecrets);
  expect(await stored()).toMatchObject({ hmacSecretCount: 2 });
});

test('the hidden secret keeps the stored one, another replaces it, none removes it', async () => {
  await put({ secret: 'first-secret' });
  await put({ secret: '***', name: 'renamed' });
  expect(await isStored('first-secret')).toBe(true);
  await put({ secret: 'second-secret' });
  expect(await isStored('second-secret')).toBe(true);
  expect(await isStored('first-secret')).toBe(false);
  const { body } = await put({ allowedIps: ['tradingview'] });
  expect(body).not.toHaveProperty('secret');
  expect(await stored()).not.toHaveProperty('secretHash');
});

test('hidden HMAC secrets keep the stored ones, others replace them, none removes them', async () => {
  const first = [newHmacSecret(), newHmacSecret()];
  await put({ hmacSecrets: first });
  const kept = await put({ hmacSecrets: ['***', '***'], name: 'renamed' });
  expect(kept.body).toMatchObject({ name: 'renamed', hmacSecrets: ['***', '***'] });
  expect(JSON.parse(inManager() ?? '')).toEqual(first);
  const second = [newHmacSecret()];
  await put({ hmacSecrets: second });
  expect(JSON.parse(inManager() ?? '')).toEqual(second);
  const { body } = await put({ secret: 'demo-secret' });
  expect(body).not.toHaveProperty('hmacSecrets');
  expect(inManager()).toBeUndefined();
});

test('a webhook without HMAC secrets never calls Secrets Manager', async () => {
  const before = admin.secretsManager.calls.length;
  await put({ secret: 'demo-secret' });
  await put({ secret: '***' });
  await admin.call({ method: 'DELETE', path: path() });
  expect(admin.secretsManager.calls.slice(before)).toEqual([]);
});

test('deleting a webhook deletes its secrets', async () => {
  await put({ hmacSecrets: [newHmacSecret()] });
  await admin.call({ method: 'DELETE', path: path() });
  expect(inManager()).toBeUndefined();
});

test.each([
  ['the hidden secret when none is stored', {}, { secret: '***' }, 'secret'],
  ['hidden HMAC secrets when none are stored', {}, { hmacSecrets: ['***'] }, 'hmacSecrets'],
  ['fewer hidden ones than are stored', { hmacSecrets: 2 }, { hmacSecrets: ['***'] }, 'hmacSecrets'],
  ['more hidden ones than are stored', { hmacSecrets: 1 }, { hmacSecrets: ['***', '***'] }, 'hmacSecrets'],
  [
    'hidden ones among new ones',
    { hmacSecrets: 1 },
    { hmacSecrets: ['***', newHmacSecret()] },
    'hmacSecrets',
  ],
])('%s is refused and changes nothing', async (_, before: { hmacSecrets?: number }, body, field) => {
  const hmacSecrets = Array.from({ length: before.hmacSecrets ?? 0 }, newHmacSecret);
  if (hmacSecrets.length > 0) {
    await put({ hmacSecrets });
  }
  const configuration = await stored();
  const refused = await put(body);
  expect(refused.status).toBe(422);
  expect(refused.body.error.details).toMatchObject([{ field }]);
  expect(await stored()).toEqual(configuration);
  expect(inManager()).toBe(hmacSecrets.length > 0 ? JSON.stringify(hmacSecrets) : undefined);
});

test.each([{}, { allowedIps: [] }, { hmacSecrets: [] }])(
  'a webhook without any authentication is closed, and says so: %j',
  async (body) => {
    const saved = await put(body);
    expect(saved.status).toBe(201);
    expect(saved.body).toMatchObject({ warnings: [expect.stringContaining('401')] });
    expect((await put({ ...body, secret: 'now it has one' })).body).not.toHaveProperty('warnings');
  },
);

test.each([{ allowedIps: ['0.0.0.0/0'] }, { allowedIps: ['10.0.0.0/8', '::/0'] }])(
  'a webhook that lets anybody in is refused: %j',
  async (body) => {
    const refused = await put(body);
    expect(refused.status).toBe(422);
    expect(refused.body.error.details).toMatchObject([{ field: 'secret' }]);
    expect(await stored()).toBeUndefined();
  },
);

test('a list of addresses alone is enough', async () => {
  expect((await put({ allowedIps: ['tradingview'] })).status).toBe(201);
});

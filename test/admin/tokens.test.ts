import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createAuthorizer } from '../../functions/authorizer/authorize.ts';
import { newToken, saveToken } from '../../functions/ledger/issue-token.ts';
import { revokeToken } from '../../functions/ledger/issued-tokens.ts';
import { keys } from '../../functions/ledger/table.ts';
import { findTokenHolder, hashToken } from '../../functions/ledger/tokens.ts';
import { type AdminCall, type AdminHarness, startAdmin } from './harness.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.stop());

const DAY_MS = 86_400_000;
const TOKEN = /^of_[\w-]{43}$/;

let nowMs: number;
/** As one environment of the authorizer does it, on the test's own clock. */
let authorize: ReturnType<typeof createAuthorizer>;
beforeEach(() => {
  nowMs = Date.now();
  authorize = createAuthorizer({
    findTokenHolder: (token) => findTokenHolder(admin.ledger, token),
    clock: { now: () => nowMs },
  });
});

async function issue(body: object, call: Partial<AdminCall> = {}) {
  const { status, body: issued } = await admin.call({ method: 'POST', path: '/tokens', body, ...call });
  expect(status).toBe(201);
  return issued as unknown as { token: string; tokenId: string; expiresAt: string; createdAt: string };
}

const roleOf = async (token: string) => (await authorize(`Bearer ${token}`)).role;
const find = async (tokenId: string) =>
  (await admin.walk('/tokens')).find((token) => token.tokenId === tokenId);
const remove = (tokenId: string, query = '') =>
  admin.call({ method: 'DELETE', path: `/tokens/${tokenId}${query}` });

describe('a token that is issued', () => {
  test('is shown once, and works at once, for 90 days', async () => {
    const issued = await issue({ role: 'viewer', name: 'dashboards' });
    expect(issued).toMatchObject({ token: expect.stringMatching(TOKEN), role: 'viewer', status: 'valid' });
    expect(Date.parse(issued.expiresAt) - Date.parse(issued.createdAt)).toBe(90 * DAY_MS);
    expect(await roleOf(issued.token)).toBe('viewer');
    const { token, ...shown } = issued;
    expect(await find(issued.tokenId)).toEqual({ ...shown, createdBy: 'abc', name: 'dashboards' });
    const stored = JSON.stringify([await admin.items(), await admin.walk('/tokens')]);
    expect(stored).not.toContain(token);
    expect(JSON.stringify(await admin.walk('/tokens'))).not.toContain(hashToken(token));
    expect(admin.said.filter((text) => text.includes(token))).toHaveLength(1);
  });

  test.each([1, 365])('ends after %d days as asked, to the millisecond, remembered or not', async (days) => {
    const { token, expiresAt } = await issue({ role: 'operator', expiresInDays: days });
    nowMs = Date.parse(expiresAt) - 1;
    expect(await roleOf(token)).toBe('operator');
    nowMs += 1;
    expect(await roleOf(token)).toBe('anonymous');
    expect(
      await createAuthorizer({
        findTokenHolder: (text) => findTokenHolder(admin.ledger, text),
        clock: { now: () => nowMs },
      })(`Bearer ${token}`),
    ).toMatchObject({ role: 'anonymous' });
  });

  test.each([
    [{}, 'role'],
    [{ role: 'root' }, 'role'],
    [{ role: 'viewer', expiresInDays: 0 }, 'expiresInDays'],
    [{ role: 'viewer', expiresInDays: 366 }, 'expiresInDays'],
    [{ role: 'viewer', expiresInDays: null }, 'expiresInDays'],
    [{ role: 'viewer', name: '' }, 'name'],
    [{ role: 'viewer', scopes: ['operate'] }, 'scopes'],
    [{ role: 'operator', scopes: [] }, 'scopes'],
    [{ role: 'operator', scopes: ['all'] }, 'scopes[0]'],
    [{ role: 'operator', scopes: ['operate', 'operate'] }, 'scopes[1]'],
    [{ role: 'operator', token: 'chosen' }, 'token'],
  ])('is not made of %j', async (body, field) => {
    const { status, body: refused } = await admin.post('/tokens', body);
    expect(status).toBe(422);
    expect(refused.error.details).toEqual([expect.objectContaining({ field })]);
  });

  test('is logged with who, for whom and why, and never itself', async () => {
    const before = admin.said.length;
    const { tokenId } = await issue({ role: 'viewer', reason: 'The new wall display.' });
    const line = admin.said.slice(before).find((text) => text.includes('An operator asked for a change.'));
    expect(JSON.parse(line ?? '')).toMatchObject({
      tokenId: 'abc',
      issuedTokenId: tokenId,
      reason: 'The new wall display.',
    });
  });
});

describe('scopes', () => {
  const CHANGES = {
    operate: { method: 'POST', path: '/accounts/absent/halt' },
    configure: { method: 'DELETE', path: '/webhooks/absent' },
    tokens: { method: 'DELETE', path: '/tokens/000000000000' },
  } as const;

  test.each(Object.keys(CHANGES) as (keyof typeof CHANGES)[])(
    '%s lets do that and nothing else',
    async (scopes) => {
      const { token } = await issue({ role: 'operator', scopes: [scopes] });
      expect(await authorize(`Bearer ${token}`)).toMatchObject({ role: 'operator', scopes });
      for (const [needed, change] of Object.entries(CHANGES)) {
        const { status, body } = await admin.call({ ...change, scopes });
        expect(status, needed).toBe(needed === scopes ? 404 : 403);
        expect(status === 404 || body.error.message.includes(needed)).toBe(true);
      }
      expect((await admin.call({ method: 'GET', path: '/webhooks', scopes })).status).toBe(200);
    },
  );

  test('several go together', async () => {
    const { token } = await issue({ role: 'operator', scopes: ['tokens', 'operate'] });
    const { scopes = '' } = await authorize(`Bearer ${token}`);
    expect((await admin.call({ ...CHANGES.operate, scopes })).status).toBe(404);
    expect((await admin.call({ ...CHANGES.tokens, scopes })).status).toBe(404);
    expect((await admin.call({ ...CHANGES.configure, scopes })).status).toBe(403);
  });

  test.each(['', 'everything', 'operate everything', 'operate  tokens'])(
    '%j makes no sense and lets nobody in',
    async (scopes) => {
      expect((await admin.call({ method: 'GET', path: '/webhooks', scopes })).status).toBe(401);
    },
  );

  test('a token cannot give what it has not', async () => {
    const refused = await admin.call({
      method: 'POST',
      path: '/tokens',
      body: { role: 'operator', scopes: ['tokens', 'configure'] },
      scopes: 'tokens operate',
    });
    expect(refused).toMatchObject({ status: 403, body: { error: { code: 'FORBIDDEN' } } });
    const { tokenId } = await issue({ role: 'operator' }, { scopes: 'operate tokens' });
    expect(await find(tokenId)).toMatchObject({ scopes: ['operate', 'tokens'] });
    const viewer = { method: 'POST', path: '/tokens', body: { role: 'viewer' }, role: 'viewer' } as const;
    expect((await admin.call(viewer)).status).toBe(403);
  });
});

describe('a token that is revoked', () => {
  test('is worth nothing within half a minute where it is remembered, and nothing at once elsewhere', async () => {
    const { token, tokenId } = await issue({ role: 'operator' });
    expect(await roleOf(token)).toBe('operator');
    expect((await remove(tokenId)).status).toBe(204);
    nowMs += 30_000;
    expect(await roleOf(token)).toBe('anonymous');
    expect(await findTokenHolder(admin.ledger, token)).toBeUndefined();
    expect(await find(tokenId)).toMatchObject({
      status: 'revoked',
      revokedBy: 'abc',
      revokedAt: expect.any(String),
    });
  });

  test('stays with who revoked it first', async () => {
    const { tokenId } = await issue({ role: 'viewer' });
    await revokeToken(admin.ledger, tokenId, { revokedAtMs: 1_000, revokedBy: 'first' });
    expect((await remove(tokenId)).status).toBe(204);
    expect(await find(tokenId)).toMatchObject({ revokedBy: 'first', revokedAt: '1970-01-01T00:00:01.000Z' });
  });

  test.each(['000000000000', 'nothing', 'ABCDEFABCDEF'])('%s is none', async (tokenId) => {
    expect((await remove(tokenId)).status).toBe(404);
  });

  test('an id whose token was never written is none, and is not listed', async () => {
    const tokenId = 'fedcbafedcba';
    const { client, tableName } = admin.ledger;
    const { PutCommand } = await import('@aws-sdk/lib-dynamodb');
    const Item = { ...keys.catalog('TOKEN', tokenId), tokenHash: 'fedcbafedcba0000' };
    await client.send(new PutCommand({ TableName: tableName, Item }));
    expect(await find(tokenId)).toBeUndefined();
    expect((await remove(tokenId)).status).toBe(404);
    expect(await revokeToken(admin.ledger, tokenId, { revokedAtMs: 1, revokedBy: 'abc' })).toBe(false);
  });

  test('is not the last one that can issue others, unless that is meant', async () => {
    for (const { tokenId } of await admin.walk('/tokens')) {
      await revokeToken(admin.ledger, String(tokenId), { revokedAtMs: 1, revokedBy: 'test' });
    }
    const last = await saveToken(admin.ledger, newToken(), 'operator');
    await saveToken(admin.ledger, newToken(), 'viewer');
    await saveToken(admin.ledger, newToken(), 'operator', { scopes: ['operate', 'configure'] });
    await saveToken(admin.ledger, newToken(), 'operator', { expiresAtMs: Date.now() - 1 });
    expect(await remove(last.tokenId)).toMatchObject({ status: 409, body: { error: { code: 'CONFLICT' } } });
    expect(await find(last.tokenId)).toMatchObject({ status: 'valid', expiresAt: null, createdAt: null });

    const next = await issue({ role: 'operator', scopes: ['tokens'] });
    expect((await remove(last.tokenId)).status).toBe(204);
    expect((await remove(next.tokenId, '?force=false')).status).toBe(409);
    expect((await remove(next.tokenId, '?force=maybe')).status).toBe(422);
    expect((await remove(next.tokenId, '?force=true&reason=Gone.')).status).toBe(204);
  });
});

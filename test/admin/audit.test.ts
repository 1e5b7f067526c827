import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AdminHarness, startAdmin } from './harness.ts';
import { interceptedAdmin } from './mortal.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
  await admin.put('/webhooks/hook', { secret: 'a-secret-of-a-hook' });
  await admin.put('/accounts/one', { broker: 'paper' });
  await admin.put('/strategies/strategy', { webhookId: 'hook', accounts: [{ accountId: 'one' }] });
});
afterAll(() => admin.stop());

const actions = async (filter: string) =>
  (await admin.walk(`/activity?type=OPERATOR_ACTION&sort=at${filter}`)).map(
    ({ method, path, statusCode, reasonMessage, outcome, tokenId }) => ({
      asked: `${method} ${path}`,
      statusCode,
      ...(reasonMessage === undefined ? {} : { reasonMessage }),
      ...(outcome === undefined ? {} : { outcome }),
      tokenId,
    }),
  );

describe('what an operator asks for', () => {
  test('is in the log of what it changes, with who, why and which outcome', async () => {
    await admin.post('/accounts/one/halt', { reason: 'A drill.' });
    await admin.post('/monitoring/locks/account/one/unlock', { reason: 'It looks stuck.' });
    await admin.post('/accounts/nobody/halt', {});
    expect(await actions('&accountId=one')).toEqual([
      { asked: 'PUT /api/v1/accounts/one', statusCode: 201, tokenId: 'abc' },
      { asked: 'POST /api/v1/accounts/one/halt', statusCode: 200, reasonMessage: 'A drill.', tokenId: 'abc' },
      {
        asked: 'POST /api/v1/monitoring/locks/account/one/unlock',
        statusCode: 200,
        reasonMessage: 'It looks stuck.',
        outcome: { unlocked: false, fencingToken: 0 },
        tokenId: 'abc',
      },
    ]);
    expect(await actions('&accountId=nobody')).toMatchObject([{ statusCode: 404 }]);
  });

  test('is in the log of strategies, webhooks and of everything', async () => {
    await admin.post('/monitoring/circuit-breakers/strategy/isolate', { reason: 'A drill.' });
    await admin.post('/halt', { reason: 'All of it.' });
    await admin.post('/resume');
    expect(await actions('&strategyId=strategy')).toMatchObject([
      { statusCode: 201 },
      { reasonMessage: 'A drill.' },
    ]);
    expect(await actions('&webhookId=hook')).toMatchObject([{ asked: 'PUT /api/v1/webhooks/hook' }]);
    expect(await actions('')).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({ asked: 'POST /api/v1/halt', reasonMessage: 'All of it.' }),
        expect.objectContaining({ asked: 'POST /api/v1/resume' }),
      ]),
    );
    expect(JSON.stringify(await admin.walk('/activity'))).not.toContain('a-secret-of-a-hook');
  });

  test('is not done when the log cannot be written, but for kill switches', async () => {
    const { ask, destroy } = interceptedAdmin(admin, async (call, input) => {
      if (Reflect.get(input, 'TableName') === admin.operations.tableName) {
        throw new Error('The table is away.');
      }
      return call();
    });
    expect(await ask({ method: 'PUT', path: '/accounts/undone', body: { broker: 'paper' } })).toBe(503);
    expect(await ask({ method: 'POST', path: '/strategies/strategy/halt' })).toBe(200);
    expect(await ask({ method: 'POST', path: '/strategies/strategy/resume' })).toBe(503);
    destroy();
    expect((await admin.get('/accounts/undone')).status).toBe(404);
    expect((await admin.get('/halt')).body).toMatchObject({ strategies: [{ strategyId: 'strategy' }] });
    await admin.post('/strategies/strategy/resume');
  });

  test('is answered as it was done when its outcome cannot be written, and its entry has none', async () => {
    let writes = 0;
    const { ask, destroy } = interceptedAdmin(admin, async (call, input) => {
      writes += Reflect.get(input, 'TableName') === admin.operations.tableName ? 1 : 0;
      if (writes > 1) {
        throw new Error('The table is away.');
      }
      return call();
    });
    expect(await ask({ method: 'PUT', path: '/accounts/done', body: { broker: 'paper' } })).toBe(201);
    destroy();
    expect((await admin.get('/accounts/done')).status).toBe(200);
    expect(await actions('&accountId=done')).toEqual([
      { asked: 'PUT /api/v1/accounts/done', statusCode: undefined, tokenId: 'abc' },
    ]);
  });
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROUTES } from '../../functions/admin/routes.ts';
import { httpEvent, lambdaContext } from '../support/http-event.ts';
import { type AdminCall, type AdminHarness, startAdmin } from './harness.ts';
import { interceptedAdmin } from './mortal.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.stop());

const ROLES = ['no-authorizer', 'anonymous', 'viewer', 'operator'] as const;

/** What each role is told when it asks for something that is not there or sends an empty body. */
const REFUSED = {
  public: { 'no-authorizer': undefined, anonymous: undefined, viewer: undefined, operator: undefined },
  viewer: { 'no-authorizer': 401, anonymous: 401, viewer: undefined, operator: undefined },
  operator: { 'no-authorizer': 401, anonymous: 401, viewer: 403, operator: undefined },
} as const;

const TABLE = ROUTES.flatMap(({ method, path, access }) =>
  ROLES.map((role) => ({
    method,
    path: path.replace('{id}', 'absent'),
    role,
    refused: REFUSED[access][role],
  })),
);

test.each(TABLE)('$method $path as $role', async ({ method, path, role, refused }) => {
  const { status, headers, body } = await admin.call({ method, path, role });
  if (refused === undefined) {
    expect([200, 400, 404, 422]).toContain(status);
    return;
  }
  expect(status).toBe(refused);
  expect(body.error.code).toBe(refused === 401 ? 'UNAUTHENTICATED' : 'FORBIDDEN');
  expect(headers['www-authenticate']).toBe(refused === 401 ? 'Bearer' : undefined);
});

test('every change needs an operator, and reading does not', () => {
  for (const { method, access, path } of ROUTES.filter((route) => route.access !== 'public')) {
    expect(access, `${method} ${path}`).toBe(method === 'GET' ? 'viewer' : 'operator');
  }
});

test('every change names the scope that it needs, and reading needs none', () => {
  for (const { method, access, scope, path } of ROUTES) {
    expect(scope !== undefined, `${method} ${path}`).toBe(access === 'operator');
  }
  const scoped = (wanted: string) =>
    ROUTES.filter(({ scope }) => scope === wanted).map(({ method, path }) => `${method} ${path}`);
  expect(scoped('tokens')).toEqual(['POST /tokens', 'DELETE /tokens/{id}']);
  expect(scoped('configure')).toEqual(
    ['webhooks', 'strategies', 'accounts']
      .flatMap((kind) => [`PUT /${kind}/{id}`, `DELETE /${kind}/{id}`])
      .concat('POST /configuration/import', 'PUT /settings'),
  );
});

test("a browser's question whether it may ask needs no token, where CORS is configured", async () => {
  const { handler } = admin;
  const path = '/api/v1/webhooks/demo';
  const event = httpEvent({ method: 'OPTIONS', path, routeKey: 'OPTIONS /api/v1/{proxy+}' });
  expect(await handler(event, lambdaContext())).toMatchObject({ statusCode: 204 });
  expect((await admin.call({ method: 'OPTIONS', path: '/webhooks/demo', role: 'anonymous' })).status).toBe(
    401,
  );
});

test('a viewer changes nothing', async () => {
  await admin.put('/accounts/paper-1', { broker: 'paper', cash: 1 });
  const body = { broker: 'paper', cash: 2 };
  await admin.call({ method: 'PUT', path: '/accounts/paper-1', role: 'viewer', body });
  await admin.call({ method: 'DELETE', path: '/accounts/paper-1', role: 'viewer' });
  expect((await admin.get('/accounts/paper-1')).body).toMatchObject({ cash: '1' });
});

test.each([
  ['an unknown role', { lambda: { role: 'root', tokenId: 'abc' } }],
  ['a role without a token', { lambda: { role: 'operator' } }],
  ['a role that is none', { lambda: { role: ['operator'], tokenId: 'abc' } }],
  ['no context', { lambda: null }],
  ['a context of another kind of authorizer', { jwt: { claims: { role: 'operator' } } }],
])('%s in the authorizer context is nobody', async (_, authorizer) => {
  const { handler } = admin;
  const event = httpEvent({ method: 'GET', path: '/api/v1/accounts' });
  Object.assign(event.requestContext, { authorizer });
  expect(await handler(event, lambdaContext())).toMatchObject({ statusCode: 401 });
});

test.each<AdminCall>([
  { method: 'GET', path: '/nothing' },
  { method: 'GET', path: '/webhooks/' },
  { method: 'GET', path: '/webhooks/demo/secrets' },
  { method: 'GET', path: '' },
  { method: 'GET', path: '/accounts/%ff' },
])('$method $path is 404', async (call) => {
  const { status, body } = await admin.call(call);
  expect(status).toBe(404);
  expect(body.error.code).toBe('NOT_FOUND');
  expect((await admin.call({ ...call, role: 'anonymous' })).status).toBe(401);
});

test.each([
  { method: 'PATCH', path: '/webhooks/demo', allow: 'GET, PUT, DELETE' },
  { method: 'POST', path: '/webhooks', allow: 'GET' },
  { method: 'GET', path: '/accounts/paper-1/prices', allow: 'POST' },
  { method: 'DELETE', path: '/orders', allow: 'GET' },
])('$method $path is 405 and says what is allowed', async ({ method, path, allow }) => {
  const { status, headers, body } = await admin.call({ method, path });
  expect(status).toBe(405);
  expect(headers.allow).toBe(allow);
  expect(body.error.code).toBe('METHOD_NOT_ALLOWED');
});

test('a change is logged with who made it, and nothing of what was sent', async () => {
  const before = admin.said.length;
  await admin.put('/webhooks/logged', { secret: 'never-to-be-seen' });
  const logged = admin.said.slice(before).find((line) => line.includes('An operator asked for a change.'));
  expect(JSON.parse(logged ?? '')).toMatchObject({
    tokenId: 'abc',
    method: 'PUT',
    path: '/api/v1/webhooks/logged',
    statusCode: 201,
    correlationId: expect.any(String),
  });
  expect(logged).not.toContain('never-to-be-seen');
});

test('a change that fails is logged, too: it may have taken effect', async () => {
  const { ask, destroy } = interceptedAdmin(admin, async (call, input) => {
    if (Reflect.get(input, 'TableName') === admin.operations.tableName) {
      return call();
    }
    throw new Error('The ledger is down.');
  });
  const before = admin.said.length;
  expect(await ask({ method: 'POST', path: '/halt', body: { reason: 'Stop.' } })).toBe(503);
  destroy();
  const logged = admin.said.slice(before).find((line) => line.includes('An operator asked for a change.'));
  expect(JSON.parse(logged ?? '')).toMatchObject({ tokenId: 'abc', statusCode: 'none', reason: 'Stop.' });
});

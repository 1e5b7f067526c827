import { describe, expect, it } from 'vitest';
import { matchRoute, parseRouteKey } from '../../lib/local/routes.ts';

const ROUTES = [
  'POST /webhooks/{webhookId}',
  'GET /health',
  'ANY /api/v1/{proxy+}',
  'GET /api/v1/openapi.json',
  'GET /api/v1/accounts/{id}',
  'ANY /api/v1/accounts/{id}',
].map((routeKey) => parseRouteKey(routeKey, routeKey));

describe('the routes of an HTTP API', () => {
  it.each([
    ['GET', '/health', 'GET /health', {}],
    ['POST', '/webhooks/demo', 'POST /webhooks/{webhookId}', { webhookId: 'demo' }],
    ['GET', '/api/v1/openapi.json', 'GET /api/v1/openapi.json', {}],
    ['PUT', '/api/v1/openapi.json', 'ANY /api/v1/{proxy+}', { proxy: 'openapi.json' }],
    ['GET', '/api/v1/orders/a/b', 'ANY /api/v1/{proxy+}', { proxy: 'orders/a/b' }],
    ['GET', '/api/v1/accounts/7', 'GET /api/v1/accounts/{id}', { id: '7' }],
    ['DELETE', '/api/v1/accounts/7', 'ANY /api/v1/accounts/{id}', { id: '7' }],
  ])('%s %s takes %s', (method, path, routeKey, pathParameters) => {
    expect(matchRoute(ROUTES, method, path)).toMatchObject({ route: { routeKey }, pathParameters });
  });

  it.each([
    ['GET', '/webhooks/demo'],
    ['POST', '/webhooks/'],
    ['POST', '/webhooks/demo/more'],
    ['GET', '/health/'],
    ['GET', '/api/v1'],
    ['GET', '/api/v1/'],
    ['GET', '/'],
  ])('%s %s takes no route', (method, path) => {
    expect(matchRoute(ROUTES, method, path)).toBeUndefined();
  });

  it('falls back to $default, without path parameters', () => {
    const routes = [...ROUTES, parseRouteKey('$default', '$default')];

    expect(matchRoute(routes, 'GET', '/webhooks/demo')).toMatchObject({
      route: { routeKey: '$default' },
      pathParameters: {},
    });
  });
});

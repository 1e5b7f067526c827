import { describe, expect, it } from 'vitest';
import { startGateway } from './gateway.ts';

describe('a Lambda authorizer', () => {
  it('gets the request without its body, and its context reaches the function', async () => {
    const { url, events } = await startGateway({
      authorizerAnswer: () => ({ isAuthorized: true, context: { role: 'operator', tokenId: 't1' } }),
    });

    await fetch(`${url}/guarded/a/b?c=d`, {
      method: 'PUT',
      headers: { authorization: 'Bearer x' },
      body: '{}',
    });

    expect(events).toMatchObject([
      {
        version: '2.0',
        type: 'REQUEST',
        routeArn: 'arn:aws:execute-api:us-east-1:000000000000:api123/$default/PUT/guarded/a/b',
        identitySource: [],
        routeKey: 'ANY /guarded/{proxy+}',
        rawPath: '/guarded/a/b',
        headers: { authorization: 'Bearer x' },
        queryStringParameters: { c: 'd' },
        pathParameters: { proxy: 'a/b' },
        requestContext: { http: { method: 'PUT', sourceIp: '127.0.0.1' }, stage: '$default' },
      },
      { requestContext: { authorizer: { lambda: { role: 'operator', tokenId: 't1' } } }, body: '{}' },
    ]);
    expect(events[0]).not.toHaveProperty('body');
  });

  it.each([
    ['refuses', () => ({ isAuthorized: false }), 403, '{"message":"Forbidden"}'],
    ['fails', () => new Error('no'), 500, '{"message":"Internal Server Error"}'],
    ['answers a policy', () => ({ policyDocument: {} }), 500, '{"message":"Internal Server Error"}'],
  ])('that %s keeps the request from the function', async (_what, authorizerAnswer, status, body) => {
    const { url, events } = await startGateway({ authorizerAnswer });

    const response = await fetch(`${url}/guarded/x`);

    expect([response.status, await response.text()]).toEqual([status, body]);
    expect(events).toHaveLength(1);
  });

  it('is not asked when what it identifies callers by is missing', async () => {
    const { url, events } = await startGateway({
      authorizer: { identitySources: ['$request.header.Authorization', '$request.querystring.key'] },
      authorizerAnswer: () => ({ isAuthorized: true }),
    });

    const missing = await fetch(`${url}/guarded/x?key=1`);
    const present = await fetch(`${url}/guarded/x?key=1`, { headers: { authorization: 'abc' } });

    expect([missing.status, present.status]).toEqual([401, 204]);
    expect(events).toMatchObject([{ identitySource: ['abc', '1'] }, {}]);
  });
});

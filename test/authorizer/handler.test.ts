import type { APIGatewayRequestAuthorizerEventV2 } from 'aws-lambda';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { newToken, saveToken } from '../../functions/ledger/issue-token.ts';
import { type AdminHarness, startAdmin } from '../admin/harness.ts';
import { lambdaContext } from '../support/http-event.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});

let isStopped = false;
afterAll(() => (isStopped ? undefined : admin.stop()));

/** What API Gateway asks a Lambda authorizer of payload format 2.0. */
function authorizerEvent(headers: Record<string, string>): APIGatewayRequestAuthorizerEventV2 {
  return {
    version: '2.0',
    type: 'REQUEST',
    routeArn: 'arn:aws:execute-api:us-east-1:000000000000:test/$default/ANY/api/v1/{proxy+}',
    identitySource: [],
    routeKey: 'ANY /api/v1/{proxy+}',
    rawPath: '/api/v1/accounts',
    rawQueryString: '',
    cookies: [],
    headers,
    requestContext: {
      accountId: '000000000000',
      apiId: 'test',
      domainName: 'test',
      domainPrefix: 'test',
      http: {
        method: 'GET',
        path: '/api/v1/accounts',
        protocol: 'HTTP/1.1',
        sourceIp: '203.0.113.7',
        userAgent: '',
      },
      requestId: 'request',
      routeKey: 'ANY /api/v1/{proxy+}',
      stage: '$default',
      time: '',
      timeEpoch: 0,
    },
    pathParameters: {},
    stageVariables: {},
  };
}

async function authorize(headers: Record<string, string>) {
  const { handler } = await import('../../functions/authorizer/handler.ts');
  return handler(authorizerEvent(headers), lambdaContext());
}

test.each(['viewer', 'operator'] as const)('a token that was issued to a %s is recognized', async (role) => {
  const token = newToken();
  const { tokenId } = await saveToken(admin.ledger, token, role);
  const answered = await authorize({ authorization: `Bearer ${token}` });
  expect(answered).toEqual({ isAuthorized: true, context: { role, tokenId } });
  expect(JSON.stringify([answered, admin.said, await admin.items()])).not.toContain(token);
});

test.each([{}, { authorization: `Bearer ${newToken()}` }, { 'x-api-key': 'of_x' }])(
  '%j lets the admin function answer that it is nobody',
  async (headers) => {
    const context = { role: 'anonymous', tokenId: '' };
    expect(await authorize(headers)).toEqual({ isAuthorized: true, context });
  },
);

test('the event may have no headers at all', async () => {
  const { handler } = await import('../../functions/authorizer/handler.ts');
  const { headers: _, ...event } = authorizerEvent({});
  expect(await handler(event as APIGatewayRequestAuthorizerEventV2, lambdaContext())).toMatchObject({
    context: { role: 'anonymous' },
  });
});

test('when the store is down nobody gets in, and nothing of the token or the inside is said', async () => {
  const token = newToken();
  await admin.stop();
  isStopped = true;
  const said: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  await expect(authorize({ authorization: `Bearer ${token}` })).rejects.toThrow();
  const answered = await admin.call({ method: 'GET', path: '/accounts' });
  expect(answered).toMatchObject({ status: 503, headers: { 'retry-after': expect.stringMatching(/^\d+$/) } });
  expect(JSON.stringify(answered.body)).not.toMatch(/ECONNREFUSED|127\.0\.0\.1|stack|dynamodb/i);
  expect(said.join('')).toContain('The token could not be looked up.');
  expect(said.join('')).not.toContain(token);
  vi.restoreAllMocks();
});

import { request as httpRequest } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Gateway } from '../../lib/local/gateway.ts';
import { sendRaw, startGateway } from './gateway.ts';

describe('the event of an HTTP API', () => {
  it('has the shape of payload format 2.0', async () => {
    const { url, events } = await startGateway();

    await sendRaw(
      url,
      [
        'POST /webhooks/demo%20one?token=a%2Bb&x=1&x=2 HTTP/1.1',
        'Host: api.example.test:3000',
        'User-Agent: tester/1',
        'Content-Type: application/json; charset=utf-8',
        'X-Forwarded-For: 203.0.113.9',
        'X-Twice: one',
        'X-TWICE: two',
        'Cookie: a=1; b=2',
      ],
      '{"symbol":"ES€"}',
    );

    expect(events).toEqual([
      {
        version: '2.0',
        routeKey: 'POST /webhooks/{webhookId}',
        rawPath: '/webhooks/demo one',
        rawQueryString: 'token=a%2Bb&x=1&x=2',
        cookies: ['a=1', 'b=2'],
        headers: {
          host: 'api.example.test:3000',
          'user-agent': 'tester/1',
          'content-type': 'application/json; charset=utf-8',
          'content-length': '18',
          connection: 'close',
          'x-twice': 'one,two',
          'x-forwarded-for': '203.0.113.9, 127.0.0.1',
          'x-forwarded-port': '3000',
          'x-forwarded-proto': 'http',
          'x-amzn-trace-id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
        },
        queryStringParameters: { token: 'a+b', x: '1,2' },
        pathParameters: { webhookId: 'demo one' },
        requestContext: {
          accountId: '000000000000',
          apiId: 'api123',
          domainName: 'api.example.test:3000',
          domainPrefix: 'api',
          http: {
            method: 'POST',
            path: '/webhooks/demo one',
            protocol: 'HTTP/1.1',
            sourceIp: '127.0.0.1',
            userAgent: 'tester/1',
          },
          requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          routeKey: 'POST /webhooks/{webhookId}',
          stage: '$default',
          time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
          timeEpoch: expect.any(Number),
        },
        body: '{"symbol":"ES€"}',
        isBase64Encoded: false,
      },
    ]);
  });

  it.each([
    ['text/plain', false],
    ['text/plain; charset=utf-8', false],
    ['application/json', false],
    ['application/vnd.api+json', false],
    ['application/xml', false],
    ['application/x-www-form-urlencoded', true],
    ['application/octet-stream', true],
    ['image/png', true],
  ])('hands a body of %s on as base64: %s', async (contentType, isBase64Encoded) => {
    const { url, events } = await startGateway();

    await fetch(`${url}/webhooks/demo`, {
      method: 'POST',
      headers: { 'content-type': contentType },
      body: Buffer.from('a=1'),
    });

    expect(events).toMatchObject([{ isBase64Encoded, body: isBase64Encoded ? 'YT0x' : 'a=1' }]);
  });

  it('takes a body without a type as text', async () => {
    const { url, events } = await startGateway();

    await fetch(`${url}/webhooks/demo`, { method: 'POST', body: Buffer.from('BUY') });

    expect(events).toMatchObject([
      { body: 'BUY', isBase64Encoded: false, headers: { 'content-type': 'text/plain; charset=utf-8' } },
    ]);
  });

  it('has no body, query, cookies or path parameters where the request has none', async () => {
    const { url, events } = await startGateway({ authorizerAnswer: () => ({ isAuthorized: true }) });

    await fetch(`${url}/guarded/x`);

    for (const field of ['body', 'queryStringParameters', 'cookies']) {
      expect(events[1]).not.toHaveProperty(field);
    }
  });
});

describe('the answer of an HTTP API', () => {
  const post = (url: string) => fetch(`${url}/webhooks/demo`, { method: 'POST', body: '{}' });

  it('is what the function says, with cookies and an id of the request', async () => {
    const { url } = await startGateway({
      answer: () => ({
        statusCode: 202,
        headers: { 'X-Count': 3, 'content-type': 'application/json', 'Content-Length': '999' },
        cookies: ['a=1', 'b=2; HttpOnly'],
        body: '{"ok":true}',
      }),
    });

    const response = await post(url);

    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({ ok: true });
    expect(response.headers.get('x-count')).toBe('3');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2; HttpOnly']);
    expect(response.headers.get('apigw-requestid')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('decodes a base64 body', async () => {
    const { url } = await startGateway({
      answer: () => ({ statusCode: 200, body: 'AAEC', isBase64Encoded: true }),
    });

    expect(Buffer.from(await (await post(url)).arrayBuffer())).toEqual(Buffer.from([0, 1, 2]));
  });

  it('is 200 with the result as JSON when it has no status code', async () => {
    const { url } = await startGateway({ answer: () => ({ hello: 'world' }) });

    const response = await post(url);

    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(await response.json()).toEqual({ hello: 'world' });
  });

  it.each([
    ['fails', () => new Error('no')],
    ['answers a status code that is none', () => ({ statusCode: 'ok' })],
    ['answers a body that is not text', () => ({ statusCode: 200, body: { a: 1 } })],
    ['answers a header that cannot be sent', () => ({ statusCode: 200, headers: { 'x-a': 'one\ntwo' } })],
  ])('is 500 when the function %s', async (_what, answer) => {
    const { url } = await startGateway({ answer });

    const response = await post(url);

    expect(response.status).toBe(500);
    expect(await response.text()).toBe('{"message":"Internal Server Error"}');
  });

  it('is 503 when the function takes longer than API Gateway waits', async () => {
    const { url } = await startGateway({ answer: () => new Promise(() => undefined), timeoutMs: 30 });

    const response = await post(url);

    expect(response.status).toBe(503);
    expect(await response.text()).toBe('{"message":"Service Unavailable"}');
  });

  it('is 404 where there is no route', async () => {
    const { url } = await startGateway();

    const response = await fetch(`${url}/nowhere`);

    expect(response.status).toBe(404);
    expect(await response.text()).toBe('{"message":"Not Found"}');
  });

  it('is 400 when the path is not properly encoded', async () => {
    const { url } = await startGateway();

    expect(await sendRaw(url, ['GET /%zz HTTP/1.1', 'Host: x'])).toMatch(/^HTTP\/1.1 400 /);
  });

  it.each([['with its length'], ['in chunks']])('is 413 for a body over 10 MB sent %s', async (how) => {
    const { url, events } = await startGateway();
    const body = Buffer.alloc(10 * 1024 * 1024 + 1, 'x');

    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers =
        how === 'in chunks' ? { 'transfer-encoding': 'chunked' } : { 'content-length': body.length };
      const request = httpRequest(`${url}/webhooks/demo`, { method: 'POST', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on('error', reject);
      request.end(body);
    });

    expect(status).toBe(413);
    expect(events).toEqual([]);
  });

  it('is 503 until the gateway is open', async () => {
    const gateway = await Gateway.listen(0);
    onTestFinished(() => gateway.stop(0));

    expect((await fetch(`${gateway.url}/health`)).status).toBe(503);
  });
});

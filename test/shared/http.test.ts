import { describe, expect, it } from 'vitest';
import { answer, emptyAnswer, readRequest, refuse } from '../../functions/shared/http.ts';
import { httpEvent } from '../support/http-event.ts';

const read = (input: Partial<Parameters<typeof httpEvent>[0]>) =>
  readRequest(httpEvent({ method: 'POST', path: '/webhooks/demo', ...input }));

describe('a request', () => {
  it('is read from the event of API Gateway', () => {
    const request = read({
      path: '/webhooks/demo?token=a%20b&token=c',
      routeParameters: { webhookId: 'demo' },
      headers: { 'X-Webhook-Secret': 's' },
      body: '{"a":1}',
      sourceIp: '198.51.100.1',
    });
    expect(request).toMatchObject({
      method: 'POST',
      path: '/webhooks/demo',
      pathParameters: { webhookId: 'demo' },
      sourceIp: '198.51.100.1',
    });
    expect(request.query.getAll('token')).toEqual(['a b', 'c']);
    expect(request.header('x-webhook-secret')).toBe('s');
    expect(request.header('absent')).toBeUndefined();
    expect(request.rawBody.toString()).toBe('{"a":1}');
  });

  it('has its body exactly as it was sent', () => {
    const bytes = Uint8Array.from([0, 255, 0xef, 0xbb, 0xbf, 0x0a]);
    expect([...read({ body: bytes }).rawBody]).toEqual([...bytes]);
    expect(read({ body: 'ä€😀' }).rawBody.toString()).toBe('ä€😀');
    expect(read({}).rawBody).toHaveLength(0);
  });

  it('has its address from the gateway, whatever headers say', () => {
    const headers = { 'x-forwarded-for': '10.0.0.1', 'x-real-ip': '10.0.0.1', forwarded: 'for=10.0.0.1' };
    expect(read({ headers, sourceIp: '203.0.113.9' }).sourceIp).toBe('203.0.113.9');
  });

  it('has path parameters as the HTTP API decoded them, and decodes none of them again', () => {
    expect(read({ routeParameters: { webhookId: '%64emo' } }).pathParameters.webhookId).toBe('%64emo');
    expect(read({ routeParameters: { webhookId: '100%' } }).pathParameters.webhookId).toBe('100%');
  });

  it.each(['a', 'trace:1.2_3-4', 'x'.repeat(128)])('keeps the sensible correlation id %s', (given) => {
    expect(read({ headers: { 'x-correlation-id': given } }).correlationId).toBe(given);
  });

  it.each(['', ' ', 'a b', 'a,b', 'ä', 'a\nb', '<script>', 'x'.repeat(129), '{"a":1}'])(
    'has the id of the gateway instead of the correlation id %j',
    (given) => {
      const event = httpEvent({ method: 'GET', path: '/', headers: { 'x-correlation-id': given } });
      expect(readRequest(event).correlationId).toBe(event.requestContext.requestId);
    },
  );
});

describe('an answer', () => {
  it('is JSON that nobody caches or guesses the type of', () => {
    expect(answer(202, { a: 1 }, { 'idempotent-replayed': 'true' })).toEqual({
      statusCode: 202,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'referrer-policy': 'no-referrer',
        'strict-transport-security': expect.stringMatching(/^max-age=\d+$/),
        'idempotent-replayed': 'true',
      },
      body: '{"a":1}',
    });
  });

  it('can be empty', () => {
    const empty = emptyAnswer(204);
    expect(empty).toMatchObject({ statusCode: 204 });
    expect(empty.body).toBeUndefined();
    expect(empty.headers).not.toHaveProperty('content-type');
  });

  it('that refuses has the shape of the contract', () => {
    const refused = refuse(
      {
        statusCode: 422,
        code: 'SIGNAL_INVALID',
        message: 'No.',
        details: [{ field: 'a', message: 'b' }],
      },
      'correlation',
      { signalId: 'sig' },
    );
    expect(refused.statusCode).toBe(422);
    expect(refused.headers).not.toHaveProperty('retry-after');
    expect(JSON.parse(refused.body ?? '')).toEqual({
      error: {
        code: 'SIGNAL_INVALID',
        message: 'No.',
        correlationId: 'correlation',
        details: [{ field: 'a', message: 'b' }],
        signalId: 'sig',
      },
    });
  });

  it('that refuses for now says when to come back', () => {
    const refused = refuse({ statusCode: 429, code: 'X', message: 'Y', retryAfterSeconds: 3 }, 'c');
    expect(refused.headers).toMatchObject({ 'retry-after': '3' });
    expect(JSON.parse(refused.body ?? '')).toEqual({
      error: { code: 'X', message: 'Y', correlationId: 'c' },
    });
  });
});

import { Logger } from '@aws-lambda-powertools/logger';
import { describe, expect, it } from 'vitest';
import { OnefillError } from '../../functions/core/errors.ts';
import { answer } from '../../functions/shared/http.ts';
import { type HttpHandle, httpHandler } from '../../functions/shared/http-handler.ts';
import { type HttpEvent, httpEvent, lambdaContext } from '../support/http-event.ts';

const EVENT = { method: 'GET', path: '/', headers: { 'x-correlation-id': 'given' } };
const SECRET = 'password-in-an-error';

const call = (handle: HttpHandle<HttpEvent>, event = httpEvent(EVENT)) =>
  httpHandler<HttpEvent>(new Logger({ logLevel: 'SILENT' }), handle)(event, lambdaContext());

describe('a handler of HTTP requests', () => {
  it('puts the correlation id on every answer and leaves the rest alone', async () => {
    const result = await call(async (request) => answer(200, { path: request.path }, { etag: '"1"' }));
    expect(result).toMatchObject({
      statusCode: 200,
      headers: { 'x-correlation-id': 'given', etag: '"1"', 'cache-control': 'no-store' },
      body: '{"path":"/"}',
    });
  });

  it.each([
    ['an error that may pass', new OnefillError('X', 'retry', SECRET), 503, 'UNAVAILABLE'],
    ['an outcome that is not known', new OnefillError('X', 'reconcile', SECRET), 503, 'UNAVAILABLE'],
    ['an error of the store', new Error(SECRET), 503, 'UNAVAILABLE'],
    ['something that is no error', SECRET, 503, 'UNAVAILABLE'],
    ['a bug', new OnefillError('X', 'terminal', SECRET), 500, 'INTERNAL'],
  ])('answers %s without a word about the inside', async (_, error, statusCode, code) => {
    const result = await call(async () => {
      throw error;
    });
    expect(result).toMatchObject({ statusCode, headers: { 'x-correlation-id': 'given' } });
    expect(result.headers?.['retry-after']).toBe(statusCode === 503 ? '5' : undefined);
    expect(JSON.parse(result.body ?? '')).toEqual({
      error: { code, message: expect.any(String), correlationId: 'given' },
    });
    expect(JSON.stringify(result)).not.toContain(SECRET);
  });

  it('answers 409 when somebody else changed the same thing', async () => {
    const result = await call(async () => {
      throw new OnefillError('CONFLICT', 'retry', 'Changed by somebody else.');
    });
    expect(result.statusCode).toBe(409);
    expect(JSON.parse(result.body ?? '')).toMatchObject({
      error: { code: 'CONFLICT', message: 'Changed by somebody else.' },
    });
  });

  it('keeps nothing of one invocation for the next (warm environments)', async () => {
    const logger = new Logger({ logLevel: 'SILENT' });
    const seen: unknown[] = [];
    const handler = httpHandler<HttpEvent>(logger, async (request) => {
      seen.push(logger.getPersistentLogAttributes(), request.correlationId);
      logger.appendKeys({ left: 'behind' });
      return answer(200, {});
    });
    await handler(httpEvent(EVENT), lambdaContext());
    const second = httpEvent({ ...EVENT, headers: {} });
    const result = await handler(second, lambdaContext());
    expect(JSON.stringify(seen.slice(2))).not.toMatch(/behind|given/);
    expect(result.headers?.['x-correlation-id']).toBe(second.requestContext.requestId);
  });
});

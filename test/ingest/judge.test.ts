import { Webhook as StandardWebhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import type { Webhook } from '../../functions/core/configuration.ts';
import type { IngestDependencies } from '../../functions/ingest/dependencies.ts';
import { judge } from '../../functions/ingest/judge.ts';
import { readRequest } from '../../functions/shared/http.ts';
import { hashSecret } from '../../functions/shared/webhook-secrets.ts';
import { type HttpEventInput, httpEvent } from '../support/http-event.ts';
import { webhookOf } from '../support/world.ts';
import { NOW_MS } from './signal-case.ts';

const HMAC_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const BODY = '{"symbol":"A","action":"buy"}';
const WITH_SECRET = { secretHash: hashSecret('demo-secret'), allowedIps: [] };
const WITH_HMAC = { hmacSecretCount: 1, allowedIps: [] };
const SHOWN = { 'x-webhook-secret': 'demo-secret' };
const SIGNED = {
  'webhook-id': 'msg_1',
  'webhook-timestamp': String(Math.floor(NOW_MS / 1_000)),
  'webhook-signature': new StandardWebhook(HMAC_SECRET).sign('msg_1', new Date(NOW_MS), BODY),
};

async function verdictOn(webhook: Partial<Webhook>, request: Partial<HttpEventInput>) {
  let lookups = 0;
  // Judging needs nothing else from the outside.
  const dependencies = {
    hmacSecrets: async () => {
      lookups += 1;
      return [HMAC_SECRET];
    },
  } as unknown as IngestDependencies;
  const event = httpEvent({
    method: 'POST',
    path: '/webhooks/demo',
    body: BODY,
    ...request,
    headers: { 'content-type': 'application/json', ...request.headers },
  });
  const route = { webhook: webhookOf('demo', webhook), subscribers: [], version: 1 };
  return { verdict: await judge(dependencies, readRequest(event), route, NOW_MS), lookups };
}

async function codeOf(webhook: Partial<Webhook>, request: Partial<HttpEventInput>) {
  const { verdict } = await verdictOn(webhook, request);
  return verdict.kind === 'acceptable' ? 'acceptable' : verdict.refusal.code;
}

describe('a request that is wrong in several ways', () => {
  const everything = { body: '{', sourceIp: '203.0.113.9', headers: { 'x-webhook-secret': 'wrong' } };

  it('is told the first of them only, so that nobody learns about a webhook that is not theirs', async () => {
    const closed = { ...WITH_SECRET, allowedIps: ['10.0.0.0/8'] };
    expect(await codeOf({ ...closed, enabled: false }, everything)).toBe('WEBHOOK_NOT_FOUND');
    expect(await codeOf(closed, everything)).toBe('IP_NOT_ALLOWED');
    expect(await codeOf(WITH_SECRET, everything)).toBe('UNAUTHENTICATED');
    expect(await codeOf(WITH_SECRET, { ...everything, headers: SHOWN })).toBe('MALFORMED');
    expect(await codeOf(WITH_SECRET, { headers: SHOWN, body: '{"time":1}' })).toBe('SIGNAL_INVALID');
    const old = '{"symbol":"A","action":"buy","time":"2026-09-14T00:00:00Z"}';
    expect(await codeOf(WITH_SECRET, { headers: SHOWN, body: old })).toBe('SIGNAL_STALE');
    expect(await codeOf(WITH_SECRET, { headers: SHOWN })).toBe('acceptable');
  });
});

describe('a receipt (I9)', () => {
  const keyOf = async (webhook: Partial<Webhook>, request: Partial<HttpEventInput>) => {
    const { verdict } = await verdictOn(webhook, request);
    return verdict.kind === 'refused' ? verdict.receiptKey : 'acceptable';
  };

  it.each([
    ['a body that is no JSON', '{'],
    ['a payload that means nothing', '{"symbol":"A"}'],
    ['an id that is none', '{"symbol":"A","action":"buy","id":"a b"}'],
    ['a signal that is too old', '{"symbol":"A","action":"buy","time":"2026-09-14T00:00:00Z"}'],
  ])('is for everyone who is known and sends %s', async (_, body) => {
    expect(await keyOf(WITH_SECRET, { headers: SHOWN, body })).toEqual(expect.any(String));
    expect(await keyOf(WITH_SECRET, { body })).toBeUndefined();
    expect(await keyOf(WITH_SECRET, { body, headers: { 'x-webhook-secret': 'wrong' } })).toBeUndefined();
  });

  it('of a stale signal tells the signal', async () => {
    const body = '{"symbol":"A","action":"buy","time":"2026-09-14T00:00:00Z"}';
    const { verdict } = await verdictOn(WITH_SECRET, { headers: SHOWN, body });
    expect(verdict).toMatchObject({ kind: 'refused', signal: { symbol: 'A', action: 'buy' } });
  });
});

describe('a body that cannot be read', () => {
  it('may have held the secret: a sender that shows nothing else is told what is wrong with it', async () => {
    expect(await codeOf(WITH_SECRET, { body: '{"secret":"demo-secret",}' })).toBe('MALFORMED');
    expect(await codeOf(WITH_HMAC, { body: '{' })).toBe('MALFORMED');
  });

  it('is nobody’s business who shows a wrong credential', async () => {
    expect(await codeOf(WITH_SECRET, { body: '{', path: '/webhooks/demo?token=wrong' })).toBe(
      'UNAUTHENTICATED',
    );
    expect(await codeOf(WITH_HMAC, { body: '{', headers: SIGNED })).toBe('UNAUTHENTICATED');
  });
});

describe('HMAC secrets', () => {
  it('are looked up when a signature is shown and the webhook has any, and only then', async () => {
    expect(await verdictOn(WITH_HMAC, { headers: SIGNED })).toMatchObject({
      verdict: { kind: 'acceptable', key: { key: 'id:msg_1' } },
      lookups: 1,
    });
    expect(await verdictOn(WITH_HMAC, {})).toMatchObject({
      verdict: { refusal: { code: 'UNAUTHENTICATED' } },
      lookups: 0,
    });
    expect(await verdictOn(WITH_SECRET, { headers: { ...SHOWN, ...SIGNED } })).toMatchObject({
      verdict: { kind: 'acceptable' },
      lookups: 0,
    });
  });
});

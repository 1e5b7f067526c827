import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import type { Webhook } from '../../functions/core/configuration.ts';
import { checkCredentials, readCredentials } from '../../functions/ingest/authenticate.ts';
import { readRequest } from '../../functions/shared/http.ts';
import { hashSecret } from '../../functions/shared/webhook-secrets.ts';
import { httpEvent } from '../support/http-event.ts';
import { webhookOf } from '../support/world.ts';

const NOW_MS = 1_614_265_330_000;
const NOW_SECONDS = NOW_MS / 1_000;
const SECRET_HASH = hashSecret('demo-secret');

interface Attempt {
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: string;
  readonly bodySecret?: string;
  readonly hmacSecrets?: readonly string[];
  readonly webhook?: Partial<Webhook>;
  readonly nowMs?: number;
}

/** Whether the request passes. A webhook of the test has one kind of credential unless it is said otherwise. */
function passes({ headers = {}, query = '', body = '', bodySecret, hmacSecrets = [], ...rest }: Attempt) {
  const request = readRequest(httpEvent({ method: 'POST', path: `/webhooks/demo?${query}`, headers, body }));
  const webhook = webhookOf('demo', { allowedIps: [], hmacSecretCount: hmacSecrets.length, ...rest.webhook });
  const refusal = checkCredentials(webhook, readCredentials(request, bodySecret), {
    rawBody: request.rawBody,
    hmacSecrets,
    nowMs: rest.nowMs ?? NOW_MS,
  });
  expect([undefined, 401]).toContain(refusal?.statusCode);
  return refusal === undefined;
}

describe('a shared secret', () => {
  const webhook = { secretHash: SECRET_HASH };

  it.each([
    ['in the header', { headers: { 'X-Webhook-Secret': 'demo-secret' } }],
    ['in the query', { query: 'token=demo-secret' }],
    ['in the query, encoded', { query: 'token=demo%2Dsecret' }],
    ['in the body', { bodySecret: 'demo-secret' }],
    ['in one place, with a wrong one in another', { query: 'token=wrong', bodySecret: 'demo-secret' }],
  ] satisfies [string, Attempt][])('%s passes', (_, attempt) => {
    expect(passes({ ...attempt, webhook })).toBe(true);
  });

  it.each([
    ['that is missing', {}],
    ['that is empty', { headers: { 'x-webhook-secret': '' }, query: 'token=', bodySecret: '' }],
    ['that is wrong', { headers: { 'x-webhook-secret': 'demo-secres' } }],
    ['that is longer', { headers: { 'x-webhook-secret': 'demo-secret1' } }],
    ['that is shorter', { bodySecret: 'demo-secre' }],
    ['in another case', { query: 'token=Demo-Secret' }],
    ['that came twice and was joined', { headers: { 'x-webhook-secret': 'demo-secret,demo-secret' } }],
    ['that is the stored hash', { headers: { 'x-webhook-secret': SECRET_HASH } }],
    ['in the wrong place', { headers: { authorization: 'Bearer demo-secret' }, query: 'secret=demo-secret' }],
    ['only as the second of two tokens', { query: 'token=wrong&token=demo-secret' }],
  ] satisfies [string, Attempt][])('%s does not pass', (_, attempt) => {
    expect(passes({ ...attempt, webhook })).toBe(false);
  });

  it('passes only as it is, whatever else is sent', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (bodySecret) => {
        expect(passes({ bodySecret, webhook })).toBe(bodySecret === 'demo-secret');
      }),
    );
  });
});

describe('a webhook without credentials', () => {
  it('is guarded by its address list alone', () => {
    expect(passes({ webhook: { allowedIps: ['192.0.2.0/24'] } })).toBe(true);
  });

  it('and without an address list lets nobody in', () => {
    const headers = signed('{}', newSecret());
    expect(passes({ headers, body: '{}', query: 'token=x', bodySecret: '' })).toBe(false);
  });
});

/** Any `whsec_` secret. */
function newSecret(bytes = 32): string {
  return `whsec_${randomBytes(bytes).toString('base64')}`;
}

/** The headers that the reference implementation makes. */
function signed(body: string, secret: string, { id = 'msg_1', atSeconds = NOW_SECONDS } = {}) {
  const signature = new StandardWebhook(secret).sign(id, new Date(atSeconds * 1_000), body);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(atSeconds),
    'webhook-signature': signature,
  };
}

describe('a Standard Webhooks signature', () => {
  const VECTOR = {
    headers: {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
    body: '{"test": 2432232314}',
    hmacSecrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
  };

  it('of the specification passes', () => {
    expect(passes(VECTOR)).toBe(true);
  });

  it.each([
    ['another id', { 'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJel' }],
    ['another time', { 'webhook-timestamp': '1614265331' }],
    ['another version', { 'webhook-signature': 'v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=' }],
    ['no version', { 'webhook-signature': 'g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=' }],
    ['an asymmetric version', { 'webhook-signature': 'v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=' }],
    ['a shortened signature', { 'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE' }],
    ['an empty signature', { 'webhook-signature': 'v1,' }],
    ['nothing', { 'webhook-signature': '' }],
    ['a signature in hex', { 'webhook-signature': 'v1,83484cf52b04f8e4cf2531adfed9882ad4b2665137b851' }],
    ['a joined time', { 'webhook-timestamp': '1614265330,1614265330' }],
    ['a time in milliseconds', { 'webhook-timestamp': '1614265330000' }],
    ['a time with a fraction', { 'webhook-timestamp': '1614265330.0' }],
    ['a time in hex', { 'webhook-timestamp': '0x60378732' }],
    ['a negative time', { 'webhook-timestamp': '-1614265330' }],
    ['a time that is none', { 'webhook-timestamp': 'NaN' }],
    ['an empty time', { 'webhook-timestamp': '' }],
  ])('with %s does not pass', (_, headers) => {
    expect(passes({ ...VECTOR, headers: { ...VECTOR.headers, ...headers } })).toBe(false);
  });

  it.each(Object.keys(VECTOR.headers))('without %s does not pass', (name) => {
    const headers = Object.fromEntries(Object.entries(VECTOR.headers).filter(([key]) => key !== name));
    expect(passes({ ...VECTOR, headers })).toBe(false);
  });

  it('passes whoever made it: the reference implementation, over any body, id and secret', () => {
    const id = fc.stringMatching(/^[!-\-/-~]{1,64}$/);
    const body = fc.string({ unit: 'grapheme', maxLength: 200 });
    fc.assert(
      fc.property(body, id, fc.integer({ min: 24, max: 64 }), (text, messageId, bytes) => {
        const secret = newSecret(bytes);
        const headers = signed(text, secret, { id: messageId });
        const attempt = { headers, body: text, hmacSecrets: [secret] };
        expect(passes(attempt)).toBe(true);
        expect(passes({ ...attempt, body: `${text} ` })).toBe(false);
        expect(passes({ ...attempt, hmacSecrets: [newSecret(bytes)] })).toBe(false);
        expect(passes({ ...attempt, hmacSecrets: [] })).toBe(false);
      }),
    );
  });

  it('is taken over the bytes that were sent, not over text made of them', () => {
    const key = randomBytes(32);
    const bytes = Buffer.from([0x7b, 0xff, 0xfe, 0x7d]);
    const signature = createHmac('sha256', key)
      .update(`msg_1.${NOW_SECONDS}.`)
      .update(bytes)
      .digest('base64');
    const check = (rawBody: Buffer) =>
      checkCredentials(
        webhookOf('demo', { hmacSecretCount: 1, allowedIps: [] }),
        {
          secrets: [],
          signature: { id: 'msg_1', timestamp: String(NOW_SECONDS), signatures: `v1,${signature}` },
        },
        { rawBody, hmacSecrets: [`whsec_${key.toString('base64')}`], nowMs: NOW_MS },
      );
    expect(check(bytes)).toBeUndefined();
    expect(check(Buffer.from(bytes.toString('utf8')))).toMatchObject({ statusCode: 401 });
  });

  it('passes while secrets are rotated, on either side', () => {
    const [old, current, other] = [newSecret(), newSecret(), newSecret()];
    const body = '{"symbol":"A"}';
    const attempt = (secret: string) => ({ headers: signed(body, secret), body });
    expect(passes({ ...attempt(old), hmacSecrets: [current, old] })).toBe(true);
    expect(passes({ ...attempt(current), hmacSecrets: [current, old] })).toBe(true);
    expect(passes({ ...attempt(other), hmacSecrets: [current, old] })).toBe(false);

    const [byOther, byOld] = [attempt(other), attempt(old)].map(
      ({ headers }) => headers['webhook-signature'],
    );
    const both = { ...attempt(old).headers, 'webhook-signature': `${byOther} v1a,xyz ${byOld}` };
    expect(passes({ headers: both, body, hmacSecrets: [old] })).toBe(true);
    expect(passes({ headers: both, body, hmacSecrets: [current] })).toBe(false);
  });

  it.each([
    [0, true],
    [-300, true],
    [300, true],
    [-301, false],
    [301, false],
    [-86_400, false],
  ])('made %i s from now passes: %s', (offsetSeconds, expected) => {
    const secret = newSecret();
    const headers = signed('{}', secret, { atSeconds: NOW_SECONDS + offsetSeconds });
    expect(passes({ headers, body: '{}', hmacSecrets: [secret] })).toBe(expected);
  });

  it.each(['msg.1', '.', 'msg_1.1614265330'])(
    'does not pass with the id %s, whose dot moves the borders',
    (id) => {
      const secret = newSecret();
      expect(passes({ headers: signed('{}', secret, { id }), body: '{}', hmacSecrets: [secret] })).toBe(
        false,
      );
    },
  );

  it('passes beside a shared secret, and the shared secret without it', () => {
    const secret = newSecret();
    const webhook = { secretHash: SECRET_HASH };
    const both = { hmacSecrets: [secret], webhook, body: '{}' };
    expect(passes({ ...both, headers: signed('{}', secret) })).toBe(true);
    expect(passes({ ...both, bodySecret: 'demo-secret' })).toBe(true);
    expect(passes({ ...both, headers: signed('{}', newSecret()) })).toBe(false);
  });
});

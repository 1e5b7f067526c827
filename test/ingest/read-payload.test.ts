import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BODY_BYTES_MAX,
  checkSize,
  readPayload,
  secretOf,
  signalKeyOf,
} from '../../functions/ingest/read-payload.ts';
import { readRequest } from '../../functions/shared/http.ts';
import { JsonNumber } from '../../functions/shared/json.ts';
import { httpEvent } from '../support/http-event.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const BODY = '{"symbol":"MNQM5","action":"buy"}';

const requestOf = (body: string | Uint8Array, headers: Readonly<Record<string, string>> = JSON_TYPE) =>
  readRequest(httpEvent({ method: 'POST', path: '/webhooks/demo', body, headers }));

const read = (body: string | Uint8Array, headers?: Readonly<Record<string, string>>) =>
  readPayload(requestOf(body, headers));

const messageOf = (result: ReturnType<typeof read>): string => {
  expect(result).toMatchObject({ ok: false, refusal: { statusCode: 400, code: 'MALFORMED' } });
  return result.ok ? '' : result.refusal.message;
};

describe('the size of a body', () => {
  it.each([
    [0, true],
    [BODY_BYTES_MAX, true],
    [BODY_BYTES_MAX + 1, false],
    [1_048_576, false],
  ])('of %i bytes is allowed: %s', (bytes, isAllowed) => {
    const refusal = checkSize(requestOf(new Uint8Array(bytes)));
    expect(refusal === undefined).toBe(isAllowed);
    expect([undefined, 413]).toContain(refusal?.statusCode);
  });

  it('counts bytes, not characters', () => {
    expect(checkSize(requestOf('€'.repeat(BODY_BYTES_MAX / 3)))).toBeUndefined();
    expect(checkSize(requestOf('€'.repeat(BODY_BYTES_MAX / 2)))?.code).toBe('TOO_LARGE');
  });
});

describe('the content type', () => {
  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'Application/JSON ; Charset="utf-8"',
    'application/json; charset=utf8; version=1',
    'text/plain',
    'text/plain; charset=us-ascii',
    'text/plain; charset=utf-8',
    '',
    ' ',
  ])('%j is read', (contentType) => {
    expect(read(BODY, { 'content-type': contentType }).ok).toBe(true);
  });

  it('may be missing', () => {
    expect(read(BODY, {}).ok).toBe(true);
  });

  it.each([
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/html',
    'text/json',
    'application/xml',
    'application/octet-stream',
    'application/json, text/plain',
    'application/jsonx',
    'application/json; charset=utf-16',
    'application/json; charset=iso-8859-1',
    'text/plain; charset=',
    '*/*',
    ';',
  ])('%j is refused', (contentType) => {
    expect(messageOf(read(BODY, { 'content-type': contentType }))).toMatch(/content type/);
  });

  it.each(['gzip', 'br', 'deflate', 'gzip, identity', 'identity, gzip', ''])(
    'is no use with the content encoding %j',
    (encoding) => {
      expect(messageOf(read(BODY, { ...JSON_TYPE, 'content-encoding': encoding }))).toMatch(/compressed/);
    },
  );

  it('may say that nothing is encoded', () => {
    expect(read(BODY, { ...JSON_TYPE, 'content-encoding': 'identity' }).ok).toBe(true);
  });
});

describe('a body', () => {
  it('is read with its numbers exact', () => {
    expect(read('{"a":1.10,"b":[{"c":2}],"d":"3"}')).toEqual({
      ok: true,
      value: { a: new JsonNumber('1.10'), b: [{ c: new JsonNumber('2') }], d: '3' },
    });
  });

  it('is the same as JSON and as plain text, as TradingView sends both', () => {
    expect(read(BODY, { 'content-type': 'text/plain; charset=utf-8' })).toEqual(read(BODY));
  });

  it('may begin with a byte order mark and end in white space', () => {
    const bytes = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(`${BODY}\r\n \t`)]);
    expect(read(bytes)).toEqual(read(BODY));
    expect(read(`\ufeff${BODY}`)).toEqual(read(BODY));
  });

  it.each([
    ['a lone continuation byte', [0x7b, 0x80, 0x7d]],
    ['an overlong slash', [0x7b, 0xc0, 0xaf, 0x7d]],
    ['a surrogate', [0x7b, 0xed, 0xa0, 0x80, 0x7d]],
    ['an unfinished character', [0x22, 0xe2, 0x82]],
    ['Latin-1', [0x7b, 0x22, 0xe4, 0x22, 0x7d]],
    ['UTF-16', [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]],
    ['UTF-32', [0x00, 0x00, 0xfe, 0xff, 0x00, 0x00, 0x00, 0x7b]],
  ])('in %s is refused', (_, bytes) => {
    expect(messageOf(read(Uint8Array.from(bytes)))).toBe('The body is not valid UTF-8.');
  });

  it.each(['', ' ', '\n\t\r\n', '\ufeff', '\u00a0'])('without content (%j) is refused', (text) => {
    expect(messageOf(read(text))).toMatch(/empty/);
  });

  it.each(['[]', '[{"symbol":"A"}]', '1', '1e5', '"text"', 'true', 'null', '[[]]', '-0'])(
    'that is no object (%s) is refused',
    (text) => {
      expect(messageOf(read(text))).toMatch(/must be a JSON object/);
    },
  );

  it('of any bytes is read or refused, never an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const result = read(bytes);
        expect(result.ok || result.refusal.statusCode === 400).toBe(true);
      }),
    );
  });
});

describe('the secret of a payload', () => {
  it.each([
    ['{"secret":"s"}', 's'],
    ['{"secret":""}', ''],
    ['{}', undefined],
    ['{"secret":5}', undefined],
    ['{"secret":null}', undefined],
    ['{"secret":["s"]}', undefined],
    ['{"Secret":"s"}', undefined],
  ])('of %s is %j', (text, expected) => {
    const payload = read(text);
    expect(payload.ok && secretOf(payload.value)).toBe(expected);
  });
});

describe('the key of a signal', () => {
  const keyOf = (body: string, headers: Readonly<Record<string, string>> = {}) => {
    const request = requestOf(body, { ...JSON_TYPE, ...headers });
    const payload = readPayload(request);
    return payload.ok ? signalKeyOf(request, payload.value) : payload;
  };
  const key = (body: string, headers?: Readonly<Record<string, string>>) => {
    const result = keyOf(body, headers);
    return result.ok ? result.value.key : result.refusal;
  };

  it.each([
    ['the header webhook-id first', BODY, { 'webhook-id': 'w', 'idempotency-key': 'i' }, 'id:w'],
    ['the header idempotency-key', BODY, { 'idempotency-key': 'i' }, 'id:i'],
    ['the body’s id', '{"id":"b"}', {}, 'id:b'],
    ['the header before the body’s id', '{"id":"b"}', { 'idempotency-key': 'i' }, 'id:i'],
    ['a number as id, as it is written', '{"id":1.50}', {}, 'id:1.50'],
    ['the body’s id when the header is empty', '{"id":"b"}', { 'webhook-id': '' }, 'id:b'],
    ['the longest id', `{"id":"${'x'.repeat(256)}"}`, {}, `id:${'x'.repeat(256)}`],
  ])('is %s', (_, body, headers, expected) => {
    expect(key(body, headers)).toBe(expected);
  });

  it.each(['{"id":null}', '{"id":""}', '{}'])('is the hash of the payload when it has no id: %s', (body) => {
    expect(key(body)).toMatch(/^hash:[\w-]{43}$/);
  });

  it.each([
    ['id', '{"id":"a b"}', {}],
    ['id', '{"id":"ä"}', {}],
    ['id', '{"id":"a\\u0000"}', {}],
    ['id', `{"id":"${'x'.repeat(257)}"}`, {}],
    ['id', '{"id":true}', {}],
    ['id', '{"id":["a"]}', {}],
    ['id', '{"id":{"a":1}}', {}],
    ['webhook-id', '{"id":"b"}', { 'webhook-id': 'a b' }],
    ['idempotency-key', '{"id":"b"}', { 'idempotency-key': 'x'.repeat(257) }],
  ])('is refused by name (%s) when it cannot be one: %#', (field, body, headers) => {
    expect(key(body, headers)).toMatchObject({
      statusCode: 422,
      code: 'SIGNAL_INVALID',
      details: [{ field }],
    });
  });

  it('does not depend on how the payload is written, nor on its secret', () => {
    const written = [
      '{"symbol":"A","action":"buy"}',
      '{ "action" : "buy",\n"symbol" : "A" }',
      '{"action":"\\u0062uy","symbol":"A","secret":"old"}',
      '{"secret":"new","symbol":"A","action":"buy"}',
    ];
    expect(new Set(written.map((body) => key(body))).size).toBe(1);
  });

  it('differs when anything else does', () => {
    const bodies = [
      '{"symbol":"A","action":"buy"}',
      '{"symbol":"A","action":"sell"}',
      '{"symbol":"B","action":"buy"}',
      '{"symbol":"A","action":"buy","quantity":1}',
      '{"symbol":"A","action":"buy","quantity":"1"}',
      '{"symbol":"A","action":"buy","quantity":1.0}',
      '{"symbol":"A","action":"buy","quantity":10000000000000001}',
      '{"symbol":"A","action":"buy","quantity":10000000000000002}',
      '{"symbol":"A","action":"buy","a":{"b":{}}}',
      '{"symbol":"A","action":"buy","a":{"b":[]}}',
    ];
    expect(new Set(bodies.map((body) => key(body))).size).toBe(bodies.length);
  });

  it('of an id cannot be taken for that of a hash', () => {
    const hash = key('{}');
    expect(key(JSON.stringify({ id: String(hash) }))).toBe(`id:${String(hash)}`);
  });

  it('comes with the hash of the payload, so that a reused id is noticed', () => {
    const [first, second] = ['{"id":"x","a":1}', '{"id":"x","a":2}'].map((body) => keyOf(body));
    expect(first).toMatchObject({ ok: true, value: { key: 'id:x' } });
    expect(first?.ok && second?.ok && first.value.payloadHash !== second.value.payloadHash).toBe(true);
  });
});

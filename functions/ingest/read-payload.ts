import { hash } from 'node:crypto';
import type { ErrorDetail, HttpRequest, Refusal } from '../shared/http.ts';
import { canonicalJson, JsonNumber, parseJson } from '../shared/json.ts';
import type { Payload } from './dialects/fields.ts';

/** Larger than any alert; refused before it is parsed. */
export const BODY_BYTES_MAX = 65_536;

const MEDIA_TYPES = ['application/json', 'text/plain'];
const CHARSETS = ['utf-8', 'utf8', 'us-ascii'];
const PROVIDER_ID = /^[\x21-\x7e]{1,256}$/;

/** A value, or the refusal that says why there is none. */
export type Read<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly refusal: Refusal };

/** Refuses a body that is too large, before anything else looks at it. */
export function checkSize(request: HttpRequest): Refusal | undefined {
  return request.rawBody.length <= BODY_BYTES_MAX
    ? undefined
    : {
        statusCode: 413,
        code: 'TOO_LARGE',
        message: `The body has ${request.rawBody.length} bytes; at most ${BODY_BYTES_MAX} are allowed.`,
      };
}

/** The refusal of a signal for what is wrong with its fields. */
export function invalidSignal(details: readonly ErrorDetail[]): Refusal {
  return {
    statusCode: 422,
    code: 'SIGNAL_INVALID',
    message: 'The signal is not valid; nothing was traded.',
    details,
  };
}

/** Reads the body, which must be a JSON object. */
export function readPayload(request: HttpRequest): Read<Payload> {
  const body = readBody(request);
  return body.ok ? asPayload(body.value) : body;
}

/** Reads the body: any JSON in UTF-8, sent as JSON or, as TradingView does for some alerts, as plain text. */
export function readBody(request: HttpRequest): Read<unknown> {
  const encoding = request.header('content-encoding');
  if (encoding !== undefined && encoding !== 'identity') {
    return malformed('The body must not be compressed: leave content-encoding out.');
  }
  if (!isSupportedType(request.header('content-type'))) {
    return malformed(`The content type must be ${MEDIA_TYPES.join(' or ')}, in UTF-8.`);
  }
  const text = decodeUtf8(request.rawBody);
  if (text === undefined) {
    return malformed('The body is not valid UTF-8.');
  }
  if (text.trim() === '') {
    return malformed('The body is empty; it must be JSON.');
  }
  const parsed = parseJson(text, { exactNumbers: true });
  return parsed.ok ? parsed : malformed(parsed.message);
}

/** What was sent as the payload that it must be when no template makes one of it. */
export function asPayload(sent: unknown): Read<Payload> {
  return isPayload(sent)
    ? { ok: true, value: sent }
    : malformed('The body must be a JSON object, such as {"symbol":"MNQ1!","action":"buy"}.');
}

/** The secret that a body carries, for providers that can set nothing but the body; OpenAlgo's is called `apikey`. */
export function secretOf(sent: unknown): string | undefined {
  const fields = isPayload(sent) ? sent : {};
  const field = ['secret', 'apikey'].find((name) => Object.hasOwn(fields, name));
  const secret = field && fields[field];
  return typeof secret === 'string' ? secret : undefined;
}

/** What was sent but the secret: neither a hash nor what a template finds may depend on it. */
export function withoutSecret(sent: unknown): unknown {
  if (!isPayload(sent)) {
    return sent;
  }
  const { secret: _secret, apikey: _apikey, ...content } = sent;
  return content;
}

/** What tells one signal of a webhook from another, and what its content is, so that a reused id is noticed. */
export interface SignalKey {
  /** `id:` and the provider's id, else `hash:` and the payload's hash. */
  readonly key: string;
  readonly payloadHash: string;
}

/**
 * The idempotency key of a request: the provider's id (`webhook-id`, `idempotency-key`, or `id` in the payload), else
 * the hash of what was sent. Secrets are left out of hashes, so that rotating one makes no new signal.
 *
 * Copies of an id are held to the payload, which a template makes of the part of the body that means something: a sender may
 * count its attempts.
 *
 * @param sent what a template made the payload of; without one the payload is what was sent
 */
export function signalKeyOf(
  request: HttpRequest,
  payload: Payload,
  sent: unknown = payload,
): Read<SignalKey> {
  const given: readonly (readonly [string, unknown])[] = [
    ['webhook-id', request.header('webhook-id')],
    ['idempotency-key', request.header('idempotency-key')],
    ['id', payload.id instanceof JsonNumber ? payload.id.source : payload.id],
  ];
  const [field, id] = given.find(([, value]) => value !== undefined && value !== null && value !== '') ?? [];
  if (field === undefined) {
    const payloadHash = hashOf(sent);
    return { ok: true, value: { key: `hash:${payloadHash}`, payloadHash } };
  }
  return typeof id === 'string' && PROVIDER_ID.test(id)
    ? { ok: true, value: { key: `id:${id}`, payloadHash: hashOf(payload) } }
    : {
        ok: false,
        refusal: invalidSignal([
          { field, message: 'must be 1 to 256 printable ASCII characters without spaces' },
        ]),
      };
}

function hashOf(sent: unknown): string {
  return hash('sha256', canonicalJson(withoutSecret(sent)), 'base64url');
}

function isSupportedType(contentType: string | undefined): boolean {
  if (contentType === undefined || contentType.trim() === '') {
    return true;
  }
  const [mediaType = '', ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  return (
    MEDIA_TYPES.includes(mediaType) &&
    (charset === undefined || CHARSETS.includes(charset.replaceAll('"', '')))
  );
}

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function isPayload(value: unknown): value is Payload {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber)
  );
}

function malformed(message: string): Read<never> {
  return { ok: false, refusal: { statusCode: 400, code: 'MALFORMED', message } };
}

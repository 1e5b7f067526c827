import * as z from 'zod/mini';
import type { Clock } from '../../core/clock.ts';
import { parseJson } from '../../shared/json.ts';
import { type CredentialsStore, type NotDone, orNone } from '../credentials.ts';
import { OWN_CONNECTION } from '../own-connection.ts';
import { unanswered } from '../unanswered.ts';
import { errorOf } from './errors.ts';
import { type AlpacaAnswer, type AlpacaRequest, type Ask, retryAfterMs, UNREADABLE } from './wire.ts';

/** How one account at Alpaca is called. */
export interface AlpacaSettings {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly credentials: CredentialsStore;
  /** The name of the account's credentials. */
  readonly credentialsName: string;
  /** Without a slash at its end. */
  readonly baseUrl: string;
}

// A header takes no line break, and the error about one would quote it.
const headerText = z.string().check(z.regex(/^[\x21-\x7e]{1,256}$/));
const keysShape = z.object({ keyId: headerText, secretKey: headerText });
type Keys = z.output<typeof keysShape>;

const SOON_MS = 500;

/** Begins one call of the port: all its requests share one deadline. */
export function beginCall(settings: AlpacaSettings, deadline: AbortSignal): Ask {
  return (request) => ask(settings, request, deadline);
}

async function ask(
  settings: AlpacaSettings,
  request: AlpacaRequest,
  deadline: AbortSignal,
): Promise<AlpacaAnswer> {
  const used = await keysOf(settings);
  if ('kind' in used) {
    return used;
  }
  const first = await send(settings, used, request, deadline);
  if (!isUnauthorized(first)) {
    return first;
  }
  settings.credentials.forget(settings.credentialsName);
  const fresh = await keysOf(settings);
  if ('kind' in fresh) {
    return fresh;
  }
  // What was not authorized was not done: with other keys it may be asked for again.
  const isRotated = fresh.keyId !== used.keyId || fresh.secretKey !== used.secretKey;
  const answer = isRotated ? await send(settings, fresh, request, deadline) : first;
  return isUnauthorized(answer)
    ? { kind: 'unauthorized', message: 'Alpaca refuses the credentials of this account.' }
    : answer;
}

function keysOf({ credentials, credentialsName }: AlpacaSettings): Promise<Keys | NotDone> {
  return orNone(credentials.read(credentialsName, keysShape));
}

async function send(
  { fetch, baseUrl, clock }: AlpacaSettings,
  keys: Keys,
  { method, path, body }: AlpacaRequest,
  deadline: AbortSignal,
): Promise<AlpacaAnswer> {
  if (deadline.aborted) {
    return { kind: 'busy', retryAfterMs: SOON_MS, message: 'It was too late to ask Alpaca.' };
  }
  try {
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      headers: {
        accept: 'application/json',
        ...OWN_CONNECTION,
        'apca-api-key-id': keys.keyId,
        'apca-api-secret-key': keys.secretKey,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      // A redirected order could be sent twice, and the keys to whoever is named.
      redirect: 'error',
      signal: deadline,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return read(response, await response.text(), clock.now());
  } catch (error) {
    return unanswered('Alpaca', error);
  }
}

function read({ status, headers }: Response, text: string, nowMs: number): AlpacaAnswer {
  if (status >= 500) {
    return { kind: 'unknown', cause: 'unavailable', message: `Alpaca answered ${status}.` };
  }
  if (status === 429) {
    return {
      kind: 'busy',
      retryAfterMs: retryAfterMs(headers, nowMs),
      message: "Alpaca's rate limit is met.",
    };
  }
  if (text === '') {
    return { kind: 'answer', status, body: undefined };
  }
  const parsed = parseJson(text, { exactNumbers: false });
  if (parsed.ok) {
    return { kind: 'answer', status, body: parsed.value };
  }
  return status === 401 ? { kind: 'answer', status, body: undefined } : UNREADABLE;
}

/** A 403 with a code is about the order, one without about who asks. */
function isUnauthorized(answer: AlpacaAnswer): boolean {
  return (
    answer.kind === 'answer' &&
    (answer.status === 401 || (answer.status === 403 && errorOf(answer.body)?.code === undefined))
  );
}

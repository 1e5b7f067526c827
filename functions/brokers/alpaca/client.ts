import * as z from 'zod/mini';
import type { Clock } from '../../core/clock.ts';
import { OnefillError } from '../../core/errors.ts';
import { parseJson } from '../../shared/json.ts';
import type { UnknownOutcome } from '../broker.ts';
import type { CredentialsStore } from '../credentials.ts';
import { unanswered } from '../unanswered.ts';
import { errorOf } from './errors.ts';
import { retryAfterMs } from './wire.ts';

/** How one account at Alpaca is called. */
export interface AlpacaSettings {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly credentials: CredentialsStore;
  /** The name of the account's credentials. */
  readonly credentialsName: string;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  /** For one call of the port, however many requests it takes. */
  readonly timeoutMs: number;
}

/** One request. Amounts are text, so that no number goes through a float. */
export interface AlpacaRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With its query. */
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

/**
 * What a request came to. `answer`: the venue's word, up to a 4xx. `unauthorized` and `busy`: nothing was done, because
 * the credentials are no good, or the venue or Secrets Manager wants us to wait.
 */
export type AlpacaAnswer =
  | { readonly kind: 'answer'; readonly status: number; readonly body: unknown }
  | { readonly kind: 'unauthorized'; readonly message: string }
  | { readonly kind: 'busy'; readonly retryAfterMs: number; readonly message: string }
  | UnknownOutcome;

/** Sends a request, once, and never throws. */
export type Ask = (request: AlpacaRequest) => Promise<AlpacaAnswer>;

// A header takes no line break, and the error about one would quote it.
const headerText = z.string().check(z.regex(/^[\x21-\x7e]{1,256}$/));
const keysShape = z.object({ keyId: headerText, secretKey: headerText });
type Keys = z.output<typeof keysShape>;

const SOON_MS = 500;

const UNREADABLE: UnknownOutcome = {
  kind: 'unknown',
  cause: 'unavailable',
  message: "Alpaca's answer cannot be read.",
};

/** Begins one call of the port: all its requests share one deadline. */
export function beginCall(settings: AlpacaSettings): Ask {
  const deadline = AbortSignal.timeout(settings.timeoutMs);
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

async function keysOf({ credentials, credentialsName }: AlpacaSettings): Promise<Keys | AlpacaAnswer> {
  try {
    return await credentials.read(credentialsName, keysShape);
  } catch (error) {
    if (error instanceof OnefillError && error.disposition === 'terminal') {
      return { kind: 'unauthorized', message: error.message };
    }
    return { kind: 'busy', retryAfterMs: SOON_MS, message: 'The credentials could not be read.' };
  }
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
    return unanswered('Alpaca', error, deadline);
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

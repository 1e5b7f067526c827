import type { UnknownOutcome } from '../broker.ts';

/** A word of the venue that means no: nothing was done. */
export interface Refused {
  readonly kind: 'refused';
  /**
   * `absent`: there is no such order. `taken`: an order has the client order id, this one or another. `unauthorized`:
   * the credentials are no good.
   */
  readonly reason: 'absent' | 'taken' | 'unauthorized' | 'other';
  readonly code: string;
  readonly message: string;
}

/** The venue does not look at the request now: nothing was done. */
export interface Busy {
  readonly kind: 'busy';
  readonly retryAfterMs: number;
  readonly message: string;
}

/** What a request came to that brought no answer. */
export type Failure = Refused | Busy | UnknownOutcome;

/** What a venue's own words mean. */
export interface VenueWords {
  /** A client order id is in use. */
  readonly taken: RegExp;
  /** In errors that ccxt has no class for; those that are not named here mean nothing for certain. */
  readonly refused?: RegExp;
  readonly unauthorized?: RegExp;
}

const LIMITED_WAIT_MS = 1_000;
const NONCE_WAIT_MS = 100;
const MESSAGE_CHARACTERS_MAX = 200;

/**
 * What an error of ccxt says about the request. Its classes are told by name, so that nothing of ccxt is needed here.
 *
 * Its plain `ExchangeError` stands for every word of the venue that ccxt has no class for, such as Kraken's
 * `EService:Timeout`, after which the order may exist: it is no refusal. Messages about the wire have the signed URL in
 * them and are not passed on.
 */
export function failureOf(
  { exchange, words }: { readonly exchange: string; readonly words: VenueWords },
  error: unknown,
): Failure {
  const names = lineageOf(error);
  const text = error instanceof Error ? error.message.slice(0, MESSAGE_CHARACTERS_MAX) : '';
  if (names.includes('DDoSProtection') || names.includes('RateLimitExceeded')) {
    return { kind: 'busy', retryAfterMs: LIMITED_WAIT_MS, message: `The rate limit of ${exchange} is met.` };
  }
  if (names.includes('InvalidNonce')) {
    const message = `The request was too early or too late for ${exchange}.`;
    return { kind: 'busy', retryAfterMs: NONCE_WAIT_MS, message };
  }
  if (names[0] === 'ExchangeError') {
    return inWords({ exchange, words }, text);
  }
  if (names.includes('AuthenticationError')) {
    return unauthorized(exchange);
  }
  if (names.includes('ExchangeError')) {
    const [name = ''] = names;
    const code = name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
    const reason = name === 'OrderNotFound' ? 'absent' : 'other';
    return { kind: 'refused', reason: words.taken.test(text) ? 'taken' : reason, code, message: text };
  }
  return unclear(exchange);
}

function inWords(
  { exchange, words }: { readonly exchange: string; readonly words: VenueWords },
  text: string,
): Failure {
  if (words.unauthorized?.test(text)) {
    return unauthorized(exchange);
  }
  return words.refused?.test(text)
    ? {
        kind: 'refused',
        reason: words.taken.test(text) ? 'taken' : 'other',
        code: 'ORDER_REJECTED',
        message: text,
      }
    : unclear(exchange);
}

function unauthorized(exchange: string): Refused {
  const message = `${exchange} refuses the credentials of this account.`;
  return { kind: 'refused', reason: 'unauthorized', code: 'UNAUTHORIZED', message };
}

/** The venue said something that leaves open what became of the request. */
export function unclear(exchange: string): UnknownOutcome {
  const message = `${exchange} gave no answer that says what became of it.`;
  return { kind: 'unknown', cause: 'unavailable', message };
}

/** A failure as an answer to a question: what says no says nothing. */
export function asUnknown(exchange: string, failure: Failure): UnknownOutcome {
  return failure.kind === 'unknown' ? failure : unclear(exchange);
}

/** The names of an error's class and of those above it. */
function lineageOf(error: unknown): readonly string[] {
  const names: string[] = [];
  let prototype: unknown = typeof error === 'object' && error !== null ? Object.getPrototypeOf(error) : null;
  while (prototype !== null && prototype !== Object.prototype) {
    names.push((prototype as object).constructor.name);
    prototype = Object.getPrototypeOf(prototype);
  }
  return names;
}

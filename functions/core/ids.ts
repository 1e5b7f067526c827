import { hash } from 'node:crypto';

/** A webhook's id, chosen by the operator. */
export type WebhookId = string & { readonly __brand: 'WebhookId' };
/** A strategy's id, chosen by the operator. */
export type StrategyId = string & { readonly __brand: 'StrategyId' };
/** An account's id, chosen by the operator. */
export type AccountId = string & { readonly __brand: 'AccountId' };
/** `sig_` and 26 characters that sort by the time the signal was first seen. */
export type SignalId = string & { readonly __brand: 'SignalId' };
/** `<signalId>~<strategyId>~<accountId>`: sorts by signal time and says whose it is. At most 128 characters. */
export type ExecutionId = string & { readonly __brand: 'ExecutionId' };
/** Our name for an order at the venue: `of` and 30 characters, a pure function of execution and leg. */
export type ClientOrderId = string & { readonly __brand: 'ClientOrderId' };
/** `alt_` and 26 characters that sort by the time the alert first occurred. */
export type AlertId = string & { readonly __brand: 'AlertId' };
/** The venue's name for an order. */
export type BrokerOrderId = string & { readonly __brand: 'BrokerOrderId' };

/**
 * What an operator may choose as an id. `~` is left out because it separates the parts of an execution id; the
 * length keeps an execution id within the 128 characters of an SQS deduplication id.
 */
export const CONFIGURED_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,47}$/;

const SIGNAL_ID = /^sig_[0-9a-hjkmnp-tv-z]{26}$/;
const SIGNAL_PREFIX = 'sig_';
const ALERT_ID = /^alt_[0-9a-hjkmnp-tv-z]{26}$/;
const ALERT_PREFIX = 'alt_';
const EXECUTION_SEPARATOR = '~';

/** Crockford's base 32: no letters that are read as digits. Sorts as its values do. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_CHARACTERS = 10;
const HASH_CHARACTERS = 16;
const CLIENT_ORDER_ID_CHARACTERS = 30;

function base32(bytes: Uint8Array, length: number): string {
  let text = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5 && text.length < length) {
      bits -= 5;
      text += ALPHABET[(buffer >> bits) & 31];
    }
    buffer &= (1 << bits) - 1;
  }
  return text;
}

function base32Time(epochMs: number): string {
  let rest = epochMs;
  let text = '';
  for (let position = 0; position < TIME_CHARACTERS; position += 1) {
    text = ALPHABET[rest % 32] + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

function sha256(...parts: readonly string[]): Uint8Array {
  // The length goes in first, so that ("ab","c") and ("a","bc") differ.
  return hash('sha256', parts.map((part) => `${part.length}:${part}`).join(''), 'buffer');
}

/**
 * The id of a signal.
 *
 * @param webhookId the webhook it came through
 * @param key what tells it from other signals of that webhook: the provider's id, else a hash of the payload
 * @param firstSeenAtMs when the first request with that key arrived; the same key may be a new signal another day
 */
export function signalIdOf(webhookId: WebhookId, key: string, firstSeenAtMs: number): SignalId {
  const suffix = base32(sha256(webhookId, key, String(firstSeenAtMs)), HASH_CHARACTERS);
  return `${SIGNAL_PREFIX}${base32Time(firstSeenAtMs)}${suffix}` as SignalId;
}

/** The id under which one account executes one signal for one strategy. */
export function executionIdOf(signalId: SignalId, strategyId: StrategyId, accountId: AccountId): ExecutionId {
  return [signalId, strategyId, accountId].join(EXECUTION_SEPARATOR) as ExecutionId;
}

/** The id an order carries to the venue; the same for every attempt of the same leg of the same execution. */
export function clientOrderIdOf(executionId: ExecutionId, leg: string): ClientOrderId {
  return `of${base32(sha256(executionId, leg), CLIENT_ORDER_ID_CHARACTERS)}` as ClientOrderId;
}

/** Reads a signal id that a client sent; `undefined` when it cannot be one of ours. */
export function parseSignalId(text: string): SignalId | undefined {
  return SIGNAL_ID.test(text) ? (text as SignalId) : undefined;
}

/** Takes an execution id that a client sent apart; `undefined` when it cannot be one of ours. */
export function parseExecutionId(
  text: string,
):
  | { executionId: ExecutionId; signalId: SignalId; strategyId: StrategyId; accountId: AccountId }
  | undefined {
  const [signal = '', strategy = '', account = '', ...rest] = text.split(EXECUTION_SEPARATOR);
  const signalId = parseSignalId(signal);
  if (!signalId || !CONFIGURED_ID.test(strategy) || !CONFIGURED_ID.test(account) || rest.length > 0) {
    return undefined;
  }
  return {
    executionId: text as ExecutionId,
    signalId,
    strategyId: strategy as StrategyId,
    accountId: account as AccountId,
  };
}

/** When a signal was first seen, as its id tells. Milliseconds since the epoch. */
export function signalTimeMsOf(signalId: SignalId): number {
  let epochMs = 0;
  for (const character of signalId.slice(SIGNAL_PREFIX.length, SIGNAL_PREFIX.length + TIME_CHARACTERS)) {
    epochMs = epochMs * 32 + ALPHABET.indexOf(character);
  }
  return epochMs;
}

/** What the ids of all signals first seen in this millisecond begin with. */
export function signalIdPrefixAt(epochMs: number): string {
  return `${SIGNAL_PREFIX}${base32Time(epochMs)}`;
}

/**
 * The id under which an alert is kept.
 *
 * @param parts what tells it from others that first occurred in the same millisecond
 */
export function alertIdOf(firstAtMs: number, parts: readonly string[]): AlertId {
  return `${alertIdPrefixAt(firstAtMs)}${base32(sha256(...parts), HASH_CHARACTERS)}` as AlertId;
}

/** What the ids of all alerts begin with that first occurred in this millisecond. */
export function alertIdPrefixAt(epochMs: number): string {
  return `${ALERT_PREFIX}${base32Time(epochMs)}`;
}

/** Reads an alert id that a client sent; `undefined` when it cannot be one of ours. */
export function parseAlertId(text: string): AlertId | undefined {
  return ALERT_ID.test(text) ? (text as AlertId) : undefined;
}

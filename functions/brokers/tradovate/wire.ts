import * as z from 'zod/mini';
import type { VenueEnvironment } from '../../core/configuration.ts';
import { parseJson } from '../../shared/json.ts';
import type { UnknownOutcome } from '../broker.ts';
import { OWN_CONNECTION } from '../own-connection.ts';
import { unanswered } from '../unanswered.ts';

/** How Tradovate is reached. */
export interface Wire {
  readonly fetch: typeof fetch;
  readonly baseUrl: string;
}

/** Where Tradovate is, or the fake that takes its place. */
export function tradovateUrl(environment: VenueEnvironment, fake: string | undefined): string {
  return `${fake ?? `https://${environment}.tradovateapi.com`}/v1`;
}

/** The fields of a request; money and long numbers as {@link JsonNumber}, so that none goes through a float. */
export type WireBody = Readonly<Record<string, unknown>>;

export interface WireRequest {
  /** Behind the base, with its query. */
  readonly path: string;
  /** JSON; a request without is a GET. */
  readonly body?: string | undefined;
  readonly token?: string;
  /** Ends the wait for the answer. */
  readonly signal: AbortSignal;
}

/**
 * What became of one request. After `penalty` and `busy` nothing was done, and after `status`, which is none of 2xx and 5xx,
 * as far as that says so. A 5xx, like no answer, says nothing.
 */
export type WireAnswer =
  | { readonly kind: 'answer'; readonly body: unknown }
  | {
      readonly kind: 'penalty';
      readonly ticket: string;
      readonly waitMs: number;
      readonly hasCaptcha: boolean;
    }
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'busy'; readonly retryAfterMs: number; readonly message: string }
  | UnknownOutcome;

const penaltyShape = z.object({
  'p-ticket': z._default(z.string(), ''),
  'p-time': z._default(z.number(), 0),
  'p-captcha': z._default(z.boolean(), false),
});

/** Sends one request, once, and reads its answer. Never throws. */
export async function send(wire: Wire, { path, body, token, signal }: WireRequest): Promise<WireAnswer> {
  try {
    const response = await wire.fetch(`${wire.baseUrl}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        accept: 'application/json',
        ...OWN_CONNECTION,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      // A redirected order would be sent twice, and the token to whoever is named.
      redirect: 'manual',
      signal,
      ...(body === undefined ? {} : { body }),
    });
    return read(response.status, await response.text());
  } catch (error) {
    return unanswered('Tradovate', error);
  }
}

function read(status: number, text: string): WireAnswer {
  if (status >= 500) {
    return { kind: 'unknown', cause: 'unavailable', message: `Tradovate answered ${status}.` };
  }
  if (status < 200 || status > 299) {
    return { kind: 'status', status };
  }
  const parsed = parseJson(text, { exactNumbers: true });
  if (!parsed.ok) {
    return UNREADABLE;
  }
  return hasPenalty(parsed.value) ? penalty(text) : { kind: 'answer', body: parsed.value };
}

/** An answer with 200 that cannot be read: what was asked for may have been done. */
export const UNREADABLE: UnknownOutcome = {
  kind: 'unknown',
  cause: 'unavailable',
  message: "Tradovate's answer cannot be read.",
};

function hasPenalty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && ('p-ticket' in value || 'p-captcha' in value);
}

/** Seconds are no money. */
function penalty(text: string): WireAnswer {
  const read = z.safeParse(penaltyShape, JSON.parse(text));
  if (!read.success) {
    return UNREADABLE;
  }
  const { 'p-ticket': ticket, 'p-time': seconds, 'p-captcha': hasCaptcha } = read.data;
  return { kind: 'penalty', ticket, waitMs: seconds * 1_000, hasCaptcha };
}

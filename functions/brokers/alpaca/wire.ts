import type { UnknownOutcome } from '../broker.ts';

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

/** An answer that cannot be read: what was asked for may have been done. */
export const UNREADABLE: UnknownOutcome = {
  kind: 'unknown',
  cause: 'unavailable',
  message: "Alpaca's answer cannot be read.",
};

const RETRY_AFTER = { defaultMs: 1_000, minMs: 100, maxMs: 60_000 } as const;

/** What is left to say of an answer that tells nothing of what was asked. */
export function unknownFrom(answer: AlpacaAnswer): UnknownOutcome {
  switch (answer.kind) {
    case 'unknown':
      return answer;
    case 'busy':
    case 'unauthorized':
      return { kind: 'unknown', cause: 'unavailable', message: answer.message };
    case 'answer':
      return {
        kind: 'unknown',
        cause: 'unavailable',
        message: `Alpaca's answer ${answer.status} tells nothing.`,
      };
  }
}

/** How long to wait, by `retry-after` in seconds, else by the second in which the limit starts anew. */
export function retryAfterMs(headers: Headers, nowMs: number): number {
  const [after, resetAt] = [headers.get('retry-after'), headers.get('x-ratelimit-reset')];
  const waitMs = isSeconds(after)
    ? Number(after) * 1_000
    : isSeconds(resetAt)
      ? Number(resetAt) * 1_000 - nowMs
      : RETRY_AFTER.defaultMs;
  return Math.min(Math.max(waitMs, RETRY_AFTER.minMs), RETRY_AFTER.maxMs);
}

function isSeconds(text: string | null): text is string {
  return text !== null && /^\d{1,12}$/.test(text);
}

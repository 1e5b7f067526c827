import type { UnknownOutcome } from '../broker.ts';

/** Failures before there was a connection, by Node's and undici's codes: nothing can have been sent. */
const NOT_CONNECTED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'];

const RETRY_AFTER = { defaultMs: 1_000, minMs: 100, maxMs: 60_000 } as const;

/** What a request came to that `fetch` gave no answer to. The words are ours: an error's own may quote a header. */
export function failed(
  error: unknown,
  deadline: AbortSignal,
): UnknownOutcome | { readonly kind: 'busy'; readonly retryAfterMs: number; readonly message: string } {
  if (deadline.aborted) {
    return { kind: 'unknown', cause: 'timeout', message: 'Alpaca did not answer in time.' };
  }
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return NOT_CONNECTED.includes(code)
    ? { kind: 'busy', retryAfterMs: RETRY_AFTER.defaultMs, message: `Alpaca cannot be reached: ${code}.` }
    : { kind: 'unknown', cause: 'connection', message: 'The connection to Alpaca broke.' };
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

const RETRY_AFTER = { defaultMs: 1_000, minMs: 100, maxMs: 60_000 } as const;

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

import type { UnknownOutcome } from './broker.ts';

/** Failures before there was a connection, by Node's and undici's codes: nothing can have been sent. */
const NOT_CONNECTED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'];

const NOT_CONNECTED_WAIT_MS = 1_000;

/**
 * What a request came to that `fetch` gave no answer to. The words are ours: an error's own may quote a header.
 *
 * @param venue its name, for people
 */
export function unanswered(
  venue: string,
  error: unknown,
): UnknownOutcome | { readonly kind: 'busy'; readonly retryAfterMs: number; readonly message: string } {
  if (error instanceof Error && error.name === 'TimeoutError') {
    return { kind: 'unknown', cause: 'timeout', message: `${venue} did not answer in time.` };
  }
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return NOT_CONNECTED.includes(code)
    ? {
        kind: 'busy',
        retryAfterMs: NOT_CONNECTED_WAIT_MS,
        message: `${venue} cannot be reached: ${code}.`,
      }
    : { kind: 'unknown', cause: 'connection', message: `The connection to ${venue} broke.` };
}

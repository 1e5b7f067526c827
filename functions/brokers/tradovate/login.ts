import * as z from 'zod/mini';
import { assertNever } from '../../core/errors.ts';
import type { TradovateLogin } from './credentials.ts';
import { send, type Wire, type WireAnswer } from './wire.ts';

/** Tradovate asks for an hour without any request after these: 423 comes before 429. */
export const BLOCKING_STATUSES: readonly number[] = [423, 429];

const REFUSING_STATUSES: readonly number[] = [400, 401, 403];

/**
 * What a login or a renewal came to. `refused`: the credentials, or the token, are no good. `wait`: Tradovate did not look
 * at it, and with a ticket wants the same again after so long; without `waitMs` it wants to be left alone. `failed`: nobody
 * knows.
 */
export type LoginAnswer =
  | { readonly kind: 'token'; readonly accessToken: string; readonly expiresAtMs: number }
  | { readonly kind: 'refused' }
  | { readonly kind: 'wait'; readonly waitMs?: number; readonly ticket?: string }
  | { readonly kind: 'failed' };

const tokenShape = z.object({
  errorText: z.optional(z.string()),
  accessToken: z.optional(z.string().check(z.minLength(1))),
  expirationTime: z.optional(z.pipe(z.string(), z.transform(Date.parse))),
});

/** Logs in. A new login may end another session of the same user. */
export async function logIn(
  wire: Wire,
  login: TradovateLogin,
  ticket: string | undefined,
  signal: AbortSignal,
): Promise<LoginAnswer> {
  const body = JSON.stringify({ ...login, ...(ticket === undefined ? {} : { 'p-ticket': ticket }) });
  return read(await send(wire, { path: '/auth/accesstokenrequest', body, signal }));
}

/** Makes the session of a token last longer, without beginning another. */
export async function renew(wire: Wire, token: string, signal: AbortSignal): Promise<LoginAnswer> {
  return read(await send(wire, { path: '/auth/renewaccesstoken', token, signal }));
}

function read(answer: WireAnswer): LoginAnswer {
  switch (answer.kind) {
    case 'answer':
      return readToken(answer.body);
    case 'penalty':
      return answer.hasCaptcha
        ? { kind: 'wait' }
        : { kind: 'wait', waitMs: answer.waitMs, ticket: answer.ticket };
    case 'status':
      return { kind: kindOf(answer.status) };
    case 'busy':
    case 'unknown':
      return { kind: 'failed' };
    default:
      return assertNever(answer);
  }
}

function kindOf(status: number): 'wait' | 'refused' | 'failed' {
  if (BLOCKING_STATUSES.includes(status)) {
    return 'wait';
  }
  return REFUSING_STATUSES.includes(status) ? 'refused' : 'failed';
}

/** A login that is refused is answered with 200 and a text, which may repeat what was sent and so is not repeated. */
function readToken(body: unknown): LoginAnswer {
  const read = z.safeParse(tokenShape, body);
  if (!read.success) {
    return { kind: 'failed' };
  }
  const { errorText, accessToken, expirationTime } = read.data;
  if (errorText) {
    return { kind: 'refused' };
  }
  return accessToken === undefined || expirationTime === undefined || Number.isNaN(expirationTime)
    ? { kind: 'failed' }
    : { kind: 'token', accessToken, expiresAtMs: expirationTime };
}

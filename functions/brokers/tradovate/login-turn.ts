import type { Clock } from '../../core/clock.ts';
import type { TradovateLogin } from './credentials.ts';
import type { LoginAnswer } from './login.ts';
import type { SessionMemory, TokenOutcome } from './memory.ts';
import {
  keepToken,
  type LoginRight,
  type NewToken,
  noteFailure,
  type SessionItem,
  type SessionStore,
  takeLogin,
} from './session-item.ts';
import type { TradovateTiming } from './timing.ts';
import type { Wire } from './wire.ts';

/** The session of a login, and what it is kept with. */
export interface Session {
  readonly store: SessionStore;
  readonly wire: Wire;
  readonly login: TradovateLogin;
  /** What this environment knows of it. */
  readonly memory: SessionMemory;
  /** Which environment this is; no other says the same of itself. */
  readonly environmentId: string;
  readonly clock: Clock;
  readonly timing: TradovateTiming;
}

/** What there is instead of a token while the credentials are refused. */
export const REFUSED = { kind: 'refused', message: 'Tradovate refused the credentials.' } as const;

/** What there is instead of a token when somebody may have one soon. */
export function notYet({ timing }: Session, message: string): TokenOutcome {
  return { kind: 'not-yet', retryAfterMs: timing.tokenWaitMs, message };
}

/**
 * Logs in, or renews, if nobody else is about to, and keeps for all what came of it. One that dies on the way lets the
 * others wait for as long as its right lasts.
 *
 * @param seen the session as it was read
 * @returns `undefined` when it is somebody else's turn
 */
export async function takeTurn(
  session: Session,
  seen: SessionItem,
  attempt: (signal: AbortSignal) => Promise<LoginAnswer>,
): Promise<TokenOutcome | undefined> {
  const { store, clock, timing, environmentId } = session;
  const nowMs = clock.now();
  if (seen.loginUntilMs !== undefined && seen.loginUntilMs >= nowMs) {
    return undefined;
  }
  const right = { owner: environmentId, untilMs: nowMs + timing.loginRightMs };
  if (!(await takeLogin(store, right, seen, nowMs))) {
    return undefined;
  }
  if (clock.now() + timing.loginMs > right.untilMs) {
    // Lambda may have frozen this environment meanwhile. A login now could end the session of somebody who came later.
    return undefined;
  }
  const answer = await attempt(AbortSignal.timeout(timing.loginMs));
  return answer.kind === 'token'
    ? keep(session, right, { ...answer, obtainedAtMs: clock.now() })
    : note(session, right, seen, answer);
}

async function keep(
  session: Session,
  right: LoginRight,
  { accessToken, expiresAtMs, obtainedAtMs }: NewToken,
): Promise<TokenOutcome> {
  const { store, memory } = session;
  const token = { accessToken, expiresAtMs, obtainedAtMs };
  memory.token = token;
  // A token that only this environment knows of is better than another login.
  if (await keepToken(store, right, token).catch(() => true)) {
    return { kind: 'token', token: accessToken };
  }
  delete memory.token;
  return notYet(session, 'The login at Tradovate took so long that somebody else made another.');
}

async function note(
  { store, clock, timing }: Session,
  right: LoginRight,
  seen: SessionItem,
  answer: Exclude<LoginAnswer, { kind: 'token' }>,
): Promise<TokenOutcome> {
  const nowMs = clock.now();
  const failures = seen.failures + 1;
  const isRefused = answer.kind === 'refused';
  const waitMs = waitAfter(answer, failures, timing);
  const ticket = answer.kind === 'wait' && answer.ticket !== undefined ? { ticket: answer.ticket } : {};
  await noteFailure(store, right, { notBeforeMs: nowMs + waitMs, failures, isRefused, ...ticket }, nowMs);
  return isRefused
    ? REFUSED
    : { kind: 'not-yet', retryAfterMs: waitMs, message: 'The login at Tradovate failed.' };
}

function waitAfter(
  answer: Exclude<LoginAnswer, { kind: 'token' }>,
  failures: number,
  { refusedMs, blockMs, loginBackoffMs, loginBackoffMaxMs }: TradovateTiming,
): number {
  switch (answer.kind) {
    case 'refused':
      return refusedMs;
    case 'wait':
      return answer.waitMs ?? blockMs;
    case 'failed':
      return Math.min(loginBackoffMaxMs, loginBackoffMs * 2 ** (failures - 1));
  }
}

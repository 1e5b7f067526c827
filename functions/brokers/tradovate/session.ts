import { setTimeout as wait } from 'node:timers/promises';
import { logIn, renew } from './login.ts';
import { notYet, REFUSED, type Session, takeTurn } from './login-turn.ts';
import type { TokenOutcome } from './memory.ts';
import { blockSession, dropToken, type NewToken, readSession, type SessionItem } from './session-item.ts';

/**
 * A token that is good now, from this environment's memory, else from the item that all environments share, else from a
 * login, which one of them makes while the others wait for it. A token that is about to end is renewed beside the call.
 *
 * Waits no longer than a call may. Never throws: without the store there is no token, and nothing is sent.
 */
export function tokenOf(session: Session): Promise<TokenOutcome> | TokenOutcome {
  const { memory, clock, timing } = session;
  const nowMs = clock.now();
  if (memory.blockedUntilMs > nowMs) {
    return blocked(memory.blockedUntilMs - nowMs);
  }
  if (isUsable(session, memory.token)) {
    if (isRenewalDue(session, memory.token)) {
      renewBeside(session);
    }
    return { kind: 'token', token: memory.token.accessToken };
  }
  memory.obtaining ??= obtain(session)
    .catch(() => notYet(session, 'The session with Tradovate could not be read or written.'))
    .finally(() => {
      delete memory.obtaining;
    });
  const tooLate = notYet(session, 'Somebody is still logging in at Tradovate.');
  return Promise.race([memory.obtaining, wait(timing.tokenWaitMs, tooLate, { ref: false })]);
}

/**
 * Gives up a token that Tradovate did not accept, so that the next one is asked for.
 *
 * @returns false when the token is so young that another login would not help
 */
export async function giveUp(session: Session, token: string): Promise<boolean> {
  const { memory, clock, timing } = session;
  const held = memory.token;
  if (held?.accessToken !== token) {
    return true;
  }
  if (clock.now() - held.obtainedAtMs < timing.youngTokenMs) {
    return false;
  }
  await drop(session, token).catch(() => undefined);
  return true;
}

/** Sends nothing for a while, as Tradovate wants it, and tells the others. @returns for how long */
export async function block({ memory, store, clock, timing }: Session): Promise<number> {
  const nowMs = clock.now();
  memory.blockedUntilMs = nowMs + timing.blockMs;
  await blockSession(store, memory.blockedUntilMs, nowMs).catch(() => undefined);
  return timing.blockMs;
}

/** Looks for a token in the item, and logs in if there is none and nobody else is about to. */
async function obtain(session: Session): Promise<TokenOutcome> {
  const { store, wire, login, timing } = session;
  for (let waitedMs = 0; waitedMs <= timing.tokenWaitMs; waitedMs += timing.tokenPollMs) {
    const seen = await readSession(store);
    const outcome =
      outcomeIn(session, seen) ??
      (await takeTurn(session, seen, (signal) => logIn(wire, login, seen.ticket, signal)));
    if (outcome) {
      return outcome;
    }
    await wait(timing.tokenPollMs);
  }
  return notYet(session, 'Somebody else is logging in at Tradovate.');
}

/** What the item says: a token, or why there is to be none; `undefined` when somebody has to log in. */
function outcomeIn(session: Session, seen: SessionItem): TokenOutcome | undefined {
  const { memory, clock } = session;
  const nowMs = clock.now();
  if (seen.blockedUntilMs > nowMs) {
    memory.blockedUntilMs = seen.blockedUntilMs;
    return blocked(seen.blockedUntilMs - nowMs);
  }
  const token = tokenIn(seen);
  if (isUsable(session, token)) {
    memory.token = token;
    return { kind: 'token', token: token.accessToken };
  }
  if (seen.notBeforeMs <= nowMs) {
    return undefined;
  }
  const message = 'The last login at Tradovate failed.';
  return seen.isRefused ? REFUSED : { kind: 'not-yet', retryAfterMs: seen.notBeforeMs - nowMs, message };
}

/** Renews the token while its calls go on with it. Whatever keeps it from that, the next call tries again. */
function renewBeside(session: Session): void {
  const { memory } = session;
  memory.renewal ??= renewToken(session)
    .catch(() => undefined)
    .finally(() => {
      delete memory.renewal;
    });
}

/** Another environment may have renewed it already: then its token is taken over. */
async function renewToken(session: Session): Promise<void> {
  const { store, memory, wire } = session;
  const seen = await readSession(store);
  const token = tokenIn(seen);
  if (!isUsable(session, token)) {
    return;
  }
  memory.token = token;
  if (!isRenewalDue(session, token)) {
    return;
  }
  const { accessToken } = token;
  await takeTurn(session, seen, async (signal) => {
    const answer = await renew(wire, accessToken, signal);
    if (answer.kind !== 'refused') {
      return answer;
    }
    // It is the token that is no good: whoever comes next may log in.
    await drop(session, accessToken);
    return { kind: 'wait', waitMs: 0 };
  });
}

async function drop({ memory, store, clock }: Session, token: string): Promise<void> {
  delete memory.token;
  await dropToken(store, token, clock.now());
}

function tokenIn({ accessToken, expiresAtMs, obtainedAtMs }: SessionItem): NewToken | undefined {
  return accessToken === undefined || expiresAtMs === undefined || obtainedAtMs === undefined
    ? undefined
    : { accessToken, expiresAtMs, obtainedAtMs };
}

function isUsable({ clock, timing }: Session, token: NewToken | undefined): token is NewToken {
  return token !== undefined && token.expiresAtMs - clock.now() > timing.tokenFloorMs;
}

function isRenewalDue({ clock, timing }: Session, { expiresAtMs }: NewToken): boolean {
  return expiresAtMs - clock.now() < timing.renewBeforeMs;
}

function blocked(retryAfterMs: number): TokenOutcome {
  return { kind: 'not-yet', retryAfterMs, message: 'Tradovate wants no requests for a while.' };
}

import { randomUUID } from 'node:crypto';
import type { NewToken } from './session-item.ts';

/**
 * A token to send a request with; or none, and then nothing is to be sent: not yet, or because the credentials were
 * refused.
 */
export type TokenOutcome =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'not-yet'; readonly retryAfterMs: number; readonly message: string }
  | { readonly kind: 'refused'; readonly message: string };

/** Tradovate did not look at a request: it wants the same one again, with the ticket, and nothing of its kind before. */
export interface Penalty {
  readonly ticket: string;
  /** What was sent; a question has no body, and nothing to put the ticket in. */
  readonly body: string | undefined;
  /** Milliseconds since the epoch. */
  readonly untilMs: number;
}

/** What this environment knows of the session of one login. */
export interface SessionMemory {
  token?: NewToken;
  /** Nothing is sent before this. Milliseconds since the epoch. */
  blockedUntilMs: number;
  /** One call looks for a token, and those at the same time wait for what it finds. */
  obtaining?: Promise<TokenOutcome>;
  renewal?: Promise<void>;
  /** By what was asked for. */
  readonly penalties: Map<string, Penalty>;
}

/** What an environment remembers of Tradovate from call to call. Losing it costs a few requests. */
export interface TradovateMemory {
  /** Tells the environments apart. */
  readonly environmentId: string;
  /** By the session item's key. */
  readonly sessions: Map<string, SessionMemory>;
  /** The names of contracts, by environment and number. A contract keeps its name. */
  readonly contracts: Map<string, string>;
}

/** The memory of an environment that has just begun. */
export function createTradovateMemory(): TradovateMemory {
  return { environmentId: randomUUID(), sessions: new Map(), contracts: new Map() };
}

/** What the environment knows of a login's session, from now on if it knew nothing. */
export function sessionMemoryOf(memory: TradovateMemory, key: string): SessionMemory {
  const known = memory.sessions.get(key) ?? { blockedUntilMs: 0, penalties: new Map() };
  memory.sessions.set(key, known);
  return known;
}

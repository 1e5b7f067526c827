import type { Clock } from '../core/clock.ts';
import { isInTime, type TokenHolder } from '../ledger/tokens.ts';

/** What the authorizer tells the admin function of the caller. */
export interface AuthorizerContext {
  readonly role: TokenHolder['role'] | 'anonymous';
  /** Empty for the anonymous. */
  readonly tokenId: string;
  /** What the token is bound to, with spaces between: API Gateway hands on text. Absent: nothing binds it. */
  readonly scopes?: string;
}

/** What finding out who asks needs from the outside. */
export interface Authorization {
  /** Who holds a token, or `undefined` when it was never issued or is revoked. */
  readonly findTokenHolder: (token: string) => Promise<TokenHolder | undefined>;
  readonly clock: Clock;
}

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]{1,256}=*) *$/i;
const ANONYMOUS: AuthorizerContext = { role: 'anonymous', tokenId: '' };

/** How long a token that was revoked may still be taken for valid by one environment. */
const REMEMBERED_MS = 30_000;
/** No deployment has as many operators at once; it keeps the memory of an environment bounded. */
const REMEMBERED_MAX = 1_000;

/**
 * Says who sent an `Authorization` header. Valid tokens are remembered for 30 seconds; unknown ones never, so that
 * a token works at once when it is issued. An expired one is worth nothing, remembered or not.
 *
 * @throws whatever the look-up throws: when nobody can tell who asks, nobody is let in
 */
export function createAuthorizer({ findTokenHolder, clock }: Authorization) {
  const remembered = new Map<string, { readonly holder: TokenHolder; readonly untilMs: number }>();

  return async (header: string | undefined): Promise<AuthorizerContext> => {
    const token = BEARER.exec(header ?? '')?.[1];
    if (token === undefined) {
      return ANONYMOUS;
    }
    const nowMs = clock.now();
    const known = remembered.get(token);
    if (known && nowMs < known.untilMs) {
      return isInTime(known.holder, nowMs) ? asContext(known.holder) : ANONYMOUS;
    }
    remembered.delete(token);
    const holder = await findTokenHolder(token);
    if (!holder || !isInTime(holder, nowMs)) {
      return ANONYMOUS;
    }
    forgetOldest(remembered);
    remembered.set(token, { holder, untilMs: nowMs + REMEMBERED_MS });
    return asContext(holder);
  };
}

function asContext({ role, tokenId, scopes }: TokenHolder): AuthorizerContext {
  return { role, tokenId, ...(scopes === undefined ? {} : { scopes: scopes.join(' ') }) };
}

/** A map keeps the order in which entries came, so the first is the oldest. */
function forgetOldest(remembered: Map<string, unknown>): void {
  const [oldest] = remembered.keys();
  if (remembered.size >= REMEMBERED_MAX && oldest !== undefined) {
    remembered.delete(oldest);
  }
}

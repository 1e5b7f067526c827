import type { VenueAnswer, VenueRequest } from '../http-venue.ts';

/** Who may log in at the fake. */
export type FakeLogin = Readonly<
  Record<'name' | 'password' | 'appId' | 'appVersion' | 'deviceId' | 'cid' | 'sec', string>
>;

const TOKEN_LASTS_MS = 80 * 60_000;
/** A login beyond these ends the oldest session. */
const SESSIONS_MAX = 2;

/** Logins, tokens that expire, and sessions that end when there are too many. */
export class FakeSessions {
  /** Which credentials are good; a test changes them to rotate them. */
  login: FakeLogin;
  /** How many logins there were, good or bad, and how many renewals. */
  logins = 0;
  renewals = 0;
  readonly #now: () => number;
  readonly #expiresAtMs = new Map<string, number>();

  constructor(login: FakeLogin, now: () => number) {
    this.login = login;
    this.#now = now;
  }

  /** Ends every session, as somebody else's logins would. */
  endAll(): void {
    this.#expiresAtMs.clear();
  }

  /** Whether a request comes from a session. */
  isOpen({ headers }: VenueRequest): boolean {
    const token = (headers.authorization ?? '').replace('Bearer ', '');
    return (this.#expiresAtMs.get(token) ?? 0) > this.#now();
  }

  logIn({ body }: VenueRequest): VenueAnswer {
    this.logins += 1;
    const { 'p-ticket': _, ...sent } = JSON.parse(body);
    if (Object.entries(this.login).some(([field, value]) => sent[field] !== value)) {
      // Hostile on purpose: it repeats what it was sent.
      return { status: 200, body: { errorText: `Incorrect username or password: ${sent.password}` } };
    }
    const [oldest] = this.#expiresAtMs.keys();
    if (this.#expiresAtMs.size >= SESSIONS_MAX && oldest !== undefined) {
      this.#expiresAtMs.delete(oldest);
    }
    return this.#issue(`token-${this.logins}-${this.login.sec}`);
  }

  renew({ headers }: VenueRequest): VenueAnswer {
    this.renewals += 1;
    const token = (headers.authorization ?? '').replace('Bearer ', '');
    this.#expiresAtMs.delete(token);
    return this.#issue(`renewed-${this.renewals}-${this.login.sec}`);
  }

  #issue(accessToken: string): VenueAnswer {
    const expiresAtMs = this.#now() + TOKEN_LASTS_MS;
    this.#expiresAtMs.set(accessToken, expiresAtMs);
    return {
      status: 200,
      body: {
        accessToken,
        expirationTime: new Date(expiresAtMs).toISOString(),
        userStatus: 'Active',
        userId: 7,
      },
    };
  }
}

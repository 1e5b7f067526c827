import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../../core/clock.ts';
import type { TradovateAccount, VenueEnvironment } from '../../core/configuration.ts';
import { assertNever } from '../../core/errors.ts';
import { canonicalJson } from '../../shared/json.ts';
import type { UnknownOutcome } from '../broker.ts';
import { type NotDone, orNone } from '../credentials.ts';
import type { VenueAccess } from '../venue-access.ts';
import { credentialsShape, loginHash, loginOf, type TradovateCredentials } from './credentials.ts';
import { BLOCKING_STATUSES } from './login.ts';
import type { Session } from './login-turn.ts';
import { sessionMemoryOf, type TokenOutcome } from './memory.ts';
import { block, giveUp, tokenOf } from './session.ts';
import { sessionKey } from './session-item.ts';
import type { TradovateTiming } from './timing.ts';
import { send, tradovateUrl, type WireAnswer, type WireBody } from './wire.ts';

/** What the adapter calls Tradovate with. */
export interface TradovateDependencies extends VenueAccess {
  /** The table that has the sessions. */
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly clock: Clock;
}

/** How one account at Tradovate is called. */
export interface TradovateSettings {
  readonly account: Pick<TradovateAccount, 'credentials' | 'environment'>;
  readonly dependencies: TradovateDependencies;
  readonly timing: TradovateTiming;
}

/** What a request came to. `refused`: a 4xx, so it was not done. */
export type Answer =
  | { readonly kind: 'answer'; readonly body: unknown }
  | { readonly kind: 'refused'; readonly status: number }
  | NotDone
  | UnknownOutcome;

/** One call of the port, while it lasts. */
export interface OpenCall {
  readonly kind: 'open';
  readonly environment: VenueEnvironment;
  readonly account: Pick<TradovateCredentials, 'accountSpec' | 'accountId'>;
  /** Sends a request, with a body a POST. */
  ask(path: string, body?: WireBody): Promise<Answer>;
  /** Sends an order, unless so much of the call is over that its answer would come too late. */
  order(path: string, body: WireBody): Promise<Answer>;
}

const SOON_MS = 500;

/** Gets ready for one call of the port: credentials and a token. */
export async function open(settings: TradovateSettings): Promise<OpenCall | NotDone> {
  const { account, dependencies, timing } = settings;
  const deadline = AbortSignal.timeout(timing.callMs);
  const tooLateToSend = AbortSignal.timeout(timing.sendWithinMs);
  const credentials = await orNone(dependencies.credentials.read(account.credentials, credentialsShape));
  if ('kind' in credentials) {
    return credentials;
  }
  const session = sessionOf(settings, credentials);
  const outcome = await tokenOf(session);
  if (outcome.kind !== 'token') {
    return withoutToken(settings, outcome);
  }
  const { token } = outcome;
  return {
    kind: 'open',
    environment: account.environment,
    account: credentials,
    ask: (path, body) => ask(session, token, { path, body, deadline, sendBy: deadline }),
    order: (path, body) => ask(session, token, { path, body, deadline, sendBy: tooLateToSend }),
  };
}

function sessionOf(
  { account, dependencies, timing }: TradovateSettings,
  credentials: TradovateCredentials,
): Session {
  const { client, tableName, tradovateMemory: memory, fetch, endpoints, clock } = dependencies;
  const key = sessionKey(account.environment, loginHash(credentials));
  return {
    store: { client, tableName, key },
    wire: { fetch, baseUrl: tradovateUrl(account.environment, endpoints.tradovate) },
    login: loginOf(credentials),
    memory: sessionMemoryOf(memory, key.pk),
    environmentId: memory.environmentId,
    clock,
    timing,
  };
}

function withoutToken(
  { account, dependencies }: TradovateSettings,
  outcome: Exclude<TokenOutcome, { kind: 'token' }>,
): NotDone {
  if (outcome.kind === 'not-yet') {
    return { ...outcome, kind: 'busy' };
  }
  dependencies.credentials.forget(account.credentials);
  return { kind: 'unauthorized', message: outcome.message };
}

interface Request {
  readonly path: string;
  readonly body: WireBody | undefined;
  /** When the call is over. */
  readonly deadline: AbortSignal;
  /** When it is too late to send it. */
  readonly sendBy: AbortSignal;
}

/** A request whose token is not accepted was not looked at: it is sent once more, with another token. */
async function ask(session: Session, token: string, request: Request): Promise<Answer> {
  const answer = await askOnce(session, token, request);
  if (answer.kind !== 'refused' || answer.status !== 401) {
    return answer;
  }
  const isWorthAnother = await giveUp(session, token);
  const next = isWorthAnother ? await tokenOf(session) : UNAUTHORIZED;
  switch (next.kind) {
    case 'token': {
      const again = await askOnce(session, next.token, request);
      return again.kind === 'refused' && again.status === 401 ? UNAUTHORIZED : again;
    }
    case 'not-yet':
      return { ...next, kind: 'busy' };
    case 'refused':
    case 'unauthorized':
      return { kind: 'unauthorized', message: next.message };
  }
}

const UNAUTHORIZED = {
  kind: 'unauthorized',
  message: 'Tradovate does not let this login do that, although its session is new.',
} as const;

/** Sends a request, with the ticket that its last attempt got; not before Tradovate wants it. */
async function askOnce(session: Session, token: string, request: Request): Promise<Answer> {
  const { memory, clock, wire } = session;
  if (request.sendBy.aborted) {
    return busy('It was too late to send the request.');
  }
  const penalty = memory.penalties.get(endpointOf(request));
  const waitMs = (penalty?.untilMs ?? 0) - clock.now();
  if (waitMs > 0) {
    return { ...busy('Tradovate wants no such request for a while.'), retryAfterMs: waitMs };
  }
  const ticket = penalty?.body === bodyOf(request) ? penalty?.ticket : undefined;
  if (ticket !== undefined) {
    memory.penalties.delete(endpointOf(request));
  }
  const body = bodyOf(request, ticket);
  const answer = await send(wire, { path: request.path, body, token, signal: request.deadline });
  return judge(session, request, answer);
}

/** Penalties are for all requests of a kind, whatever they ask about. */
function endpointOf({ path }: Request): string {
  return path.split('?', 1)[0] ?? path;
}

function bodyOf({ body }: Request, ticket?: string): string | undefined {
  return body && canonicalJson(ticket === undefined ? body : { ...body, 'p-ticket': ticket });
}

async function judge(session: Session, request: Request, answer: WireAnswer): Promise<Answer> {
  switch (answer.kind) {
    case 'answer':
    case 'busy':
    case 'unknown':
      return answer;
    case 'penalty':
      return answer.hasCaptcha
        ? blockedBy(session, 'Tradovate wants a captcha.')
        : penalized(session, request, answer);
    case 'status':
      return BLOCKING_STATUSES.includes(answer.status)
        ? blockedBy(session, `Tradovate answered ${answer.status}.`)
        : { kind: 'refused', status: answer.status };
    default:
      return assertNever(answer);
  }
}

function penalized(
  { memory, clock }: Session,
  request: Request,
  { ticket, waitMs }: Extract<WireAnswer, { kind: 'penalty' }>,
): NotDone {
  const untilMs = clock.now() + waitMs;
  memory.penalties.set(endpointOf(request), { ticket, body: bodyOf(request), untilMs });
  return { kind: 'busy', retryAfterMs: waitMs, message: 'Tradovate wants the same request again later.' };
}

async function blockedBy(session: Session, message: string): Promise<NotDone> {
  return { kind: 'busy', retryAfterMs: await block(session), message };
}

function busy(message: string): Extract<NotDone, { kind: 'busy' }> {
  return { kind: 'busy', retryAfterMs: SOON_MS, message };
}

import * as z from 'zod/mini';
import type { Clock } from '../../core/clock.ts';
import type { CcxtExchange } from '../../core/configuration.ts';
import { OnefillError } from '../../core/errors.ts';
import type { UnknownOutcome } from '../broker.ts';
import type { CredentialsStore } from '../credentials.ts';
import { OWN_CONNECTION } from '../own-connection.ts';
import { unanswered } from '../unanswered.ts';
import { type Busy, type Failure, failureOf, type Refused, unclear, type VenueWords } from './errors.ts';
import type { CcxtClient, CcxtRequestInit } from './load-exchange.ts';

/** How one account at an exchange is called. */
export interface CallSettings {
  readonly exchange: CcxtExchange;
  readonly words: VenueWords;
  readonly clock: Clock;
  readonly load: () => Promise<CcxtClient>;
  readonly fetch: typeof fetch;
  readonly credentials: CredentialsStore;
  /** The name of the account's credentials. */
  readonly credentialsName: string;
  /** For one call of the port, however many requests it takes. */
  readonly timeoutMs: number;
}

/** One request, in the venue's own words. Amounts are text: ccxt's unified calls round them and go through floats. */
export interface CcxtRequest {
  readonly path: string;
  readonly api: string | readonly string[];
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** One call of the port. */
export interface Call {
  readonly exchange: CcxtExchange;
  /** Sends a request, once, and reads its answer; never throws. */
  ask<Answer>(request: CcxtRequest, shape: z.ZodMiniType<Answer>): Promise<Asked<Answer>>;
  /** A currency by its usual name. */
  currencyOf(id: string): Promise<string>;
  nowMs(): number;
  /** The venue said something that says nothing. */
  unreadable(): UnknownOutcome;
}

/** What a request came to. */
export type Asked<Answer> = { readonly kind: 'answer'; readonly answer: Answer } | Failure;

// A header takes no line break, and the error about one would quote it.
const keysShape = z.object({
  apiKey: z.string().check(z.regex(/^[\x21-\x7e]{1,256}$/)),
  secret: z.string().check(z.minLength(1), z.maxLength(4_096)),
});
type Keys = z.output<typeof keysShape>;

const SOON_MS = 500;

/** Begins one call of the port: all its requests share one deadline. */
export function beginCall(settings: CallSettings): Call {
  const deadline = AbortSignal.timeout(settings.timeoutMs);
  return {
    exchange: settings.exchange,
    ask: (request, shape) => ask(settings, deadline, request, shape),
    currencyOf: async (id) => (await settings.load()).safeCurrencyCode(id),
    nowMs: () => settings.clock.now(),
    unreadable: () => unclear(settings.exchange),
  };
}

async function ask<Answer>(
  settings: CallSettings,
  deadline: AbortSignal,
  { path, api, method, parameters }: CcxtRequest,
  shape: z.ZodMiniType<Answer>,
): Promise<Asked<Answer>> {
  const ready = await prepare(settings);
  if ('kind' in ready) {
    return ready;
  }
  if (deadline.aborted) {
    return busy(`It was too late to ask ${settings.exchange}.`);
  }
  const { client, wire } = sessionOf(settings, ready, deadline);
  try {
    const parsed = z.safeParse(shape, await client.request(path, api, method, parameters));
    return (
      wire.failure ?? (parsed.success ? { kind: 'answer', answer: parsed.data } : unclear(settings.exchange))
    );
  } catch (error) {
    const failure = wire.failure ?? failureOf(settings, error);
    if (failure.kind === 'refused' && failure.reason === 'unauthorized') {
      settings.credentials.forget(settings.credentialsName);
    }
    return failure.kind === 'unknown' && !wire.isSent
      ? unauthorized(`The credentials of this account cannot sign a request to ${settings.exchange}.`)
      : failure;
  }
}

interface Ready {
  readonly exchange: CcxtClient;
  readonly keys: Keys;
}

async function prepare(settings: CallSettings): Promise<Ready | Refused | Busy> {
  try {
    const keys = settings.credentials.read(settings.credentialsName, keysShape);
    const [exchange, read] = await Promise.all([settings.load(), keys]);
    return { exchange, keys: read };
  } catch (error) {
    if (!(error instanceof OnefillError) || error.disposition !== 'terminal') {
      return busy(`The credentials for ${settings.exchange} could not be read.`);
    }
    const refused = unauthorized(error.message);
    return error.code === 'CREDENTIALS_INVALID' ? refused : { ...refused, code: error.code };
  }
}

/**
 * The exchange for one request: the credentials, and what ccxt notes while it works, are in an object of its own, which
 * goes when the request has ended.
 */
function sessionOf(settings: CallSettings, { exchange, keys }: Ready, deadline: AbortSignal) {
  const wire: Wire = { isSent: false };
  const client: CcxtClient = Object.create(exchange);
  client.apiKey = keys.apiKey;
  client.secret = keys.secret;
  client.options = { ...exchange.options };
  client.fetchImplementation = (url, request) => send(settings, wire, deadline, { url, ...request });
  return { client, wire };
}

/** What became of a request on its way, which ccxt's errors tell less of. */
interface Wire {
  isSent: boolean;
  failure?: UnknownOutcome | Busy;
}

/** Sends a request of ccxt's and reads the whole answer, both before the deadline. */
async function send(
  { fetch, exchange }: CallSettings,
  wire: Wire,
  deadline: AbortSignal,
  { url, method, headers, body }: CcxtRequestInit & { readonly url: string },
): Promise<Response> {
  wire.isSent = true;
  try {
    const response = await fetch(url, {
      method,
      headers: { ...headers, ...OWN_CONNECTION },
      // A redirected order could be sent twice, and the credentials to whoever is named.
      redirect: 'error',
      signal: deadline,
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    if (response.status >= 500) {
      // Whatever its body says, which may be a gateway's.
      wire.failure = unclear(exchange);
    }
    return new Response(text === '' ? null : text, response);
  } catch (error) {
    wire.failure = unanswered(exchange, error);
    throw error;
  }
}

function unauthorized(message: string): Refused {
  return { kind: 'refused', reason: 'unauthorized', code: 'UNAUTHORIZED', message };
}

function busy(message: string): Busy {
  return { kind: 'busy', retryAfterMs: SOON_MS, message };
}

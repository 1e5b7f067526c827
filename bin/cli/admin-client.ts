import * as z from 'zod/mini';
import { RefusedError, UnreachableError } from './errors.ts';

/** Beyond what the slowest route may take. */
const TIMEOUT_MS = 30_000;

const DETAILS_SHOWN_MAX = 5;

const errorShape = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    correlationId: z.string(),
    details: z.optional(z.array(z.object({ field: z.string(), message: z.string() }))),
  }),
});

/** A page of any list. */
const pageShape = z.object({
  items: z.array(z.record(z.string(), z.unknown())),
  nextCursor: z.optional(z.string()),
});

/** One entry of a list, as the API answers it. */
export type Item = Readonly<Record<string, unknown>>;
export type Page = Readonly<z.output<typeof pageShape>>;
/** The parameters of a query; those without a value are left out. */
export type Query = Readonly<Record<string, string | undefined>>;

const PAGE_ITEMS_MAX = 100;

/**
 * Speaks the admin API (docs/openapi.yaml) as an operator would.
 *
 * Every method throws a {@link RefusedError} with the API's own words when it refuses, and an {@link UnreachableError}
 * when there is no answer or none of the API's.
 */
export class AdminClient {
  readonly url: string;
  private readonly token: string;

  constructor(url: string, token: string) {
    this.url = url;
    this.token = token;
  }

  get(path: string, query: Query = {}): Promise<unknown> {
    return this.send('GET', `${path}${queryText(query)}`);
  }

  put(path: string, body: unknown): Promise<unknown> {
    return this.send('PUT', path, body);
  }

  post(path: string, body: unknown): Promise<unknown> {
    return this.send('POST', path, body);
  }

  delete(path: string, query: Query = {}): Promise<unknown> {
    return this.send('DELETE', `${path}${queryText(query)}`);
  }

  async page(path: string, query: Query = {}): Promise<Page> {
    return readAs(pageShape, await this.get(path, query), path);
  }

  /** The items of a list in their order, over as many pages as it takes. @param limit how many at most */
  async *items(path: string, query: Query = {}, limit = Number.POSITIVE_INFINITY): AsyncGenerator<Item> {
    let left = limit;
    let cursor: string | undefined;
    do {
      const count = String(Math.min(left, PAGE_ITEMS_MAX));
      const page = await this.page(path, { ...query, limit: count, cursor });
      yield* page.items.slice(0, left);
      left -= page.items.length;
      cursor = page.nextCursor;
    } while (cursor !== undefined && left > 0);
  }

  /** As {@link items}, all at once. */
  async list(path: string, query: Query = {}, limit = Number.POSITIVE_INFINITY): Promise<Item[]> {
    const found: Item[] = [];
    for await (const item of this.items(path, query, limit)) {
      found.push(item);
    }
    return found;
  }

  /** Reads whatever is answered, refusals as well. */
  async read(path: string): Promise<{ readonly status: number; readonly body: unknown }> {
    const { status, text } = await this.request('GET', path);
    return { status, body: parseOrNothing(text) };
  }

  private async send(method: string, path: string, body?: unknown): Promise<unknown> {
    const { status, text } = await this.request(method, path, body);
    if (status < 200 || status > 299) {
      throw failureOf(status, text, `${method} ${path.split('?')[0]}`);
    }
    return text === '' ? undefined : parseAnswer(text, this.url);
  }

  private request(method: string, path: string, body?: unknown) {
    return exchange(`${this.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }
}

/** A request and its whole answer. @throws UnreachableError when there is none */
export async function exchange(url: string, request: RequestInit) {
  try {
    // A redirect leads away from Onefill, and must not get the credentials.
    const init = { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS), ...request } as const;
    const response = await fetch(url, init);
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (error) {
    throw new UnreachableError(`${new URL(url).origin} does not answer: ${causeOf(error)}`);
  }
}

/** What an answer that is no success means. @param what was asked for, without secrets */
export function failureOf(status: number, text: string, what: string): RefusedError | UnreachableError {
  const refusal = z.safeParse(errorShape, parseOrNothing(text));
  if (!refusal.success) {
    // Whatever stands before it, a proxy or API Gateway itself, refused in its own form.
    return status >= 400 && status < 500
      ? new RefusedError(status, String(status), `${what}: ${status}`)
      : new UnreachableError(`${what}: ${status}, which is not an answer of Onefill's.`);
  }
  const { code, message, correlationId, details = [] } = refusal.data.error;
  const told = details
    .map((one) => `${one.field} ${one.message}`)
    .filter((one) => !message.startsWith(one))
    .slice(0, DETAILS_SHOWN_MAX);
  const words = `${what}: ${status} ${code}: ${[message, ...told].join(' | ')} (correlation id ${correlationId})`;
  return status >= 500 ? new UnreachableError(words) : new RefusedError(status, code, words);
}

/** Reads an answer in the shape that a command needs. @throws UnreachableError when it is another one */
export function readAs<Value>(shape: z.ZodMiniType<Value>, value: unknown, what: string): Value {
  const read = z.safeParse(shape, value);
  if (!read.success) {
    throw new UnreachableError(`${what}: the answer is not what this version of onefill understands.`);
  }
  return read.data;
}

function parseAnswer(text: string, url: string): unknown {
  const value = parseOrNothing(text);
  if (value === undefined) {
    throw new UnreachableError(`What answers at ${url} is not Onefill: its answer is no JSON.`);
  }
  return value;
}

/** The value of a JSON text, or nothing when it is none. */
export function parseOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function queryText(query: Query): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

function causeOf(error: unknown): string {
  const { name, cause } = error as Error;
  if (name === 'TimeoutError') {
    return `no answer within ${TIMEOUT_MS / 1_000} s.`;
  }
  const code = (cause as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? `${code}.` : 'the connection failed.';
}

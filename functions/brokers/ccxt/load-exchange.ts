import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { Clock } from '../../core/clock.ts';
import type { CcxtExchange, VenueEnvironment } from '../../core/configuration.ts';
import { OnefillError } from '../../core/errors.ts';

/** What Onefill uses of an exchange in ccxt: that it signs, sends and names errors. */
export interface CcxtClient {
  apiKey?: string;
  secret?: string;
  fetchImplementation?: (url: string, init: CcxtRequestInit) => Promise<Response>;
  nonce?: () => number;
  options: Readonly<Record<string, unknown>>;
  readonly urls: { api: Readonly<Record<string, string>>; readonly test?: Readonly<Record<string, string>> };
  request(
    path: string,
    api: string | readonly string[],
    method: string,
    parameters: Readonly<Record<string, unknown>>,
  ): Promise<unknown>;
  /** A currency by the name that ccxt gives it, for example `BTC` for Kraken's `XXBT`. */
  safeCurrencyCode(id: string): string;
}

/** What ccxt hands to a fetch of ours. */
export interface CcxtRequestInit {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Where an exchange is, if not at its own address. */
export interface ExchangeAddress {
  readonly exchange: CcxtExchange;
  readonly environment: VenueEnvironment;
  /** In place of ccxt's own. */
  readonly urls?: Readonly<Record<string, string>>;
}

interface ExchangeModule {
  readonly default: new (settings: Readonly<Record<string, unknown>>) => CcxtClient;
}

const loaded = new Map<string, Promise<CcxtClient>>();

/**
 * An exchange, without credentials: made once per process, because making one takes ccxt up to a tenth of a second.
 *
 * @throws OnefillError `CCXT_MISSING` when the package is not there, `NO_DEMO` when there is no demo at this exchange
 */
export function loadExchange(address: ExchangeAddress, clock: Clock): Promise<CcxtClient> {
  const key = JSON.stringify(address);
  const known = loaded.get(key);
  if (known !== undefined) {
    return known;
  }
  const made = makeExchange(address, clock);
  loaded.set(key, made);
  made.catch(() => loaded.delete(key));
  return made;
}

async function makeExchange(
  { exchange, environment, urls }: ExchangeAddress,
  clock: Clock,
): Promise<CcxtClient> {
  // By its file: the package's only entry has more than a hundred exchanges. Not a literal, so that no bundle has it.
  const file = pathToFileURL(`${packageFolder()}js/src/${exchange}.js`).href;
  const { default: Exchange } = (await import(file)) as ExchangeModule;
  // Its own rate limiter makes a call wait in this process, where it looks like a slow venue.
  const client = new Exchange({ enableRateLimit: false, userAgent: 'Onefill' });
  const ownUrls = environment === 'demo' ? testUrls(exchange, client) : client.urls.api;
  client.urls.api = urls ?? ownUrls;
  client.nonce = increasing(clock);
  return client;
}

/** Told here, because ccxt says nothing where there is no sandbox, and trades with money. */
function testUrls(exchange: CcxtExchange, { urls }: CcxtClient): Readonly<Record<string, string>> {
  if (exchange !== 'binance' || urls.test === undefined) {
    throw new OnefillError('NO_DEMO', 'terminal', `There is no demo at ${exchange}.`);
  }
  return urls.test;
}

/** The time, and never the same twice: Kraken refuses a request whose number is not above the last. */
function increasing(clock: Clock): () => number {
  let last = 0;
  return () => {
    last = Math.max(last + 1, clock.now());
    return last;
  };
}

/** With a slash at its end. A layer of Lambda has it in a folder that `require` knows and `import` does not. */
function packageFolder(): string {
  const name = '/ccxt/';
  const require = createRequire(import.meta.url);
  try {
    const entry = require.resolve('ccxt').replaceAll('\\', '/');
    return entry.slice(0, entry.lastIndexOf(name) + name.length);
  } catch (error) {
    const message = 'The package ccxt is not installed: docs/brokers.md says how to add it.';
    throw new OnefillError('CCXT_MISSING', 'terminal', message, { cause: error });
  }
}

import type { Broker } from '../../../functions/brokers/broker.ts';
import { createCcxtBroker } from '../../../functions/brokers/ccxt/ccxt-broker.ts';
import { createCredentialsStore } from '../../../functions/brokers/credentials.ts';
import type { CcxtExchange } from '../../../functions/core/configuration.ts';
import { decimal } from '../../../functions/core/decimal.ts';
import type { VenueUnderTest } from '../contract/venue-under-test.ts';
import { FakeExchange } from '../fakes/exchange.ts';
import { type HttpVenue, impatientFetch, startHttpVenue, type VenueLanguage } from '../fakes/http-venue.ts';

const PATIENCE_MS = 10_000;

const SYMBOL = 'BTC';

export interface SpotKeys {
  readonly apiKey: string;
  readonly secret: string;
}

/** How a fake of an exchange is made on what stands behind it, and what it calls a pair of currencies. */
export interface SpotFake {
  readonly exchange: CcxtExchange;
  readonly keys: SpotKeys;
  readonly quote: string;
  /** The name under which orders in the pair are behind the fake. */
  readonly marketName: string;
  readonly speak: (exchange: FakeExchange, keys: SpotKeys) => VenueLanguage;
}

/** Starts a fake, and lets ccxt load the exchange, which takes longer than a call may. */
export async function startSpotFake(fake: SpotFake): Promise<HttpVenue> {
  const exchange = new FakeExchange();
  const http = await startHttpVenue(fake.speak(exchange, fake.keys));
  await brokerOf(http, fake).positions();
  return http;
}

/** An account at an exchange that is as empty as on the first day, on a server that others had before. */
export async function makeSpotVenue(http: HttpVenue, fake: SpotFake): Promise<VenueUnderTest> {
  const exchange = new FakeExchange({ allowsShort: false });
  http.speak(fake.speak(exchange, fake.keys));
  return {
    broker: brokerOf(http, fake),
    symbol: SYMBOL,
    unit: decimal('0.25'),
    secrets: [fake.keys.apiKey, fake.keys.secret],
    post: async (price) => exchange.post(fake.marketName, price),
    meet: http.meet,
    held: async () => exchange.orders,
    close: async () => undefined,
  };
}

function brokerOf(http: HttpVenue, { exchange, keys, quote }: SpotFake): Broker {
  return createCcxtBroker(
    { exchange, environment: 'live', credentials: 'main', symbols: { [SYMBOL]: `BTC/${quote}` } },
    {
      fetch: impatientFetch,
      credentials: createCredentialsStore('test/', async () => JSON.stringify(keys), Date),
      endpoints: { ccxt: http.url },
      clock: Date,
    },
    PATIENCE_MS,
  );
}

import { account, type Row } from './validation-row.ts';

const VENUES = ['alpaca', 'tradovate', 'ccxt'] as const;
type Venue = (typeof VENUES)[number];

/** What an account at a venue needs at least, and this. */
const at = (broker: Venue, part: object) => ({
  broker,
  credentials: 'main',
  ...(broker === 'ccxt' ? { exchange: 'binance', symbols: { BTCUSDT: 'BTC/USDT' } } : {}),
  ...part,
});

/** A secret's whole name or ARN, and other secrets than those of brokers. */
const NOT_THE_END_OF_A_NAME = [
  undefined,
  null,
  '',
  'arn:aws:secretsmanager:us-east-1:1:secret:x',
  'onefill/production/brokers/main',
  '../webhooks/demo',
  'a'.repeat(49),
];

export const VENUE_ACCOUNT_ROWS: readonly Row[] = [
  ...VENUES.flatMap((broker): Row[] => [
    ...NOT_THE_END_OF_A_NAME.map((credentials) => ({
      body: at(broker, { credentials }),
      field: 'credentials',
      says: "must be the end of a secret's name",
    })),
    ...['paper', 'LIVE', null].map((environment) => ({
      body: at(broker, { environment }),
      field: 'environment',
      says: 'must be one of demo, live',
    })),
    { body: at(broker, { cash: 1 }), field: 'cash', says: `is not known in ${broker} accounts` },
    { body: at(broker, { simulation: {} }), field: 'simulation', says: `is not known in ${broker} accounts` },
    // Where credentials go is no setting.
    ...['endpoint', 'baseUrl', 'secretKey'].map((field) => ({
      body: at(broker, { [field]: 'http://127.0.0.1:1' }),
      field,
      says: 'credentials, environment',
    })),
  ]),
  ...['credentials', 'environment', 'exchange'].map((field) => ({
    body: account({ [field]: 'demo' }),
    field,
    says: 'is not known in paper accounts',
  })),
  ...(['alpaca', 'tradovate'] as const).map((broker) => ({
    body: at(broker, { exchange: 'binance' }),
    field: 'exchange',
    says: `is not known in ${broker} accounts`,
  })),
  ...[undefined, null, 'alpaca', 'Binance'].map((exchange) => ({
    body: at('ccxt', { exchange, environment: 'live' }),
    field: 'exchange',
    says: 'must be one of binance, coinbase, kraken',
  })),
  ...[undefined, 'demo'].map((environment) => ({
    body: at('ccxt', { exchange: 'kraken', environment }),
    field: 'environment',
    says: 'must be live: there is a demo at binance only',
  })),
  ...[undefined, {}, ['BTC/USDT'], 'BTC/USDT'].map((symbols) => ({
    body: at('ccxt', { symbols }),
    field: 'symbols',
    says: 'must be an object of 1 to 50 symbols',
  })),
  {
    body: at('ccxt', { symbols: { BTCUSDT: 'BTCUSDT' } }),
    field: 'symbols.BTCUSDT',
    says: 'must be base and quote currency in capitals',
  },
  {
    body: at('ccxt', { symbols: { BTCUSDT: 'BTC/USDT', ETHEUR: 'ETH/EUR' } }),
    field: 'symbols',
    says: 'must all have one quote currency',
    inWords: true,
  },
  {
    body: at('ccxt', { symbols: { BTCUSDT: 'BTC/USDT', 'BTC/USDT': 'BTC/USDT' } }),
    field: 'symbols',
    says: 'must have each base currency once',
    inWords: true,
  },
];

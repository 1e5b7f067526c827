import type { Broker } from '../../../functions/brokers/broker.ts';
import { createCcxtBroker } from '../../../functions/brokers/ccxt/ccxt-broker.ts';
import { createCredentialsStore } from '../../../functions/brokers/credentials.ts';
import type { CcxtAccount, CcxtExchange } from '../../../functions/core/configuration.ts';
import { decimal } from '../../../functions/core/decimal.ts';
import type { OrderIntent } from '../../../functions/core/order.ts';
import { idOf } from '../contract/contract-case.ts';
import { type HttpVenue, startHttpVenue, type VenueAnswer, type VenueRequest } from '../fakes/http-venue.ts';

/** What an exchange answers to one request. */
export type Answer = (request: VenueRequest) => VenueAnswer;

/** Keys with which ccxt signs for any of the exchanges, without a private key in PEM. */
const KEYS = { apiKey: 'key-1', secret: Buffer.from('secret-1').toString('base64') };
const COINBASE_KEYS = { ...KEYS, secret: 'legacy-secret' };

const SYMBOLS = { BTC: 'BTC/USD', ETH: 'ETH/USD' };

/** A market order to buy, with more digits than a float has. */
export const ORDER: OrderIntent = {
  clientOrderId: idOf('order'),
  leg: 'entry',
  symbol: 'BTC',
  side: 'buy',
  quantity: decimal('0.123456789012345678'),
  timeInForce: 'gtc',
  reduceOnly: false,
  type: 'market',
};

/** What differs from an account whose credentials are good and whose calls may take long. */
export interface Setting {
  readonly timeoutMs?: number;
  readonly keys?: unknown;
  readonly onRead?: () => void;
  readonly environment?: CcxtAccount['environment'];
  readonly url?: string;
}

/** A server that answers as it is told, and adapters that call it. */
export interface Answering {
  readonly http: HttpVenue;
  /** An adapter whose every request is answered like this, from now on. */
  readonly brokerAt: (exchange: CcxtExchange, answer: Answer, setting?: Setting) => Broker;
}

export async function startAnswering(): Promise<Answering> {
  const http = await startHttpVenue(speaking(() => ({ status: 500 })));
  return {
    http,
    brokerAt(exchange, answer, { timeoutMs = 10_000, environment = 'live', ...setting } = {}) {
      http.speak(speaking(answer));
      const { keys = exchange === 'coinbase' ? COINBASE_KEYS : KEYS, url = http.url, onRead } = setting;
      const readSecret = async () => {
        onRead?.();
        return JSON.stringify(keys);
      };
      return createCcxtBroker(
        { exchange, environment, credentials: 'main', symbols: SYMBOLS },
        {
          fetch,
          credentials: createCredentialsStore('test/', readSecret, Date),
          endpoints: { ccxt: url },
          clock: Date,
        },
        timeoutMs,
      );
    },
  };
}

const speaking = (answer: Answer) => ({
  callOf: () => 'place' as const,
  refuse: () => ({ status: 500 }),
  answer,
});

import type { CcxtExchange } from '../../core/configuration.ts';
import type { Broker } from '../broker.ts';

/** Spot: what an open order would sell is reserved, and an exit sells what is held, whoever bought it. */
const SPOT = { oco: 'none', reduceOnly: false } as const;

/** What is known of each exchange before its adapter is loaded. */
export const CCXT_FACTS: Readonly<
  Record<CcxtExchange, Pick<Broker, 'clientOrderIdGuarantee' | 'capabilities'>>
> = {
  binance: {
    clientOrderIdGuarantee: 'OPEN_ONLY',
    capabilities: {
      ...SPOT,
      orderTypes: ['market', 'limit', 'stop', 'stop_limit', 'trailing_stop'],
      timesInForce: ['gtc', 'ioc', 'fok'],
    },
  },
  coinbase: {
    clientOrderIdGuarantee: 'PERMANENT',
    capabilities: {
      ...SPOT,
      orderTypes: ['market', 'limit', 'stop_limit'],
      timesInForce: ['gtc', 'ioc', 'fok'],
    },
  },
  kraken: {
    clientOrderIdGuarantee: 'OPEN_ONLY',
    capabilities: {
      ...SPOT,
      orderTypes: ['market', 'limit', 'stop', 'stop_limit', 'trailing_stop'],
      timesInForce: ['gtc', 'ioc'],
    },
  },
};

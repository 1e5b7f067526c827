import type { CcxtExchange } from '../../core/configuration.ts';
import type { VenueFacts } from '../lazy-broker.ts';

/** Spot markets: what an open order would sell is reserved, so that a second one for the same is refused. */
export const CCXT_FACTS = {
  binance: {
    clientOrderIdGuarantee: 'OPEN_ONLY',
    capabilities: {
      orderTypes: ['market', 'limit', 'stop', 'stop_limit', 'trailing_stop'],
      timesInForce: ['gtc', 'ioc', 'fok'],
      oco: 'none',
      reduceOnly: false,
    },
  },
  coinbase: {
    clientOrderIdGuarantee: 'PERMANENT',
    capabilities: {
      orderTypes: ['market', 'limit', 'stop_limit'],
      timesInForce: ['gtc', 'ioc', 'fok'],
      oco: 'none',
      reduceOnly: false,
    },
  },
  kraken: {
    clientOrderIdGuarantee: 'OPEN_ONLY',
    capabilities: {
      orderTypes: ['market', 'limit', 'stop', 'stop_limit', 'trailing_stop'],
      timesInForce: ['gtc', 'ioc'],
      oco: 'none',
      reduceOnly: false,
    },
  },
} as const satisfies Readonly<Record<CcxtExchange, VenueFacts>>;

import type { VenueFacts } from '../lazy-broker.ts';

/**
 * `reduceOnly` is false: Alpaca documents for options alone that `position_intent` keeps an order from opening a position,
 * and an exit that it refuses by mistake, right after an entry, would leave a position without protection. So it is not sent.
 */
export const ALPACA_FACTS = {
  clientOrderIdGuarantee: 'PERMANENT',
  capabilities: {
    orderTypes: ['market', 'limit', 'stop', 'stop_limit', 'trailing_stop'],
    timesInForce: ['day', 'gtc', 'ioc', 'fok'],
    oco: 'native',
    reduceOnly: false,
  },
} as const satisfies VenueFacts;

import { decimal } from '../../../functions/core/decimal.ts';
import { KEYS, startAlpaca } from '../fakes/alpaca/start-alpaca.ts';
import { runContract } from './run-contract.ts';

runContract('alpaca', async () => {
  const { alpaca, venue, broker } = await startAlpaca();
  return {
    broker,
    symbol: 'AAPL',
    unit: decimal(1),
    secrets: [KEYS.keyId, KEYS.secretKey],
    post: async (price) => alpaca.exchange.post('AAPL', price),
    meet: venue.meet,
    held: async () => alpaca.exchange.orders,
    close: venue.close,
  };
});

import { afterAll, beforeAll } from 'vitest';
import { runContract } from '../contract/run-contract.ts';
import type { HttpVenue } from '../fakes/http-venue.ts';
import { fakeBinance } from './fake-binance.ts';
import { makeSpotVenue, type SpotFake, startSpotFake } from './spot-venue.ts';

const BINANCE: SpotFake = {
  exchange: 'binance',
  keys: { apiKey: 'binance-key-1', secret: 'binance-secret-1' },
  quote: 'USDT',
  marketName: 'BTCUSDT',
  speak: fakeBinance,
};

let http: HttpVenue;
beforeAll(async () => {
  http = await startSpotFake(BINANCE);
});
afterAll(() => http.close());

runContract('binance', () => makeSpotVenue(http, BINANCE));

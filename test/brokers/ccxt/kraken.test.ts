import { afterAll, beforeAll } from 'vitest';
import { runContract } from '../contract/run-contract.ts';
import type { HttpVenue } from '../fakes/http-venue.ts';
import { fakeKraken } from './fake-kraken.ts';
import { makeSpotVenue, type SpotFake, startSpotFake } from './spot-venue.ts';

const KRAKEN: SpotFake = {
  exchange: 'kraken',
  keys: { apiKey: 'kraken-key-1', secret: Buffer.from('kraken-secret-1').toString('base64') },
  quote: 'USD',
  marketName: 'XBTUSD',
  speak: fakeKraken,
};

let http: HttpVenue;
beforeAll(async () => {
  http = await startSpotFake(KRAKEN);
});
afterAll(() => http.close());

runContract('kraken', async () => ({
  ...(await makeSpotVenue(http, KRAKEN)),
  listedAs: (clientOrderId) => clientOrderId.slice(0, 18),
}));

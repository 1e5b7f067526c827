import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import { runContract } from '../contract/run-contract.ts';
import type { HttpVenue } from '../fakes/http-venue.ts';
import { fakeCoinbase } from './fake-coinbase.ts';
import { makeSpotVenue, type SpotFake, startSpotFake } from './spot-venue.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const COINBASE: SpotFake = {
  exchange: 'coinbase',
  keys: {
    apiKey: 'organizations/1/apiKeys/2',
    secret: String(privateKey.export({ type: 'sec1', format: 'pem' })),
  },
  quote: 'USD',
  marketName: 'BTC-USD',
  speak: fakeCoinbase,
};

let http: HttpVenue;
beforeAll(async () => {
  http = await startSpotFake(COINBASE);
});
afterAll(() => http.close());

runContract('coinbase', () => makeSpotVenue(http, COINBASE));

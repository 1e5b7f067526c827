import { createAlpacaBroker } from '../../../../functions/brokers/alpaca/alpaca-broker.ts';
import type { Broker } from '../../../../functions/brokers/broker.ts';
import { createCredentialsStore } from '../../../../functions/brokers/credentials.ts';
import { type HttpVenue, startHttpVenue } from '../http-venue.ts';
import { type AlpacaKeys, FakeAlpaca } from './alpaca.ts';

/** An Alpaca of a test's own, over HTTP, with an account there. */
export interface TestAlpaca {
  readonly alpaca: FakeAlpaca;
  readonly venue: HttpVenue;
  /** The adapter of an account whose credentials are in the secret. */
  readonly broker: Broker;
  /** What Secrets Manager has; `undefined`: nothing. */
  secret: string | undefined;
  /** How often it was asked. */
  secretReads: number;
}

export const KEYS: AlpacaKeys = {
  keyId: 'PKTEST0000000000FAKE',
  secretKey: 'fake/Secret+0000000000000000000000000000',
};

const TIMEOUT_MS = 60;

/** Starts the fake and the adapter. Time stands still for the adapter's cache. */
export async function startAlpaca({ timeoutMs = TIMEOUT_MS } = {}): Promise<TestAlpaca> {
  const alpaca = new FakeAlpaca(KEYS);
  const venue = await startHttpVenue(alpaca);
  const test: { secret: string | undefined; secretReads: number } = {
    secret: JSON.stringify(KEYS),
    secretReads: 0,
  };
  const clock = { now: () => Date.parse('2026-11-23T15:00:00.000Z') };
  const credentials = createCredentialsStore(
    'onefill/test/',
    async () => {
      test.secretReads += 1;
      return test.secret;
    },
    clock,
  );
  const broker = createAlpacaBroker(
    { credentials: 'main', environment: 'demo' },
    { fetch, credentials, clock, endpoints: { alpaca: venue.url } },
    timeoutMs,
  );
  return Object.assign(test, { alpaca, venue, broker });
}

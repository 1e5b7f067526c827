import { createAlpacaBroker } from '../../../../functions/brokers/alpaca/alpaca-broker.ts';
import type { Broker } from '../../../../functions/brokers/broker.ts';
import { createCredentialsStore } from '../../../../functions/brokers/credentials.ts';
import { type HttpVenue, impatientFetch, startHttpVenue } from '../http-venue.ts';
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
  readonly secretReads: () => number;
}

export const KEYS: AlpacaKeys = {
  keyId: 'PKTEST0000000000FAKE',
  secretKey: 'fake/Secret+0000000000000000000000000000',
};

/** Starts the fake and the adapter. Time stands still for the adapter: a call is over when the fake says nothing. */
export async function startAlpaca(): Promise<TestAlpaca> {
  const alpaca = new FakeAlpaca(KEYS);
  const venue = await startHttpVenue(alpaca);
  const clock = { now: () => Date.parse('2026-11-23T15:00:00.000Z') };
  let reads = 0;
  const test = { secret: JSON.stringify(KEYS) as string | undefined };
  const readSecret = async () => {
    reads += 1;
    return test.secret;
  };
  const broker = createAlpacaBroker(
    { credentials: 'main', environment: 'demo' },
    {
      fetch: impatientFetch,
      credentials: createCredentialsStore('onefill/test/', readSecret, clock),
      clock,
      endpoints: { alpaca: venue.url },
    },
    () => new AbortController().signal,
  );
  return Object.assign(test, { alpaca, venue, broker, secretReads: () => reads });
}

import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { createCredentialsStore } from '../../../functions/brokers/credentials.ts';
import type { TradovateDependencies } from '../../../functions/brokers/tradovate/client.ts';
import { createTradovateMemory } from '../../../functions/brokers/tradovate/memory.ts';
import { TRADOVATE_TIMING, type TradovateTiming } from '../../../functions/brokers/tradovate/timing.ts';
import { createTradovateBroker } from '../../../functions/brokers/tradovate/tradovate-broker.ts';
import { DEFAULT_ACCOUNT_LIMITS, type TradovateAccount } from '../../../functions/core/configuration.ts';
import type { AccountId } from '../../../functions/core/ids.ts';
import type { Ledger } from '../../../functions/ledger/table.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/dynamodb.ts';
import { ACCOUNT_ID } from '../fakes/tradovate/entities.ts';
import { type FakeTradovate, startFakeTradovate } from '../fakes/tradovate/fake-tradovate.ts';
import type { FakeLogin } from '../fakes/tradovate/sessions.ts';
import { VenueClock } from '../support.ts';

const ACCOUNT: TradovateAccount = {
  accountId: 'futures' as AccountId,
  broker: 'tradovate',
  enabled: true,
  limits: DEFAULT_ACCOUNT_LIMITS,
  credentials: 'tradovate-main',
  environment: 'demo',
};

let logins = 0;

/** Credentials that no other test has: the session of each login is an item of its own. */
function newLogin(): FakeLogin {
  logins += 1;
  return {
    name: `trader-${logins}`,
    password: `a-password-${logins}`,
    appId: 'Onefill',
    appVersion: '1.0',
    deviceId: 'a-device',
    cid: '8',
    sec: `an-api-secret-${logins}`,
  };
}

/** A fake Tradovate with adapters that talk to it, each of them an environment of its own. */
export interface TestVenue {
  readonly fake: FakeTradovate;
  readonly clock: VenueClock;
  /** The table that has the sessions. */
  readonly ledger: Ledger;
  readonly secrets: readonly string[];
  /** What Secrets Manager has; a test changes it to rotate credentials. */
  secret: Record<string, unknown> | string | undefined;
  /** What another environment would have. */
  environment(changes?: Partial<TradovateDependencies>): TradovateDependencies;
}

/** Tests wait for real: nothing here takes longer than it must. */
export const TEST_TIMING: TradovateTiming = {
  ...TRADOVATE_TIMING,
  callMs: 5_000,
  sendWithinMs: 5_000,
  tokenWaitMs: 5_000,
  tokenPollMs: 5,
};

export async function startTestVenue(ledger: Ledger): Promise<TestVenue> {
  const clock = new VenueClock();
  const login = newLogin();
  const fake = await startFakeTradovate(login, clock.now);
  const venue: TestVenue = {
    fake,
    clock,
    ledger,
    secrets: [login.password, login.sec],
    secret: { ...login, accountSpec: 'DEMO4711', accountId: ACCOUNT_ID },
    environment: (changes) => ({
      ...ledger,
      clock,
      fetch,
      credentials: createCredentialsStore('test/', async () => asText(venue.secret), clock),
      tradovateMemory: createTradovateMemory(),
      endpoints: { tradovate: fake.url },
      ...changes,
    }),
  };
  return venue;
}

/** Starts a venue for each test of a file, on one DynamoDB. */
export function eachWithVenue(begin: (venue: TestVenue) => void): void {
  let store: TestDynamoDb;
  let venue: TestVenue;
  beforeAll(async () => {
    store = await startTestDynamoDb();
  });
  afterAll(() => store.stop());
  beforeEach(async () => {
    venue = await startTestVenue(store.ledger);
    begin(venue);
  });
  afterEach(() => venue.fake.close());
}

function asText(secret: TestVenue['secret']): string | undefined {
  return secret === undefined || typeof secret === 'string' ? secret : JSON.stringify(secret);
}

/** An adapter in an environment of its own. */
export const brokerAt = (
  venue: TestVenue,
  { timing = TEST_TIMING, ...changes }: Partial<TradovateDependencies> & { timing?: TradovateTiming } = {},
) => createTradovateBroker(ACCOUNT, venue.environment(changes), timing);

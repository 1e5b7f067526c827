import { decimal } from '../../functions/core/decimal.ts';
import { FakeAlpaca } from '../brokers/fakes/alpaca/alpaca.ts';
import { alpacaWith } from '../brokers/fakes/alpaca/alpaca-accounts.ts';
import { type HttpVenue, startHttpVenue } from '../brokers/fakes/http-venue.ts';
import { ACCOUNT_ID } from '../brokers/fakes/tradovate/entities.ts';
import { type FakeTradovate, startFakeTradovate } from '../brokers/fakes/tradovate/fake-tradovate.ts';
import { storeCredentials } from '../support/credentials.ts';
import type { TestCloud } from '../support/local-cloud.ts';

/** Where accounts of an Alpaca of a test's own trade. The market is at 100. */
export interface AlpacaFloor {
  readonly venue: HttpVenue;
  /** By account id, which is the name of its credentials, too. */
  readonly accounts: ReadonlyMap<string, FakeAlpaca>;
  /** Stores what the accounts log in with. */
  open(cloud: TestCloud): Promise<void>;
}

/** What nobody may ever read in a log or an answer. */
export const VENUE_SECRETS = { alpaca: 'fake/Secret+of/', password: 'a-password-nobody-knows' } as const;

const TRADOVATE_LOGIN = {
  name: 'trader',
  password: VENUE_SECRETS.password,
  appId: 'Onefill',
  appVersion: '1.0',
  deviceId: 'a-device',
  cid: '8',
  sec: 'an-api-secret',
};

/** Starts an Alpaca for these accounts, with the time of this machine. It outlives every process of a local cloud. */
export async function startAlpacaFloor(ids: readonly string[], wireMs?: number): Promise<AlpacaFloor> {
  const start = (id: string): FakeAlpaca => {
    const keys = { keyId: `PK-${id}`, secretKey: `${VENUE_SECRETS.alpaca}${id}` };
    const alpaca = new FakeAlpaca(keys, { now: Date.now });
    alpaca.exchange.post('AAPL', decimal(100));
    return alpaca;
  };
  const accounts = new Map(ids.map((id) => [id, start(id)]));
  const venue = await startHttpVenue(alpacaWith([...accounts.values()]), wireMs);
  return {
    venue,
    accounts,
    async open(cloud) {
      await Promise.all([...accounts].map(([id, { keys }]) => storeCredentials(cloud, id, keys)));
    },
  };
}

/** Starts a Tradovate with the time of this machine. */
export function startTradovateFloor(): Promise<FakeTradovate> {
  return startFakeTradovate(TRADOVATE_LOGIN, Date.now);
}

/** Stores what the account at Tradovate logs in with. */
export function openTradovate(cloud: TestCloud, name: string): Promise<void> {
  return storeCredentials(cloud, name, {
    ...TRADOVATE_LOGIN,
    accountSpec: 'DEMO4711',
    accountId: ACCOUNT_ID,
  });
}

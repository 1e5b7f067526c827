import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../core/clock.ts';
import type { Account } from '../core/configuration.ts';
import { assertNever, OnefillError } from '../core/errors.ts';
import type { Broker } from './broker.ts';
import { createCcxtBroker } from './ccxt/ccxt-broker.ts';
import { createPaperBroker } from './paper/paper-broker.ts';
import type { VenueAccess } from './venue-access.ts';

/** What adapters may need: the paper venue keeps its book in the ledger table, the others are called. */
export interface BrokerDependencies extends VenueAccess {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly clock: Clock;
}

/** The adapter for an account's venue. */
export function createBroker(account: Account, dependencies: BrokerDependencies): Broker {
  const { client, tableName, clock } = dependencies;
  switch (account.broker) {
    case 'paper':
      return createPaperBroker({ client, tableName, accountId: account.accountId }, account, clock);
    case 'alpaca':
    case 'tradovate':
      throw new OnefillError('BROKER_UNAVAILABLE', 'terminal', `There is no adapter for ${account.broker}.`);
    case 'ccxt':
      return createCcxtBroker(account, dependencies);
    default:
      return assertNever(account);
  }
}

import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../core/clock.ts';
import type { Account } from '../core/configuration.ts';
import { assertNever, OnefillError } from '../core/errors.ts';
import { ALPACA_FACTS } from './alpaca/facts.ts';
import type { Broker } from './broker.ts';
import { lazyBroker } from './lazy-broker.ts';
import { createPaperBroker } from './paper/paper-broker.ts';
import { TRADOVATE_FACTS } from './tradovate/facts.ts';
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
      return lazyBroker(ALPACA_FACTS, async () => {
        const { createAlpacaBroker } = await import('./alpaca/alpaca-broker.ts');
        return createAlpacaBroker(account, dependencies);
      });
    case 'tradovate':
      return lazyBroker(TRADOVATE_FACTS, async () => {
        const { createTradovateBroker } = await import('./tradovate/tradovate-broker.ts');
        return createTradovateBroker(account, dependencies);
      });
    case 'ccxt':
      throw new OnefillError('BROKER_UNAVAILABLE', 'terminal', `There is no adapter for ${account.broker}.`);
    default:
      return assertNever(account);
  }
}

import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../core/clock.ts';
import type { Account } from '../core/configuration.ts';
import { assertNever } from '../core/errors.ts';
import { termsOf } from '../core/tradable.ts';
import { ALPACA_FACTS } from './alpaca/facts.ts';
import type { Broker } from './broker.ts';
import { CCXT_FACTS } from './ccxt/facts.ts';
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
    case 'paper': {
      const book = { client, tableName, accountId: account.accountId };
      const multiplierOf = (symbol: string) => termsOf(account, symbol, clock.now()).multiplier;
      return createPaperBroker(book, { ...account, multiplierOf }, clock);
    }
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
      return lazyBroker(CCXT_FACTS[account.exchange], async () => {
        const { createCcxtBroker } = await import('./ccxt/ccxt-broker.ts');
        return createCcxtBroker(account, dependencies);
      });
    default:
      return assertNever(account);
  }
}

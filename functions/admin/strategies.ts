import { isDeepStrictEqual } from 'node:util';
import type { Strategy } from '../core/configuration.ts';
import type { AccountId, StrategyId, WebhookId } from '../core/ids.ts';
import { deleteStrategy, readStrategy, saveStrategy } from '../ledger/webhooks.ts';
import type { ConfigurationKind } from './configuration-kind.ts';
import { configurationRoutes } from './configuration-routes.ts';
import { type StrategyInput, strategyInput } from './strategy-input.ts';

/** Which accounts a webhook's signals go to, and what bounds them there. */
export const STRATEGIES: ConfigurationKind<StrategyId, StrategyInput, Strategy> = {
  catalog: 'STRATEGY',
  collection: 'strategies',
  idName: 'strategyId',
  schema: strategyInput,
  read: ({ ledger }, strategyId) => readStrategy(ledger, strategyId),
  isSame: ({ strategyId, ...stored }, input) => isDeepStrictEqual(stored, input),
  async save({ ledger }, strategyId, input) {
    const strategy: Strategy = {
      ...input,
      strategyId,
      webhookId: input.webhookId as WebhookId,
      accounts: input.accounts.map(({ accountId, multiplier }) => ({
        accountId: accountId as AccountId,
        multiplier,
      })),
    };
    const { created } = await saveStrategy(ledger, strategy);
    return { kind: 'saved', created, stored: strategy };
  },
  remove: ({ ledger }, strategyId) => deleteStrategy(ledger, strategyId),
  show: (strategy) => ({ ...strategy }),
};

/** `/api/v1/strategies` */
export const STRATEGY_ROUTES = configurationRoutes(STRATEGIES);

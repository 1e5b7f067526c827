import { isDeepStrictEqual } from 'node:util';
import { STRATEGY_DEFAULTS, type Strategy } from '../core/configuration.ts';
import { DEFAULTS } from '../core/defaults.ts';
import type { AccountId, StrategyId, WebhookId } from '../core/ids.ts';
import { applyToStrategy } from '../ledger/apply-settings.ts';
import { readSettings } from '../ledger/settings.ts';
import { deleteStrategy, readStrategy, saveStrategy } from '../ledger/webhooks.ts';
import type { ConfigurationKind } from './configuration-kind.ts';
import { configurationRoutes } from './configuration-routes.ts';
import { inherit } from './inherited.ts';
import { type StrategyInput, strategyInput } from './strategy-input.ts';

/** Which accounts a webhook's signals go to, and what bounds them there. */
export const STRATEGIES: ConfigurationKind<StrategyId, StrategyInput, Strategy> = {
  catalog: 'STRATEGY',
  collection: 'strategies',
  idName: 'strategyId',
  schema: strategyInput,
  read: ({ ledger }, strategyId) => readStrategy(ledger, strategyId),
  isSame({ strategyId, ...stored }, input) {
    const full = inherit(input, STRATEGY_DEFAULTS, { ...DEFAULTS, ...stored });
    return full.ok && isDeepStrictEqual(full.value, stored);
  },
  async save({ ledger }, strategyId, input) {
    const settings = await readSettings(ledger);
    const full = inherit(input, STRATEGY_DEFAULTS, settings.defaults);
    if (!full.ok) {
      return { kind: 'invalid', details: full.details };
    }
    const strategy: Strategy = {
      ...full.value,
      strategyId,
      webhookId: input.webhookId as WebhookId,
      accounts: input.accounts.map(({ accountId, multiplier }) => ({
        accountId: accountId as AccountId,
        multiplier,
      })),
    };
    const { created } = await saveStrategy(ledger, strategy, settings.revision);
    // Whoever changed the settings meanwhile may have passed this strategy before it was stored.
    const latest = await readSettings(ledger);
    if (latest.revision === settings.revision) {
      return { kind: 'saved', created, stored: strategy };
    }
    await applyToStrategy(ledger, strategyId, latest);
    return { kind: 'saved', created, stored: (await readStrategy(ledger, strategyId)) ?? strategy };
  },
  remove: ({ ledger }, strategyId) => deleteStrategy(ledger, strategyId),
  show: (strategy) => ({ ...strategy }),
};

/** `/api/v1/strategies` */
export const STRATEGY_ROUTES = configurationRoutes(STRATEGIES);

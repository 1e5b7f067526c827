import * as z from 'zod/mini';
import type { Strategy } from '../core/configuration.ts';
import { decimal } from '../core/decimal.ts';
import type { AccountId, StrategyId, WebhookId } from '../core/ids.ts';
import { deleteStrategy, readStrategy, saveStrategy } from '../ledger/webhooks.ts';
import { configurationRoutes } from './configuration-routes.ts';
import { amount, configuredId, fields, flag, notAvailable, onlyFields, text } from './fields.ts';

const ACCOUNTS_MAX = 500;
const accountsMessage = `must be a list of at most ${ACCOUNTS_MAX} accounts such as {"accountId":"paper-1"}`;

const subscription = fields({
  accountId: configuredId,
  multiplier: z._default(amount('above-zero'), decimal(1)),
});

const strategyInput = fields({
  name: z.exactOptional(text(1, 100)),
  webhookId: configuredId,
  enabled: z._default(flag, true),
  accounts: z
    .array(subscription, accountsMessage)
    .check(z.maxLength(ACCOUNTS_MAX, accountsMessage), z.check(refuseRepeated)),
  allowShort: z._default(flag, false),
  sizing: z._default(
    z.discriminatedUnion(
      'type',
      [
        onlyFields({ type: z.literal('signal') }),
        onlyFields({ type: z.literal('fixed'), quantity: amount('above-zero') }),
      ],
      'must be "signal", or "fixed" with a quantity',
    ),
    { type: 'signal' },
  ),
  circuitBreaker: notAvailable('strategies have no circuit breaker'),
  window: notAvailable('strategies trade around the clock'),
});

type StrategyInput = z.output<typeof strategyInput>;

/** `/api/v1/strategies`: which accounts a webhook's signals go to. */
export const STRATEGY_ROUTES = configurationRoutes<StrategyId, StrategyInput, Strategy>({
  catalog: 'STRATEGY',
  collection: 'strategies',
  idName: 'strategyId',
  schema: strategyInput,
  read: ({ ledger }, strategyId) => readStrategy(ledger, strategyId),
  async save({ ledger }, strategyId, input) {
    const { circuitBreaker: _, window: __, ...configuration } = input;
    const strategy: Strategy = {
      ...configuration,
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
});

/** An account listed twice would trade a signal twice as large as either entry says. */
function refuseRepeated(payload: z.core.ParsePayload<{ accountId: string }[]>): void {
  const seen = new Set<string>();
  for (const [index, { accountId }] of payload.value.entries()) {
    if (seen.has(accountId)) {
      payload.issues.push({
        code: 'custom',
        input: accountId,
        path: [index, 'accountId'],
        message: 'is listed already; an account can be listed once',
      });
    }
    seen.add(accountId);
  }
}

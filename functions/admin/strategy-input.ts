import * as z from 'zod/mini';
import { CLEANUP_STEPS, STRATEGY_DEFAULTS } from '../core/configuration.ts';
import { decimal } from '../core/decimal.ts';
import { amount, configuredId, fields, flag, onceEach, onlyFields, text } from './fields.ts';
import { circuitBreaker, strategyLimits, tradingWindow } from './limit-fields.ts';

const ACCOUNTS_MAX = 500;
const accountsMessage = `must be a list of at most ${ACCOUNTS_MAX} accounts such as {"accountId":"paper-1"}`;
const stepMessage = `must be one of ${CLEANUP_STEPS.join(', ')}`;

const inheritsMessage = `must be a list of some of ${STRATEGY_DEFAULTS.join(', ')}`;

const subscription = fields({
  accountId: configuredId,
  multiplier: z._default(amount('above-zero'), decimal(1)),
});

/** The body of PUT /strategies/{id}. */
export const strategyInput = fields({
  name: z.exactOptional(text(1, 100)),
  webhookId: configuredId,
  enabled: z._default(flag, true),
  // An account listed twice would trade a signal twice as large as either entry says.
  accounts: z
    .array(subscription, accountsMessage)
    .check(z.maxLength(ACCOUNTS_MAX, accountsMessage), onceEach('accountId')),
  allowShort: z._default(flag, false),
  sizing: z._default(
    z.discriminatedUnion(
      'type',
      [
        onlyFields({ type: z.literal('signal') }),
        onlyFields({ type: z.literal('fixed'), quantity: amount('above-zero') }),
        onlyFields({ type: z.literal('percentOfEquity'), percent: amount('above-zero') }),
        onlyFields({ type: z.enum(['riskAmount', 'cash']), amount: amount('above-zero') }),
      ],
      'must be "signal", or "fixed", "percentOfEquity", "riskAmount" or "cash" with how much',
    ),
    { type: 'signal' },
  ),
  limits: strategyLimits,
  window: z.exactOptional(tradingWindow),
  circuitBreaker: z.exactOptional(circuitBreaker),
  inherits: z.exactOptional(
    z.array(z.enum(STRATEGY_DEFAULTS, inheritsMessage), inheritsMessage).check(onceEach()),
  ),
  cleanup: z._default(
    z
      .array(z.enum(CLEANUP_STEPS, stepMessage), `must be a list of some of ${CLEANUP_STEPS.join(', ')}`)
      .check(onceEach()),
    [],
  ),
});

/** A strategy as it is sent, with its defaults. */
export type StrategyInput = z.output<typeof strategyInput>;

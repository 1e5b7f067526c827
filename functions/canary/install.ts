import { CANARY_ID } from '../core/canary.ts';
import { DEFAULT_CIRCUIT_SETTINGS } from '../core/circuit.ts';
import { type Account, DEFAULT_ACCOUNT_LIMITS, type Strategy, type Webhook } from '../core/configuration.ts';
import type { Decimal } from '../core/decimal.ts';
import { OnefillError } from '../core/errors.ts';
import type { AccountId, StrategyId, WebhookId } from '../core/ids.ts';
import { readAccount } from '../ledger/accounts.ts';
import { enlist } from '../ledger/catalog.ts';
import { configureAccount } from '../ledger/configure-account.ts';
import type { Ledger } from '../ledger/table.ts';
import { readStrategy, readWebhook, saveStrategy, saveWebhook } from '../ledger/webhooks.ts';
import { hashSecret } from '../shared/webhook-secrets.ts';

export const CANARY_ACCOUNT = CANARY_ID as AccountId;
const STRATEGY = CANARY_ID as StrategyId;
const WEBHOOK = CANARY_ID as WebhookId;
const NAME = 'Canary';

const ACCOUNT: Account = {
  accountId: CANARY_ACCOUNT,
  name: NAME,
  enabled: true,
  limits: DEFAULT_ACCOUNT_LIMITS,
  broker: 'paper',
  cash: '1000000' as Decimal,
  simulation: { latencyMs: 0, guarantee: 'PERMANENT', oco: 'native', faults: [] },
};

const STRATEGY_CONFIGURATION: Strategy = {
  strategyId: STRATEGY,
  webhookId: WEBHOOK,
  name: NAME,
  enabled: true,
  accounts: [{ accountId: CANARY_ACCOUNT, multiplier: '1' as Decimal }],
  allowShort: false,
  sizing: { type: 'signal' },
  limits: {},
  circuitBreaker: DEFAULT_CIRCUIT_SETTINGS,
  cleanup: [],
};

/** Whether the canary may sing: an operator silences it by disabling its webhook. */
export type Installed = 'installed' | 'silenced';

/**
 * Configures what the canary needs where it is missing, and has its webhook take this secret from now on. The secret is in
 * nobody's keeping but the caller's: the ledger has its hash, as of every webhook's.
 *
 * Safe to repeat, and to die in.
 *
 * @throws OnefillError CANARY_ACCOUNT_TAKEN when an account of its name is no paper account: it must never trade for real
 */
export async function installCanary(ledger: Ledger, secret: string): Promise<Installed> {
  const [account, strategy, webhook] = await Promise.all([
    readAccount(ledger, CANARY_ACCOUNT),
    readStrategy(ledger, STRATEGY),
    readWebhook(ledger, WEBHOOK),
  ]);
  if (webhook?.enabled === false) {
    return 'silenced';
  }
  if (account !== undefined && account.configuration.broker !== 'paper') {
    throw new OnefillError(
      'CANARY_ACCOUNT_TAKEN',
      'terminal',
      `The account ${CANARY_ACCOUNT} is at ${account.configuration.broker}; the canary trades on paper only.`,
    );
  }
  if (account === undefined) {
    await enlist(ledger, 'ACCOUNT', CANARY_ACCOUNT);
    await configureAccount(ledger, ACCOUNT);
  }
  if (strategy === undefined) {
    await enlist(ledger, 'STRATEGY', STRATEGY);
    await saveStrategy(ledger, STRATEGY_CONFIGURATION);
  }
  await enlist(ledger, 'WEBHOOK', WEBHOOK);
  await saveWebhook(ledger, webhookWith(secret));
  return 'installed';
}

function webhookWith(secret: string): Webhook {
  return {
    webhookId: WEBHOOK,
    name: NAME,
    enabled: true,
    secretHash: hashSecret(secret),
    hmacSecretCount: 0,
    allowedIps: [],
    rateLimit: { limit: 10, windowSeconds: 1 },
    dedupeWindowSeconds: 300,
    maxSignalAgeSeconds: 60,
  };
}

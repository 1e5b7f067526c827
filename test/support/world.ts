import { createBroker } from '../../functions/brokers/create-broker.ts';
import type { Alert } from '../../functions/core/alert.ts';
import { DEFAULT_CIRCUIT_SETTINGS } from '../../functions/core/circuit.ts';
import {
  type CircuitSettings,
  DEFAULT_ACCOUNT_LIMITS,
  type PaperAccount,
  type RehearsalFault,
  type Simulation,
  type Strategy,
  type Webhook,
} from '../../functions/core/configuration.ts';
import { type Decimal, decimal } from '../../functions/core/decimal.ts';
import type { ExecutionRequest } from '../../functions/core/execution.ts';
import {
  type AccountId,
  executionIdOf,
  type SignalId,
  type StrategyId,
  signalIdOf,
  type WebhookId,
} from '../../functions/core/ids.ts';
import type { Signal } from '../../functions/core/signal.ts';
import type { Engine } from '../../functions/engine/engine.ts';
import { readAccount } from '../../functions/ledger/accounts.ts';
import { configureAccount } from '../../functions/ledger/configure-account.ts';
import type { Ledger } from '../../functions/ledger/table.ts';
import { saveStrategy, saveWebhook } from '../../functions/ledger/webhooks.ts';
import { NO_VENUES } from './no-venues.ts';

/** A time that tests set and move; every wait of the engine moves it, too, so that no test sleeps. */
export class TestClock {
  private nowMs: number;

  constructor(nowMs = Date.parse('2026-11-21T22:00:00.000Z')) {
    this.nowMs = nowMs;
  }

  now = (): number => Math.floor(this.nowMs);

  advance(durationMs: number): void {
    this.nowMs += durationMs;
  }
}

const SLOWNESS = 5;

/** The engine of a test: the real one, on a real table, with a clock that only the test moves. */
export function testEngine(ledger: Ledger, clock: TestClock): Engine & { readonly alerts: Alert[] } {
  let owners = 0;
  const alerts: Alert[] = [];
  return {
    alerts,
    alert: (alert) => alerts.push(alert),
    circuitMemory: new Map(),
    // Real time, of which a store on a busy machine takes more than a venue may.
    after: (durationMs, callback) => {
      const timer = setTimeout(callback, durationMs * SLOWNESS);
      return () => clearTimeout(timer);
    },
    remainingTimeMs: () => Number.POSITIVE_INFINITY,
    ledger,
    clock,
    random: () => 0.5,
    newOwnerId: () => {
      owners += 1;
      return `owner-${owners}-${clock.now()}`;
    },
    wait: async (durationMs) => clock.advance(durationMs),
    createBroker: (account) => createBroker(account, { ...ledger, ...NO_VENUES, clock }),
  };
}

export const webhookOf = (id: string, changes: Partial<Webhook> = {}): Webhook => ({
  webhookId: id as WebhookId,
  enabled: true,
  hmacSecretCount: 0,
  allowedIps: ['0.0.0.0/0', '::/0'],
  rateLimit: { limit: 10_000, windowSeconds: 1 },
  dedupeWindowSeconds: 300,
  maxSignalAgeSeconds: 60,
  ...changes,
});

/** A simulation of a venue that meets these faults. */
export const rehearsing = (
  faults: readonly RehearsalFault[] = [],
  changes: Partial<Simulation> = {},
): Simulation => ({
  latencyMs: 0,
  guarantee: 'PERMANENT',
  oco: 'native',
  faults,
  ...changes,
});

export const accountOf = (id: string, changes: Partial<PaperAccount> = {}): PaperAccount => ({
  accountId: id as AccountId,
  broker: 'paper',
  enabled: true,
  cash: decimal(100_000),
  simulation: rehearsing(),
  limits: DEFAULT_ACCOUNT_LIMITS,
  ...changes,
});

/** For tests about something else: venues misbehave there, and strategies are shared. */
const PATIENT_CIRCUIT: CircuitSettings = {
  ...DEFAULT_CIRCUIT_SETTINGS,
  consecutiveFailures: 1_000_000,
  minimumCalls: 1_000_000,
};

export const strategyOf = (
  id: string,
  webhookId: string,
  accountIds: readonly string[],
  changes: Partial<Strategy> = {},
): Strategy => ({
  strategyId: id as StrategyId,
  webhookId: webhookId as WebhookId,
  enabled: true,
  accounts: accountIds.map((accountId) => ({ accountId: accountId as AccountId, multiplier: decimal(1) })),
  allowShort: false,
  sizing: { type: 'signal' },
  limits: {},
  circuitBreaker: PATIENT_CIRCUIT,
  cleanup: [],
  ...changes,
});

/** One webhook `hook`, one account and one strategy `strategy` on it, ready to trade. */
export async function seed(
  ledger: Ledger,
  accountId: string,
  options: {
    simulation?: Simulation;
    account?: Partial<PaperAccount>;
    strategy?: Partial<Strategy>;
    strategyId?: string;
  } = {},
): Promise<void> {
  await saveWebhook(ledger, webhookOf('hook'));
  const simulation = options.simulation ? { simulation: options.simulation } : {};
  await configureAccount(ledger, accountOf(accountId, { ...simulation, ...options.account }));
  await saveStrategy(
    ledger,
    strategyOf(options.strategyId ?? 'strategy', 'hook', [accountId], options.strategy),
  );
}

let signals = 0;

/** A request of its own signal for one account. */
export function requestOf(
  accountId: string,
  signal: Partial<Signal>,
  changes: { strategyId?: string; multiplier?: Decimal; receivedAtMs?: number } = {},
): ExecutionRequest {
  signals += 1;
  const receivedAtMs = changes.receivedAtMs ?? Date.parse('2026-11-21T22:00:00.000Z');
  const signalId: SignalId = signalIdOf('hook' as WebhookId, `test-${signals}`, receivedAtMs);
  const strategyId = (changes.strategyId ?? 'strategy') as StrategyId;
  return {
    executionId: executionIdOf(signalId, strategyId, accountId as AccountId),
    signalId,
    webhookId: 'hook' as WebhookId,
    strategyId,
    accountId: accountId as AccountId,
    multiplier: changes.multiplier ?? decimal(1),
    signal: {
      symbol: 'MNQM5',
      action: 'buy',
      quantity: decimal(1),
      timeInForce: 'day',
      price: decimal(100),
      ...signal,
    },
    correlationId: `correlation-${signals}`,
    receivedAtMs,
    maxSignalAgeSeconds: 60,
  };
}

/** What matters of an account after everything: its position in the symbol, its lease and its journal. */
export async function stateOf(ledger: Ledger, accountId: string) {
  const account = await readAccount(ledger, accountId as AccountId);
  return {
    quantity: account?.positions.MNQM5?.quantity ?? decimal(0),
    lease: account?.lease,
    activeExecution: account?.activeExecution,
    fencingToken: account?.fencingToken,
  };
}

/** What the paper venue holds for an account. */
export function brokerOrders(ledger: Ledger, accountId: string, clock: TestClock) {
  return createBroker(accountOf(accountId), { ...ledger, ...NO_VENUES, clock }).orders(1_000);
}

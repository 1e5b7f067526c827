import type { Decimal } from './decimal.ts';
import type { AccountId, StrategyId, WebhookId } from './ids.ts';

/** How many requests one client may send through one webhook: at most `limit` in any `windowSeconds`. */
export interface RateLimit {
  readonly limit: number;
  readonly windowSeconds: number;
}

/** A webhook as it is stored: secrets only as salted hashes or as a name in Secrets Manager. */
export interface Webhook {
  readonly webhookId: WebhookId;
  readonly name?: string;
  readonly enabled: boolean;
  /** `<salt>:<hash>` of the shared secret. */
  readonly secretHash?: string;
  /** How many HMAC secrets Secrets Manager holds for it; 0 for none. */
  readonly hmacSecretCount: number;
  /** CIDR blocks or addresses, or the word `tradingview`. Empty: every address. */
  readonly allowedIps: readonly string[];
  readonly rateLimit: RateLimit;
  readonly dedupeWindowSeconds: number;
  readonly maxSignalAgeSeconds: number;
}

/** One account that executes a strategy's signals. */
export interface Subscription {
  readonly accountId: AccountId;
  /** Multiplies the quantity for this account. */
  readonly multiplier: Decimal;
}

/** How a quantity is found: the signal's own, or the same fixed one whatever the signal says. */
export type Sizing = { readonly type: 'signal' } | { readonly type: 'fixed'; readonly quantity: Decimal };

export interface Strategy {
  readonly strategyId: StrategyId;
  readonly webhookId: WebhookId;
  readonly name?: string;
  readonly enabled: boolean;
  readonly accounts: readonly Subscription[];
  /** Whether a SELL may open a short position. */
  readonly allowShort: boolean;
  readonly sizing: Sizing;
}

/** A fault that a paper account rehearses. */
export interface RehearsalFault {
  readonly kind: 'reject' | 'unavailable' | 'rate-limit' | 'timeout-before-accept' | 'timeout-after-accept';
  /** Which calls: the nth, every nth, or all of them. */
  readonly when:
    | { readonly type: 'nth'; readonly nth: number }
    | { readonly type: 'every'; readonly every: number }
    | { readonly type: 'always' };
  readonly on: 'place' | 'lookup';
  readonly symbol?: string;
}

/** What a paper account rehearses. */
export interface Simulation {
  readonly latencyMs: number;
  readonly faults: readonly RehearsalFault[];
}

/** An account as it is configured; its state (positions, lease) is beside it in the same item. */
export interface Account {
  readonly accountId: AccountId;
  readonly name?: string;
  readonly broker: 'paper';
  readonly enabled: boolean;
  readonly cash: Decimal;
  readonly simulation: Simulation;
}

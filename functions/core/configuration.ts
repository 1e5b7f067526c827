import type { Decimal } from './decimal.ts';
import type { AccountId, StrategyId, WebhookId } from './ids.ts';
import type { ComputedSizing, Dialect, SignalField } from './signal.ts';

/** How many requests one client may send through one webhook: at most `limit` in any `windowSeconds`. */
export interface RateLimit {
  readonly limit: number;
  readonly windowSeconds: number;
}

/** How any JSON becomes a signal: a JMESPath expression for each field of Onefill's own payload that it is to have. */
export type Template = Readonly<Partial<Record<SignalField, string>>>;

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
  /** Absent: told from each payload's fields. */
  readonly dialect?: Dialect;
  /** Present: what its payloads are read by, instead of a dialect. */
  readonly template?: Template;
  /** Which of its values follow the settings. Absent: none. */
  readonly inherits?: readonly WebhookDefault[];
}

/** What webhooks inherit from the settings when they do not say it themselves. */
export const WEBHOOK_DEFAULTS = ['rateLimit', 'dedupeWindowSeconds', 'maxSignalAgeSeconds'] as const;
export type WebhookDefault = (typeof WEBHOOK_DEFAULTS)[number];

/** What strategies inherit. */
export const STRATEGY_DEFAULTS = ['circuitBreaker'] as const;
export type StrategyDefault = (typeof STRATEGY_DEFAULTS)[number];

/** One account that executes a strategy's signals. */
export interface Subscription {
  readonly accountId: AccountId;
  /** Multiplies the quantity for this account. */
  readonly multiplier: Decimal;
}

/** How a quantity is found: as the signal says, or the same way whatever the signal says. */
export type Sizing =
  | { readonly type: 'signal' }
  | { readonly type: 'fixed'; readonly quantity: Decimal }
  | ComputedSizing;

/** Bounds on what may be traded in one account, and by one strategy in each of its accounts. Absent: unbounded. */
export interface RiskLimits {
  /** The largest position in any one symbol, long or short, that an entry may lead to. */
  readonly maxPosition?: Decimal;
  /** Orders of entries and exits counted together; only entries are refused for it. */
  readonly maxOrdersPerDay?: number;
  /** Once realized losses of the day reach this (positive) amount, entries are refused. */
  readonly maxDailyLoss?: Decimal;
}

/** The limits of an account, and what else guards it. */
export interface AccountLimits extends RiskLimits {
  /** Where midnight is, for limits per day: an IANA time zone. */
  readonly timeZone: string;
  /** Whether the account is halted when its positions are not the broker's. */
  readonly haltOnDrift: boolean;
}

export const DEFAULT_ACCOUNT_LIMITS: AccountLimits = { timeZone: 'UTC', haltOnDrift: false };

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Hours that come again every week: when a strategy may enter, or when a market trades. */
export interface TradingWindow {
  /** The days on which the window opens. */
  readonly days: readonly Weekday[];
  /** `HH:MM` in the time zone, inclusive. */
  readonly from: string;
  /** `HH:MM` in the time zone, exclusive; at or before `from` it is a time of the next day. */
  readonly to: string;
  /** An IANA time zone such as `America/New_York`. */
  readonly timeZone: string;
}

/** When a strategy's circuit opens, and how it closes again. */
export interface CircuitSettings {
  /** Opens after this many failures in a row. */
  readonly consecutiveFailures: number;
  /** Opens when this share of the calls in the window failed, above 0 and up to 1. */
  readonly failureRate: number;
  readonly windowSeconds: number;
  /** The failure rate counts only from this many calls in the window on. */
  readonly minimumCalls: number;
  readonly coolDownSeconds: number;
  /** How many probes may be under way at once in half-open, and how many must succeed to close. */
  readonly halfOpenProbes: number;
}

/**
 * What else is done, in this order, when an execution of the strategy is rolled back. Flattening a symbol cancels its
 * working orders first.
 */
export const CLEANUP_STEPS = ['cancel-working-orders', 'flatten-symbol', 'halt-account'] as const;
export type CleanupStep = (typeof CLEANUP_STEPS)[number];

export interface Strategy {
  readonly strategyId: StrategyId;
  readonly webhookId: WebhookId;
  readonly name?: string;
  readonly enabled: boolean;
  readonly accounts: readonly Subscription[];
  /** Whether a SELL may open a short position. */
  readonly allowShort: boolean;
  readonly sizing: Sizing;
  /** Hold in each account of the strategy, for what the strategy itself trades there. */
  readonly limits: RiskLimits;
  /** When entries may be placed; exits always may. Absent: around the clock. */
  readonly window?: TradingWindow;
  readonly circuitBreaker: CircuitSettings;
  /** Which of its values follow the settings. Absent: none. */
  readonly inherits?: readonly StrategyDefault[];
  readonly cleanup: readonly CleanupStep[];
}

/**
 * What a venue's client order id guarantees:
 *
 * - `PERMANENT`: an id is accepted once, ever; sending it again returns or refuses, never duplicates
 * - `OPEN_ONLY`: unique among open orders only; a filled order can be duplicated
 * - `WINDOW`: unique for a limited time
 * - `LOOKUP_ONLY`: not unique, but an order can be found by it
 * - `NONE`: neither
 */
export const CLIENT_ORDER_ID_GUARANTEES = [
  'PERMANENT',
  'OPEN_ONLY',
  'WINDOW',
  'LOOKUP_ONLY',
  'NONE',
] as const;
export type ClientOrderIdGuarantee = (typeof CLIENT_ORDER_ID_GUARANTEES)[number];

/**
 * How a take-profit and a stop-loss go together at a venue: as a pair that the venue keeps (`native`), as two orders of
 * which Onefill cancels one when the other fills (`kept`), or not at all, because the first order already reserves
 * what the second would sell (`none`).
 */
export const OCO_KINDS = ['native', 'kept', 'none'] as const;
export type OcoKind = (typeof OCO_KINDS)[number];

/**
 * What a paper account can rehearse, by what the caller sees and what happened at the venue:
 *
 * - `reject`: refused for good
 * - `rate-limit`: refused, 429; nothing happened
 * - `unavailable`, `timeout-before-accept`, `reset`: 503, no answer, connection reset; nothing happened
 * - `unavailable-after-accept`, `timeout-after-accept`: 503, no answer; yet it was done
 * - `miss`: a lookup finds nothing, although the order exists
 * - `partial-fill`: placed, half of the quantity (rounded down to a whole number above 1) is filled, the rest works
 * - `late-fill`: placed, nothing is filled yet; it fills at the next lookup, or while its cancel is on the way
 *
 * Placing a pair is one call; how it fills is said of its take-profit.
 */
export const REHEARSAL_FAULT_KINDS = [
  'reject',
  'unavailable',
  'rate-limit',
  'timeout-before-accept',
  'timeout-after-accept',
  'reset',
  'unavailable-after-accept',
  'miss',
  'partial-fill',
  'late-fill',
] as const;

/** The calls that a rehearsal can meet. */
export const REHEARSED_CALLS = ['place', 'cancel', 'lookup'] as const;

/** A fault that a paper account rehearses. */
export interface RehearsalFault {
  readonly kind: (typeof REHEARSAL_FAULT_KINDS)[number];
  /** Which calls: the nth, every nth, or all of them. */
  readonly when:
    | { readonly type: 'nth'; readonly nth: number }
    | { readonly type: 'every'; readonly every: number }
    | { readonly type: 'always' };
  readonly on: (typeof REHEARSED_CALLS)[number];
  readonly symbol?: string;
}

/** What a paper account rehearses. */
export interface Simulation {
  readonly latencyMs: number;
  /** The kind of venue that is rehearsed. */
  readonly guarantee: ClientOrderIdGuarantee;
  readonly oco: OcoKind;
  readonly faults: readonly RehearsalFault[];
  /** How many times its equity the account may hold. Absent: whatever it likes. */
  readonly leverage?: Decimal;
  /** When its markets trade. Absent: around the clock. */
  readonly session?: TradingWindow;
}

/** What an account says of an instrument. What is absent is as the table of futures has it, or unbounded. */
export interface InstrumentTerms {
  /** Prices are multiples of it. */
  readonly tickSize?: Decimal;
  /** Quantities are multiples of it. */
  readonly lotSize?: Decimal;
  /** What a price move of 1 is worth per unit of quantity. */
  readonly multiplier?: Decimal;
  /** The contract that the continuous front month stands for, for example `MNQZ6`. */
  readonly contract?: string;
  /** So many calendar days before a contract expires, the continuous front month becomes the next one. */
  readonly rollDaysBeforeExpiry?: number;
}

/** By futures root, such as `MNQ`, or by symbol as the venue has it, such as `AAPL` or `MNQZ6`. */
export type InstrumentSettings = Readonly<Record<string, InstrumentTerms>>;

/** What every account says, whatever its venue. */
interface AccountTerms {
  readonly accountId: AccountId;
  readonly name?: string;
  readonly enabled: boolean;
  readonly limits: AccountLimits;
  readonly instruments?: InstrumentSettings;
}

/** An account at the paper venue. */
export interface PaperAccount extends AccountTerms {
  readonly broker: 'paper';
  /** What it begins with. */
  readonly cash: Decimal;
  readonly simulation: Simulation;
}

/** What accounts at real venues say: which secret has their credentials. */
interface VenueAccountTerms extends AccountTerms {
  /** The end of the secret's name in Secrets Manager: `<stage prefix>brokers/<credentials>`. */
  readonly credentials: string;
}

/** Where orders are worth nothing, or money. */
export const VENUE_ENVIRONMENTS = ['demo', 'live'] as const;
export type VenueEnvironment = (typeof VENUE_ENVIRONMENTS)[number];

/** An account at Alpaca; `demo` is what they call paper. */
export interface AlpacaAccount extends VenueAccountTerms {
  readonly broker: 'alpaca';
  readonly environment: VenueEnvironment;
}

/** An account at Tradovate. */
export interface TradovateAccount extends VenueAccountTerms {
  readonly broker: 'tradovate';
  readonly environment: VenueEnvironment;
}

/** The exchanges that are reached through the optional package ccxt. */
export const CCXT_EXCHANGES = ['binance', 'coinbase', 'kraken'] as const;
export type CcxtExchange = (typeof CCXT_EXCHANGES)[number];

/** An account at one of those exchanges. There is a `demo` at Binance only. */
export interface CcxtAccount extends VenueAccountTerms {
  readonly broker: 'ccxt';
  readonly exchange: CcxtExchange;
  readonly environment: VenueEnvironment;
  /**
   * What is traded, by the symbols that signals and books have: base and quote currency, for example `BTC/USDT`. The
   * quote is the account's own currency and the same for all; no base is there twice.
   */
  readonly symbols: Readonly<Record<string, string>>;
}

/** An account as it is configured; its state (positions, lease) is beside it in the same item. */
export type Account = PaperAccount | AlpacaAccount | TradovateAccount | CcxtAccount;

/** Where an account is, for people and to compare: its broker, the exchange, and what orders are worth there. */
export function venueOf(account: Account): string {
  const { broker, exchange, environment }: { broker: string; exchange?: string; environment?: string } =
    account;
  return [broker, exchange, environment].filter((part) => part !== undefined).join(' ');
}

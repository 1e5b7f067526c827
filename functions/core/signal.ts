import type { Decimal } from './decimal.ts';
import type { ExecutionId } from './ids.ts';
import type { OrderPricing, TimeInForce, Trail } from './order.ts';

/**
 * What a signal may ask for. `buy` and `sell` open or add; `long` and `short` open unless there is such a position already;
 * `add` adds to whatever position there is.
 */
export const SIGNAL_ACTIONS = [
  'buy',
  'sell',
  'long',
  'short',
  'add',
  'exit',
  'reverse',
  'flatten',
  'target',
  'cancel',
] as const;
export type SignalAction = (typeof SIGNAL_ACTIONS)[number];

/** What a venue could call a symbol, with or without the exchange before it. */
export const SYMBOL_FORM = /^[A-Za-z0-9][A-Za-z0-9.!/_:-]{0,39}$/;

/** Which way a position is. */
export const MARKET_POSITIONS = ['long', 'short', 'flat'] as const;
export type MarketPosition = (typeof MARKET_POSITIONS)[number];

/** The payloads that are understood, by the platform that they are written for. */
export const DIALECTS = ['onefill', 'tradingview', 'traderspost', 'openalgo', '3commas'] as const;
export type Dialect = (typeof DIALECTS)[number];

/** The fields of Onefill's own payload that say what a signal is; a template has an expression for some of them. */
export const SIGNAL_FIELDS = [
  'id',
  'symbol',
  'action',
  'quantity',
  'orderType',
  'limitPrice',
  'stopPrice',
  'trailAmount',
  'trailPercent',
  'timeInForce',
  'takeProfit',
  'stopLoss',
  'price',
  'time',
  'targetQuantity',
] as const;
export type SignalField = (typeof SIGNAL_FIELDS)[number];

/** Where a protective order goes: at a price, or a positive distance from the entry's fill, in percent or in price. */
export type PriceTarget =
  | { readonly type: 'price'; readonly price: Decimal }
  | { readonly type: 'percent'; readonly percent: Decimal }
  | { readonly type: 'amount'; readonly amount: Decimal };

/** Where a stop-loss goes: where a protective order may go, or as far behind the market as it trails. */
export type StopTarget = PriceTarget | { readonly type: 'trail'; readonly trail: Trail };

/**
 * A quantity that is computed when its turn comes, from a positive amount or percentage:
 *
 * - `cash`: what the position is to be worth
 * - `riskAmount`: what is lost when its stop-loss is hit
 * - `percentOfEquity`: what the position is to be worth, in percent of what the account is worth
 */
export type ComputedSizing =
  | { readonly type: 'cash'; readonly amount: Decimal }
  | { readonly type: 'riskAmount'; readonly amount: Decimal }
  | { readonly type: 'percentOfEquity'; readonly percent: Decimal };

/**
 * What a provider asked for, whatever dialect it spoke.
 *
 * A signal names no account: strategies and their accounts subscribe to the webhook it came through.
 */
export interface Signal {
  /** What is traded, as the sender has it, for example `CME_MINI:MNQ1!`; each account says what that stands for. */
  readonly symbol: string;
  readonly action: SignalAction;
  /** Positive; the strategy's sizing decides when it is absent. */
  readonly quantity?: Decimal;
  /** In place of a quantity. */
  readonly sizing?: ComputedSizing;
  /** How much of the position to close, above 0 and at most 100; only with the action `exit`, in place of a quantity. */
  readonly positionPercent?: Decimal;
  /** Signed position to reach, with the action `target`; with a trade, the quantity that it is to hold in all. */
  readonly targetQuantity?: Decimal;
  readonly timeInForce: TimeInForce;
  /** How the entry is priced; absent: at the market. Only with actions that open a position. */
  readonly pricing?: Exclude<OrderPricing, { type: 'market' }>;
  /** Where the trade is closed at a profit; only with actions that open a position. */
  readonly takeProfit?: PriceTarget;
  /** Where it is closed at a loss; only with actions that open a position. */
  readonly stopLoss?: StopTarget;
  /** The trade that an operator closes or adds to. */
  readonly trade?: ExecutionId;
  /** The sender's price when it decided; the paper venue fills at it. */
  readonly price?: Decimal;
  /** The position that the sender's strategy had before: nothing is decided by it, but operators hear when ours was another. */
  readonly previousPosition?: MarketPosition;
  /** When the sender decided, milliseconds since the epoch. */
  readonly sentAtMs?: number;
  /** How old it may be when it is received, by the sender's own word. */
  readonly maxLagSeconds?: number;
}

import type { ClientOrderIdGuarantee, OcoKind } from '../core/configuration.ts';
import type { Decimal } from '../core/decimal.ts';
import type { BrokerOrderId, ClientOrderId } from '../core/ids.ts';
import type { OrderIntent, OrderReference, OrderStatus, OrderType, Side, Trail } from '../core/order.ts';
import type { TimeInForce } from '../core/signal.ts';

/** An order as the venue holds it. */
export interface BrokerOrder {
  readonly brokerOrderId: BrokerOrderId;
  readonly clientOrderId: ClientOrderId;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly limitPrice?: Decimal;
  /** Where a stop is now; of a trailing one it moves. */
  readonly stopPrice?: Decimal;
  readonly trail?: Trail;
  readonly quantity: Decimal;
  readonly status: Extract<
    OrderStatus,
    'NEW' | 'PARTIALLY_FILLED' | 'FILLED' | 'CANCELED' | 'REJECTED' | 'EXPIRED'
  >;
  readonly filledQuantity: Decimal;
  readonly averageFillPrice?: Decimal;
  /** Milliseconds since the epoch. */
  readonly createdAtMs: number;
}

/** The venue's answer is missing or says nothing: the call may or may not have taken effect. */
export interface UnknownOutcome {
  readonly kind: 'unknown';
  readonly cause: 'timeout' | 'unavailable' | 'connection';
  readonly message: string;
}

/**
 * What placing an order came to. `busy` means the venue refused to look at it (rate limit), so it does not exist;
 * after `unknown` it may.
 */
export type PlaceOutcome =
  | { readonly kind: 'accepted'; readonly order: BrokerOrder }
  | { readonly kind: 'rejected'; readonly code: string; readonly message: string }
  | { readonly kind: 'busy'; readonly retryAfterMs: number; readonly message: string }
  | UnknownOutcome;

/** A take-profit and a stop-loss of which only one is to fill; each names the other in `oco`. */
export interface OcoPair {
  readonly takeProfit: OrderIntent;
  readonly stopLoss: OrderIntent;
}

/** What placing a pair came to: both orders, or neither; after `unknown` both or neither may exist. */
export type PlaceOcoOutcome =
  | { readonly kind: 'accepted'; readonly takeProfit: BrokerOrder; readonly stopLoss: BrokerOrder }
  | Exclude<PlaceOutcome, { kind: 'accepted' }>;

/** What asking for an order came to. `absent` is proof only as far as the venue's guarantee goes. */
export type LookupOutcome =
  | { readonly kind: 'found'; readonly order: BrokerOrder }
  | { readonly kind: 'absent' }
  | UnknownOutcome;

/**
 * What asking for an order's end came to. `accepted` is a request only: the order may still fill on the way, so its
 * end must be looked up. `rejected`: there is nothing to cancel, because the order has ended or never was.
 */
export type CancelOutcome =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'rejected'; readonly code: string; readonly message: string }
  | { readonly kind: 'busy'; readonly retryAfterMs: number; readonly message: string }
  | UnknownOutcome;

/** What the venue holds for the account, by symbol, signed; a symbol that is flat may be absent. */
export type PositionsOutcome =
  | { readonly kind: 'positions'; readonly quantities: Readonly<Record<string, Decimal>> }
  | UnknownOutcome;

/** What the account is worth in its own currency: cash, and what is held at the last price. */
export type EquityOutcome = { readonly kind: 'equity'; readonly equity: Decimal } | UnknownOutcome;

/** What a venue can do. What it cannot is refused by name before anything is placed. */
export interface BrokerCapabilities {
  readonly orderTypes: readonly OrderType[];
  readonly timesInForce: readonly TimeInForce[];
  readonly oco: OcoKind;
  /** Whether the venue itself sees to it that an order with `reduceOnly` opens no position. */
  readonly reduceOnly: boolean;
}

/** The port to a venue, for one account. Adapters return outcomes; they neither throw for them nor retry. */
export interface Broker {
  readonly clientOrderIdGuarantee: ClientOrderIdGuarantee;
  /** With the guarantee `WINDOW`: for how long after its acceptance an id is not accepted again. */
  readonly uniqueForMs?: number;
  readonly capabilities: BrokerCapabilities;
  place(intent: OrderIntent): Promise<PlaceOutcome>;
  /** Places a pair as one; only where `capabilities.oco` is `native`. */
  placeOco?(pair: OcoPair): Promise<PlaceOcoOutcome>;
  lookup(order: OrderReference): Promise<LookupOutcome>;
  /** Asks the venue to end what is not filled yet of an order. */
  cancel(order: OrderReference): Promise<CancelOutcome>;
  positions(): Promise<PositionsOutcome>;
  equity(): Promise<EquityOutcome>;
  /** Every order the venue holds for the account, newest first, at most `limit`. */
  orders(limit: number): Promise<BrokerOrder[]>;
}

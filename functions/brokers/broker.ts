import type { Decimal } from '../core/decimal.ts';
import type { BrokerOrderId, ClientOrderId } from '../core/ids.ts';
import type { OrderIntent, OrderStatus, OrderType, Side } from '../core/order.ts';

/**
 * What a venue's client order id guarantees:
 *
 * - `PERMANENT`: an id is accepted once, ever; sending it again returns or refuses, never duplicates
 * - `OPEN_ONLY`: unique among open orders only; a filled order can be duplicated
 * - `WINDOW`: unique for a limited time
 * - `LOOKUP_ONLY`: not unique, but an order can be found by it
 * - `NONE`: neither
 */
export type ClientOrderIdGuarantee = 'PERMANENT' | 'OPEN_ONLY' | 'WINDOW' | 'LOOKUP_ONLY' | 'NONE';

/** An order as the venue holds it. */
export interface BrokerOrder {
  readonly brokerOrderId: BrokerOrderId;
  readonly clientOrderId: ClientOrderId;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
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

/** What asking for an order came to. `absent` is proof only as far as the venue's guarantee goes. */
export type LookupOutcome =
  | { readonly kind: 'found'; readonly order: BrokerOrder }
  | { readonly kind: 'absent' }
  | UnknownOutcome;

/** The port to a venue, for one account. Adapters return outcomes; they neither throw for them nor retry. */
export interface Broker {
  readonly clientOrderIdGuarantee: ClientOrderIdGuarantee;
  place(intent: OrderIntent): Promise<PlaceOutcome>;
  lookup(clientOrderId: ClientOrderId): Promise<LookupOutcome>;
  /** Every order the venue holds for the account, newest first, at most `limit`. */
  orders(limit: number): Promise<BrokerOrder[]>;
}

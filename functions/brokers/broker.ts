import type { ClientOrderIdGuarantee } from '../core/configuration.ts';
import type { Decimal } from '../core/decimal.ts';
import type { BrokerOrderId, ClientOrderId } from '../core/ids.ts';
import type { OrderIntent, OrderStatus, OrderType, Side } from '../core/order.ts';

/** An order as the venue holds it. */
export interface BrokerOrder {
  readonly brokerOrderId: BrokerOrderId;
  readonly clientOrderId: ClientOrderId;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly stopPrice?: Decimal;
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

/** The port to a venue, for one account. Adapters return outcomes; they neither throw for them nor retry. */
export interface Broker {
  readonly clientOrderIdGuarantee: ClientOrderIdGuarantee;
  /** With the guarantee `WINDOW`: for how long after its acceptance an id is not accepted again. */
  readonly uniqueForMs?: number;
  place(intent: OrderIntent): Promise<PlaceOutcome>;
  lookup(clientOrderId: ClientOrderId): Promise<LookupOutcome>;
  /** Asks the venue to end what is not filled yet of an order. */
  cancel(clientOrderId: ClientOrderId): Promise<CancelOutcome>;
  positions(): Promise<PositionsOutcome>;
  /** Every order the venue holds for the account, newest first, at most `limit`. */
  orders(limit: number): Promise<BrokerOrder[]>;
}

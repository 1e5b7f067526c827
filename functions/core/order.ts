import { add, compare, type Decimal, divide, isZero, multiply, sign, ZERO } from './decimal.ts';
import { assertNever, OnefillError } from './errors.ts';
import type { BrokerOrderId, ClientOrderId, ExecutionId } from './ids.ts';

export type Side = 'buy' | 'sell';

export const TIMES_IN_FORCE = ['day', 'gtc', 'ioc', 'fok'] as const;
export type TimeInForce = (typeof TIMES_IN_FORCE)[number];

/**
 * A `market` order trades at once, a `limit` order at its price or better. A `stop` order rests at the venue and becomes a
 * market order when its price is reached, a `stop_limit` order a limit order; a `trailing_stop` is a stop order whose
 * price follows the market at a distance, and never goes back.
 */
export const ORDER_TYPES = ['market', 'limit', 'stop', 'stop_limit', 'trailing_stop'] as const;
export type OrderType = (typeof ORDER_TYPES)[number];

/** How far behind the market a trailing stop stays: a positive distance in price, or in percent of the price. */
export type Trail =
  | { readonly type: 'amount'; readonly amount: Decimal }
  | { readonly type: 'percent'; readonly percent: Decimal };

/** An order's type with the prices that it takes. */
export type OrderPricing =
  | { readonly type: 'market' }
  | { readonly type: 'limit'; readonly limitPrice: Decimal }
  | { readonly type: 'stop'; readonly stopPrice: Decimal }
  | { readonly type: 'stop_limit'; readonly stopPrice: Decimal; readonly limitPrice: Decimal }
  | { readonly type: 'trailing_stop'; readonly trail: Trail };

/**
 * Where an order stands. INTENT, SENDING and UNKNOWN are ours: before and while the venue's word is missing.
 * DENIED is our refusal before the venue had it, REJECTED is the venue's. The rest are FIX order states.
 */
export type OrderStatus =
  | 'INTENT'
  | 'SENDING'
  | 'UNKNOWN'
  | 'DENIED'
  | 'NEW'
  | 'PARTIALLY_FILLED'
  | 'PENDING_CANCEL'
  | 'FILLED'
  | 'CANCELED'
  | 'REJECTED'
  | 'EXPIRED';

/** What every order says, whatever its type. */
interface OrderTerms {
  readonly clientOrderId: ClientOrderId;
  /** Which order of its execution this is, for example `entry` or `exit`. */
  readonly leg: string;
  readonly symbol: string;
  readonly side: Side;
  /** Positive. */
  readonly quantity: Decimal;
  readonly timeInForce: TimeInForce;
  /** It may shrink a position, never open or turn one. */
  readonly reduceOnly: boolean;
  /** The price known when it was decided; the paper venue fills market orders at it. */
  readonly referencePrice?: Decimal;
  /** The other order of its pair, one of which cancels the other: the one that fills ends the other. */
  readonly oco?: ClientOrderId;
  /** The trade that it is meant to close or to add to, where that is not its execution's own. */
  readonly trade?: ExecutionId;
}

/** Everything the venue needs, decided before it is called (I3: there are no placeholder orders). */
export type OrderIntent = OrderTerms & OrderPricing;

/**
 * What a venue needs to find an order: some know the id only together with the symbol, or the pair by one of the two. The
 * venue's own number, once it is known, finds an order that is too old for the lists in which some look for the id.
 */
export type OrderReference = Pick<OrderIntent, 'clientOrderId' | 'symbol' | 'oco'> & {
  readonly brokerOrderId?: BrokerOrderId;
};

/**
 * What an order is expected to fill at, as far as it tells.
 *
 * @param marketPrice what is known of the market
 */
export function expectedPriceOf(
  pricing: OrderPricing,
  marketPrice: Decimal | undefined,
): Decimal | undefined {
  switch (pricing.type) {
    case 'limit':
    case 'stop_limit':
      return pricing.limitPrice;
    case 'stop':
      return pricing.stopPrice;
    case 'market':
    case 'trailing_stop':
      return marketPrice;
    default:
      return assertNever(pricing);
  }
}

/** An order intent and what became of it. */
export type Order = OrderIntent & {
  readonly status: OrderStatus;
  readonly brokerOrderId?: BrokerOrderId;
  /** From 0 to `quantity`. */
  readonly filledQuantity: Decimal;
  readonly averageFillPrice?: Decimal;
  /** Why it was denied, rejected or is unknown, in words for a person. */
  readonly reason?: string;
};

/** What can happen to an order. */
export type OrderEvent =
  | { readonly kind: 'sent' }
  | { readonly kind: 'accepted'; readonly brokerOrderId: BrokerOrderId }
  | { readonly kind: 'filled'; readonly quantity: Decimal; readonly price: Decimal }
  | { readonly kind: 'rejected'; readonly reason: string }
  | { readonly kind: 'denied'; readonly reason: string }
  | { readonly kind: 'lost'; readonly reason: string }
  | { readonly kind: 'cancel-sent' }
  | { readonly kind: 'cancel-refused' }
  | { readonly kind: 'canceled' }
  | { readonly kind: 'expired' };

type EventKind = OrderEvent['kind'];

const FROM_THE_VENUE: readonly EventKind[] = ['accepted', 'filled', 'rejected', 'canceled', 'expired'];

/** Which events each state admits. States with an empty list are final. */
const ADMITTED: Readonly<Record<OrderStatus, readonly EventKind[]>> = {
  INTENT: ['sent', 'denied'],
  SENDING: [...FROM_THE_VENUE, 'lost', 'denied', 'sent'],
  UNKNOWN: [...FROM_THE_VENUE, 'lost', 'denied', 'sent'],
  NEW: ['filled', 'canceled', 'expired', 'rejected', 'cancel-sent'],
  PARTIALLY_FILLED: ['filled', 'canceled', 'expired', 'cancel-sent'],
  PENDING_CANCEL: ['filled', 'canceled', 'expired', 'rejected', 'cancel-sent', 'cancel-refused'],
  FILLED: [],
  CANCELED: [],
  DENIED: [],
  REJECTED: [],
  EXPIRED: [],
};

/** A new order from its intent. */
export function orderFrom(intent: OrderIntent): Order {
  return { ...intent, status: 'INTENT', filledQuantity: ZERO };
}

/** Whether nothing can happen to the order any more. */
export function isFinal(order: Order): boolean {
  return isFinalStatus(order.status);
}

/** Whether nothing can happen any more to an order that stands there. */
export function isFinalStatus(status: OrderStatus): boolean {
  return ADMITTED[status].length === 0;
}

/**
 * The one transition function of orders.
 *
 * @throws OnefillError `ORDER_TRANSITION` when the order's state does not admit the event, or a fill is not positive
 *   or exceeds the ordered quantity: the books would no longer add up, so this is never swallowed
 */
export function applyOrderEvent(order: Order, event: OrderEvent): Order {
  if (!admits(order, event.kind)) {
    throw new OnefillError(
      'ORDER_TRANSITION',
      'reconcile',
      `Order ${order.clientOrderId} is ${order.status} and cannot become ${event.kind}.`,
    );
  }
  switch (event.kind) {
    case 'sent':
      return { ...order, status: 'SENDING' };
    case 'accepted':
      return { ...order, status: 'NEW', brokerOrderId: event.brokerOrderId };
    case 'filled':
      return applyFill(order, event.quantity, event.price);
    case 'rejected':
      return { ...order, status: 'REJECTED', reason: event.reason };
    case 'denied':
      return { ...order, status: 'DENIED', reason: event.reason };
    case 'lost':
      return { ...order, status: 'UNKNOWN', reason: event.reason };
    case 'cancel-sent':
      return { ...order, status: 'PENDING_CANCEL' };
    case 'cancel-refused':
      return { ...order, status: isZero(order.filledQuantity) ? 'NEW' : 'PARTIALLY_FILLED' };
    case 'canceled':
      return { ...order, status: 'CANCELED' };
    case 'expired':
      return { ...order, status: 'EXPIRED' };
  }
}

/** A venue cannot refuse what it has filled in part: the rest of such an order is canceled. */
function admits(order: Order, kind: EventKind): boolean {
  return ADMITTED[order.status].includes(kind) && (kind !== 'rejected' || isZero(order.filledQuantity));
}

function applyFill(order: Order, quantity: Decimal, price: Decimal): Order {
  const filledQuantity = add(order.filledQuantity, quantity);
  if (sign(quantity) <= 0 || compare(filledQuantity, order.quantity) > 0) {
    throw new OnefillError(
      'ORDER_TRANSITION',
      'reconcile',
      `Order ${order.clientOrderId} of ${order.quantity}, filled ${order.filledQuantity}, cannot fill ${quantity} more.`,
    );
  }
  const spent = add(
    multiply(order.filledQuantity, order.averageFillPrice ?? ZERO),
    multiply(quantity, price),
  );
  return {
    ...order,
    status: statusAfterFill(order, filledQuantity),
    filledQuantity,
    averageFillPrice: isZero(filledQuantity) ? price : divide(spent, filledQuantity),
  };
}

/** A fill that leaves something open does not end a cancel that is on its way. */
function statusAfterFill(order: Order, filledQuantity: Decimal): OrderStatus {
  if (compare(filledQuantity, order.quantity) === 0) {
    return 'FILLED';
  }
  return order.status === 'PENDING_CANCEL' ? 'PENDING_CANCEL' : 'PARTIALLY_FILLED';
}

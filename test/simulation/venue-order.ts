import type { BrokerOrder } from '../../functions/brokers/broker.ts';
import {
  add,
  compare,
  type Decimal,
  decimal,
  divide,
  isZero,
  multiply,
  subtract,
  ZERO,
} from '../../functions/core/decimal.ts';
import type { AccountId, BrokerOrderId } from '../../functions/core/ids.ts';
import type { OrderIntent, Side, TimeInForce } from '../../functions/core/order.ts';

/** An order as the venue has it. */
export interface VenueOrder extends BrokerOrder {
  readonly accountId: AccountId;
  readonly reduceOnly: boolean;
  readonly timeInForce: TimeInForce;
  /** Of an order that came in a pair: which pair. */
  readonly pair?: number;
  /** Of an order with a stop: it was reached. */
  readonly isTriggered?: boolean;
  /** How many times it is still asked for before it fills. */
  readonly fillsAtLookup?: number;
}

/** An order that was just entered, as the nth of its venue. */
export function newOrder(
  accountId: AccountId,
  intent: OrderIntent,
  number: number,
): Omit<VenueOrder, 'createdAtMs'> {
  const { clientOrderId, symbol, side, type, quantity, timeInForce, reduceOnly } = intent;
  return {
    accountId,
    brokerOrderId: `venue-${number}` as BrokerOrderId,
    clientOrderId,
    symbol,
    side,
    type,
    ...('limitPrice' in intent ? { limitPrice: intent.limitPrice } : {}),
    ...('stopPrice' in intent ? { stopPrice: intent.stopPrice } : {}),
    ...('trail' in intent ? { trail: intent.trail } : {}),
    quantity,
    timeInForce,
    reduceOnly,
    status: 'NEW',
    filledQuantity: ZERO,
  };
}

/** The order once it filled something more. */
export function withFill(order: VenueOrder, filled: Decimal, price: Decimal): VenueOrder {
  if (isZero(filled)) {
    return order;
  }
  const filledQuantity = add(order.filledQuantity, filled);
  const spent = add(multiply(order.filledQuantity, order.averageFillPrice ?? ZERO), multiply(filled, price));
  const averageFillPrice = divide(spent, filledQuantity);
  const status = compare(filledQuantity, order.quantity) === 0 ? 'FILLED' : 'PARTIALLY_FILLED';
  return { ...order, filledQuantity, averageFillPrice, status };
}

const HUNDRED = decimal(100);

/** An order as callers are shown it. */
export function shown({
  accountId: _,
  reduceOnly: __,
  timeInForce: ___,
  pair: ____,
  isTriggered: _____,
  fillsAtLookup: ______,
  ...order
}: VenueOrder): BrokerOrder {
  return order;
}

export function isOpen({ status }: VenueOrder): boolean {
  return status === 'NEW' || status === 'PARTIALLY_FILLED';
}

/** What of an order may still fill. */
export function openOf({ quantity, filledQuantity }: BrokerOrder): Decimal {
  return subtract(quantity, filledQuantity);
}

/** Whether nothing of it is left working: it is for now, all of it or as much as there is. */
export function isForNow({ timeInForce }: VenueOrder): boolean {
  return timeInForce === 'ioc' || timeInForce === 'fok';
}

/** Whether an order waits for its stop no longer, or has none. */
export function isActive({ type, isTriggered }: VenueOrder): boolean {
  return type === 'market' || type === 'limit' || isTriggered === true;
}

/** Whether an order trades at its limit or better, and waits for nothing else. */
export function isLimited(order: VenueOrder): boolean {
  return order.limitPrice !== undefined && isActive(order);
}

/** The order once the market was at a price: its stop follows, and may be reached. */
export function seenAt(order: VenueOrder, price: Decimal): VenueOrder {
  if (isActive(order)) {
    return order;
  }
  const stopPrice = order.trail ? trailed(order, price) : order.stopPrice;
  const isTriggered = stopPrice !== undefined && isPast(order.side, price, stopPrice);
  return {
    ...order,
    ...(stopPrice === undefined ? {} : { stopPrice }),
    ...(isTriggered ? { isTriggered } : {}),
  };
}

/** Whether a price is at an order's limit or better. */
export function isAcceptable({ side, limitPrice }: VenueOrder, price: Decimal): boolean {
  return limitPrice === undefined || isPast(side === 'buy' ? 'sell' : 'buy', price, limitPrice);
}

/** At what price an order fills wherever the market is: at the market's if it may, else at its own. */
export function ownPrice(order: VenueOrder, price: Decimal): Decimal {
  const seen = seenAt(order, price);
  return isActive(seen) && isAcceptable(seen, price) ? price : (order.limitPrice ?? order.stopPrice ?? price);
}

/** Buyers wait for prices to rise to their stop, sellers for them to fall. */
function isPast(side: Side, price: Decimal, mark: Decimal): boolean {
  return side === 'buy' ? compare(price, mark) >= 0 : compare(price, mark) <= 0;
}

/** A trailing stop comes closer, and never moves away. */
function trailed({ side, trail, stopPrice }: VenueOrder, price: Decimal): Decimal | undefined {
  if (!trail) {
    return stopPrice;
  }
  const distance = trail.type === 'amount' ? trail.amount : divide(multiply(price, trail.percent), HUNDRED);
  const behind = side === 'buy' ? add(price, distance) : subtract(price, distance);
  const isCloser =
    stopPrice === undefined ||
    (side === 'buy' ? compare(behind, stopPrice) < 0 : compare(behind, stopPrice) > 0);
  return isCloser ? behind : stopPrice;
}

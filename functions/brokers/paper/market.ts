import { type Decimal, multiply, negate, subtract, ZERO } from '../../core/decimal.ts';
import type { ClientOrderId } from '../../core/ids.ts';
import type { Side } from '../../core/order.ts';
import type { TimeInForce } from '../../core/signal.ts';
import type { BrokerOrder } from '../broker.ts';

/** An order as the paper venue keeps it. */
export interface PaperOrder extends BrokerOrder {
  /** Which of the orders with its client order id it is, from 1. The two of a pair have the same. */
  readonly copy: number;
  readonly timeInForce: TimeInForce;
  readonly reduceOnly: boolean;
  /** The price that it named: a market order fills at no other, unless it has to wait for one. */
  readonly referencePrice?: Decimal;
  /** The other order of the pair that it entered in. */
  readonly oco?: ClientOrderId;
  /** Of a stop-limit order: its stop was reached, and it is a limit order now. */
  readonly isTriggered?: boolean;
  /**
   * What it is open for: the market, or nothing but a question about it (a rehearsed late fill). Absent once it has
   * ended.
   */
  readonly waitsFor?: 'market' | 'inquiry';
}

/** One symbol as the venue sees it for one account. */
export interface Market {
  /** The last known price. */
  readonly price?: Decimal;
  /** Signed. */
  readonly position: Decimal;
  /** What the fills brought in, less what they cost. */
  readonly cashFlow: Decimal;
  /** Every open order, oldest first. */
  readonly working: readonly PaperOrder[];
}

export const EMPTY_MARKET: Market = { position: ZERO, cashFlow: ZERO, working: [] };

/** What something changes: the market after it, and the orders that are new or no longer what they were. */
export interface Change {
  readonly market: Market;
  readonly orders: readonly PaperOrder[];
}

/** Which order of a symbol it is. */
type Key = Pick<PaperOrder, 'clientOrderId' | 'copy'>;

/** Whether something can still happen to the order. */
export function isOpen({ status }: BrokerOrder): boolean {
  return status === 'NEW' || status === 'PARTIALLY_FILLED';
}

export function isSame(left: Key, right: Key): boolean {
  return left.clientOrderId === right.clientOrderId && left.copy === right.copy;
}

/** The order as it works now; `undefined` once it has ended. */
export function workingOrder({ working }: Market, key: Key): PaperOrder | undefined {
  return working.find((order) => isSame(order, key));
}

/** What of an order is not filled yet. */
export function openQuantity({ quantity, filledQuantity }: BrokerOrder): Decimal {
  return subtract(quantity, filledQuantity);
}

/** A fill's effect on a position. */
export function signed(side: Side, quantity: Decimal): Decimal {
  return side === 'buy' ? quantity : negate(quantity);
}

/** What a fill brings in: nothing but money spent if it is a buy. */
export function proceeds(side: Side, quantity: Decimal, price: Decimal): Decimal {
  return negate(multiply(signed(side, quantity), price));
}

/** An order as the venue shows it. */
export function shown({
  copy: _copy,
  timeInForce: _timeInForce,
  reduceOnly: _reduceOnly,
  referencePrice: _referencePrice,
  oco: _oco,
  isTriggered: _isTriggered,
  waitsFor: _waitsFor,
  ...order
}: PaperOrder): BrokerOrder {
  return order;
}

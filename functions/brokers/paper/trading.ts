import {
  absolute,
  add,
  compare,
  type Decimal,
  divide,
  isZero,
  multiply,
  sign,
  smaller,
  ZERO,
} from '../../core/decimal.ts';
import type { Side } from '../../core/order.ts';
import {
  type Change,
  isOpen,
  isSame,
  type Market,
  openQuantity,
  type PaperOrder,
  proceeds,
  signed,
  workingOrder,
} from './market.ts';

/**
 * An order trades: a quantity of it, of a reduce-only order no more than there is to reduce. What a reduce-only order
 * must not trade ends, and so does what an order for now (`ioc`, `fok`) does not trade; one for all or nothing (`fok`)
 * that cannot trade whole trades nothing.
 *
 * @param wanted how much of it the market would let trade, zero or more
 */
export function trade(change: Change, order: PaperOrder, wanted: Decimal, price: Decimal): Change {
  const { market } = change;
  const possible = order.reduceOnly ? smaller(wanted, reducible(market, order.side)) : wanted;
  const isWhole = compare(possible, openQuantity(order)) === 0;
  const quantity = order.timeInForce === 'fok' && !isWhole ? ZERO : possible;
  const filled = isZero(quantity) ? order : withFill(order, quantity, price);
  const isForNow = order.timeInForce === 'ioc' || order.timeInForce === 'fok';
  const isOver = isForNow || compare(possible, wanted) < 0;
  return settle(
    { ...change, market: afterTrade(market, order.side, quantity, price) },
    isOver && isOpen(filled) ? ended(filled, 'CANCELED') : filled,
  );
}

/**
 * The change that also leaves an order as it is now. Of a pair as much stays open in the one order as in the other: a
 * part that fills is taken off the other's quantity, and the end of one ends both. So no more than the quantity of
 * the pair can ever fill.
 */
export function settle(change: Change, order: PaperOrder): Change {
  const recorded = record(change, order);
  const sibling = siblingOf(change.market, order);
  if (sibling === undefined || (isOpen(order) && openQuantity(sibling) === openQuantity(order))) {
    return recorded;
  }
  return record(recorded, besides(sibling, order));
}

/** The other order of a pair, while it works. */
export function siblingOf(market: Market, { oco, copy }: PaperOrder): PaperOrder | undefined {
  return oco === undefined ? undefined : workingOrder(market, { clientOrderId: oco, copy });
}

export function ended({ waitsFor: _, ...order }: PaperOrder, status: 'FILLED' | 'CANCELED'): PaperOrder {
  return { ...order, status };
}

/** What a reduce-only order of a side may trade at most. */
export function reducible({ position }: Market, side: Side): Decimal {
  return sign(position) === (side === 'sell' ? 1 : -1) ? absolute(position) : ZERO;
}

/** An order of a pair after something became of the other. */
function besides(sibling: PaperOrder, order: PaperOrder): PaperOrder {
  return isOpen(order)
    ? { ...sibling, quantity: add(sibling.filledQuantity, openQuantity(order)) }
    : ended(sibling, 'CANCELED');
}

/** The market after a trade in it; the first trade tells its price when nothing else did. */
function afterTrade(market: Market, side: Side, quantity: Decimal, price: Decimal): Market {
  return isZero(quantity)
    ? market
    : {
        ...market,
        price: market.price ?? price,
        position: add(market.position, signed(side, quantity)),
        cashFlow: add(market.cashFlow, proceeds(side, quantity, price)),
      };
}

function withFill(order: PaperOrder, quantity: Decimal, price: Decimal): PaperOrder {
  const filledQuantity = add(order.filledQuantity, quantity);
  const before = multiply(order.filledQuantity, order.averageFillPrice ?? ZERO);
  const averageFillPrice = divide(add(before, multiply(quantity, price)), filledQuantity);
  const filled = { ...order, filledQuantity, averageFillPrice };
  return compare(filledQuantity, order.quantity) === 0
    ? ended(filled, 'FILLED')
    : { ...filled, status: 'PARTIALLY_FILLED' };
}

/** Puts an order where an earlier version of it was, among the changed and the working ones. */
function record({ market, orders }: Change, order: PaperOrder): Change {
  const working = isOpen(order)
    ? withOrder(market.working, order)
    : market.working.filter((other) => !isSame(other, order));
  return { market: { ...market, working }, orders: withOrder(orders, order) };
}

function withOrder(orders: readonly PaperOrder[], order: PaperOrder): readonly PaperOrder[] {
  return orders.some((other) => isSame(other, order))
    ? orders.map((other) => (isSame(other, order) ? order : other))
    : [...orders, order];
}

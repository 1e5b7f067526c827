import { add, compare, type Decimal, decimal, divide, multiply, sign, subtract } from './decimal.ts';
import { assertNever } from './errors.ts';
import type { Reason } from './execution.ts';
import { clientOrderIdOf, type ExecutionId } from './ids.ts';
import {
  applyOrderEvent,
  type Order,
  type OrderIntent,
  type OrderPricing,
  orderFrom,
  type Side,
} from './order.ts';
import type { PriceTarget, StopTarget } from './signal.ts';
import type { Protection } from './trade.ts';

/** Which of a trade's protective orders one is: it stops the loss, or takes the profit. */
export type ProtectiveKind = 'stop-loss' | 'take-profit';

const PROTECTIVE = /^(stop-loss|take-profit)(?:-(\d+))?$/;
const HUNDRED = decimal(100);

/** Which protective order an order is; `undefined` when it is none. */
export function protectiveKindOf({ leg }: Pick<Order, 'leg'>): ProtectiveKind | undefined {
  return PROTECTIVE.exec(leg)?.[1] as ProtectiveKind | undefined;
}

/** Which attempt at protecting its trade an order belongs to, from 1; `undefined` when it protects none. */
export function protectiveRevisionOf({ leg }: Pick<Order, 'leg'>): number | undefined {
  const found = PROTECTIVE.exec(leg);
  return found ? Number(found[2] ?? 1) : undefined;
}

/** Whether an order protects a trade: it rests at the venue as long as there is something behind it. */
export function isProtective(order: Pick<Order, 'leg'>): boolean {
  return protectiveKindOf(order) !== undefined;
}

/** What protective orders are made for. */
export interface Protected {
  readonly executionId: ExecutionId;
  readonly symbol: string;
  /** Of the entry. */
  readonly side: Side;
  /** Positive: exactly what is held. */
  readonly quantity: Decimal;
  /** The average price of the fills that are protected. */
  readonly entryPrice: Decimal;
  readonly protection: Protection;
  /** From 1: which attempt it is. Each has orders, and so ids, of its own. */
  readonly revision: number;
}

/**
 * The orders that protect what an entry filled: a stop-loss, a take-profit, or both as a pair of which only one is to fill.
 * They are about to be sent.
 *
 * @returns `undefined` when one of the prices is none
 */
export function protectiveOrders(what: Protected): readonly Order[] | undefined {
  const { stopLoss, takeProfit } = what.protection;
  const pricings = [
    ...(stopLoss ? [['stop-loss', stopPricing(stopLoss, what)] as const] : []),
    ...(takeProfit ? [['take-profit', limitPricing(takeProfit, what)] as const] : []),
  ];
  const ids = pricings.map(([kind]) => clientOrderIdOf(what.executionId, legOf(kind, what.revision)));
  const orders: Order[] = [];
  for (const [index, [kind, pricing]] of pricings.entries()) {
    const clientOrderId = ids[index];
    const sibling = ids[1 - index];
    if (pricing === undefined || clientOrderId === undefined) {
      return undefined;
    }
    const terms: Omit<OrderIntent, 'type'> = {
      clientOrderId,
      leg: legOf(kind, what.revision),
      symbol: what.symbol,
      side: what.side === 'buy' ? 'sell' : 'buy',
      quantity: what.quantity,
      timeInForce: 'gtc',
      reduceOnly: true,
      ...(sibling === undefined ? {} : { oco: sibling }),
    };
    orders.push(applyOrderEvent(orderFrom({ ...terms, ...pricing }), { kind: 'sent' }));
  }
  return orders;
}

function legOf(kind: ProtectiveKind, revision: number): string {
  return revision === 1 ? kind : `${kind}-${revision}`;
}

function stopPricing(target: StopTarget, { side, entryPrice }: Protected): OrderPricing | undefined {
  if (target.type === 'trail') {
    return { type: 'trailing_stop', trail: target.trail };
  }
  const stopPrice = protectivePrice(target, 'stop-loss', side, entryPrice);
  return sign(stopPrice) > 0 ? { type: 'stop', stopPrice } : undefined;
}

function limitPricing(target: PriceTarget, { side, entryPrice }: Protected): OrderPricing | undefined {
  const limitPrice = protectivePrice(target, 'take-profit', side, entryPrice);
  return sign(limitPrice) > 0 ? { type: 'limit', limitPrice } : undefined;
}

/** At which price a protective order goes; it may be none at all. */
function protectivePrice(
  target: PriceTarget,
  kind: ProtectiveKind,
  side: Side,
  entryPrice: Decimal,
): Decimal {
  const isAbove = (kind === 'take-profit') === (side === 'buy');
  const away = (distance: Decimal) => (isAbove ? add : subtract)(entryPrice, distance);
  switch (target.type) {
    case 'price':
      return target.price;
    case 'amount':
      return away(target.amount);
    case 'percent':
      return away(divide(multiply(entryPrice, target.percent), HUNDRED));
    default:
      return assertNever(target);
  }
}

/**
 * Why an entry at a price could not be protected as it is asked for; `undefined` when it can.
 *
 * @param side of the entry
 */
export function refuseByPrices(
  { stopLoss, takeProfit }: Protection,
  side: Side,
  entryPrice: Decimal,
): Reason | undefined {
  if (stopLoss && stopLoss.type !== 'trail') {
    const price = protectivePrice(stopLoss, 'stop-loss', side, entryPrice);
    if (sign(price) <= 0 || !isBeyond(price, entryPrice, side === 'buy' ? 'below' : 'above')) {
      const message = `The stop-loss at ${price} is not on the losing side of ${entryPrice}.`;
      return { code: 'STOP_LOSS_WRONG_SIDE', message };
    }
  }
  if (takeProfit) {
    const price = protectivePrice(takeProfit, 'take-profit', side, entryPrice);
    if (sign(price) <= 0 || !isBeyond(price, entryPrice, side === 'buy' ? 'above' : 'below')) {
      const message = `The take-profit at ${price} is not on the winning side of ${entryPrice}.`;
      return { code: 'TAKE_PROFIT_WRONG_SIDE', message };
    }
  }
  return undefined;
}

/**
 * Whether the market has reached a stop-loss already, so that it would close the trade at once.
 *
 * @param side of the entry
 * @param price the market's
 */
export function isReached(
  stopLoss: StopTarget,
  side: Side,
  { entryPrice, price }: { readonly entryPrice: Decimal; readonly price: Decimal },
): boolean {
  return (
    stopLoss.type !== 'trail' &&
    !isBeyond(
      price,
      protectivePrice(stopLoss, 'stop-loss', side, entryPrice),
      side === 'buy' ? 'above' : 'below',
    )
  );
}

function isBeyond(price: Decimal, other: Decimal, where: 'above' | 'below'): boolean {
  return where === 'above' ? compare(price, other) > 0 : compare(price, other) < 0;
}

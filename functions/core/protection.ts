import { add, compare, type Decimal, decimal, divide, multiply, sign, subtract } from './decimal.ts';
import { assertNever } from './errors.ts';
import type { Reason } from './execution.ts';
import { clientOrderIdOf, type ExecutionId } from './ids.ts';
import { roundToTick } from './increments.ts';
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
  /** Prices go to the nearest of its multiples. */
  readonly tickSize?: Decimal | undefined;
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
      // Where a venue wants to know at which price the trail begins.
      ...(pricing.type === 'trailing_stop' ? { referencePrice: what.entryPrice } : {}),
    };
    orders.push(applyOrderEvent(orderFrom({ ...terms, ...pricing }), { kind: 'sent' }));
  }
  return orders;
}

function legOf(kind: ProtectiveKind, revision: number): string {
  return revision === 1 ? kind : `${kind}-${revision}`;
}

function stopPricing(target: StopTarget, what: Protected): OrderPricing | undefined {
  if (target.type === 'trail') {
    return { type: 'trailing_stop', trail: target.trail };
  }
  const stopPrice = onTick(protectivePrice(target, 'stop-loss', what.side, what.entryPrice), what);
  return sign(stopPrice) > 0 ? { type: 'stop', stopPrice } : undefined;
}

function limitPricing(target: PriceTarget, what: Protected): OrderPricing | undefined {
  const limitPrice = onTick(protectivePrice(target, 'take-profit', what.side, what.entryPrice), what);
  return sign(limitPrice) > 0 ? { type: 'limit', limitPrice } : undefined;
}

function onTick(price: Decimal, { tickSize }: Pick<Protected, 'tickSize'>): Decimal {
  return tickSize ? roundToTick(price, tickSize, 'nearest') : price;
}

/** At which price a protective order goes; it may be none at all. */
function protectivePrice(
  target: PriceTarget,
  kind: ProtectiveKind,
  side: Side,
  entryPrice: Decimal,
): Decimal {
  const away = (distance: Decimal) => (goesAbove(kind, side) ? add : subtract)(entryPrice, distance);
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
 * Why an entry could not be protected as it is asked for; `undefined` when it can, as far as it tells.
 *
 * @param side of the entry
 * @param entryPrice `undefined` when it is not known
 * @param tickSize protective orders go to the nearest of its multiples
 */
export function refuseByPrices(
  protection: Protection,
  side: Side,
  entryPrice: Decimal | undefined,
  tickSize?: Decimal,
): Reason | undefined {
  return (
    refuseByPrice('stop-loss', protection, side, entryPrice, tickSize) ??
    refuseByPrice('take-profit', protection, side, entryPrice, tickSize)
  );
}

/**
 * {@link refuseByPrices} for one of the two. The entry has to lie between them: where its price is not known, they are held
 * against each other.
 */
export function refuseByPrice(
  kind: ProtectiveKind,
  { stopLoss, takeProfit }: Protection,
  side: Side,
  entryPrice: Decimal | undefined,
  tickSize?: Decimal,
): Reason | undefined {
  // One that trails starts as far away as it stays behind.
  const stop = stopLoss?.type === 'trail' ? stopLoss.trail : stopLoss;
  const [target, other] = kind === 'stop-loss' ? [stop, takeProfit] : [takeProfit, stop];
  const entry = entryPrice ?? (other?.type === 'price' ? other.price : undefined);
  if (target === undefined || entry === undefined) {
    return undefined;
  }
  const price = onTick(protectivePrice(target, kind, side, entry), { tickSize });
  const difference = compare(price, entry);
  const isBeyond = goesAbove(kind, side) ? difference > 0 : difference < 0;
  return isBeyond && sign(price) > 0 ? undefined : wrongSide(kind, price, entry);
}

function wrongSide(kind: ProtectiveKind, price: Decimal, entryPrice: Decimal): Reason {
  if (kind === 'take-profit') {
    const message = `The take-profit at ${price} is no price on the winning side of ${entryPrice}.`;
    return { code: 'TAKE_PROFIT_WRONG_SIDE', message };
  }
  return compare(price, entryPrice) === 0
    ? {
        code: 'ZERO_RISK_DISTANCE',
        message: `The stop-loss at ${price} is at no distance from ${entryPrice}.`,
      }
    : {
        code: 'STOP_LOSS_WRONG_SIDE',
        message: `The stop-loss at ${price} is no price on the losing side of ${entryPrice}.`,
      };
}

/** Whether a protective order lies above the entry's price. */
function goesAbove(kind: ProtectiveKind, side: Side): boolean {
  return (kind === 'take-profit') === (side === 'buy');
}

/**
 * Whether the market has reached a protective order already, so that it would close the trade at once.
 *
 * @param side of the entry
 * @param price the market's
 */
export function isReached(
  target: StopTarget,
  kind: ProtectiveKind,
  side: Side,
  { entryPrice, price }: { readonly entryPrice: Decimal; readonly price: Decimal },
): boolean {
  if (target.type === 'trail') {
    return false;
  }
  const difference = compare(price, protectivePrice(target, kind, side, entryPrice));
  return goesAbove(kind, side) ? difference >= 0 : difference <= 0;
}

import { add, compare, isZero, smaller, subtract, ZERO } from '../../core/decimal.ts';
import type { OcoPair } from '../broker.ts';
import { type Market, openQuantity, type PaperOrder } from './market.ts';
import { priceFor } from './pricing.ts';
import { reducible } from './trading.ts';

/** Why the paper venue does not take an order. */
export interface Refusal {
  readonly kind: 'refused';
  readonly code: string;
  readonly message: string;
}

export const refused = (code: string, message: string): Refusal => ({ kind: 'refused', code, message });

/** Why orders cannot enter: a market order and a trailing stop need a price, and a reduce-only order a position. */
export function refusalOf(market: Market, orders: readonly PaperOrder[]): Refusal | undefined {
  const unpriced = orders.find((order) => needsPrice(order) && priceFor(market, order) === undefined);
  if (unpriced) {
    const message = `The paper venue knows no price of ${unpriced.symbol}: send one in the signal or post one.`;
    return refused('NO_PRICE', message);
  }
  const needless = orders.find((order) => order.reduceOnly && isZero(reducible(market, order.side)));
  if (needless) {
    const message = `There is no position in ${needless.symbol} that a ${needless.side} would reduce.`;
    return refused('REDUCE_ONLY', message);
  }
  return undefined;
}

/** Why orders cannot enter while the market is closed: one of them would have to trade at once, or not at all. */
export function closed(orders: readonly PaperOrder[]): Refusal | undefined {
  const urgent = orders.find(
    ({ type, timeInForce }) => type === 'market' || timeInForce === 'ioc' || timeInForce === 'fok',
  );
  return urgent
    ? refused('MARKET_CLOSED', `${urgent.symbol} does not trade now: only orders that can wait are taken.`)
    : undefined;
}

/**
 * Why an order that reduces cannot enter at a venue that reserves what its working orders would trade, as spot venues
 * do with a balance: what is left of the position is less than it would trade.
 */
export function reservation(
  market: Market,
  { side, quantity, reduceOnly }: Pick<PaperOrder, 'side' | 'quantity' | 'reduceOnly'>,
): Refusal | undefined {
  if (!reduceOnly) {
    return undefined;
  }
  const held = reducible(market, side);
  const reserved = market.working
    .filter((other) => other.reduceOnly && other.side === side)
    .reduce((sum, other) => add(sum, openQuantity(other)), ZERO);
  return compare(smaller(quantity, held), subtract(held, reserved)) > 0
    ? refused('INSUFFICIENT_QUANTITY', `Of ${held}, ${reserved} are reserved by orders that work.`)
    : undefined;
}

/** Why two orders are no take-profit and stop-loss that go together. */
export function mismatch({ takeProfit, stopLoss }: OcoPair): Refusal | undefined {
  const isPair =
    takeProfit.oco === stopLoss.clientOrderId &&
    stopLoss.oco === takeProfit.clientOrderId &&
    takeProfit.clientOrderId !== stopLoss.clientOrderId &&
    takeProfit.symbol === stopLoss.symbol &&
    takeProfit.side === stopLoss.side &&
    takeProfit.quantity === stopLoss.quantity &&
    takeProfit.type === 'limit' &&
    !['market', 'limit'].includes(stopLoss.type);
  return isPair
    ? undefined
    : refused('NOT_A_PAIR', 'A pair is a limit and a stop order that name each other and agree otherwise.');
}

function needsPrice({ type }: PaperOrder): boolean {
  return type === 'market' || type === 'trailing_stop';
}

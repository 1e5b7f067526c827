import { isoTime } from '../core/clock.ts';
import { type Decimal, isZero, ZERO } from '../core/decimal.ts';
import { OnefillError } from '../core/errors.ts';
import { parseExecutionId } from '../core/ids.ts';
import { isFinal, type Order } from '../core/order.ts';
import { isProtective, protectiveKindOf } from '../core/protection.ts';
import type { PriceTarget, StopTarget } from '../core/signal.ts';
import { heldBy } from '../core/trade.ts';
import { entryOf } from '../core/trade-state.ts';
import type { FoundTrade } from './find-trade.ts';
import type { MarketPrices } from './market-prices.ts';

/** A trade as answers have it. */
export async function showTrade(found: FoundTrade, prices: MarketPrices) {
  const { trade, state } = found;
  const ids = parseExecutionId(trade.executionId);
  if (!ids) {
    throw new OnefillError('LEDGER_CORRUPT', 'terminal', `${trade.executionId} is not an execution id.`);
  }
  const { takeProfit, stopLoss } = trade.protection;
  return {
    tradeId: trade.executionId,
    ...ids,
    symbol: trade.symbol,
    side: trade.side === 'buy' ? 'long' : 'short',
    state,
    quantity: quantityOf(found),
    openQuantity: trade.openQuantity,
    entryPrice: trade.entryPrice,
    exitPrice: trade.exitPrice,
    realizedPnl: trade.realizedPnl,
    openPnl: await openPnlIn(found, prices),
    takeProfit: takeProfit ? showTarget(takeProfit) : null,
    stopLoss: stopLoss ? showTarget(stopLoss) : null,
    orders: protectiveOrdersOf(found).map(showProtective),
    openedAt: trade.openedAtMs === undefined ? null : isoTime(trade.openedAtMs),
    endedAt: found.kind === 'ended' ? isoTime(found.trade.endedAtMs) : null,
    ...(trade.refusal === undefined ? {} : { refusal: trade.refusal }),
  };
}

/** What closing a trade at the last price would bring; `null` when no price is known. */
export function openPnlIn(found: FoundTrade, prices: MarketPrices) {
  const { trade } = found;
  const holding = { quantity: heldBy(trade), averagePrice: trade.entryPrice };
  return found.kind === 'live'
    ? prices.openPnl(found.account.configuration, trade.symbol, holding)
    : Promise.resolve(ZERO);
}

/** What its entries filled in all; as long as nothing is, what is ordered. */
function quantityOf(found: FoundTrade): Decimal {
  const { trade, state } = found;
  const entry =
    found.kind === 'live' && state === 'WAITING' ? entryOf(trade.executionId, found.books) : undefined;
  return entry?.quantity ?? trade.openedQuantity;
}

/** As requests have it. */
function showTarget(target: StopTarget | PriceTarget) {
  switch (target.type) {
    case 'price':
      return { price: target.price };
    case 'percent':
      return { percent: target.percent };
    case 'amount':
      return isZero(target.amount) ? { breakEven: true } : { amount: target.amount };
    case 'trail':
      return target.trail.type === 'amount'
        ? { trailAmount: target.trail.amount }
        : { trailPercent: target.trail.percent };
  }
}

/** The protective orders that the venue has, or may have. */
function protectiveOrdersOf(found: FoundTrade): Order[] {
  return found.kind === 'ended'
    ? []
    : Object.values(found.books.openOrders)
        .filter(({ executionId, watchUntilMs }) => executionId === found.trade.executionId && !watchUntilMs)
        .map(({ order }) => order)
        .filter((order) => isProtective(order) && !isFinal(order))
        .sort((left, right) => (left.leg < right.leg ? -1 : 1));
}

function showProtective(order: Order) {
  return {
    clientOrderId: order.clientOrderId,
    brokerOrderId: order.brokerOrderId ?? null,
    kind: protectiveKindOf(order),
    type: order.type,
    ...(order.type === 'limit' ? { limitPrice: order.limitPrice } : {}),
    ...(order.type === 'stop' ? { stopPrice: order.stopPrice } : {}),
    ...(order.type === 'trailing_stop' ? { trail: order.trail } : {}),
    quantity: order.quantity,
    filledQuantity: order.filledQuantity,
    status: order.status,
  };
}

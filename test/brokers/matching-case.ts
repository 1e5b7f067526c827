import type { Change, Market, PaperOrder } from '../../functions/brokers/paper/market.ts';
import type { Entry } from '../../functions/brokers/paper/matching.ts';
import { decimal, ZERO } from '../../functions/core/decimal.ts';
import type { BrokerOrderId, ClientOrderId } from '../../functions/core/ids.ts';
import type { TimeInForce, Trail } from '../../functions/core/order.ts';

interface Short {
  readonly id?: string;
  readonly copy?: number;
  readonly quantity?: number | string;
  readonly named?: number;
  readonly limit?: number;
  readonly stop?: number;
  readonly trail?: { readonly amount: number } | { readonly percent: number };
  readonly timeInForce?: TimeInForce;
  readonly reduceOnly?: boolean;
}

/** A new order in short: `sell({ stop: 95 })`. Its type is told by its prices. */
const order =
  (side: 'buy' | 'sell') =>
  (short: Short = {}): PaperOrder => {
    const { id = side, copy = 1, quantity = 3, named, timeInForce = 'day', reduceOnly = false } = short;
    return {
      brokerOrderId: `venue-${id}` as BrokerOrderId,
      clientOrderId: id as ClientOrderId,
      copy,
      symbol: 'MNQM5',
      side,
      ...pricing(short),
      ...(named === undefined ? {} : { referencePrice: decimal(named) }),
      quantity: decimal(quantity),
      timeInForce,
      reduceOnly,
      status: 'NEW',
      filledQuantity: ZERO,
      createdAtMs: 1,
    };
  };

function pricing({
  limit,
  stop,
  trail,
}: Short): Pick<PaperOrder, 'type' | 'limitPrice' | 'stopPrice' | 'trail'> {
  if (trail) {
    return { type: 'trailing_stop', trail: trailOf(trail) };
  }
  const limitPrice = limit === undefined ? {} : { limitPrice: decimal(limit) };
  if (stop === undefined) {
    return limit === undefined ? { type: 'market' } : { type: 'limit', ...limitPrice };
  }
  return { type: limit === undefined ? 'stop' : 'stop_limit', stopPrice: decimal(stop), ...limitPrice };
}

function trailOf(trail: NonNullable<Short['trail']>): Trail {
  return 'amount' in trail
    ? { type: 'amount', amount: decimal(trail.amount) }
    : { type: 'percent', percent: decimal(trail.percent) };
}

export const buy = order('buy');
export const sell = order('sell');

/** A take-profit and a stop-loss, as they come to the door. */
export const pairOf = (takeProfit: PaperOrder, stopLoss: PaperOrder): readonly [PaperOrder, PaperOrder] => [
  { ...takeProfit, oco: stopLoss.clientOrderId },
  { ...stopLoss, oco: takeProfit.clientOrderId },
];

export const marketOf = (
  price?: number | string,
  position: number | string = 0,
  working: readonly PaperOrder[] = [],
): Market => ({
  ...(price === undefined ? {} : { price: decimal(price) }),
  position: decimal(position),
  cashFlow: ZERO,
  working,
});

/** An order that works in the market. */
export const working = (it: PaperOrder, waitsFor: 'market' | 'inquiry' = 'market'): PaperOrder => ({
  ...it,
  waitsFor,
});

/** What a change did, in short. */
export function seen({ market, orders }: Change) {
  return {
    orders: orders.map(
      ({ clientOrderId, status, filledQuantity, averageFillPrice }) =>
        `${clientOrderId} ${status} ${filledQuantity}${averageFillPrice === undefined ? '' : ` at ${averageFillPrice}`}`,
    ),
    price: market.price,
    position: market.position,
    working: market.working.map(({ clientOrderId }) => clientOrderId),
  };
}

export const changeOf = (entry: Entry) => (entry.kind === 'entered' ? seen(entry.change) : entry.code);

/** What an order left behind that entered. */
export function marketAfter(entry: Entry): Market {
  if (entry.kind === 'refused') {
    throw new Error(entry.message);
  }
  return entry.change.market;
}
export const NO_CHANGE: Change = { market: marketOf(), orders: [] };

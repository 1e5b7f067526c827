import type { Change, Market, PaperOrder } from '../../functions/brokers/paper/market.ts';
import type { Entry } from '../../functions/brokers/paper/matching.ts';
import { decimal, ZERO } from '../../functions/core/decimal.ts';
import type { BrokerOrderId, ClientOrderId } from '../../functions/core/ids.ts';

interface Short {
  readonly id?: string;
  readonly copy?: number;
  readonly quantity?: number | string;
  readonly named?: number;
  readonly stop?: number;
  readonly reduceOnly?: boolean;
}

/** A new order in short: `sell({ stop: 95 })`. */
const order =
  (side: 'buy' | 'sell') =>
  ({ id = side, copy = 1, quantity = 3, named, stop, reduceOnly = false }: Short = {}): PaperOrder => ({
    brokerOrderId: `venue-${id}` as BrokerOrderId,
    clientOrderId: id as ClientOrderId,
    copy,
    symbol: 'MNQM5',
    side,
    type: stop === undefined ? 'market' : 'stop',
    ...(stop === undefined ? {} : { stopPrice: decimal(stop) }),
    ...(named === undefined ? {} : { referencePrice: decimal(named) }),
    quantity: decimal(quantity),
    timeInForce: 'day',
    reduceOnly,
    status: 'NEW',
    filledQuantity: ZERO,
    createdAtMs: 1,
  });
export const buy = order('buy');
export const sell = order('sell');

export const marketOf = (
  price?: number,
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
export const NO_CHANGE: Change = { market: marketOf(), orders: [] };

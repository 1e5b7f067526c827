import * as z from 'zod/mini';
import { absolute, compare, type Decimal, isZero, parseDecimal } from '../../core/decimal.ts';
import type { BrokerOrderId, ClientOrderId } from '../../core/ids.ts';
import type { OrderPricing, OrderType } from '../../core/order.ts';
import type { BrokerOrder } from '../broker.ts';
import { amount } from './amounts.ts';
import type { Pair } from './dialect.ts';

const TYPES: Readonly<Record<string, OrderType>> = {
  market: 'market',
  limit: 'limit',
  'stop-loss': 'stop',
  'stop-loss-limit': 'stop_limit',
  'trailing-stop': 'trailing_stop',
};

/** What Kraken calls a currency, where that is not its usual name. */
const NAMES: Readonly<Record<string, string>> = { BTC: 'XBT', DOGE: 'XDG' };

/** An order as Kraken shows it. */
export const orderShape = z.object({
  cl_ord_id: z.optional(z.nullable(z.string())),
  status: z.string(),
  /** Seconds since the epoch. */
  opentm: z.number(),
  descr: z.object({
    pair: z.string(),
    type: z.enum(['buy', 'sell']),
    ordertype: z.string(),
    price: z.string(),
    price2: z.string(),
  }),
  vol: amount,
  vol_exec: amount,
  /** The average price. */
  price: amount,
  stopprice: z.optional(amount),
});
export type Held = z.output<typeof orderShape>;

/** Kraken's name for a pair of currencies. */
export const idOf = ({ base, quote }: Pair): string => `${NAMES[base] ?? base}${NAMES[quote] ?? quote}`;

/** Those of other pairs, or of types that Onefill has no word for, were placed by somebody else. */
export function shownAll(
  held: Readonly<Record<string, Held>>,
  pairs: readonly Pair[],
): readonly BrokerOrder[] {
  return Object.entries(held).flatMap(([id, order]) => {
    const pair = pairs.find((each) => idOf(each) === order.descr.pair);
    const pricing = pricingIn(order);
    return pair === undefined || pricing === undefined ? [] : [shown(id, order, pricing, pair)];
  });
}

function shown(
  id: string,
  held: Held,
  pricing: Partial<OrderPricing> & Pick<BrokerOrder, 'type'>,
  pair: Pair,
) {
  return {
    brokerOrderId: id as BrokerOrderId,
    clientOrderId: (held.cl_ord_id ?? '') as ClientOrderId,
    symbol: pair.symbol,
    side: held.descr.type,
    ...pricing,
    ...(held.stopprice === undefined || isZero(held.stopprice) || pricing.type !== 'trailing_stop'
      ? {}
      : { stopPrice: held.stopprice }),
    quantity: held.vol,
    status: statusOf(held),
    filledQuantity: held.vol_exec,
    ...(isZero(held.vol_exec) ? {} : { averageFillPrice: held.price }),
    createdAtMs: Math.round(held.opentm * 1_000),
  };
}

function statusOf({ status, vol, vol_exec: filled }: Held): BrokerOrder['status'] {
  switch (status) {
    case 'closed':
      return compare(filled, vol) === 0 ? 'FILLED' : 'CANCELED';
    case 'canceled':
      return 'CANCELED';
    case 'expired':
      return 'EXPIRED';
    default:
      return isZero(filled) ? 'NEW' : 'PARTIALLY_FILLED';
  }
}

/** An order's type and prices; `undefined` where Onefill has no word for it. */
function pricingIn({ descr }: Held): OrderPricing | undefined {
  const [first, second] = [parseDecimal(descr.price.replace('%', '')), parseDecimal(descr.price2)];
  const type = TYPES[descr.ordertype];
  switch (type) {
    case 'market':
      return { type };
    case 'limit':
      return first && { type, limitPrice: first };
    case 'stop':
      return first && { type, stopPrice: first };
    case 'stop_limit':
      return first && second && { type, stopPrice: first, limitPrice: second };
    case 'trailing_stop':
      return first && { type, trail: trailOf(descr.price, absolute(first)) };
    default:
      return undefined;
  }
}

function trailOf(text: string, distance: Decimal): Extract<OrderPricing, { type: 'trailing_stop' }>['trail'] {
  return text.endsWith('%') ? { type: 'percent', percent: distance } : { type: 'amount', amount: distance };
}

import * as z from 'zod/mini';
import { type Decimal, isZero } from '../../core/decimal.ts';
import type { BrokerOrderId, ClientOrderId } from '../../core/ids.ts';
import type { OrderType } from '../../core/order.ts';
import type { BrokerOrder } from '../broker.ts';
import { amount } from './amounts.ts';
import type { Pair } from './dialect.ts';

const TYPES: Readonly<Record<string, OrderType>> = {
  market_market_ioc: 'market',
  market_market_fok: 'market',
  limit_limit_gtc: 'limit',
  limit_limit_gtd: 'limit',
  limit_limit_fok: 'limit',
  sor_limit_ioc: 'limit',
  stop_limit_stop_limit_gtc: 'stop_limit',
  stop_limit_stop_limit_gtd: 'stop_limit',
};

const ENDED: Readonly<Record<string, BrokerOrder['status']>> = {
  FILLED: 'FILLED',
  CANCELLED: 'CANCELED',
  EXPIRED: 'EXPIRED',
  FAILED: 'REJECTED',
};

/** The terms of an order: one field, whose name says the type. Orders in the quote currency have no `base_size`. */
export const configurationShape = z.record(
  z.string(),
  z.object({
    base_size: z.optional(amount),
    limit_price: z.optional(amount),
    stop_price: z.optional(amount),
  }),
);

/** An order as Coinbase shows it. */
export const orderShape = z.object({
  order_id: z.string(),
  client_order_id: z.string(),
  product_id: z.string(),
  side: z.enum(['BUY', 'SELL']),
  status: z.string(),
  order_configuration: configurationShape,
  filled_size: amount,
  average_filled_price: amount,
  created_time: z.string(),
});
export type Held = z.output<typeof orderShape>;

/** Coinbase's name for a pair of currencies. */
export const idOf = ({ base, quote }: Pair): string => `${base}-${quote}`;

/** Those of other pairs, or of kinds that Onefill has no word for, were placed by somebody else. */
export function shownAll(held: readonly Held[], pairs: readonly Pair[]): readonly BrokerOrder[] {
  return held.flatMap((order) => {
    const pair = pairs.find((each) => idOf(each) === order.product_id);
    const [kind = '', terms] = Object.entries(order.order_configuration)[0] ?? [];
    const type = TYPES[kind];
    return pair === undefined || type === undefined || terms?.base_size === undefined
      ? []
      : [shown(order, type, { ...terms, base_size: terms.base_size }, pair)];
  });
}

interface Terms {
  readonly base_size: Decimal;
  readonly limit_price?: Decimal | undefined;
  readonly stop_price?: Decimal | undefined;
}

function shown(
  held: Held,
  type: OrderType,
  { base_size, limit_price, stop_price }: Terms,
  { symbol }: Pair,
): BrokerOrder {
  const isFilled = !isZero(held.filled_size);
  return {
    brokerOrderId: held.order_id as BrokerOrderId,
    clientOrderId: held.client_order_id as ClientOrderId,
    symbol,
    side: held.side === 'BUY' ? 'buy' : 'sell',
    type,
    ...(limit_price === undefined ? {} : { limitPrice: limit_price }),
    ...(stop_price === undefined ? {} : { stopPrice: stop_price }),
    quantity: base_size,
    // `OPEN`, `PENDING`, `QUEUED`, `CANCEL_QUEUED` and what may come: open until it says otherwise.
    status: ENDED[held.status] ?? (isFilled ? 'PARTIALLY_FILLED' : 'NEW'),
    filledQuantity: held.filled_size,
    ...(isFilled ? { averageFillPrice: held.average_filled_price } : {}),
    createdAtMs: Date.parse(held.created_time),
  };
}

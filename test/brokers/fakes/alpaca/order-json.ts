import type { ExchangeOrder } from '../exchange-order.ts';

/** The exchange's number as the UUID that Alpaca would show. */
const uuidOf = (id: string): string => `00000000-0000-4000-8000-${id.padStart(12, '0')}`;
export const numberOf = (uuid: string): string => uuid.slice(-12).replace(/^0+/, '');

/** An order as Alpaca writes it: amounts as text, what does not apply as null. */
export function orderJson(order: ExchangeOrder, leg?: ExchangeOrder): object {
  const createdAt = new Date(order.createdAtMs).toISOString().replace('Z', '123456Z');
  return {
    id: uuidOf(order.id),
    client_order_id: order.clientOrderId,
    created_at: createdAt,
    updated_at: createdAt,
    submitted_at: createdAt,
    filled_at: order.status === 'FILLED' ? createdAt : null,
    expired_at: order.status === 'EXPIRED' ? createdAt : null,
    canceled_at: order.status === 'CANCELED' ? createdAt : null,
    failed_at: null,
    replaced_at: null,
    replaced_by: null,
    replaces: null,
    asset_id: 'b0b6dd9d-8b9b-48a9-ba46-b9d54906e415',
    symbol: order.symbol,
    asset_class: 'us_equity',
    notional: null,
    qty: order.quantity,
    filled_qty: order.filledQuantity,
    filled_avg_price: order.averageFillPrice ?? null,
    order_class: order.otherId === undefined ? 'simple' : 'oco',
    order_type: order.type,
    type: order.type,
    side: order.side,
    position_intent: order.side === 'buy' ? 'buy_to_open' : 'sell_to_close',
    time_in_force: order.timeInForce,
    limit_price: order.limitPrice ?? null,
    stop_price: order.stopPrice ?? null,
    trail_price: order.trail?.type === 'amount' ? order.trail.amount : null,
    trail_percent: order.trail?.type === 'percent' ? order.trail.percent : null,
    hwm: null,
    status: statusOf(order),
    extended_hours: false,
    legs: leg === undefined ? null : [orderJson(leg)],
  };
}

/** The stop-loss of a pair: it comes after its take-profit. */
export function isLeg({ id, otherId }: ExchangeOrder): boolean {
  return otherId !== undefined && Number(otherId) < Number(id);
}

function statusOf(order: ExchangeOrder): string {
  if (order.status !== 'NEW') {
    return order.status.toLowerCase();
  }
  return isLeg(order) ? 'held' : 'new';
}

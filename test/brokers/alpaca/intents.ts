import type { OcoPair } from '../../../functions/brokers/broker.ts';
import { decimal } from '../../../functions/core/decimal.ts';
import type { ClientOrderId } from '../../../functions/core/ids.ts';
import type { OrderIntent, OrderPricing, OrderReference } from '../../../functions/core/order.ts';

type Terms = Partial<Omit<OrderIntent, keyof OrderPricing>>;

export const idOf = (name: string): ClientOrderId => `of-${name}` as ClientOrderId;

/** An order for 4 AAPL, to be sold unless something else is said. */
export function order(pricing: OrderPricing = { type: 'market' }, terms: Terms = {}): OrderIntent {
  return {
    clientOrderId: idOf('order'),
    leg: 'exit',
    symbol: 'AAPL',
    side: 'sell',
    quantity: decimal(4),
    timeInForce: 'gtc',
    reduceOnly: true,
    ...terms,
    ...pricing,
  };
}

export const buy = (pricing?: OrderPricing, terms: Terms = {}): OrderIntent =>
  order(pricing, { side: 'buy', timeInForce: 'day', reduceOnly: false, leg: 'entry', ...terms });

export const limitAt = (price: number | string): OrderPricing => ({
  type: 'limit',
  limitPrice: decimal(price),
});

export const stopAt = (price: number | string): OrderPricing => ({ type: 'stop', stopPrice: decimal(price) });

export const stopLimitAt = (stop: number | string, limit: number | string): OrderPricing => ({
  type: 'stop_limit',
  stopPrice: decimal(stop),
  limitPrice: decimal(limit),
});

/** A pair that protects 4 AAPL: a limit at 110, and a stop at 95 unless something else is said. */
export function pair(stop: OrderPricing = stopAt(95), terms: Terms = {}): OcoPair {
  const [takeProfitId, stopLossId] = [idOf('take-profit'), idOf('stop-loss')];
  return {
    takeProfit: order(limitAt(110), { clientOrderId: takeProfitId, oco: stopLossId, ...terms }),
    stopLoss: order(stop, { clientOrderId: stopLossId, oco: takeProfitId, ...terms }),
  };
}

export const refTo = ({ clientOrderId, symbol, oco }: OrderIntent): OrderReference => ({
  clientOrderId,
  symbol,
  ...(oco === undefined ? {} : { oco }),
});

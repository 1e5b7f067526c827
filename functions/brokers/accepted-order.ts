import { ZERO } from '../core/decimal.ts';
import type { BrokerOrderId } from '../core/ids.ts';
import type { OrderIntent } from '../core/order.ts';
import type { BrokerOrder } from './broker.ts';

/** An order that a venue says it has taken, and not yet how it stands. */
export function acceptedOrder(intent: OrderIntent, brokerOrderId: string, nowMs: number): BrokerOrder {
  const { clientOrderId, symbol, side, type, quantity } = intent;
  return {
    brokerOrderId: brokerOrderId as BrokerOrderId,
    clientOrderId,
    symbol,
    side,
    type,
    ...('limitPrice' in intent ? { limitPrice: intent.limitPrice } : {}),
    ...('stopPrice' in intent ? { stopPrice: intent.stopPrice } : {}),
    ...('trail' in intent ? { trail: intent.trail } : {}),
    quantity,
    status: 'NEW',
    filledQuantity: ZERO,
    createdAtMs: nowMs,
  };
}

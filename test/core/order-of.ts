import { type Decimal, decimal } from '../../functions/core/decimal.ts';
import {
  type AccountId,
  type ClientOrderId,
  executionIdOf,
  type StrategyId,
  signalIdOf,
  type WebhookId,
} from '../../functions/core/ids.ts';
import type { Order } from '../../functions/core/order.ts';

/** An execution of the strategy `strategy` on the account `account`. */
export const EXECUTION_ID = executionIdOf(
  signalIdOf('hook' as WebhookId, 'key', Date.parse('2026-11-22T10:00:00Z')),
  'strategy' as StrategyId,
  'account' as AccountId,
);

/** How an order stands, in the words of a test: `filled` at a price of `at`. */
export interface OrderSketch extends Partial<Omit<Order, 'quantity' | 'filledQuantity' | 'type'>> {
  readonly id?: string;
  readonly quantity?: Decimal;
  readonly filled?: number;
  readonly at?: number;
}

/** A market order to buy 4 MNQM5, sent and accepted, unless said otherwise. */
export function orderOf({ id = 'of-1', filled = 0, at, ...changes }: OrderSketch = {}): Order {
  return {
    clientOrderId: id as ClientOrderId,
    leg: 'entry',
    symbol: 'MNQM5',
    side: 'buy',
    type: 'market',
    quantity: decimal(4),
    timeInForce: 'day',
    reduceOnly: false,
    status: 'NEW',
    filledQuantity: decimal(filled),
    ...(at === undefined ? {} : { averageFillPrice: decimal(at) }),
    ...changes,
  };
}

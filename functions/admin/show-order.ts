import { isoTime } from '../core/clock.ts';
import { OnefillError } from '../core/errors.ts';
import { type ExecutionId, parseExecutionId, signalTimeMsOf } from '../core/ids.ts';
import type { Order } from '../core/order.ts';

/** What is known of an order's execution: it ended, or began and goes on. Milliseconds since the epoch. */
interface OrderExecution {
  readonly executionId: ExecutionId;
  readonly startedAtMs: number;
  readonly endedAtMs?: number;
}

/**
 * An order as answers have it. It counts as created when its signal was first seen, so that orders sort by
 * `createdAt` as they do by id, whatever the queue and the clocks of two environments did in between.
 */
export function showOrder({ executionId, startedAtMs, endedAtMs }: OrderExecution, order: Order) {
  const ids = parseExecutionId(executionId);
  if (!ids) {
    throw new OnefillError('LEDGER_CORRUPT', 'terminal', `${executionId} is not an execution id.`);
  }
  const createdAtMs = signalTimeMsOf(ids.signalId);
  return {
    orderId: `${executionId}~${order.leg}`,
    clientOrderId: order.clientOrderId,
    brokerOrderId: order.brokerOrderId ?? null,
    ...ids,
    leg: order.leg,
    symbol: order.symbol,
    side: order.side,
    type: order.type,
    ...('limitPrice' in order ? { limitPrice: order.limitPrice } : {}),
    ...('stopPrice' in order ? { stopPrice: order.stopPrice } : {}),
    ...('trail' in order ? { trail: order.trail } : {}),
    quantity: order.quantity,
    timeInForce: order.timeInForce,
    reduceOnly: order.reduceOnly,
    status: order.status,
    filledQuantity: order.filledQuantity,
    averageFillPrice: order.averageFillPrice ?? null,
    ...(order.reason === undefined ? {} : { reasonMessage: order.reason }),
    createdAt: isoTime(createdAtMs),
    updatedAt: isoTime(Math.max(createdAtMs, endedAtMs ?? startedAtMs)),
  };
}

import * as z from 'zod/mini';
import { parseExecutionId } from '../core/ids.ts';
import type { Order, OrderStatus } from '../core/order.ts';
import { executionStages, parsePosition, textOf } from './execution-sources.ts';
import { configuredId, symbol } from './fields.ts';
import { idRangeOf, rangeParameters } from './list-range.ts';
import { answerRecords, readListQuery, recordParameters } from './record-pages.ts';
import type { AdminHandle, Route } from './route.ts';
import { showOrder } from './show-order.ts';
import { walk } from './walk.ts';

/** `/api/v1/orders`: every order that was decided, across accounts. */
export const ORDER_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/orders', access: 'viewer', handle: listOrders },
];

/** Typed so that a status that is added to the domain fails the type check here. */
const ORDER_STATUSES = {
  INTENT: 'INTENT',
  SENDING: 'SENDING',
  UNKNOWN: 'UNKNOWN',
  DENIED: 'DENIED',
  NEW: 'NEW',
  PARTIALLY_FILLED: 'PARTIALLY_FILLED',
  PENDING_CANCEL: 'PENDING_CANCEL',
  FILLED: 'FILLED',
  CANCELED: 'CANCELED',
  REJECTED: 'REJECTED',
  EXPIRED: 'EXPIRED',
} as const satisfies { readonly [Status in OrderStatus]: Status };

const COLUMNS = [
  ...[
    'orderId',
    'createdAt',
    'updatedAt',
    'accountId',
    'strategyId',
    'symbol',
    'side',
    'type',
    'status',
    'quantity',
  ],
  ...[
    'filledQuantity',
    'averageFillPrice',
    'limitPrice',
    'stopPrice',
    'trail',
    'timeInForce',
    'reduceOnly',
    'leg',
  ],
  ...['signalId', 'executionId', 'clientOrderId', 'brokerOrderId', 'reasonMessage'],
];

const listParameters = {
  accountId: z.optional(configuredId),
  strategyId: z.optional(configuredId),
  symbol: z.optional(symbol),
  status: z.optional(z.enum(ORDER_STATUSES, `must be one of ${Object.keys(ORDER_STATUSES).join(', ')}`)),
  ...rangeParameters,
  ...recordParameters((after) => parsePosition(after) !== undefined),
};

async function listOrders(...[context, request]: Parameters<AdminHandle>) {
  const query = readListQuery(request, listParameters);
  if (!query.ok) {
    return query.answer;
  }
  const { accountId, strategyId, symbol, status, limit, cursor } = query.value;
  const range = idRangeOf(query.value);
  const isWanted = (order: Order) =>
    (symbol === undefined || order.symbol === symbol) && (status === undefined || order.status === status);
  const filter = { accountId, strategyId, symbol, orderStatus: status };
  const { found, next } = await walk(await executionStages(context, range, filter), {
    order: range.order,
    after: cursor && parsePosition(cursor.after),
    limit,
    idOf: ({ executionId }) => executionId,
    entriesOf: (execution) => {
      const { executionId, orders } = execution;
      const isOurs = strategyId === undefined || parseExecutionId(executionId)?.strategyId === strategyId;
      return orders.map((order) =>
        isOurs && isWanted(order) ? () => showOrder(execution, order) : undefined,
      );
    },
  });
  const rows = found.map(({ position, entry }) => ({ item: entry(), position: textOf(position) }));
  return answerRecords(request, query.value, { rows, next: next && textOf(next) }, COLUMNS);
}

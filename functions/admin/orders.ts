import * as z from 'zod/mini';
import { type AccountId, parseExecutionId, signalIdPrefixAt } from '../core/ids.ts';
import type { OrderStatus } from '../core/order.ts';
import { listAllIds } from '../ledger/catalog.ts';
import { answer } from '../shared/http.ts';
import { configuredId, symbol, time } from './fields.ts';
import { type OrderWalk, type Position, walkOrders } from './order-walk.ts';
import { LAST_ID, pageOf, pageParameters } from './pages.ts';
import { readQuery } from './read-request.ts';
import type { AdminHandle, Route } from './route.ts';
import { showOrder } from './show-order.ts';

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

const SORTS = ['createdAt', '-createdAt'] as const;

const listParameters = {
  accountId: z.optional(configuredId),
  strategyId: z.optional(configuredId),
  symbol: z.optional(symbol),
  status: z.optional(z.enum(ORDER_STATUSES, `must be one of ${Object.keys(ORDER_STATUSES).join(', ')}`)),
  from: z.optional(time),
  to: z.optional(time),
  sort: z._default(z.enum(SORTS, 'must be createdAt, or -createdAt for the newest first'), '-createdAt'),
  ...pageParameters((after) => parsePosition(after) !== undefined),
};

async function listOrders(...[{ ledger }, request]: Parameters<AdminHandle>) {
  const query = readQuery(request, listParameters);
  if (!query.ok) {
    return query.answer;
  }
  const { accountId, strategyId, symbol, status, from, to, sort, limit, cursor } = query.value;
  const accountIds = accountId === undefined ? await listAllIds(ledger, 'ACCOUNT') : [accountId];
  const walk: OrderWalk = {
    accountIds: accountIds as AccountId[],
    from: from === undefined ? '' : signalIdPrefixAt(from),
    to: to === undefined ? LAST_ID : `${signalIdPrefixAt(to)}${LAST_ID}`,
    order: sort === 'createdAt' ? 'oldest-first' : 'newest-first',
    after: cursor && parsePosition(cursor.after),
    limit,
    matches: ({ executionId }, order) =>
      (strategyId === undefined || parseExecutionId(executionId)?.strategyId === strategyId) &&
      (symbol === undefined || order.symbol === symbol) &&
      (status === undefined || order.status === status),
  };
  const { found, next } = await walkOrders(ledger, walk);
  const items = found.map(({ execution, order }) => showOrder(execution, order));
  return answer(200, pageOf(items, next && `${next.executionId}#${next.index}`));
}

/** Reads a position out of a cursor; `undefined` when it is none of ours. */
function parsePosition(text: string): Position | undefined {
  const [, execution = '', index = ''] = /^([^#]+)#(\d{1,4})$/.exec(text) ?? [];
  const executionId = parseExecutionId(execution)?.executionId;
  return executionId && { executionId, index: Number(index) };
}

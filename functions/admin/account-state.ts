import * as z from 'zod/mini';
import type { BrokerOrder } from '../brokers/broker.ts';
import { isoTime } from '../core/clock.ts';
import { isZero } from '../core/decimal.ts';
import { type AccountId, CONFIGURED_ID } from '../core/ids.ts';
import { readAccount } from '../ledger/accounts.ts';
import { readBooks } from '../ledger/positions.ts';
import type { AccountState } from '../ledger/shapes/account.ts';
import { answer, type HttpAnswer } from '../shared/http.ts';
import { integerText } from './fields.ts';
import { isLeased } from './locks.ts';
import { marketPrices } from './market-prices.ts';
import { mapInParallel, READ_WIDTH } from './parallel.ts';
import { readQuery } from './read-request.ts';
import { notFound } from './refusals.ts';
import type { AdminContext, AdminHandle, AdminRequest, Route } from './route.ts';
import { showHalt } from './show-halt.ts';
import { showOrder } from './show-order.ts';

/** `/api/v1/accounts/{id}/…`: what an account holds, by our books and by the broker's, and the paper market. */
export const ACCOUNT_STATE_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/accounts/{id}/state', access: 'viewer', handle: getState },
  { method: 'GET', path: '/accounts/{id}/positions', access: 'viewer', handle: listPositions },
  { method: 'GET', path: '/accounts/{id}/broker-orders', access: 'viewer', handle: listBrokerOrders },
];

const BROKER_ORDERS_MAX = 1_000;
const BROKER_ORDERS_DEFAULT = 100;

async function getState(...[context, request]: Parameters<AdminHandle>) {
  const account = await findAccount(context, request);
  return account ? answer(200, showAccountState(account, context.clock.now())) : absent(request);
}

function showAccountState(account: AccountState, nowMs: number) {
  const { configuration, halt, activeExecution, openOrders, daily } = account;
  return {
    accountId: configuration.accountId,
    halt: halt ? showHalt(halt) : null,
    leased: isLeased(account, nowMs),
    activeExecutionId: activeExecution?.executionId ?? null,
    openOrders: Object.values(openOrders).map(({ executionId, order }) =>
      showOrder({ executionId, startedAtMs: 0 }, order),
    ),
    daily: daily ?? null,
  };
}

async function listPositions(...[context, request]: Parameters<AdminHandle>) {
  const account = await findAccount(context, request);
  if (!account) {
    return absent(request);
  }
  const { books } = await readBooks(context.ledger, account);
  const prices = marketPrices(context.ledger, context.clock.now());
  const held = Object.entries(books.positions)
    .filter(([, { quantity, realizedPnl }]) => !isZero(quantity) || !isZero(realizedPnl))
    .sort(([left], [right]) => (left < right ? -1 : 1));
  const items = await mapInParallel(held, READ_WIDTH, async ([symbol, position]) => ({
    symbol,
    ...position,
    openPnl: await prices.openPnl(account.configuration, symbol, position),
  }));
  return answer(200, { items });
}

async function listBrokerOrders(...[context, request]: Parameters<AdminHandle>) {
  const query = readQuery(request, {
    limit: z._default(integerText(1, BROKER_ORDERS_MAX), BROKER_ORDERS_DEFAULT),
  });
  if (!query.ok) {
    return query.answer;
  }
  const account = await findAccount(context, request);
  if (!account) {
    return absent(request);
  }
  const broker = context.engine.createBroker(account.configuration);
  const orders = await broker.orders(query.value.limit);
  return answer(200, { items: orders.map(showBrokerOrder) });
}

async function findAccount({ ledger }: AdminContext, { parameters }: AdminRequest) {
  const id = parameters.id ?? '';
  return CONFIGURED_ID.test(id) ? readAccount(ledger, id as AccountId) : undefined;
}

function absent(request: AdminRequest): HttpAnswer {
  return notFound(request, `There is no account ${request.parameters.id}.`);
}

function showBrokerOrder({ createdAtMs, averageFillPrice, ...order }: BrokerOrder) {
  return { ...order, averageFillPrice: averageFillPrice ?? null, createdAt: isoTime(createdAtMs) };
}

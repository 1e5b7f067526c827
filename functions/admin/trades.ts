import * as z from 'zod/mini';
import { parseExecutionId } from '../core/ids.ts';
import { TRADE_STATES } from '../core/trade-state.ts';
import { answer, type HttpAnswer } from '../shared/http.ts';
import { configuredId, symbol } from './fields.ts';
import { type FoundTrade, findTrade } from './find-trade.ts';
import { idRangeOf, rangeParameters } from './list-range.ts';
import { marketPrices } from './market-prices.ts';
import { mapInParallel, READ_WIDTH } from './parallel.ts';
import { answerRecords, readListQuery, recordParameters } from './record-pages.ts';
import { notFound } from './refusals.ts';
import type { AdminContext, AdminHandle, AdminRequest, Route } from './route.ts';
import { showTrade } from './show-trade.ts';
import { tradeStages } from './trade-sources.ts';
import { endOf, walk } from './walk.ts';

/** `/api/v1/trades`: what entries opened and what became of it, across accounts (C1, C6). */
export const TRADE_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/trades', access: 'viewer', handle: listTrades },
  { method: 'GET', path: '/trades/{id}', access: 'viewer', handle: getTrade },
];

const COLUMNS = [
  ...['tradeId', 'openedAt', 'endedAt', 'state', 'accountId', 'strategyId', 'symbol', 'side', 'quantity'],
  ...[
    'openQuantity',
    'entryPrice',
    'exitPrice',
    'realizedPnl',
    'openPnl',
    'takeProfit',
    'stopLoss',
    'orders',
  ],
  ...['signalId', 'executionId', 'refusal'],
];

const listParameters = {
  accountId: z.optional(configuredId),
  strategyId: z.optional(configuredId),
  symbol: z.optional(symbol),
  state: z.optional(z.enum(TRADE_STATES, `must be one of ${TRADE_STATES.join(', ')}`)),
  ...rangeParameters,
  ...recordParameters((after) => parseExecutionId(after) !== undefined),
};

async function listTrades(...[context, request]: Parameters<AdminHandle>) {
  const query = readListQuery(request, listParameters);
  if (!query.ok) {
    return query.answer;
  }
  const { accountId, strategyId, symbol, state, limit, cursor } = query.value;
  const range = idRangeOf(query.value);
  const stages = await tradeStages(context, range, { accountId, strategyId, symbol, state });
  const { found, next } = await walk(stages, {
    order: range.order,
    after: cursor && endOf(cursor.after, range.order),
    limit,
    idOf: ({ trade }) => trade.executionId,
    entriesOf: (one) => {
      const { trade } = one;
      const isWanted =
        (strategyId === undefined || parseExecutionId(trade.executionId)?.strategyId === strategyId) &&
        (symbol === undefined || trade.symbol === symbol) &&
        (state === undefined || one.state === state);
      return [isWanted ? one : undefined];
    },
  });
  const prices = marketPrices(context.ledger, context.clock.now());
  const rows = await mapInParallel(found, READ_WIDTH, async ({ position, entry }) => ({
    item: await showTrade(entry, prices),
    position: position.id,
  }));
  return answerRecords(request, query.value, { rows, next: next?.id }, COLUMNS);
}

async function getTrade(...[context, request]: Parameters<AdminHandle>) {
  const found = await tradeIn(context, request);
  return found ? answerTrade(context, found) : absentTrade(request);
}

/** The trade that the path names. */
export function tradeIn({ ledger }: AdminContext, { parameters }: AdminRequest) {
  return findTrade(ledger, parameters.id ?? '');
}

/** A trade as it is now. @param extra what else the answer says */
export async function answerTrade(
  { ledger, clock }: AdminContext,
  found: FoundTrade,
  extra: object = {},
): Promise<HttpAnswer> {
  return answer(200, { ...(await showTrade(found, marketPrices(ledger, clock.now()))), ...extra });
}

export function absentTrade(request: AdminRequest): HttpAnswer {
  return notFound(request, `There is no trade ${request.parameters.id}.`);
}

import { bookingTermsOf } from '../core/books.ts';
import { add, type Decimal, isZero, ZERO } from '../core/decimal.ts';
import { type AccountId, parseExecutionId, type StrategyId } from '../core/ids.ts';
import { figuresOn } from '../core/risk.ts';
import { readAccount } from '../ledger/accounts.ts';
import { readBooks } from '../ledger/positions.ts';
import { answer, type HttpAnswer } from '../shared/http.ts';
import { configuredIdIn } from './command.ts';
import { type FoundTrade, readLiveTrades } from './find-trade.ts';
import { type MarketPrices, marketPrices, totalOf } from './market-prices.ts';
import { mapInParallel, READ_WIDTH } from './parallel.ts';
import { notFound } from './refusals.ts';
import type { AdminContext, AdminRequest, Route } from './route.ts';
import { openPnlIn } from './show-trade.ts';

/** `GET /api/v1/accounts/{id}/pnl`: what an account has made, and its strategies in it (C6). */
export const PNL_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/accounts/{id}/pnl', access: 'viewer', handle: getPnl },
];

async function getPnl({ ledger, clock }: AdminContext, request: AdminRequest): Promise<HttpAnswer> {
  const accountId = configuredIdIn<AccountId>(request);
  const account = accountId && (await readAccount(ledger, accountId));
  if (!account) {
    return notFound(request, `There is no account ${request.parameters.id}.`);
  }
  const { configuration } = account;
  const nowMs = clock.now();
  const prices = marketPrices(ledger, nowMs);
  const { books } = await readBooks(ledger, account);
  const { live } = await readLiveTrades(ledger, account);
  const positions = Object.entries(books.positions);
  const today = figuresOn(books.daily, bookingTermsOf(configuration, nowMs).day);
  const strategyIds = new Set([...Object.keys(today.strategies), ...live.map(strategyOf)]);
  return answer(200, {
    accountId,
    realizedPnl: sum(positions.map(([, { realizedPnl }]) => realizedPnl)),
    openPnl: totalOf(
      await mapInParallel(positions, READ_WIDTH, ([symbol, position]) =>
        prices.openPnl(configuration, symbol, position),
      ),
    ),
    day: today.day,
    realizedPnlToday: today.realizedPnl,
    strategies: await mapInParallel([...strategyIds].sort(), READ_WIDTH, async (strategyId) => ({
      strategyId,
      realizedPnlToday: today.strategies[strategyId as StrategyId]?.realizedPnl ?? ZERO,
      ...(await showOpen(
        live.filter((found) => strategyOf(found) === strategyId),
        prices,
      )),
    })),
  });
}

async function showOpen(live: readonly FoundTrade[], prices: MarketPrices) {
  return {
    openTrades: live.filter(({ trade }) => !isZero(trade.openQuantity)).length,
    realizedPnlOfOpenTrades: sum(live.map(({ trade }) => trade.realizedPnl)),
    openPnl: totalOf(await Promise.all(live.map((found) => openPnlIn(found, prices)))),
  };
}

function strategyOf({ trade }: FoundTrade): string {
  return parseExecutionId(trade.executionId)?.strategyId ?? '';
}

function sum(profits: readonly Decimal[]): Decimal {
  return profits.reduce<Decimal>((total, profit) => add(total, profit), ZERO);
}

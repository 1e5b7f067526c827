import type { AccountId } from '../core/ids.ts';
import { listingsOf } from '../core/listing.ts';
import type { EndedTrade } from '../core/trade.ts';
import type { TradeState } from '../core/trade-state.ts';
import { readAccounts } from '../ledger/accounts.ts';
import type { AccountState } from '../ledger/shapes/account.ts';
import type { Ledger } from '../ledger/table.ts';
import { listEndedTrades, readEndedTrades } from '../ledger/trades.ts';
import { type FoundTrade, foundEnded, readLiveTrades } from './find-trade.ts';
import type { IdRange } from './list-range.ts';
import { accountsToRead, idsOf, inOrderOf, isOf, type Part, stagesOf } from './look-up.ts';
import { mapInParallel, READ_WIDTH } from './parallel.ts';
import type { AdminContext } from './route.ts';
import { NO_PAGE, readSizeOf, type Source, type SourcePage } from './walk.ts';

/** What a list of trades is asked for. */
export interface TradeFilter {
  readonly accountId?: string | undefined;
  readonly strategyId?: string | undefined;
  readonly symbol?: string | undefined;
  readonly state?: TradeState | undefined;
}

/** Where to look for trades: accounts' items have those that are open, and records those that are over. */
export async function tradeStages(
  context: AdminContext,
  range: IdRange,
  filter: TradeFilter,
): Promise<(readonly Source<FoundTrade>[])[]> {
  const { ledger } = context;
  const { accountId, strategyId, state } = filter;
  const accountIds = await accountsToRead(ledger, accountId);
  const accounts = () => readAccounts(ledger, accountIds);
  if (state !== undefined && state !== 'CLOSED' && state !== 'CANCELED') {
    return [[tradesOf(ledger, range, accounts, async () => NO_PAGE)]];
  }
  const readSize = readSizeOf(accountIds.length);
  return stagesOf(context, listingsOf('trade', filter), range, {
    all: (part) =>
      accountIds.map((id) =>
        tradesOf(
          ledger,
          part,
          () => readAccounts(ledger, [id]),
          (rest) => endedOf(ledger, id, rest, readSize),
        ),
      ),
    found: (part, findIds) =>
      tradesOf(ledger, part, accounts, async (rest) => {
        const { items, ...page } = await findIds(rest);
        const trades = await readEndedTrades(ledger, idsOf(items));
        return { ...page, items: inOrderOf(items, trades, ({ executionId }) => executionId) };
      }),
    keys: accountId === undefined ? undefined : (part) => endedOf(ledger, accountId as AccountId, part),
    canBeWanted: isOf(accountIds, strategyId),
  });
}

/** Trades in the books of accounts, and records. As long as the books have one, they count. */
function tradesOf(
  ledger: Ledger,
  range: Part,
  readThem: () => Promise<readonly AccountState[]>,
  page: (range: IdRange) => Promise<SourcePage<EndedTrade>>,
): Source<FoundTrade> {
  const inBooks = new Set<string>();
  return {
    range,
    // Before the records: a trade is recorded before the item lets go of it, so it is in either.
    async beside() {
      const accounts = await readThem();
      const booked = await mapInParallel(accounts, READ_WIDTH, (account) => readLiveTrades(ledger, account));
      const trades = booked.flatMap(({ live, ended }) => [...live, ...ended.map(foundEnded)]);
      for (const { trade } of trades) {
        inBooks.add(trade.executionId);
      }
      return trades;
    },
    async page(part) {
      const { items, ...rest } = await page(part);
      return {
        ...rest,
        items: items.filter(({ executionId }) => !inBooks.has(executionId)).map(foundEnded),
      };
    },
  };
}

async function endedOf(
  ledger: Ledger,
  accountId: AccountId,
  range: IdRange,
  limit = readSizeOf(1),
): Promise<SourcePage<EndedTrade>> {
  const { trades, hasMore } = await listEndedTrades(ledger, accountId, { ...range, limit });
  return { items: trades, end: trades.at(-1)?.executionId, hasMore };
}

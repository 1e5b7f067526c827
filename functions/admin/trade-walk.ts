import type { AccountId, ExecutionId } from '../core/ids.ts';
import { readAccount } from '../ledger/accounts.ts';
import type { Ledger } from '../ledger/table.ts';
import { listEndedTrades } from '../ledger/trades.ts';
import { type FoundTrade, foundEnded, readLiveTrades } from './find-trade.ts';
import { mapInParallel, READ_WIDTH } from './parallel.ts';

export interface TradeWalk {
  readonly accountIds: readonly AccountId[];
  /** Trade ids or prefixes, inclusive. */
  readonly from: string;
  readonly to: string;
  /** The trade that the last page ended with: the walk goes on behind it. */
  readonly after: ExecutionId | undefined;
  readonly limit: number;
  readonly matches: (found: FoundTrade) => boolean;
}

/** Trades that match, newest first, and where to go on, unless the walk is over. */
export interface TradesFound {
  readonly found: readonly FoundTrade[];
  readonly next: ExecutionId | undefined;
}

/** How much one page may read: trades at once, of one account or of all together, and reads after the first ones. */
const TRADES_AT_ONCE = 100;
const TRADES_PER_ACCOUNT_MIN = 4;
const FURTHER_READS_MAX = 100;

/** One account's trades, newest first: those of its item, and the records as far as they are read. */
interface Source {
  readonly accountId: AccountId;
  /** `undefined` before the first read. */
  live: FoundTrade[] | undefined;
  records: FoundTrade[];
  /** Where the records go on; `undefined` when all of them are read. */
  to: string | undefined;
}

/**
 * Merges the trades of several accounts in the order of their ids, and so of their signals' times: those that are open,
 * from the accounts' items, and those that are over, from their records. One total order, so one id says how far the
 * walk has come.
 */
export async function walkTrades(ledger: Ledger, walk: TradeWalk): Promise<TradesFound> {
  const share = Math.ceil(TRADES_AT_ONCE / Math.max(1, walk.accountIds.length));
  const readSize = Math.max(TRADES_PER_ACCOUNT_MIN, share);
  const sources = sourcesOf(walk);
  const found: FoundTrade[] = [];
  let readsLeft = sources.length + FURTHER_READS_MAX;
  let next = walk.after;
  for (;;) {
    const hungry = sources.filter(isHungry);
    readsLeft -= hungry.length;
    if (readsLeft < 0) {
      return { found, next };
    }
    await mapInParallel(hungry, READ_WIDTH, (source) => read(ledger, source, walk, readSize));
    if (hungry.some(isHungry)) {
      continue;
    }
    const trade = takeNewest(sources);
    if (trade === undefined) {
      return { found, next: undefined };
    }
    const isWanted = idOf(trade) !== walk.after && walk.matches(trade);
    if (isWanted && found.length === walk.limit) {
      return { found, next };
    }
    found.push(...(isWanted ? [trade] : []));
    next = idOf(trade);
  }
}

function sourcesOf({ accountIds, after, from, to: end }: TradeWalk): Source[] {
  const start = after !== undefined && after < end ? after : end;
  const to = start < from ? undefined : start;
  return accountIds.map((accountId) => ({ accountId, live: undefined, records: [], to }));
}

function isHungry({ records, to }: Source): boolean {
  return records.length === 0 && to !== undefined;
}

/** The account's item before the records: a trade is recorded before the item lets go of it, so it is in either. */
async function read(ledger: Ledger, source: Source, walk: TradeWalk, readSize: number): Promise<void> {
  const { from } = walk;
  const to = source.to ?? '';
  const isFirst = source.live === undefined;
  const account = isFirst ? await readAccount(ledger, source.accountId) : undefined;
  const { live, ended } = account ? await readLiveTrades(ledger, account) : { live: [], ended: [] };
  const page = await listEndedTrades(ledger, source.accountId, { from, to, limit: readSize + 1 });
  const isInRange = (trade: FoundTrade) => idOf(trade) >= from && idOf(trade) <= to;
  // Ranges include both ends, so a page begins with the trade that the last one ended with.
  const records = page.trades.filter(({ executionId }) => isFirst || executionId !== to);
  source.live ??= [...live, ...ended.map(foundEnded)].filter(isInRange).toSorted(newestFirst);
  source.records = records.map(foundEnded);
  source.to = page.hasMore ? page.trades.at(-1)?.executionId : undefined;
}

/** Takes the newest trade of all; one that was open and is recorded as over meanwhile is taken as it was open. */
function takeNewest(sources: readonly Source[]): FoundTrade | undefined {
  const [newest] = sources
    .flatMap(({ live = [], records }) => [...live.slice(0, 1), ...records.slice(0, 1)])
    .toSorted(newestFirst);
  for (const source of newest ? sources : []) {
    const others = (trade: FoundTrade) => newest === undefined || idOf(trade) !== idOf(newest);
    source.live = source.live?.filter(others);
    source.records = source.records.filter(others);
  }
  return newest;
}

function idOf({ trade }: FoundTrade): ExecutionId {
  return trade.executionId;
}

/** Equal ones stay as they are: open before over. */
function newestFirst(left: FoundTrade, right: FoundTrade): number {
  return idOf(left) === idOf(right) ? 0 : idOf(left) < idOf(right) ? 1 : -1;
}

import type { AccountId, ExecutionId } from '../core/ids.ts';
import { readAccount } from '../ledger/accounts.ts';
import type { Ledger } from '../ledger/table.ts';
import { listEndedTrades } from '../ledger/trades.ts';
import { type FoundTrade, foundEnded, readLiveTrades } from './find-trade.ts';
import type { IdRange } from './list-range.ts';
import { mapInParallel, READ_WIDTH } from './parallel.ts';

/** Ids of trades are those of their entries' executions. */
export interface TradeWalk extends IdRange {
  readonly accountIds: readonly AccountId[];
  /** The trade that the last page ended with: the walk goes on behind it. */
  readonly after: ExecutionId | undefined;
  readonly limit: number;
  readonly matches: (found: FoundTrade) => boolean;
}

/** Trades that match, in order, and where to go on, unless the walk is over. */
export interface TradesFound {
  readonly found: readonly FoundTrade[];
  readonly next: ExecutionId | undefined;
}

/** How much one page may read: trades at once, of one account or of all together, and reads after the first ones. */
const TRADES_AT_ONCE = 100;
const TRADES_PER_ACCOUNT_MIN = 4;
const FURTHER_READS_MAX = 100;

/** One account's trades in the order of the walk: those of its item, and the records as far as they are read. */
interface Source {
  readonly accountId: AccountId;
  /** `undefined` before the first read. */
  live: FoundTrade[] | undefined;
  records: FoundTrade[];
  /** What of the records is left to read; `undefined` when all of them are read. */
  left: Pick<IdRange, 'from' | 'to'> | undefined;
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
    const trade = takeNext(sources, walk.order);
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

function sourcesOf({ accountIds, after, ...walk }: TradeWalk): Source[] {
  const { from, to } = behind(after, walk);
  const left = to < from ? undefined : { from, to };
  return accountIds.map((accountId) => ({ accountId, live: undefined, records: [], left }));
}

/** What is left of a range from a trade on, inclusive. */
function behind(id: string | undefined, { from, to, order }: IdRange): Pick<IdRange, 'from' | 'to'> {
  return order === 'oldest-first'
    ? { from: id !== undefined && id > from ? id : from, to }
    : { from, to: id !== undefined && id < to ? id : to };
}

function isHungry({ records, left }: Source): boolean {
  return records.length === 0 && left !== undefined;
}

/** The account's item before the records: a trade is recorded before the item lets go of it, so it is in either. */
async function read(ledger: Ledger, source: Source, walk: TradeWalk, readSize: number): Promise<void> {
  const { order } = walk;
  const left = source.left ?? walk;
  const isFirst = source.live === undefined;
  const account = isFirst ? await readAccount(ledger, source.accountId) : undefined;
  const { live, ended } = account ? await readLiveTrades(ledger, account) : { live: [], ended: [] };
  const page = await listEndedTrades(ledger, source.accountId, { ...left, order, limit: readSize + 1 });
  const isInRange = (trade: FoundTrade) => idOf(trade) >= left.from && idOf(trade) <= left.to;
  // Ranges include both ends, so a page begins with the trade that the last one ended with.
  const known = order === 'oldest-first' ? left.from : left.to;
  const records = page.trades.filter(({ executionId }) => isFirst || executionId !== known);
  source.live ??= [...live, ...ended.map(foundEnded)].filter(isInRange).toSorted(inOrder(order));
  source.records = records.map(foundEnded);
  source.left = page.hasMore ? behind(page.trades.at(-1)?.executionId, { ...left, order }) : undefined;
}

/** Takes the next trade of all; one that was open and is recorded as over meanwhile is taken as it was open. */
function takeNext(sources: readonly Source[], order: IdRange['order']): FoundTrade | undefined {
  const [next] = sources
    .flatMap(({ live = [], records }) => [...live.slice(0, 1), ...records.slice(0, 1)])
    .toSorted(inOrder(order));
  for (const source of next ? sources : []) {
    const others = (trade: FoundTrade) => next === undefined || idOf(trade) !== idOf(next);
    source.live = source.live?.filter(others);
    source.records = source.records.filter(others);
  }
  return next;
}

function idOf({ trade }: FoundTrade): ExecutionId {
  return trade.executionId;
}

/** Equal ones stay as they are: open before over. */
function inOrder(order: IdRange['order']) {
  const first = order === 'oldest-first' ? -1 : 1;
  return (left: FoundTrade, right: FoundTrade) =>
    idOf(left) === idOf(right) ? 0 : idOf(left) < idOf(right) ? first : -first;
}

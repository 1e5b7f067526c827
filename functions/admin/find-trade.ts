import type { Books } from '../core/books.ts';
import { type ExecutionId, parseExecutionId } from '../core/ids.ts';
import type { EndedTrade, Trade } from '../core/trade.ts';
import { stateOfTrade, type TradeState } from '../core/trade-state.ts';
import { readAccount } from '../ledger/accounts.ts';
import { readBooks } from '../ledger/positions.ts';
import type { AccountState } from '../ledger/shapes/account.ts';
import type { Ledger } from '../ledger/table.ts';
import { readEndedTrade } from '../ledger/trades.ts';

/** A trade with its state, and where it was found. */
export type FoundTrade =
  | {
      readonly kind: 'live';
      readonly trade: Trade;
      readonly state: TradeState;
      readonly account: AccountState;
      readonly books: Books;
    }
  | { readonly kind: 'ended'; readonly trade: EndedTrade; readonly state: TradeState };

/** The trades of an account that are not over, and those that the execution under way has just brought to their end. */
export interface LiveTrades {
  readonly live: readonly FoundTrade[];
  readonly ended: readonly EndedTrade[];
}

/** Finds a trade by its id: as long as the account's books have it they count, then the record of its end. */
export async function findTrade(ledger: Ledger, id: string): Promise<FoundTrade | undefined> {
  const ids = parseExecutionId(id);
  if (!ids) {
    return undefined;
  }
  const { accountId, executionId } = ids;
  const account = await readAccount(ledger, accountId);
  const { live, ended } = account ? await readLiveTrades(ledger, account) : { live: [], ended: [] };
  const isIt = (trade: { readonly executionId: ExecutionId }) => trade.executionId === executionId;
  const found = live.find(({ trade }) => isIt(trade));
  if (found) {
    return found;
  }
  const over = ended.find(isIt) ?? (await readEndedTrade(ledger, accountId, executionId));
  return over && foundEnded(over);
}

/** Reads the trades of an account from its item. */
export async function readLiveTrades(ledger: Ledger, account: AccountState): Promise<LiveTrades> {
  const { books, ended } = await readBooks(ledger, account);
  const placing = account.activeExecution?.intent?.orders;
  const live = Object.values(books.trades).map((trade) => ({
    kind: 'live' as const,
    trade,
    state: stateOfTrade(trade, books, placing),
    account,
    books,
  }));
  return { live, ended };
}

export function foundEnded(trade: EndedTrade): FoundTrade {
  return { kind: 'ended', trade, state: trade.state };
}

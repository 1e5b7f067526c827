import { type Booked, type Books, book, bookingTermsOf } from '../core/books.ts';
import { isPlanned } from '../core/compensation.ts';
import { parseExecutionId } from '../core/ids.ts';
import type { Protection } from '../core/trade.ts';
import { type RecordedExecution, readExecution } from './executions.ts';
import type { AccountState, Intent } from './shapes/account.ts';
import type { Ledger } from './table.ts';

/** The books of an account as its item has them. */
export function booksOf({ positions, openOrders, daily, trades }: AccountState): Books {
  return { positions, openOrders, daily, trades };
}

/** What an execution's entry is to be protected by. */
export function protectionOf({ stopLoss, takeProfit }: Pick<Intent, 'stopLoss' | 'takeProfit'>): Protection {
  return { ...(stopLoss ? { stopLoss } : {}), ...(takeProfit ? { takeProfit } : {}) };
}

/**
 * The books once a recorded execution is booked. A record by an older holder than the intent's belongs to an earlier
 * attempt, which was booked before its journal was closed; it adds nothing.
 */
export function booksAfter(
  account: Pick<AccountState, 'configuration'>,
  books: Books,
  intent: Intent,
  { execution, fencingToken }: RecordedExecution,
): Booked {
  if (fencingToken < intent.fencingToken) {
    return { books, ended: [] };
  }
  const { executionId, endedAtMs } = execution;
  const strategyId = parseExecutionId(executionId)?.strategyId ?? execution.strategyId;
  const watched = new Map(execution.watched?.map(({ clientOrderId, untilMs }) => [clientOrderId, untilMs]));
  const protection = protectionOf(intent);
  return book(
    books,
    execution.orders.map((after) => {
      const watchUntilMs = watched.get(after.clientOrderId);
      return {
        executionId,
        strategyId,
        before: undefined,
        after,
        ...(watchUntilMs === undefined ? {} : { watchUntilMs }),
        ...(isPlanned(after) ? { protection } : {}),
      };
    }),
    bookingTermsOf(account.configuration, endedAtMs),
  );
}

/**
 * An account's books for a reader. An execution is recorded a moment before it is booked; whoever has seen its order
 * filled must not see the books without it.
 */
export async function readBooks(ledger: Ledger, account: AccountState): Promise<Booked> {
  const { activeExecution, configuration } = account;
  const books = booksOf(account);
  if (!activeExecution?.intent) {
    return { books, ended: [] };
  }
  const recorded = await readExecution(ledger, configuration.accountId, activeExecution.executionId);
  return recorded ? booksAfter(account, books, activeExecution.intent, recorded) : { books, ended: [] };
}

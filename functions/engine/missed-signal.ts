import type { Alert } from '../core/alert.ts';
import type { Books } from '../core/books.ts';
import { add, type Decimal, negate, sign, ZERO } from '../core/decimal.ts';
import type { ExecutionRequest } from '../core/execution.ts';
import { parseExecutionId } from '../core/ids.ts';
import type { MarketPosition } from '../core/signal.ts';
import { heldInstrument } from '../core/tradable.ts';
import { workingOrders } from '../core/working-orders.ts';
import type { Controls } from '../ledger/controls.ts';
import type { AccountState } from '../ledger/shapes/account.ts';

/** What was looked at to decide an execution. */
export interface DecidedOn {
  readonly request: ExecutionRequest;
  readonly account: AccountState;
  /** Before the execution. */
  readonly books: Books;
  readonly controls: Controls;
  readonly nowMs: number;
}

const POSITION_BY_SIGN: Readonly<Record<number, MarketPosition>> = { 1: 'long', 0: 'flat', [-1]: 'short' };

/**
 * What operators are told when the sender's strategy had another position before its order than the same strategy has here: a
 * signal in between was missed, refused, or undone by hand. Says nothing while an order works that may make up for it, and
 * changes nothing of what is executed.
 */
export function missedSignal({ request, account, books, controls, nowMs }: DecidedOn): Alert | undefined {
  const { previousPosition, symbol: asSent } = request.signal;
  if (previousPosition === undefined || controls.strategy === undefined) {
    return undefined;
  }
  const { symbol } = heldInstrument(account.configuration, asSent, books.positions, nowMs);
  if (workingOrders(books, symbol).length > 0) {
    return undefined;
  }
  const { strategyId, accountId } = request;
  // A strategy that may not go short is flat wherever its sender is short.
  const theirs = previousPosition === 'short' && !controls.strategy.allowShort ? 'flat' : previousPosition;
  const ours = POSITION_BY_SIGN[sign(heldBy(books, strategyId, symbol))];
  return theirs === ours
    ? undefined
    : {
        type: 'SIGNAL_MISSED',
        severity: 'MEDIUM',
        subject: strategyId,
        message:
          `The sender of strategy ${strategyId} was ${previousPosition} in ${symbol} before its signal ${request.signalId}, and ` +
          `account ${accountId} was ${ours}: an earlier signal was missed, refused or undone.`,
      };
}

/** The signed quantity of a strategy's own trades. */
function heldBy({ trades }: Books, strategyId: string, symbol: string): Decimal {
  return Object.values(trades)
    .filter(
      (trade) => trade.symbol === symbol && parseExecutionId(trade.executionId)?.strategyId === strategyId,
    )
    .reduce<Decimal>(
      (held, { side, openQuantity }) => add(held, side === 'buy' ? openQuantity : negate(openQuantity)),
      ZERO,
    );
}

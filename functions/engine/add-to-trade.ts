import type { Decimal } from '../core/decimal.ts';
import { type ExecutionId, parseExecutionId } from '../core/ids.ts';
import type { Signal } from '../core/signal.ts';
import type { Trade } from '../core/trade.ts';
import { type Command, requestOf } from './command.ts';
import type { Engine } from './engine.ts';
import { type ExecuteResult, execute } from './execute.ts';

/** An operator's word: let a trade hold more. */
export interface Addition extends Pick<Trade, 'symbol' | 'side'> {
  readonly tradeId: ExecutionId;
  /** What the trade is to hold in all. */
  readonly quantity: Decimal;
}

/** What an addition looks like as a signal. */
export function signalOfAddition({ tradeId, symbol, side, quantity }: Addition): Signal {
  return { symbol, action: side, trade: tradeId, targetQuantity: quantity, timeInForce: 'day' };
}

/**
 * Adds to a trade as a signal of its own strategy would: limits, window, halts and circuit count. How much is missing is
 * decided with the account: asking twice adds it once.
 */
export function addToTrade(engine: Engine, command: Command, addition: Addition): Promise<ExecuteResult> {
  const strategyId = parseExecutionId(addition.tradeId)?.strategyId;
  return execute(engine, requestOf(command, signalOfAddition(addition), strategyId));
}

import type { Books } from '../core/books.ts';
import { type Decimal, isZero, sign, subtract } from '../core/decimal.ts';
import { clientOrderIdOf, type ExecutionId } from '../core/ids.ts';
import { orderFrom } from '../core/order.ts';
import type { Signal } from '../core/signal.ts';
import { heldBy } from '../core/trade.ts';
import { stateOfTrade } from '../core/trade-state.ts';
import { type Command, type CommandPlan, type CommandTurn, executeCommand, requestOf } from './command.ts';
import type { Engine } from './engine.ts';
import type { ExecuteResult } from './execute.ts';
import { keepTrades } from './keep-trades.ts';
import { followOpenOrders } from './open-orders.ts';

/** An operator's word: close a trade, all of it or down to what it is to keep. */
export interface Closing {
  readonly tradeId: ExecutionId;
  readonly symbol: string;
  /** 0 closes it. */
  readonly keep: Decimal;
}

/** What a closing looks like as a signal. */
export function signalOfClosing({ tradeId, symbol, keep }: Closing): Signal {
  const rest = isZero(keep) ? {} : { targetQuantity: keep };
  return { symbol, action: 'exit', trade: tradeId, timeInForce: 'day', ...rest };
}

/**
 * Closes what a trade holds beyond what it is to keep, whatever is halted and whatever became of its strategy. How much
 * that is, is decided under the account's lease: asking twice closes it once.
 */
export function closeTrade(engine: Engine, command: Command, closing: Closing): Promise<ExecuteResult> {
  const request = requestOf(command, signalOfClosing(closing));
  return executeCommand(engine, request, async (turn) =>
    planClose(request.executionId, await upToDate(engine, turn), closing),
  );
}

/** What an earlier holder left half done is done first, so that the trade is what it is taken for. */
async function upToDate(engine: Engine, { hold, venue, books }: CommandTurn): Promise<Books> {
  const followed = await followOpenOrders(engine, hold, venue, books);
  return keepTrades(engine, hold, venue, followed.books);
}

function planClose(executionId: ExecutionId, books: Books, { tradeId, keep }: Closing): CommandPlan {
  const trade = books.trades[tradeId];
  if (!trade || stateOfTrade(trade, books) !== 'OPENED') {
    return nothing('TRADE_NOT_OPEN', 'The trade is not open, or is being closed.');
  }
  const quantity = subtract(trade.openQuantity, keep);
  if (sign(quantity) <= 0) {
    return nothing('ALREADY_AT_TARGET', `The trade holds ${trade.openQuantity}, no more than it is to keep.`);
  }
  const { symbol, side } = trade;
  const order = orderFrom({
    clientOrderId: clientOrderIdOf(executionId, 'exit'),
    leg: 'exit',
    symbol,
    side: side === 'buy' ? 'sell' : 'buy',
    type: 'market',
    quantity,
    timeInForce: 'day',
    reduceOnly: true,
    trade: tradeId,
  });
  // The trade's own orders only: what protects other trades of the symbol stays, and so does what opens them.
  const cancels = Object.values(books.openOrders)
    .filter((open) => open.executionId === tradeId || open.order.trade === tradeId)
    .map((open) => open.order.clientOrderId);
  return {
    kind: 'orders',
    books,
    intent: { orders: [order], cancels, decidedOn: { [symbol]: heldBy(trade) } },
  };
}

function nothing(code: string, message: string): CommandPlan {
  return { kind: 'nothing', reason: { code, message } };
}

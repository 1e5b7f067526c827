import type { Books } from '../core/books.ts';
import { absolute, decimal, isZero, sign } from '../core/decimal.ts';
import { clientOrderIdOf, type ExecutionId } from '../core/ids.ts';
import { type Order, orderFrom } from '../core/order.ts';
import { type Command, type CommandPlan, executeCommand, requestOf } from './command.ts';
import type { Engine } from './engine.ts';
import type { ExecuteResult } from './execute.ts';

/** Flattens an account, halted or not: cancels its open orders, protective ones as well, and closes every position. */
export function flattenAccount(engine: Engine, command: Command): Promise<ExecuteResult> {
  const request = requestOf(command, { symbol: 'ALL', action: 'flatten', timeInForce: 'day' });
  return executeCommand(engine, request, ({ books }) => planFlatten(request.executionId, books));
}

function planFlatten(executionId: ExecutionId, books: Books): CommandPlan {
  const orders = closingOrders(executionId, books);
  const cancels = Object.values(books.openOrders).map(({ order }) => order.clientOrderId);
  if (orders.length + cancels.length === 0) {
    const reason = { code: 'NO_POSITION', message: 'The account holds no position and no open order.' };
    return { kind: 'nothing', reason };
  }
  const decidedOn = Object.fromEntries(
    orders.map(({ symbol }) => [symbol, books.positions[symbol]?.quantity ?? decimal(0)]),
  );
  return { kind: 'orders', books, intent: { orders, cancels, decidedOn } };
}

/** One order for each position, decided now and sent once the open orders are out of the way. */
function closingOrders(executionId: ExecutionId, books: Books): Order[] {
  return Object.entries(books.positions)
    .filter(([, { quantity }]) => !isZero(quantity))
    .map(([symbol, { quantity }]) => {
      const leg = `close-${symbol}`;
      return orderFrom({
        clientOrderId: clientOrderIdOf(executionId, leg),
        leg,
        symbol,
        side: sign(quantity) > 0 ? 'sell' : 'buy',
        type: 'market',
        quantity: absolute(quantity),
        timeInForce: 'day',
        reduceOnly: true,
      });
    });
}

import type { Books } from '../core/books.ts';
import { absolute, decimal, isZero, sign } from '../core/decimal.ts';
import type { ExecutionRequest } from '../core/execution.ts';
import {
  type AccountId,
  clientOrderIdOf,
  type ExecutionId,
  executionIdOf,
  type SignalId,
  type StrategyId,
  type WebhookId,
} from '../core/ids.ts';
import { type Order, orderFrom } from '../core/order.ts';
import { readExecution } from '../ledger/executions.ts';
import { recordIntent, releaseAccount } from '../ledger/held-account.ts';
import { booksOf } from '../ledger/positions.ts';
import { recordUnplaced } from '../ledger/unplaced.ts';
import type { Engine } from './engine.ts';
import { asResult, type ExecuteResult, journalOf } from './execute.ts';
import { finish, resume } from './recover.ts';
import { hasIntent, sagaOf } from './saga.ts';
import { settle } from './settle.ts';
import { unplaced } from './unplaced.ts';
import { venueOf } from './venue.ts';
import { type Hold, withAccount } from './with-account.ts';

/** An operator's word: end every order and close every position. */
export interface FlattenCommand {
  readonly accountId: AccountId;
  /** Of the command's receipt. The same id is executed once. */
  readonly signalId: SignalId;
  readonly correlationId: string;
  readonly receivedAtMs: number;
}

/** What stands for webhook and strategy where an operator acts instead. */
export const OPERATOR = { webhookId: 'operator' as WebhookId, strategyId: 'operator' as StrategyId };

/** An operator is at hand: the command counts now, or has to be given again. */
const COMMAND_AGE_SECONDS = 60;

/**
 * Flattens an account, halted or not: cancels its open orders, protective ones as well, and closes every position.
 *
 * An execution like any other: journaled, recovered by whoever takes the account next, and recorded once. `hand-back`
 * means that nothing was done, because somebody else has the account or an earlier order is unknown.
 */
export async function flattenAccount(engine: Engine, command: FlattenCommand): Promise<ExecuteResult> {
  const { accountId, signalId } = command;
  const request: ExecutionRequest = {
    ...command,
    ...OPERATOR,
    executionId: executionIdOf(signalId, OPERATOR.strategyId, accountId),
    multiplier: decimal(1),
    signal: { symbol: 'ALL', action: 'flatten', timeInForce: 'day' },
    maxSignalAgeSeconds: COMMAND_AGE_SECONDS,
  };
  const begins = journalOf(engine, request);
  const held = await withAccount(engine, accountId, begins, async (hold): Promise<ExecuteResult> => {
    const active = hold.account.activeExecution;
    if (active?.executionId === request.executionId && hasIntent(active)) {
      return asResult((await finish(engine, hold, active)).execution);
    }
    let books = booksOf(hold.account);
    if (active && active.executionId !== request.executionId) {
      const resumed = await resume(engine, hold, active, begins);
      if (resumed.kind === 'unresolved') {
        await releaseAccount(engine.ledger, hold.fence);
        return { kind: 'hand-back', code: 'EARLIER_ORDER_UNKNOWN', delaySeconds: 0 };
      }
      books = resumed.books;
    }
    return flattenHeld(engine, hold, request, books);
  });
  switch (held.kind) {
    case 'worked':
      return held.result;
    case 'contended':
      return { kind: 'hand-back', code: 'ACCOUNT_LEASED', delaySeconds: 0 };
    case 'not-found':
      return { kind: 'hand-back', code: 'ACCOUNT_NOT_FOUND', delaySeconds: 0 };
  }
}

async function flattenHeld(
  engine: Engine,
  hold: Hold,
  request: ExecutionRequest,
  books: Books,
): Promise<ExecuteResult> {
  const begins = journalOf(engine, request);
  const recorded = await readExecution(engine.ledger, request.accountId, request.executionId);
  const orders = closingOrders(request.executionId, books);
  const cancels = Object.values(books.openOrders).map(({ order }) => order.clientOrderId);
  if (orders.length + cancels.length === 0 || recorded) {
    const reason = { code: 'NO_POSITION', message: 'The account holds no position and no open order.' };
    const ended = unplaced(engine, request, begins, { status: 'SKIPPED', reason });
    return { kind: 'done', execution: await recordUnplaced(engine.ledger, hold.fence, ended, 'close') };
  }
  const decidedOn = Object.fromEntries(
    orders.map(({ symbol }) => [symbol, books.positions[symbol]?.quantity ?? decimal(0)]),
  );
  const intent = { fencingToken: hold.fence.fencingToken, orders, cancels, decidedOn };
  const journal = { ...begins, intent };
  hold.extended(
    await recordIntent(engine.ledger, hold.fence, { active: journal, nowMs: engine.clock.now() }),
  );
  const saga = sagaOf(engine, hold, venueOf(engine, hold), { books, journal });
  return asResult((await settle(saga)).execution);
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

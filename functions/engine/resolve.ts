import { compare, type Decimal } from '../core/decimal.ts';
import type { Execution } from '../core/execution.ts';
import {
  type AccountId,
  type BrokerOrderId,
  type ClientOrderId,
  type ExecutionId,
  parseExecutionId,
} from '../core/ids.ts';
import { applyOrderEvent, type Order } from '../core/order.ts';
import { readExecution } from '../ledger/executions.ts';
import { releaseAccount } from '../ledger/held-account.ts';
import { booksOf } from '../ledger/positions.ts';
import type { Engine } from './engine.ts';
import { asResult, type ExecuteResult } from './execute.ts';
import { keepTrades } from './keep-trades.ts';
import { bookProgress } from './open-orders.ts';
import { checkpoint, hasIntent, type OpenJournal, replaceOrder, sagaOf } from './saga.ts';
import { settle } from './settle.ts';
import { venueOf } from './venue.ts';
import { type Hold, withAccount } from './with-account.ts';

/** What an operator found out about an order, at the venue itself. */
export type OrderResolution = { readonly clientOrderId: ClientOrderId } & (
  | { readonly outcome: 'not-placed' }
  | { readonly outcome: 'filled'; readonly quantity: Decimal; readonly price: Decimal }
);

/** What an operator knows of an execution that Onefill could not resolve. */
export interface ResolveCommand {
  readonly accountId: AccountId;
  readonly executionId: ExecutionId;
  readonly orders: readonly OrderResolution[];
}

/** `not-unknown`: none of these orders waits for anybody's word. */
export type ResolveResult = ExecuteResult | { readonly kind: 'not-unknown' | 'contended' | 'not-found' };

/**
 * Takes an operator's word for orders that stay UNKNOWN, and goes on from there as if the venue had said it: a filled
 * entry is protected, an execution in the middle of its rollback is rolled back. The only way on where a venue can
 * neither tell orders apart nor be asked.
 */
export async function resolveExecution(engine: Engine, command: ResolveCommand): Promise<ResolveResult> {
  const held = await withAccount(engine, command.accountId, undefined, (hold): Promise<ResolveResult> => {
    const active = hold.account.activeExecution;
    return active?.executionId === command.executionId && hasIntent(active)
      ? resolveJournal(engine, hold, active, command)
      : resolveOpenOrders(engine, hold, command);
  });
  return held.kind === 'worked' ? held.result : { kind: held.kind };
}

async function resolveJournal(
  engine: Engine,
  hold: Hold,
  journal: OpenJournal,
  command: ResolveCommand,
): Promise<ResolveResult> {
  const books = booksOf(hold.account);
  const saga = sagaOf(engine, hold, venueOf(engine, hold), { books, journal });
  const resolved = journal.intent.orders.flatMap((order) => resolve(order, command.orders));
  if (resolved.length === 0) {
    return giveBack(engine, hold);
  }
  for (const order of resolved) {
    replaceOrder(saga, order);
  }
  await checkpoint(saga);
  return asResult((await settle(saga)).execution);
}

/** The order of an execution that has ended, HALTED for example, is in the books. */
async function resolveOpenOrders(
  engine: Engine,
  hold: Hold,
  { accountId, executionId, orders }: ResolveCommand,
): Promise<ResolveResult> {
  const strategyId = parseExecutionId(executionId)?.strategyId;
  const before = booksOf(hold.account);
  const progress = Object.values(before.openOrders)
    .filter((open) => open.executionId === executionId)
    .flatMap(({ order }) => resolve(order, orders).map((after) => ({ executionId, before: order, after })));
  if (progress.length === 0 || strategyId === undefined) {
    return giveBack(engine, hold);
  }
  const after = await bookProgress(
    engine,
    hold,
    before,
    progress.map((each) => ({ ...each, strategyId })),
  );
  await keepTrades(engine, hold, venueOf(engine, hold), after);
  await releaseAccount(engine.ledger, hold.fence);
  return doneWith(await readExecution(engine.ledger, accountId, executionId));
}

function doneWith(recorded: { readonly execution: Execution } | undefined): ResolveResult {
  return recorded ? { kind: 'done', execution: recorded.execution } : { kind: 'not-unknown' };
}

async function giveBack(engine: Engine, hold: Hold): Promise<ResolveResult> {
  await releaseAccount(engine.ledger, hold.fence);
  return { kind: 'not-unknown' };
}

/** The order as the operator says that it ended; nothing when it does not wait for that. */
function resolve(order: Order, resolutions: readonly OrderResolution[]): Order[] {
  const word = resolutions.find(({ clientOrderId }) => clientOrderId === order.clientOrderId);
  if (!word || (order.status !== 'SENDING' && order.status !== 'UNKNOWN')) {
    return [];
  }
  const reason = 'An operator found that the venue does not have it.';
  if (word.outcome === 'not-placed') {
    return [applyOrderEvent(order, { kind: 'denied', reason })];
  }
  const brokerOrderId = 'operator' as BrokerOrderId;
  const { quantity, price } = word;
  const filled = applyOrderEvent(applyOrderEvent(order, { kind: 'accepted', brokerOrderId }), {
    kind: 'filled',
    quantity,
    price,
  });
  return [compare(quantity, order.quantity) < 0 ? applyOrderEvent(filled, { kind: 'canceled' }) : filled];
}

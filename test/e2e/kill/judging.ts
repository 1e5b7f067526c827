import { add, compare, type Decimal, negate, ZERO } from '../../../functions/core/decimal.ts';
import type { Execution } from '../../../functions/core/execution.ts';
import { clientOrderIdOf } from '../../../functions/core/ids.ts';
import type { Order } from '../../../functions/core/order.ts';
import { isProtective } from '../../../functions/core/protection.ts';
import type { EndedTrade } from '../../../functions/core/trade.ts';
import { readAccount } from '../../../functions/ledger/accounts.ts';
import { listExecutions } from '../../../functions/ledger/executions.ts';
import type { AccountState } from '../../../functions/ledger/shapes/account.ts';
import type { Ledger } from '../../../functions/ledger/table.ts';
import { listEndedTrades } from '../../../functions/ledger/trades.ts';
import { type Claim, judgeTrades } from '../../simulation/judge-trades.ts';
import type { VenueOrder } from '../../simulation/venue-order.ts';
import type { AlpacaFloor } from '../venue-fakes.ts';
import type { Trader } from './traders.ts';
import { alpacaBook, paperBook, type VenueBook } from './venue-books.ts';

/** Everything there is to know of an account when nobody is at work any more. */
export interface Evidence {
  readonly trader: Trader;
  readonly account: AccountState;
  readonly ended: readonly EndedTrade[];
  /** In the order of their signals. */
  readonly executions: readonly Execution[];
  readonly venue: VenueBook;
}

/** More than there are. */
const ALL = { from: '', to: '\u{10FFFF}', order: 'oldest-first', limit: 1_000 } as const;

export async function gather(ledger: Ledger, trader: Trader, floor: AlpacaFloor): Promise<Evidence> {
  const { id } = trader;
  const account = await readAccount(ledger, id);
  if (!account) {
    throw new Error(`There is no account ${id}.`);
  }
  const { executions } = await listExecutions(ledger, id, ALL);
  const { trades: ended } = await listEndedTrades(ledger, id, ALL);
  const alpaca = floor.accounts.get(id);
  const venue = alpaca ? alpacaBook(alpaca, id, ordersOf(executions)) : await paperBook(ledger, id);
  return { trader, account, ended, executions, venue };
}

/** Everything that does not hold of an account, and has to; empty when all is well. */
export function judgeAccount(evidence: Evidence, sent: readonly string[]): string[] {
  const { trader, account, ended, executions, venue } = evidence;
  const problems: string[] = [];
  const claim = (holds: boolean, what: string) => {
    if (!holds) {
      problems.push(`${trader.id}: ${what}`);
    }
  };
  judgeExecutions(evidence, sent, claim);
  judgeRefusals(evidence, claim);
  judgeOrders(evidence, claim);
  judgePosition(evidence, claim);
  judgeRest(account, claim);
  // No venue here lets anybody sell what is not held, and nobody has to be told of anything that is left undone.
  const told = { alerts: [], onlyReduces: true } as const;
  judgeTrades({ account, ended, executions, orders: venue.orders, ...told }, claim);
  return problems;
}

/** What to know when something does not hold: the same seed does not have to meet it again. */
export function explained({ trader, executions, venue, account }: Evidence): string {
  const { trades, openOrders } = account;
  return JSON.stringify({ trader, executions, venue, trades, openOrders }, undefined, 1);
}

/** The take-profits and stop-losses that the venue had for an account. */
export function legsOf({ executions, venue }: Evidence): VenueOrder[] {
  const legs = new Set(
    ordersOf(executions)
      .filter(isProtective)
      .map(({ clientOrderId }) => clientOrderId),
  );
  return venue.orders.filter(({ clientOrderId }) => legs.has(clientOrderId));
}

/** I4, I7: every signal was executed. Where the market closes trades by itself, an exit may find nothing to close. */
function judgeExecutions({ trader, executions }: Evidence, sent: readonly string[], claim: Claim): void {
  for (const [index, executionId] of sent.entries()) {
    const execution = executions.find((each) => each.executionId === executionId);
    const { status, orders: [planned] = [] } = execution ?? {};
    const isDone = status === 'COMPLETED' && planned?.status === 'FILLED';
    const mayBeSkipped = trader.kind === 'alpaca' && trader.plan[index]?.isEntry === false;
    claim(
      isDone || (mayBeSkipped && status === 'SKIPPED'),
      `${executionId} is ${status}, its order ${planned?.status}`,
    );
  }
}

/** No venue was sent anything that it had to refuse. */
function judgeRefusals({ executions }: Evidence, claim: Claim): void {
  for (const { leg, status, reason } of ordersOf(executions)) {
    claim(status !== 'REJECTED', `the ${leg} order was refused: ${reason}`);
  }
}

/** I1, I2: one order for each signal, in their order, and none that nobody knows. */
function judgeOrders(evidence: Evidence, claim: Claim): void {
  const { trader, executions, venue } = evidence;
  const ids = venue.orders.map(({ clientOrderId }) => clientOrderId);
  claim(new Set(ids).size === ids.length, 'the venue has several orders with one id');
  const known = new Set(ordersOf(executions).map(({ clientOrderId }) => clientOrderId));
  const unknown = ids.filter((id) => !known.has(id));
  claim(unknown.length === 0, `nobody knows the orders ${unknown.join(', ')}`);
  const planned = venue.orders.filter((order) => executions.some((each) => isPlannedBy(each, order)));
  // At Alpaca the market closes trades by itself: what exits are left with, and what all fills at, is not planned.
  const isFree = trader.kind === 'alpaca';
  const placed = planned.filter(({ side }) => !isFree || side === 'buy').map((order) => said(order, isFree));
  const expected = trader.plan.filter(({ isEntry }) => !isFree || isEntry).map(({ order }) => order);
  const wanted = isFree ? expected.map((order) => order.replace(/ @.*/, '')) : expected;
  claim(
    placed.join(', ') === wanted.join(', '),
    `the venue has ${placed.join(', ')} in place of ${wanted.join(', ')}`,
  );
}

function said({ side, quantity, averageFillPrice }: VenueOrder, isFree: boolean): string {
  return isFree ? `${side} ${quantity}` : `${side} ${quantity} @ ${averageFillPrice}`;
}

/** What the venue says is held is what it filled, and what the books say. */
function judgePosition({ account, venue }: Evidence, claim: Claim): void {
  const filled = venue.orders.reduce<Decimal>(
    (sum, { side, filledQuantity }) => add(sum, side === 'buy' ? filledQuantity : negate(filledQuantity)),
    ZERO,
  );
  const [held = ZERO, ...others] = Object.values(account.positions).map(({ quantity }) => quantity);
  claim(others.length === 0, 'something else is held');
  claim(compare(filled, venue.position) === 0, `the venue filled ${filled} and holds ${venue.position}`);
  claim(compare(held, venue.position) === 0, `the books say ${held}, the venue ${venue.position}`);
}

/** Nothing is left of whoever worked: nobody holds the account, and nothing works but what protects. */
function judgeRest({ lease, activeExecution, halt, openOrders }: AccountState, claim: Claim): void {
  claim(lease === undefined, 'there is a lease');
  claim(activeExecution === undefined, `there is a journal of ${activeExecution?.executionId}`);
  claim(halt === undefined, `it is halted: ${halt?.reason}`);
  // What was never sent and is not wanted any more is watched for a while, in case that it was.
  for (const { order, watchUntilMs } of Object.values(openOrders)) {
    const isAsItShouldBe = watchUntilMs !== undefined || (isProtective(order) && order.status === 'NEW');
    claim(isAsItShouldBe, `the ${order.leg} order is ${order.status}`);
  }
}

/** Whether an order at the venue is the one by which an execution does what its signal asks for. */
export function isPlannedBy({ executionId }: Execution, { clientOrderId }: VenueOrder): boolean {
  return ['entry', 'exit'].some((leg) => clientOrderIdOf(executionId, leg) === clientOrderId);
}

function ordersOf(executions: readonly Execution[]): Order[] {
  return executions.flatMap(({ orders }) => [...orders]);
}

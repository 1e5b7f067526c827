import { absolute, add, compare, type Decimal, negate, sign, ZERO } from '../../../functions/core/decimal.ts';
import type { Execution } from '../../../functions/core/execution.ts';
import type { AccountId, ClientOrderId } from '../../../functions/core/ids.ts';
import { isFinal } from '../../../functions/core/order.ts';
import { readAccount } from '../../../functions/ledger/accounts.ts';
import type { AccountState } from '../../../functions/ledger/shapes/account.ts';
import { type Claim, judgeTrades, recordedIn } from '../judge-trades.ts';
import type { VenueOrder } from '../venue-order.ts';
import type { Played } from './play.ts';

const FINAL = ['COMPLETED', 'SKIPPED', 'REJECTED', 'ROLLED_BACK', 'HALTED'];

/** Everything that must hold once everything is at rest, and does not; empty when all is well. */
export async function judge(played: Played): Promise<string[]> {
  const problems: string[] = played.world.store.refused.map(
    ({ message }) => `refused by the store: ${message}`,
  );
  const claim = (holds: boolean, what: string) => {
    if (!holds) {
      problems.push(what);
    }
  };
  for (const { atMs, problems: seen } of played.quiet) {
    problems.push(...seen.map((problem) => `at ${atMs}, with nobody at work: ${problem}`));
  }
  const executions = recorded(played);
  judgeAnswers(played, executions, claim);
  judgeExecutions(played, executions, claim);
  for (const accountId of played.scenario.accountIds as AccountId[]) {
    const orders = played.world.venue.orders(accountId);
    judgeOrders(orders, claim);
    const watched = new Set(watchedIn(executions));
    const expected = orders.filter(({ clientOrderId }) => !watched.has(clientOrderId));
    judgeArrivalOrder(played, accountId, expected, executions, claim);
    const account = await readAccount(played.world.store.ledger, accountId);
    if (account && isTellable(played, account)) {
      judgeAccount(played, account, executions, claim);
    }
  }
  return problems;
}

type Executions = ReadonlyMap<string, Execution>;

function recorded({ world }: Played): Executions {
  const items = world.store
    .items(world.store.ledger.tableName)
    .filter(({ sk }) => String(sk).startsWith('EXECUTION#')) as unknown as Execution[];
  return new Map(items.map((execution) => [execution.executionId, execution]));
}

/** I7, A3: what was accepted was accepted once, and is executed. */
function judgeAnswers({ answers }: Played, executions: Executions, claim: Claim): void {
  const signalIds = new Map<string, string>();
  for (const { sending, posted } of answers) {
    if (posted?.status !== 202) {
      claim(
        posted === undefined || posted.status >= 400,
        `a signal was answered ${posted?.status}: ${JSON.stringify(posted?.body)}`,
      );
      continue;
    }
    const { signalId = '', executions: targets = [] } = posted.body;
    const { id } = sending.payload;
    claim((signalIds.get(id) ?? signalId) === signalId, `${id} became two signals`);
    signalIds.set(id, signalId);
    for (const { executionId } of targets) {
      claim(executions.has(executionId), `${executionId} was accepted and has no record`);
    }
  }
}

/** I4: every execution has ended, or somebody was told that it cannot. */
function judgeExecutions({ world, scenario }: Played, executions: Executions, claim: Claim): void {
  for (const { executionId, status } of executions.values()) {
    if (status === 'UNKNOWN') {
      const isTold = world.alerts.some(
        ({ type, subject }) => type === 'ORDER_UNKNOWN' && subject === executionId,
      );
      claim(isTold, `nobody is told that ${executionId} is UNKNOWN`);
      claim(scenario.guarantee !== 'PERMANENT', `${executionId} is UNKNOWN though the venue can tell`);
    } else {
      claim(FINAL.includes(status), `${executionId} is ${status}`);
    }
    const isHaltTold = world.alerts.some(
      ({ type, subject }) => type === 'COMPENSATION_FAILED' && subject === executionId,
    );
    claim(status !== 'HALTED' || isHaltTold, `nobody is told that ${executionId} is HALTED`);
  }
}

/** I1: the venue was sent every order once at most. */
function judgeOrders(orders: readonly VenueOrder[], claim: Claim): void {
  const ids = orders.map(({ clientOrderId }) => clientOrderId);
  const repeated = ids.filter((id, index) => ids.indexOf(id) !== index);
  claim(repeated.length === 0, `the venue has several orders ${repeated.join(', ')}`);
}

/** I2: an account's executions reach the venue in the order in which their messages were sent. */
function judgeArrivalOrder(
  { world }: Played,
  accountId: AccountId,
  orders: readonly VenueOrder[],
  executions: Executions,
  claim: Claim,
): void {
  const messages = world.queue.history.map(
    ({ body }) => (JSON.parse(body) as { executionId: string }).executionId,
  );
  const legs = new Map<string, string>();
  for (const execution of executions.values()) {
    for (const { clientOrderId, leg } of execution.orders) {
      if (leg === 'entry' || leg === 'exit') {
        legs.set(clientOrderId, execution.executionId);
      }
    }
  }
  const turns = orders
    .map(({ clientOrderId }) => legs.get(clientOrderId))
    .filter((executionId) => executionId !== undefined)
    .filter((executionId) => messages.indexOf(executionId) === messages.lastIndexOf(executionId))
    .map((executionId) => messages.indexOf(executionId));
  const isInOrder = turns.every((turn, index) => index === 0 || (turns[index - 1] ?? 0) <= turn);
  claim(isInOrder, `the orders of account ${accountId} came in the order of messages ${turns.join(', ')}`);
}

/** What the account's books say is what the venue has, and nothing is left open. */
function judgeAccount(
  { world, scenario }: Played,
  account: AccountState,
  executions: Executions,
  claim: Claim,
): void {
  const { accountId } = account.configuration;
  const name = `account ${accountId}`;
  const { lease, activeExecution } = account;
  claim(lease === undefined || lease.expiresAtMs < world.time.now(), `${name} has a live lease`);
  const open = activeExecution && executions.get(activeExecution.executionId);
  claim(
    activeExecution === undefined || open?.status === 'UNKNOWN',
    `${name} has an open journal of ${activeExecution?.executionId}, which is ${open?.status}`,
  );
  judgeOpenOrders(account, executions, claim);
  if (open?.status === 'UNKNOWN') {
    return;
  }
  const { alerts, store, venue } = world;
  const onlyReduces = scenario.enforcesReduceOnly;
  judgeTrades(
    { ...recordedIn(store, accountId), account, orders: venue.orders(accountId), alerts, onlyReduces },
    claim,
  );
  const theirs = venue.positions(accountId);
  for (const symbol of new Set([...Object.keys(theirs), ...Object.keys(account.positions)])) {
    const ours = account.positions[symbol]?.quantity ?? ZERO;
    claim(
      compare(ours, theirs[symbol] ?? ZERO) === 0,
      `${name} holds ${ours} ${symbol}, at the venue ${theirs[symbol] ?? 0}`,
    );
    const orders = world.venue.orders(accountId).filter((order) => order.symbol === symbol);
    const inTime = orders.filter((order) => !isToldToBeLate(world, executions, order));
    // Signals before a late order came know nothing of it, and those after it count it in.
    claim(
      areStopsCovered(orders) || areStopsCovered(inTime),
      `${name} has stop orders that close more than its ${positionOf(orders)} ${symbol}, late ones aside ${positionOf(inTime)}`,
    );
  }
}

/** An order whose end is open is where who looks for such orders finds it: at what the account is at, or in its books. */
function judgeOpenOrders(account: AccountState, executions: Executions, claim: Claim): void {
  const { accountId } = account.configuration;
  const theirs = [...executions.values()].filter((execution) => execution.accountId === accountId);
  for (const { executionId, orders } of theirs) {
    for (const order of orders.filter((each) => !isFinal(each))) {
      const isFound =
        account.activeExecution?.executionId === executionId ||
        account.openOrders[order.clientOrderId] !== undefined;
      claim(
        isFound,
        `order ${order.clientOrderId} is ${order.status} on record, and in no book of ${accountId}`,
      );
    }
  }
}

/** What an order fills that works at a venue which cannot be asked about orders, nobody can tell. */
function isTellable({ scenario }: Played, { openOrders }: AccountState): boolean {
  return scenario.guarantee !== 'NONE' || Object.keys(openOrders).length === 0;
}

/** Orders that were taken for not placed, though a request for them may have been on its way still. */
function watchedIn(executions: Executions): ClientOrderId[] {
  return [...executions.values()].flatMap(({ watched = [] }) =>
    watched.map(({ clientOrderId }) => clientOrderId),
  );
}

/** Whether operators know of an order that was taken for not placed and came after all: it is theirs to decide. */
function isToldToBeLate({ alerts }: Played['world'], executions: Executions, order: VenueOrder): boolean {
  return alerts.some(
    ({ type, subject }) =>
      type === 'LATE_ORDER' &&
      executions.get(subject)?.orders.some(({ clientOrderId }) => clientOrderId === order.clientOrderId),
  );
}

/** C2: stop orders that are left at the venue close at most what these orders hold, and never open a position. */
function areStopsCovered(orders: readonly VenueOrder[]): boolean {
  const position = positionOf(orders);
  const stops = orders.filter(
    ({ type, status, reduceOnly }) => type === 'stop' && status === 'NEW' && reduceOnly,
  );
  const closing = sign(position) > 0 ? 'sell' : 'buy';
  const total = stops.reduce((sum, { quantity }) => add(sum, quantity), ZERO);
  return stops.every(({ side }) => side === closing) && compare(total, absolute(position)) <= 0;
}

function positionOf(orders: readonly VenueOrder[]): Decimal {
  return orders.reduce<Decimal>(
    (held, { side, filledQuantity }) => add(held, side === 'buy' ? filledQuantity : negate(filledQuantity)),
    ZERO,
  );
}

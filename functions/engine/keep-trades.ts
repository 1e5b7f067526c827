import type { AlertType } from '../core/alert.ts';
import type { Books, OpenOrder, OrderProgress } from '../core/books.ts';
import { isZero } from '../core/decimal.ts';
import { assertNever } from '../core/errors.ts';
import { ONEFILL } from '../core/halt.ts';
import type { ClientOrderId, ExecutionId } from '../core/ids.ts';
import { TIMING } from '../core/lease.ts';
import { applyOrderEvent, isFinal, type Order } from '../core/order.ts';
import { isProtective } from '../core/protection.ts';
import { rejectionCodeOf } from '../core/rejection.ts';
import { termsOf } from '../core/tradable.ts';
import type { Trade } from '../core/trade.ts';
import { nextUpkeep, type Upkeep, withClosing, withConfirmation, withRefusal } from '../core/upkeep.ts';
import { haltAccount } from '../ledger/account-controls.ts';
import { bookOpenOrders } from '../ledger/held-account.ts';
import type { Engine } from './engine.ts';
import { bookProgress, followOpenOrders, progressOf } from './open-orders.ts';
import { awaitFill, placeTogether } from './place.ts';
import type { Venue } from './venue.ts';
import type { Hold } from './with-account.ts';

/** More than any account needs at once; what is left then is done by whoever takes the account next. */
const STEPS_MAX = 40;

/** Whoever keeps trades: with what, and which orders it is itself the first to send. */
interface Keeper {
  readonly engine: Engine;
  readonly hold: Hold;
  readonly venue: Venue;
  readonly ownOrders: Set<ClientOrderId>;
  readonly heard: OnRefusal;
}

/** Is told that a trade could not be protected as it is to be, and why. */
type OnRefusal = (trade: ExecutionId, why: string) => void;

/**
 * Whether there is anything to do for the trades of an account whose open orders are as the books say. One that Onefill
 * itself has halted is its operators': what went wrong there went wrong in doing just this. Only what is left of trades
 * that hold nothing is cancelled there, too: it would open a position.
 */
export function needsKeeping(engine: Engine, hold: Hold, books: Books, venue: Venue): boolean {
  return nextStep(engine, hold, books, venue) !== undefined;
}

function nextStep(
  engine: Engine,
  { account }: Hold,
  books: Books,
  venue: Venue,
  except: ReadonlySet<ExecutionId> = new Set(),
): Upkeep | undefined {
  const tickSizeOf = (symbol: string) => termsOf(account.configuration, symbol, engine.clock.now()).tickSize;
  const isHalted = account.halt?.haltedBy === ONEFILL;
  const held = Object.values(books.trades).filter(({ openQuantity }) => isHalted && !isZero(openQuantity));
  return nextUpkeep(books, {
    pairs: venue.capabilities.oco,
    tickSizeOf,
    except: new Set([...except, ...held.map(({ executionId }) => executionId)]),
  });
}

/**
 * Sees to it that every trade is protected by what it is to be protected by, and that nothing else is left at the venue
 * (C1, C2). One step after the other, each durable before the venue is called, so that dying anywhere leaves a book from
 * which the next holder goes on; and each decided anew on what the one before came to.
 *
 * @param heard is told of each refusal, beside operators
 * @returns the books after it; what could not be done is in them still, and operators are told
 */
export async function keepTrades(
  engine: Engine,
  hold: Hold,
  venue: Venue,
  books: Books,
  heard: OnRefusal = () => undefined,
): Promise<Books> {
  const keeper: Keeper = { engine, hold, venue, ownOrders: new Set(), heard };
  const stuck = new Set<ExecutionId>();
  let current = books;
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const upkeep = venue.isSilent ? undefined : nextStep(engine, hold, current, venue, stuck);
    if (!upkeep) {
      return current;
    }
    const taken = await take(keeper, current, upkeep);
    current = taken.books;
    if (upkeep.kind === 'halt') {
      return current;
    }
    if (taken.isStuck) {
      stuck.add(upkeep.trade.executionId);
    }
  }
  return current;
}

/** The books after a step. Stuck: the venue does not say, and the trade waits for that; others do not. */
interface Taken {
  readonly books: Books;
  readonly isStuck: boolean;
}

function take(keeper: Keeper, books: Books, upkeep: Upkeep): Promise<Taken> {
  switch (upkeep.kind) {
    case 'cancel':
      return cancel(keeper, books, upkeep.open);
    case 'add':
      return add(keeper, books, upkeep.trade, upkeep.orders);
    case 'bring':
      return bring(keeper, books, upkeep);
    case 'confirm':
      return confirm(keeper, books, upkeep.trade);
    case 'refuse':
      return refuse(keeper, books, upkeep.trade, 'Its prices are none at the price of the entry.');
    case 'halt':
      return halt(keeper, books, upkeep.trade);
    default:
      return assertNever(upkeep);
  }
}

async function cancel(keeper: Keeper, books: Books, surplus: readonly OpenOrder[]): Promise<Taken> {
  const { engine, hold, venue } = keeper;
  const ids = new Set(surplus.map(({ order }) => order.clientOrderId));
  const isSurplus = ({ order }: OpenOrder) => ids.has(order.clientOrderId);
  const followed = await followOpenOrders(engine, hold, venue, books, isSurplus);
  const stuck = followed.unresolved.find(isSurplus);
  if (stuck) {
    const message = `The venue does not say how the ${stuck.order.leg} order ended that is to go.`;
    tell(engine, 'PROTECTION_UNKNOWN', stuck.executionId, message);
  }
  return { books: followed.books, isStuck: stuck !== undefined };
}

/** I3: orders are in the books before they are sent. */
async function add(keeper: Keeper, books: Books, trade: Trade, orders: readonly Order[]): Promise<Taken> {
  const { engine, hold, ownOrders } = keeper;
  const { executionId, openQuantity, symbol, refusal } = trade;
  const isClosing = orders.some((order) => !isProtective(order));
  if (isClosing) {
    tell(engine, 'CLOSED_FOR_SAFETY', executionId, `Onefill closes ${openQuantity} ${symbol}: ${refusal}`);
  }
  const progress = orders.map((order) => progressOf(executionId, undefined, order));
  const counted = isClosing ? withClosing(books, trade) : books;
  const after = await bookProgress(engine, hold, counted, progress, books);
  for (const { clientOrderId } of orders) {
    ownOrders.add(clientOrderId);
  }
  return { books: after, isStuck: false };
}

/** Brings orders to the venue, or finds out what became of them: a pair as one where the venue keeps pairs. */
async function bring(
  keeper: Keeper,
  books: Books,
  { trade, open, wanted }: Extract<Upkeep, { kind: 'bring' }>,
): Promise<Taken> {
  const { engine, hold, venue } = keeper;
  const together = venue.capabilities.oco === 'native' ? [open] : open.map((each) => [each]);
  const progress: OrderProgress[] = [];
  for (const group of together) {
    progress.push(...(await bringGroup(keeper, group, wanted)));
  }
  const after = await bookProgress(engine, hold, books, progress);
  const answered = wanted ? progress.filter(({ watchUntilMs }) => watchUntilMs === undefined) : [];
  const refused = answered.find((each) => each.after.status === 'REJECTED' && !isForNow(each.after));
  if (refused && isProtective(refused.after) && after.trades[trade.executionId]) {
    return refuse(keeper, after, trade, refused.after.reason ?? 'The venue does not say why.');
  }
  // What the venue did not take for now is made anew by whoever takes the account next.
  const missing =
    progress.find((each) => each.after.status === 'UNKNOWN') ??
    answered.find((each) => each.after.status === 'DENIED' || isForNow(each.after));
  if (missing) {
    const message = missing.after.reason ?? 'The venue does not say whether it has the order.';
    tell(engine, 'PROTECTION_UNKNOWN', trade.executionId, message);
  }
  return { books: after, isStuck: missing !== undefined };
}

/** A market that is closed opens again, and nothing fills until then. */
function isForNow(order: Order): boolean {
  return order.status === 'REJECTED' && rejectionCodeOf(order) === 'MARKET_CLOSED';
}

async function bringGroup(
  { engine, venue, ownOrders }: Keeper,
  group: readonly OpenOrder[],
  wanted: boolean,
): Promise<OrderProgress[]> {
  const maybeSent = group.some(({ order }) => !ownOrders.has(order.clientOrderId));
  const orders = group.map(({ order }) => order);
  const placed = await placeTogether(engine, venue, orders, { maybeSent, wanted });
  const brought: OrderProgress[] = [];
  for (const [index, { executionId, order: before }] of group.entries()) {
    ownOrders.delete(before.clientOrderId);
    const { order, mayArriveLate, isUnproven } = placed[index] ?? { order: before, mayArriveLate: false };
    const isGivenUp = isUnproven === true && isProtective(order);
    const isToFill = order.type === 'market' && !isFinal(order) && order.status !== 'UNKNOWN';
    const after = isToFill ? await awaitFill(engine, venue, order) : order;
    const isWatched = mayArriveLate || isGivenUp;
    const watch = isWatched ? { watchUntilMs: engine.clock.now() + TIMING.lateOrderWatchMs } : {};
    brought.push({ ...progressOf(executionId, before, isGivenUp ? givenUp(after) : after), ...watch });
  }
  return brought;
}

/**
 * A protective order that the venue does not show is made anew, though it may still turn up: then there are two of them
 * for a moment, and one is cancelled. Waiting for proof would leave the trade unprotected for as long.
 */
function givenUp(order: Order): Order {
  return applyOrderEvent(order, {
    kind: 'denied',
    reason: 'The venue did not show it; another one is sent.',
  });
}

async function confirm({ engine, hold }: Keeper, before: Books, trade: Trade): Promise<Taken> {
  const after = withConfirmation(before, trade.executionId);
  await bookOpenOrders(engine.ledger, hold.fence, { before, after });
  return { books: after, isStuck: false };
}

/** A trade that the venue does not protect is closed, unless it was protected otherwise before. */
async function refuse(keeper: Keeper, before: Books, trade: Trade, why: string): Promise<Taken> {
  const { engine, hold, heard } = keeper;
  heard(trade.executionId, why);
  const after = withRefusal(before, trade.executionId, why);
  await bookOpenOrders(engine.ledger, hold.fence, { before, after });
  const becomes = trade.fallback ? 'What protected it before does again.' : 'It is being closed.';
  tell(
    engine,
    'PROTECTION_REFUSED',
    trade.executionId,
    `The trade could not be protected: ${why} ${becomes}`,
  );
  return { books: after, isStuck: false };
}

async function halt({ engine, hold }: Keeper, books: Books, trade: Trade): Promise<Taken> {
  const { executionId, openQuantity, symbol } = trade;
  const message = `${openQuantity} ${symbol} of a trade could neither be protected nor closed.`;
  engine.alert({ type: 'COMPENSATION_FAILED', severity: 'CRITICAL', subject: executionId, message });
  await haltAccount(engine.ledger, hold.fence.accountId, {
    scope: 'all',
    reason: message,
    haltedBy: ONEFILL,
    haltedAtMs: engine.clock.now(),
  });
  return { books, isStuck: true };
}

function tell(engine: Engine, type: AlertType, subject: ExecutionId, message: string): void {
  engine.alert({ type, severity: 'HIGH', subject, message });
}

import { isPlanned, LEGS, stopLossOrder, stopPriceOf } from '../core/compensation.ts';
import {
  absolute,
  add,
  compare,
  type Decimal,
  isZero,
  negate,
  sign,
  smaller,
  subtract,
  ZERO,
} from '../core/decimal.ts';
import type { Reason } from '../core/execution.ts';
import { applyOrderEvent, isFinal, type Order, type Side } from '../core/order.ts';
import { positionIn } from '../core/position.ts';
import type { PriceTarget } from '../core/signal.ts';
import { followOpenOrders } from './open-orders.ts';
import { cancelOrder } from './place.ts';
import {
  addOrder,
  bring,
  bringToFill,
  checkpoint,
  note,
  type Outcome,
  positionNow,
  replaceOrder,
  type Saga,
} from './saga.ts';

/** How far forward an execution came: to an end, or to a point from which what was done must be undone. */
export type Forward =
  | { readonly kind: 'ended'; readonly outcome: Outcome }
  | { readonly kind: 'turn-back'; readonly reason: Reason };

const NOTHING_LEFT = 'An order that was open before filled meanwhile; nothing is left to do.';

/** Clear → place → protect. Each part finds by itself what of it is done already. */
export async function goForward(saga: Saga): Promise<Forward> {
  const stuck = await clear(saga);
  if (stuck) {
    return stuck;
  }
  const failure = await placePlanned(saga);
  return failure?.status === 'UNKNOWN' ? ended(failure) : protect(saga, failure);
}

/** Ends the orders that the planned ones replace, so that no leg is left to open a position later. */
async function clear(saga: Saga): Promise<Forward | undefined> {
  const { engine, hold, venue, journal } = saga;
  const { cancels = [] } = journal.intent;
  if (!cancels.some((id) => Object.hasOwn(saga.books.openOrders, id))) {
    return undefined;
  }
  const startedAtMs = engine.clock.now();
  const followed = await followOpenOrders(engine, hold, venue, saga.books, ({ order }) =>
    cancels.includes(order.clientOrderId),
  );
  saga.books = followed.books;
  const [stuck] = followed.unresolved.filter(({ order }) => cancels.includes(order.clientOrderId));
  if (stuck) {
    const message = `The venue does not say how the ${stuck.order.leg} order ended that has to go first.`;
    note(saga, 'clear', startedAtMs, 'FAILED', message);
    return ended({ status: 'UNKNOWN', reason: { code: 'OPEN_ORDER_UNKNOWN', message } });
  }
  note(saga, 'clear', startedAtMs, 'COMPLETED');
  return undefined;
}

/** @returns why not every order is at the venue or done */
async function placePlanned(saga: Saga): Promise<Outcome | undefined> {
  const startedAtMs = saga.engine.clock.now();
  for (const order of saga.journal.intent.orders.filter(isPlanned)) {
    await placeOne(saga, order);
  }
  const outcome = failureOf(saga.journal.intent.orders.filter(isPlanned));
  note(saga, 'place', startedAtMs, outcome ? 'FAILED' : 'COMPLETED', outcome?.reason?.message);
  return outcome;
}

async function placeOne(saga: Saga, planned: Order): Promise<void> {
  const { engine, journal } = saga;
  let order = planned;
  if (order.status === 'INTENT') {
    order = readjust(saga, order);
    replaceOrder(saga, order);
    if (isFinal(order)) {
      return;
    }
    saga.ownOrders.add(order.clientOrderId);
    await checkpoint(saga);
  }
  // What shrinks a position is wanted however late it is: the account waited for it, and nothing else happened.
  const wanted = order.reduceOnly || engine.clock.now() <= journal.expiresAtMs;
  await bringToFill(saga, order, { wanted });
}

/**
 * An order that was decided before others had been cancelled still leads to the same position, whatever those filled
 * on their way out.
 */
function readjust(saga: Saga, order: Order): Order {
  const decidedOn = saga.journal.intent.decidedOn?.[order.symbol];
  const now = positionIn(saga.books.positions, order.symbol).quantity;
  const sent = () => applyOrderEvent(order, { kind: 'sent' });
  if (decidedOn === undefined || compare(decidedOn, now) === 0) {
    return sent();
  }
  const target = add(decidedOn, order.side === 'buy' ? order.quantity : negate(order.quantity));
  const change = subtract(target, now);
  const side: Side = sign(change) > 0 ? 'buy' : 'sell';
  if (isZero(change) || side !== order.side) {
    return applyOrderEvent(order, { kind: 'denied', reason: NOTHING_LEFT });
  }
  return applyOrderEvent({ ...order, quantity: absolute(change) }, { kind: 'sent' });
}

/** Placing is as good as its worst order. `undefined`: every order is at the venue or done. */
function failureOf(orders: readonly Order[]): Outcome | undefined {
  const find = (status: Order['status']) => orders.find((order) => order.status === status);
  const because = (code: string, order: Order): Reason => ({ code, message: order.reason ?? code });
  const unknown = find('UNKNOWN');
  if (unknown) {
    return { status: 'UNKNOWN', reason: because('ORDER_UNKNOWN', unknown) };
  }
  const rejected = find('REJECTED');
  if (rejected) {
    return { status: 'REJECTED', reason: because('ORDER_REJECTED', rejected) };
  }
  const denied = find('DENIED');
  if (denied) {
    return denied.reason === NOTHING_LEFT
      ? { status: 'SKIPPED', reason: because('NO_POSITION', denied) }
      : { status: 'ROLLED_BACK', reason: because('ORDER_NOT_PLACED', denied) };
  }
  return undefined;
}

/**
 * Never unprotected (C2): puts a stop-loss behind what the entry filled, exactly that much; and one behind what is left
 * of a position whose stop-loss had to go first, whether or not the order that it made way for was placed.
 *
 * @param failure why the planned order was not placed, if it was not; the execution then ends so
 */
async function protect(saga: Saga, failure: Outcome | undefined): Promise<Forward> {
  const { stopLoss, restoreStopAt, orders } = saga.journal.intent;
  const done: Outcome = failure ?? { status: 'COMPLETED' };
  const planned = orders.find(isPlanned);
  const isRestoring = failure !== undefined || planned?.reduceOnly === true;
  const target = isRestoring ? restoreStopAt : stopLoss;
  if (!planned || target === undefined) {
    return ended(done);
  }
  const startedAtMs = saga.engine.clock.now();
  const entry = await withoutRest(saga, planned);
  if (!isFinal(entry)) {
    return refused(saga, startedAtMs, 'What is not filled of the order could not be cancelled.');
  }
  if (!isRestoring && isZero(entry.filledQuantity)) {
    const message = 'The entry was not filled; what was open of it is cancelled.';
    return ended({ status: 'ROLLED_BACK', reason: { code: 'ENTRY_NOT_FILLED', message } });
  }
  const stop = await stopBehind(saga, entry, target);
  switch (stop) {
    case 'nothing-to-protect':
      return ended(done);
    case 'wrong-side':
      return refused(saga, startedAtMs, 'The stop-loss is not on the losing side of the fill.');
    default:
      return judgeProtection(saga, await bringStop(saga, stop), startedAtMs, done);
  }
}

/** The execution's stop-loss: the one it has, or a new one, durable before it is sent. */
async function stopBehind(
  saga: Saga,
  entry: Order,
  target: PriceTarget | Decimal,
): Promise<Order | 'nothing-to-protect' | 'wrong-side'> {
  const { executionId, intent } = saga.journal;
  const existing = intent.orders.find(({ leg }) => leg === LEGS.stopLoss);
  if (existing) {
    return existing;
  }
  const isRestoring = typeof target === 'string';
  const exposure = isRestoring ? positionNow(saga, entry.symbol) : opened(saga, entry);
  if (isZero(exposure)) {
    return 'nothing-to-protect';
  }
  const stopPrice = isRestoring ? target : entryStop(target, exposure, entry);
  if (stopPrice === undefined) {
    return 'wrong-side';
  }
  const stop = stopLossOrder(executionId, { symbol: entry.symbol, exposure, stopPrice });
  await addOrder(saga, stop);
  return stop;
}

function entryStop(target: PriceTarget, exposure: Decimal, entry: Order): Decimal | undefined {
  const side: Side = sign(exposure) > 0 ? 'buy' : 'sell';
  return entry.averageFillPrice && stopPriceOf(target, side, entry.averageFillPrice);
}

async function bringStop(saga: Saga, stop: Order): Promise<Order> {
  return stop.status === 'SENDING' || stop.status === 'UNKNOWN' ? bring(saga, stop, { wanted: true }) : stop;
}

function judgeProtection(saga: Saga, stop: Order, startedAtMs: number, done: Outcome): Forward {
  switch (stop.status) {
    case 'UNKNOWN': {
      const message = stop.reason ?? 'The venue does not say whether it has the stop-loss.';
      note(saga, 'protect', startedAtMs, 'FAILED', message);
      return ended({ status: 'UNKNOWN', reason: { code: 'PROTECTION_UNKNOWN', message } });
    }
    case 'REJECTED':
    case 'DENIED':
    case 'CANCELED':
    case 'EXPIRED':
      return refused(saga, startedAtMs, stop.reason ?? `The venue has the stop-loss as ${stop.status}.`);
    default:
      note(saga, 'protect', startedAtMs, 'COMPLETED');
      return ended(done);
  }
}

/** A protected entry is not left working: what fills later would be without protection. */
async function withoutRest(saga: Saga, entry: Order): Promise<Order> {
  if (isFinal(entry)) {
    return entry;
  }
  const canceled = await cancelOrder(saga.engine, saga.venue, entry);
  replaceOrder(saga, canceled);
  return canceled;
}

/** What of the position the entry opened: less than it filled when it closed the opposite position first. */
function opened(saga: Saga, entry: Order): Decimal {
  const position = positionNow(saga, entry.symbol);
  if (sign(position) !== (entry.side === 'buy' ? 1 : -1)) {
    return ZERO;
  }
  const quantity = smaller(entry.filledQuantity, absolute(position));
  return sign(position) > 0 ? quantity : negate(quantity);
}

function refused(saga: Saga, startedAtMs: number, message: string): Forward {
  note(saga, 'protect', startedAtMs, 'FAILED', message);
  return { kind: 'turn-back', reason: { code: 'PROTECTION_REFUSED', message } };
}

function ended(outcome: Outcome): Forward {
  return { kind: 'ended', outcome };
}

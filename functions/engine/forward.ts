import { isPlanned } from '../core/compensation.ts';
import {
  absolute,
  add,
  compare,
  type Decimal,
  isZero,
  negate,
  sign,
  subtract,
  ZERO,
} from '../core/decimal.ts';
import type { Reason } from '../core/execution.ts';
import { applyOrderEvent, isFinal, type Order, type Side } from '../core/order.ts';
import { positionIn } from '../core/position.ts';
import { rejectionCodeOf } from '../core/rejection.ts';
import { heldBy } from '../core/trade.ts';
import { followOpenOrders } from './open-orders.ts';
import { protect } from './protect.ts';
import {
  bringToFill,
  checkpoint,
  type Forward,
  note,
  type Outcome,
  replaceOrder,
  type Saga,
} from './saga.ts';

const NOTHING_LEFT = 'An order that was open before filled meanwhile; nothing is left to do.';

/** Clear → place → protect. Each part finds by itself what of it is done already. */
export async function goForward(saga: Saga): Promise<Forward> {
  const stuck = await clear(saga);
  if (stuck) {
    return stuck;
  }
  const failure = await placePlanned(saga);
  return failure ? ended(failure) : protect(saga);
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
  const now = heldNow(saga, order);
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

/** What an order changes: the trade that it closes a part of, or all that is held in its symbol. Signed. */
function heldNow({ books }: Saga, { symbol, trade, reduceOnly }: Order): Decimal {
  if (trade === undefined || !reduceOnly) {
    return positionIn(books.positions, symbol).quantity;
  }
  const meant = books.trades[trade];
  return meant ? heldBy(meant) : ZERO;
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
    return { status: 'REJECTED', reason: because(rejectionCodeOf(rejected), rejected) };
  }
  const denied = find('DENIED');
  if (denied) {
    return denied.reason === NOTHING_LEFT
      ? { status: 'SKIPPED', reason: because('NO_POSITION', denied) }
      : { status: 'ROLLED_BACK', reason: because('ORDER_NOT_PLACED', denied) };
  }
  return undefined;
}

function ended(outcome: Outcome): Forward {
  return { kind: 'ended', outcome };
}

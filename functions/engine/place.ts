import type { PlaceOutcome } from '../brokers/broker.ts';
import { assertNever, OnefillError } from '../core/errors.ts';
import { TIMING } from '../core/lease.ts';
import { applyOrderEvent, isFinal, type Order } from '../core/order.ts';
import { protectiveKindOf } from '../core/protection.ts';
import { adopt } from './adopt.ts';
import type { Engine } from './engine.ts';
import type { Venue } from './venue.ts';

/** How to bring an order to the venue. */
export interface PlaceOptions {
  /** The order may have been sent before, by a holder that did not live to see the answer: ask before sending. */
  readonly maybeSent: boolean;
  /** Whether it is still wanted. An order that turns out absent and is not wanted any more is denied. */
  readonly wanted: boolean;
}

/** An order, brought as far as it could be. */
export interface Placed {
  readonly order: Order;
  /** Denied or rejected, although an earlier request for it may still be on its way: worth a watch. */
  readonly mayArriveLate: boolean;
  /** Unknown only because the venue, which shows no such order, gives no proof that there will be none. */
  readonly isUnproven?: boolean;
}

/**
 * How far orders that go together have come: the venue has them, in one state or another, or refused them (`settled`), or
 * is known not to have them (`absent`), or it may have them (`unknown`).
 */
interface Progress {
  readonly orders: readonly Order[];
  readonly knowledge: 'settled' | 'absent' | 'unknown';
  /** When this process sent it last without learning the outcome, milliseconds since the epoch. */
  readonly lostAtMs?: number | undefined;
  /** Unknown, although the venue shows none of them. */
  readonly isUnproven?: boolean;
}

interface Attempt extends PlaceOptions {
  readonly engine: Engine;
  readonly venue: Venue;
}

const ABSENCE_UNPROVEN =
  'The venue shows no such order, but its client order ids are no proof that it never will.';
const NOT_WANTED = 'The signal was too old to be placed when its account was taken again.';

/**
 * Brings one order to the venue and finds out what became of it (I1).
 *
 * The venue is asked to place it once. An unknown outcome is never taken for a rejection and never re-sent blind:
 * the order is looked up by its client order id, and sent again only when the venue both says that it has no such
 * order and guarantees that it would accept the id only once. What stays unknown is returned as UNKNOWN.
 */
export async function placeOrder(
  engine: Engine,
  venue: Venue,
  order: Order,
  options: PlaceOptions,
): Promise<Placed> {
  const [placed = { order, mayArriveLate: false }] = await placeTogether(engine, venue, [order], options);
  return placed;
}

/** Brings orders to the venue as {@link placeOrder} does one: one, or a pair of which one is to cancel the other. */
export async function placeTogether(
  engine: Engine,
  venue: Venue,
  orders: readonly Order[],
  options: PlaceOptions,
): Promise<readonly Placed[]> {
  const attempt: Attempt = { engine, venue, ...options };
  const startedAtMs = engine.clock.now();
  let progress: Progress = { orders, knowledge: options.maybeSent ? 'unknown' : 'absent' };
  for (const backoffMs of [0, ...TIMING.brokerBackoffMs]) {
    if (isOver(engine, venue, startedAtMs)) {
      break;
    }
    if (backoffMs > 0) {
      await engine.wait(backoffMs * (1 + engine.random() / 2));
    }
    progress = await advance(attempt, progress);
    if (progress.knowledge === 'settled') {
      break;
    }
  }
  return conclude(attempt, progress);
}

/** Whether to stop trying. */
function isOver(engine: Engine, venue: Venue, startedAtMs: number): boolean {
  return venue.isSilent || engine.clock.now() - startedAtMs > TIMING.brokerBudgetMs;
}

async function advance(attempt: Attempt, progress: Progress): Promise<Progress> {
  const asked = progress.knowledge === 'unknown' ? await ask(attempt, progress) : progress;
  if (asked.knowledge !== 'absent') {
    return asked;
  }
  return attempt.wanted ? send(attempt, asked) : deny(asked, NOT_WANTED);
}

/** After the last attempt: one more question, so that an order is only called unplaced when the venue says so. */
async function conclude(attempt: Attempt, progress: Progress): Promise<readonly Placed[]> {
  const last = progress.knowledge === 'unknown' ? await ask(attempt, progress) : progress;
  const ended =
    last.knowledge === 'absent'
      ? deny(last, last.orders[0]?.reason ?? 'The venue did not take the order.')
      : last;
  const wasSent = attempt.maybeSent || ended.lostAtMs !== undefined;
  return ended.orders.map((order) => ({
    order,
    mayArriveLate: wasSent && (order.status === 'DENIED' || order.status === 'REJECTED'),
    isUnproven: ended.isUnproven === true,
  }));
}

/** Asks the venue whether it has the orders. A venue that has one of a pair has, or had, both. */
async function ask(attempt: Attempt, { orders, lostAtMs }: Progress): Promise<Progress> {
  const outcomes = await Promise.all(
    orders.map(async (order) => ({ order, outcome: await attempt.venue.lookup(order) })),
  );
  const isAbsent = outcomes.every(({ outcome }) => outcome.kind === 'absent');
  if (isAbsent && absenceIsProof(attempt, lostAtMs)) {
    return { orders, knowledge: 'absent', lostAtMs };
  }
  const isFound = outcomes.every(({ outcome }) => outcome.kind === 'found');
  const asked = outcomes.map(({ order, outcome }) => {
    switch (outcome.kind) {
      case 'found':
        return adopt(order, outcome.order);
      case 'unknown':
        return lost(order, outcome.message);
      case 'absent':
        return lost(order, ABSENCE_UNPROVEN);
      default:
        return assertNever(outcome);
    }
  });
  return isFound
    ? { orders: asked, knowledge: 'settled' }
    : { orders: asked, knowledge: 'unknown', lostAtMs, isUnproven: isAbsent };
}

/** Sends the orders, once. */
async function send(attempt: Attempt, { orders, lostAtMs }: Progress): Promise<Progress> {
  const sentAtMs = attempt.engine.clock.now();
  const outcome = await sendTogether(attempt.venue, orders);
  switch (outcome.kind) {
    case 'accepted':
      return { orders: outcome.orders, knowledge: 'settled' };
    case 'rejected': {
      const reason = `${outcome.code}: ${outcome.message}`;
      const rejected = orders.map((order) => applyOrderEvent(order, { kind: 'rejected', reason }));
      return { orders: rejected, knowledge: 'settled', lostAtMs };
    }
    case 'busy': {
      const waiting = orders.map((order) => ({ ...order, reason: outcome.message }));
      return { orders: waiting, knowledge: 'absent', lostAtMs };
    }
    case 'unknown':
      return {
        orders: orders.map((order) => lost(order, outcome.message)),
        knowledge: 'unknown',
        lostAtMs: lostAtMs ?? sentAtMs,
      };
    default:
      return assertNever(outcome);
  }
}

/** A pair goes as one where the venue keeps it; what comes back are the orders as it has them. */
async function sendTogether(
  venue: Venue,
  orders: readonly Order[],
): Promise<{ kind: 'accepted'; orders: readonly Order[] } | Exclude<PlaceOutcome, { kind: 'accepted' }>> {
  const [first, second, ...more] = orders;
  if (first === undefined || more.length > 0) {
    throw new OnefillError('ORDERS_TOGETHER', 'terminal', 'One order or a pair is sent at a time.');
  }
  if (second === undefined) {
    const outcome = await venue.place(first);
    return outcome.kind === 'accepted'
      ? { kind: 'accepted', orders: [adopt(first, outcome.order)] }
      : outcome;
  }
  // Whoever takes an account over finds the orders of its books in any order.
  const isInTurn = protectiveKindOf(first) === 'stop-loss';
  const [stopLoss, takeProfit] = isInTurn ? [first, second] : [second, first];
  const outcome = await venue.placeOco({ stopLoss, takeProfit });
  if (outcome.kind !== 'accepted') {
    return outcome;
  }
  const placed = [adopt(stopLoss, outcome.stopLoss), adopt(takeProfit, outcome.takeProfit)];
  return { kind: 'accepted', orders: isInTurn ? placed : placed.reverse() };
}

function deny({ orders, lostAtMs }: Progress, reason: string): Progress {
  const denied = orders.map((order) => applyOrderEvent(order, { kind: 'denied', reason }));
  return { orders: denied, knowledge: 'settled', lostAtMs };
}

function lost(order: Order, reason: string): Order {
  return applyOrderEvent(order, { kind: 'lost', reason });
}

/**
 * Whether "no such order" makes sending it (again) harmless: only if the venue accepts the id once. With an id that is
 * unique for a time, that holds while the time lasts and only for what this process itself sent: a holder that was
 * paused before its call may wake up after it.
 */
function absenceIsProof({ engine, venue }: Attempt, lostAtMs: number | undefined): boolean {
  switch (venue.guarantee) {
    case 'PERMANENT':
      return true;
    case 'WINDOW':
      return (
        lostAtMs !== undefined && engine.clock.now() - lostAtMs + TIMING.brokerTimeoutMs < venue.uniqueForMs
      );
    case 'OPEN_ONLY':
    case 'LOOKUP_ONLY':
    case 'NONE':
      return false;
    default:
      return assertNever(venue.guarantee);
  }
}

/** Asks a few times whether an accepted order is filled; what it is not by then is left working. */
export async function awaitFill(engine: Engine, venue: Venue, order: Order): Promise<Order> {
  const startedAtMs = engine.clock.now();
  let current = order;
  for (const pollMs of restsByItself(order) ? [] : TIMING.fillPollMs) {
    if (isFinal(current) || isOver(engine, venue, startedAtMs)) {
      return current;
    }
    await engine.wait(pollMs);
    current = await look(venue, current);
  }
  return current;
}

/** A stop order waits for its price, and nobody for it. */
function restsByItself({ type }: Order): boolean {
  return type === 'stop' || type === 'stop_limit' || type === 'trailing_stop';
}

/**
 * Ends what is not filled yet of an order. A cancel is a request: the order may fill while it is on its way, so its end
 * is looked up. Returns the order as far as it is known then; not final when the venue does not say.
 */
export async function cancelOrder(engine: Engine, venue: Venue, order: Order): Promise<Order> {
  const startedAtMs = engine.clock.now();
  let current = applyOrderEvent(order, { kind: 'cancel-sent' });
  for (const backoffMs of [0, ...TIMING.brokerBackoffMs]) {
    if (isOver(engine, venue, startedAtMs)) {
      return current;
    }
    if (backoffMs > 0) {
      await engine.wait(backoffMs * (1 + engine.random() / 2));
    }
    await venue.cancel(current);
    // Whatever was answered: only the order itself says how it ended.
    current = await look(venue, current);
    if (isFinal(current)) {
      return current;
    }
  }
  return current;
}

/** The order as the venue has it now; unchanged when the venue does not say. */
export async function look(venue: Venue, order: Order): Promise<Order> {
  const outcome = await venue.lookup(order);
  return outcome.kind === 'found' ? adopt(order, outcome.order) : order;
}

import type { Books } from '../core/books.ts';
import { netFill } from '../core/compensation.ts';
import { add, type Decimal } from '../core/decimal.ts';
import type { Reason, RecordedStatus, Step } from '../core/execution.ts';
import type { ClientOrderId } from '../core/ids.ts';
import { TIMING } from '../core/lease.ts';
import { isFinal, type Order } from '../core/order.ts';
import { positionIn } from '../core/position.ts';
import type { Controls } from '../ledger/controls.ts';
import { recordIntent } from '../ledger/held-account.ts';
import type { ActiveExecution, Intent } from '../ledger/shapes/account.ts';
import type { Engine } from './engine.ts';
import { awaitFill, look, type PlaceOptions, placeTogether } from './place.ts';
import type { Venue } from './venue.ts';
import type { Hold } from './with-account.ts';

/** An open journal that has its intent: from here on the venue may have been called. */
export type OpenJournal = ActiveExecution & { readonly intent: Intent };

/** Whether an execution came as far as its intent. */
export function hasIntent(active: ActiveExecution): active is OpenJournal {
  return active.intent !== undefined;
}

/**
 * One execution under way. Everything that must survive is in the journal, which is written before each action it
 * leads to; the rest is what this holder has learned since and would learn again.
 *
 * Running a saga is repeatable from any point: orders that have ended are passed over, orders that may have been sent
 * are asked about, and the direction is in the journal. So whoever next takes the account simply runs it again.
 */
export interface Saga {
  readonly engine: Engine;
  readonly hold: Hold;
  readonly venue: Venue;
  books: Books;
  journal: OpenJournal;
  /** Orders that this holder itself is the first to send: they need not be asked about before. */
  readonly ownOrders: Set<ClientOrderId>;
  readonly steps: Step[];
  /** The strategy's controls as they were read for this execution; absent for one that somebody else began. */
  readonly controls: Controls | undefined;
  /** Whether its former holder died on it. */
  readonly hasCrashed: boolean;
}

/** How an execution ends. */
export interface Outcome {
  readonly status: RecordedStatus;
  readonly reason?: Reason;
}

/** How far forward an execution came: to an end, or to a point from which what was done must be undone. */
export type Forward =
  | { readonly kind: 'ended'; readonly outcome: Outcome }
  | { readonly kind: 'turn-back'; readonly reason: Reason };

/** A saga at its start, or wherever its journal left off. */
export function sagaOf(
  engine: Engine,
  hold: Hold,
  venue: Venue,
  begun: Pick<Saga, 'books' | 'journal'> & Partial<Pick<Saga, 'ownOrders' | 'controls' | 'hasCrashed'>>,
): Saga {
  const { books, journal, ownOrders = new Set(), controls, hasCrashed = false } = begun;
  return { engine, hold, venue, books, journal, ownOrders, controls, hasCrashed, steps: [] };
}

/** Makes the journal durable as it stands, and renews the lease by the same write. */
export async function checkpoint(saga: Saga): Promise<void> {
  const { engine, hold, journal } = saga;
  hold.extended(
    await recordIntent(engine.ledger, hold.fence, { active: journal, nowMs: engine.clock.now() }),
  );
}

/** Changes the journal in memory; {@link checkpoint} makes it durable. */
export function amend(saga: Saga, changes: Partial<Intent>): void {
  saga.journal = { ...saga.journal, intent: { ...saga.journal.intent, ...changes } };
}

/** Replaces an order of the journal, in memory. */
export function replaceOrder(saga: Saga, order: Order): void {
  const orders = saga.journal.intent.orders.map((each) =>
    each.clientOrderId === order.clientOrderId ? order : each,
  );
  amend(saga, { orders });
}

/** Adds orders that are about to be sent: durable, before it is (I3). */
export async function addOrders(saga: Saga, orders: readonly Order[]): Promise<void> {
  amend(saga, { orders: [...saga.journal.intent.orders, ...orders] });
  for (const { clientOrderId } of orders) {
    saga.ownOrders.add(clientOrderId);
  }
  await checkpoint(saga);
}

/** Brings an order of the journal to the venue, or finds out what became of it. */
export async function bring(saga: Saga, order: Order, options: Pick<PlaceOptions, 'wanted'>): Promise<Order> {
  const [brought = order] = await bringTogether(saga, [order], options);
  return brought;
}

/** The same for orders that go to the venue as one: a pair of which one is to cancel the other. */
export async function bringTogether(
  saga: Saga,
  orders: readonly Order[],
  { wanted }: Pick<PlaceOptions, 'wanted'>,
): Promise<readonly Order[]> {
  const { engine, venue, ownOrders } = saga;
  const maybeSent = orders.some(({ clientOrderId }) => !ownOrders.has(clientOrderId));
  // From now on they may have been sent, by us.
  for (const { clientOrderId } of orders) {
    ownOrders.delete(clientOrderId);
  }
  const placed = await placeTogether(engine, venue, orders, { maybeSent, wanted });
  for (const { order, mayArriveLate } of placed) {
    if (mayArriveLate) {
      const untilMs = engine.clock.now() + TIMING.lateOrderWatchMs;
      const { watched = [] } = saga.journal.intent;
      amend(saga, { watched: [...watched, { clientOrderId: order.clientOrderId, untilMs }] });
    }
    replaceOrder(saga, order);
  }
  return placed.map(({ order }) => order);
}

/**
 * Brings an order that is to fill at once to the venue, and waits a little for its fill. One that was sent by a holder
 * before has had its time: it is asked about once, so that holders with little time each come further than the last.
 */
export async function bringToFill(
  saga: Saga,
  order: Order,
  options: Pick<PlaceOptions, 'wanted'>,
): Promise<Order> {
  const { engine, venue } = saga;
  const isOwn = saga.ownOrders.has(order.clientOrderId);
  const isAsked = order.status === 'SENDING' || order.status === 'UNKNOWN';
  let brought = isAsked ? await bring(saga, order, options) : order;
  if (isFinal(brought) || brought.status === 'UNKNOWN') {
    return brought;
  }
  if (isOwn) {
    brought = await awaitFill(engine, venue, brought);
  } else if (!isAsked) {
    brought = await look(venue, brought);
  }
  replaceOrder(saga, brought);
  return brought;
}

/** The account's position in a symbol, with what this execution filled so far. */
export function positionNow(saga: Saga, symbol: string): Decimal {
  const booked = positionIn(saga.books.positions, symbol).quantity;
  return add(booked, netFill(saga.journal.intent.orders, symbol));
}

/** Notes how long a step took and whether it was done. */
export function note(
  saga: Saga,
  name: Step['name'],
  startedAtMs: number,
  status: Step['status'],
  detail?: string,
): void {
  const endedAtMs = saga.engine.clock.now();
  saga.steps.push({ name, status, startedAtMs, endedAtMs, ...(detail === undefined ? {} : { detail }) });
}

import type { Broker, BrokerOrder, LookupOutcome, PlaceOutcome, UnknownOutcome } from '../brokers/broker.ts';
import { isZero } from '../core/decimal.ts';
import { assertNever } from '../core/errors.ts';
import { TIMING } from '../core/lease.ts';
import { applyOrderEvent, type Order } from '../core/order.ts';
import type { Engine } from './engine.ts';
import type { Hold } from './with-account.ts';

/** How to bring an order to the venue. */
export interface PlaceOptions {
  /** The order may have been sent before, by a holder that did not live to see the answer: ask before sending. */
  readonly maybeSent: boolean;
  /** Whether it is still wanted. An order that turns out absent and is not wanted any more is denied. */
  readonly wanted: boolean;
}

/**
 * How far an order has come: it is settled one way or the other, or the venue is known not to have it (`absent`),
 * or it may have it (`unknown`).
 */
interface Progress {
  readonly order: Order;
  readonly knowledge: 'settled' | 'absent' | 'unknown';
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
  hold: Hold,
  broker: Broker,
  order: Order,
  options: PlaceOptions,
): Promise<Order> {
  let progress: Progress = { order, knowledge: options.maybeSent ? 'unknown' : 'absent' };
  for (const backoffMs of [0, ...TIMING.brokerBackoffMs]) {
    if (backoffMs > 0) {
      await engine.wait(backoffMs * (1 + engine.random() / 2));
    }
    if (progress.knowledge === 'unknown') {
      progress = await ask(hold, broker, progress.order);
    }
    if (progress.knowledge === 'absent') {
      progress = options.wanted
        ? await send(hold, broker, progress.order)
        : settled(applyOrderEvent(progress.order, { kind: 'denied', reason: NOT_WANTED }));
    }
    if (progress.knowledge === 'settled') {
      return progress.order;
    }
  }
  return giveUp(hold, broker, progress);
}

/** After the last attempt: one more question, so that an order is only called unplaced when the venue says so. */
async function giveUp(hold: Hold, broker: Broker, progress: Progress): Promise<Order> {
  const { order, knowledge } =
    progress.knowledge === 'unknown' ? await ask(hold, broker, progress.order) : progress;
  return knowledge === 'absent'
    ? applyOrderEvent(order, { kind: 'denied', reason: order.reason ?? 'The venue did not take the order.' })
    : order;
}

/** Asks the venue whether it has the order. */
async function ask(hold: Hold, broker: Broker, order: Order): Promise<Progress> {
  await hold.ensureTimeForBrokerCall();
  const outcome = await withinTimeout<LookupOutcome>(broker.lookup(order.clientOrderId));
  switch (outcome.kind) {
    case 'found':
      return settled(adopt(order, outcome.order));
    case 'unknown':
      return { order: lost(order, outcome.message), knowledge: 'unknown' };
    case 'absent':
      return absenceIsProof(broker) ? { order, knowledge: 'absent' } : settled(lost(order, ABSENCE_UNPROVEN));
    default:
      return assertNever(outcome);
  }
}

/** Sends the order, once. */
async function send(hold: Hold, broker: Broker, order: Order): Promise<Progress> {
  await hold.ensureTimeForBrokerCall();
  const outcome = await withinTimeout<PlaceOutcome>(broker.place(order));
  switch (outcome.kind) {
    case 'accepted':
      return settled(adopt(order, outcome.order));
    case 'rejected':
      return settled(
        applyOrderEvent(order, { kind: 'rejected', reason: `${outcome.code}: ${outcome.message}` }),
      );
    case 'busy':
      return { order: { ...order, reason: outcome.message }, knowledge: 'absent' };
    case 'unknown':
      return { order: lost(order, outcome.message), knowledge: 'unknown' };
    default:
      return assertNever(outcome);
  }
}

function settled(order: Order): Progress {
  return { order, knowledge: 'settled' };
}

function lost(order: Order, reason: string): Order {
  return applyOrderEvent(order, { kind: 'lost', reason });
}

/** Only an id that the venue accepts once, ever, makes sending again harmless. */
function absenceIsProof(broker: Broker): boolean {
  return broker.clientOrderIdGuarantee === 'PERMANENT';
}

/** A venue that does not answer in time, or an adapter that fails, leaves the outcome unknown. */
async function withinTimeout<Outcome>(call: Promise<Outcome>): Promise<Outcome | UnknownOutcome> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<UnknownOutcome>((resolve) => {
    const late = `The venue did not answer within ${TIMING.brokerTimeoutMs} ms.`;
    timer = setTimeout(resolve, TIMING.brokerTimeoutMs, { kind: 'unknown', cause: 'timeout', message: late });
  });
  const failed = (error: unknown): UnknownOutcome => ({
    kind: 'unknown',
    cause: 'connection',
    message: error instanceof Error ? error.message : String(error),
  });
  try {
    return await Promise.race([call.catch(failed), timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** Takes over what the venue holds: its number, its state and what it filled. */
function adopt(order: Order, held: BrokerOrder): Order {
  let adopted: Order = applyOrderEvent(order, { kind: 'accepted', brokerOrderId: held.brokerOrderId });
  if (held.averageFillPrice !== undefined && !isZero(held.filledQuantity)) {
    adopted = applyOrderEvent(adopted, {
      kind: 'filled',
      quantity: held.filledQuantity,
      price: held.averageFillPrice,
    });
  }
  switch (held.status) {
    case 'CANCELED':
      return applyOrderEvent(adopted, { kind: 'canceled' });
    case 'EXPIRED':
      return applyOrderEvent(adopted, { kind: 'expired' });
    case 'REJECTED':
      return applyOrderEvent(adopted, { kind: 'rejected', reason: 'The venue rejected the order.' });
    default:
      return adopted;
  }
}

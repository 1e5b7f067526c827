import { OnefillError } from '../../core/errors.ts';
import type { OrderIntent, OrderReference } from '../../core/order.ts';
import { JsonNumber } from '../../shared/json.ts';
import { acceptedOrder } from '../accepted-order.ts';
import type { Broker, CancelOutcome, OcoPair, PlaceOcoOutcome, PlaceOutcome } from '../broker.ts';
import { equity, orders, positions } from './account.ts';
import { orderBody, pairBody, refuseOrder, refusePair } from './bodies.ts';
import { type OpenCall, open, type TradovateDependencies, type TradovateSettings } from './client.ts';
import { TRADOVATE_FACTS } from './facts.ts';
import { findOrderId, lookup } from './lookup.ts';
import { unavailable } from './read.ts';
import { readCanceled, readPlaced, refusedBy } from './results.ts';
import { TRADOVATE_TIMING, type TradovateTiming } from './timing.ts';
import { UNREADABLE } from './wire.ts';

/**
 * Tradovate, for futures. It takes a client order id as often as it is sent, and tells of an order by it. So whatever leaves
 * open whether an order was taken is unknown, and nothing is sent twice, save what it says it did not look at.
 */
export function createTradovateBroker(
  account: TradovateSettings['account'],
  dependencies: TradovateDependencies,
  timing: TradovateTiming = TRADOVATE_TIMING,
): Broker {
  const venue: TradovateSettings = { dependencies, account, timing };
  return {
    ...TRADOVATE_FACTS,
    place: (intent) => place(venue, intent),
    placeOco: (pair) => placeOco(venue, pair),
    lookup: (order) => ask(venue, (call) => lookup(call, order)),
    cancel: (order) => cancel(venue, order),
    positions: () => ask(venue, (call) => positions(call, dependencies.tradovateMemory.contracts)),
    equity: () => ask(venue, equity),
    async orders(limit) {
      const read = await ask(venue, (call) => orders(call, dependencies.tradovateMemory.contracts, limit));
      if (read.kind === 'unknown') {
        throw new OnefillError('VENUE_UNAVAILABLE', 'retry', read.message);
      }
      return read.value;
    },
  };
}

async function place(venue: TradovateSettings, intent: OrderIntent): Promise<PlaceOutcome> {
  const refused = refuseOrder(intent);
  if (refused) {
    return refused;
  }
  const call = await open(venue);
  if (call.kind !== 'open') {
    return refusedBy(call);
  }
  const placed = readPlaced(await call.order('/order/placeorder', orderBody(call.account, intent)));
  if (placed.kind !== 'placed') {
    return placed;
  }
  return { kind: 'accepted', order: acceptedOrder(intent, placed.orderId, venue.dependencies.clock.now()) };
}

async function placeOco(venue: TradovateSettings, pair: OcoPair): Promise<PlaceOcoOutcome> {
  const refused = refusePair(pair);
  if (refused) {
    return refused;
  }
  const call = await open(venue);
  if (call.kind !== 'open') {
    return refusedBy(call);
  }
  const placed = readPlaced(await call.order('/order/placeoco', pairBody(call.account, pair)));
  if (placed.kind !== 'placed') {
    return placed;
  }
  if (placed.ocoId === undefined) {
    return UNREADABLE;
  }
  const { takeProfit, stopLoss } = pair;
  const nowMs = venue.dependencies.clock.now();
  return {
    kind: 'accepted',
    takeProfit: acceptedOrder(takeProfit, placed.orderId, nowMs),
    stopLoss: acceptedOrder(stopLoss, placed.ocoId, nowMs),
  };
}

/** What keeps a cancel from being sent says nothing of the order, so it is never a rejection. */
async function cancel(venue: TradovateSettings, order: OrderReference): Promise<CancelOutcome> {
  const call = await open(venue);
  if (call.kind !== 'open') {
    return call.kind === 'busy' ? call : unavailable(call);
  }
  const id = await findOrderId(call, order);
  if (id.kind === 'unknown') {
    return id;
  }
  if (id.value === undefined) {
    const message = 'Tradovate has no order with this client order id.';
    return { kind: 'rejected', code: 'ORDER_ABSENT', message };
  }
  return readCanceled(
    await call.order('/order/cancelorder', { orderId: new JsonNumber(id.value), isAutomated: true }),
  );
}

/** Asks a question of the port; without a session it has no answer. */
async function ask<Outcome>(venue: TradovateSettings, question: (call: OpenCall) => Promise<Outcome>) {
  const call = await open(venue);
  return call.kind === 'open' ? question(call) : unavailable(call);
}

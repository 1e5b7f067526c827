import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../../core/clock.ts';
import type { Simulation } from '../../core/configuration.ts';
import type { BrokerOrderId } from '../../core/ids.ts';
import type { OrderIntent } from '../../core/order.ts';
import type { Broker, BrokerOrder, LookupOutcome, PlaceOutcome, UnknownOutcome } from '../broker.ts';
import {
  countCall,
  enterOrder,
  findOrder,
  lastPrice,
  listOrders,
  type PaperBook,
  postPrice,
} from './book.ts';
import { rehearsedFault } from './rehearsal.ts';

const RATE_LIMIT_WAIT_MS = 100;

/**
 * The paper venue: it fills market orders at once, at the price the order names, else at the last known one.
 * An id is accepted once, ever: placing it again returns the first order.
 */
export function createPaperBroker(book: PaperBook, simulation: Simulation, clock: Clock): Broker {
  const nextFault = async (call: 'place' | 'lookup', symbol?: string) =>
    simulation.faults.some(({ on }) => on === call)
      ? rehearsedFault(simulation.faults, { call, number: await countCall(book, call), symbol })
      : undefined;

  return {
    clientOrderIdGuarantee: 'PERMANENT',

    async place(intent: OrderIntent): Promise<PlaceOutcome> {
      await latency(simulation);
      const fault = await nextFault('place', intent.symbol);
      switch (fault) {
        case 'reject':
          return {
            kind: 'rejected',
            code: 'REHEARSED_REJECT',
            message: 'The paper venue rehearses a reject.',
          };
        case 'rate-limit':
          return {
            kind: 'busy',
            retryAfterMs: RATE_LIMIT_WAIT_MS,
            message: 'The paper venue rehearses a 429.',
          };
        case 'unavailable':
        case 'timeout-before-accept':
          return unknown(fault);
        case 'timeout-after-accept':
          await fill(book, intent, clock);
          return unknown(fault);
        case undefined:
          return fill(book, intent, clock);
      }
    },

    async lookup(clientOrderId): Promise<LookupOutcome> {
      await latency(simulation);
      const fault = await nextFault('lookup');
      if (fault !== undefined) {
        return unknown(fault === 'unavailable' ? fault : 'timeout-before-accept');
      }
      const order = await findOrder(book, clientOrderId);
      return order ? { kind: 'found', order } : { kind: 'absent' };
    },

    orders: (limit) => listOrders(book, limit),
  };
}

async function fill(book: PaperBook, intent: OrderIntent, clock: Clock): Promise<PlaceOutcome> {
  const price = intent.referencePrice ?? (await lastPrice(book, intent.symbol));
  if (price === undefined) {
    return {
      kind: 'rejected',
      code: 'NO_PRICE',
      message: `The paper venue knows no price of ${intent.symbol}: send one in the signal or post one.`,
    };
  }
  const order: BrokerOrder = {
    // The venue's own number. Derived, so that a book replayed from nothing gives the same one.
    brokerOrderId: `paper-${intent.clientOrderId}` as BrokerOrderId,
    clientOrderId: intent.clientOrderId,
    symbol: intent.symbol,
    side: intent.side,
    type: intent.type,
    quantity: intent.quantity,
    status: 'FILLED',
    filledQuantity: intent.quantity,
    averageFillPrice: price,
    createdAtMs: clock.now(),
  };
  const [entered] = await Promise.all([
    enterOrder(book, order),
    intent.referencePrice === undefined ? undefined : postPrice(book, intent.symbol, price),
  ]);
  return { kind: 'accepted', order: entered };
}

async function latency(simulation: Simulation): Promise<void> {
  if (simulation.latencyMs > 0) {
    await wait(simulation.latencyMs);
  }
}

function unknown(fault: 'unavailable' | 'timeout-before-accept' | 'timeout-after-accept'): UnknownOutcome {
  return fault === 'unavailable'
    ? { kind: 'unknown', cause: 'unavailable', message: 'The paper venue rehearses a 503.' }
    : { kind: 'unknown', cause: 'timeout', message: 'The paper venue rehearses a timeout.' };
}

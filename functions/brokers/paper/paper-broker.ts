import type { Clock } from '../../core/clock.ts';
import type { ClientOrderIdGuarantee, Simulation } from '../../core/configuration.ts';
import { ZERO } from '../../core/decimal.ts';
import type { BrokerOrderId, ClientOrderId } from '../../core/ids.ts';
import { type OrderIntent, TIMES_IN_FORCE } from '../../core/order.ts';
import type {
  Broker,
  BrokerCapabilities,
  BrokerOrder,
  CancelOutcome,
  LookupOutcome,
  PlaceOutcome,
} from '../broker.ts';
import { BUSY, latency, REJECTED, unanswered, whenContended } from './answers.ts';
import {
  changeMarket,
  countCall,
  findLatestOrder,
  findOrders,
  listOrders,
  type PaperBook,
  readMarket,
  readPositions,
  untilWritten,
  writeChange,
} from './book.ts';
import { isTaken, UNIQUE_FOR_MS } from './guarantee.ts';
import { cancel, enter, fillLate, isOpen, type PaperOrder } from './matching.ts';
import { type FaultOn, faultsOn, type RehearsedCallName, rehearsedFault } from './rehearsal.ts';

/** The paper venue, for one account: which guarantee it gives, and what it does wrong, is configured. */
interface Venue {
  readonly book: PaperBook;
  readonly guarantee: ClientOrderIdGuarantee;
  readonly clock: Clock;
}

const CAPABILITIES: BrokerCapabilities = {
  orderTypes: ['market', 'stop'],
  timesInForce: TIMES_IN_FORCE,
  oco: 'kept',
  reduceOnly: true,
};

/**
 * The paper venue. It fills market orders at once, at the price that they name, else at the last known one, and stop
 * orders when the market reaches them; it keeps its own positions, and reduces no position below nothing.
 *
 * `simulation` says what its client order ids guarantee and which calls go wrong. A call that gets no answer returns
 * its unknown outcome at once: nobody waits for a rehearsed timeout. The book being out of reach is no outcome of the
 * venue; the error of the store is thrown.
 */
export function createPaperBroker(book: PaperBook, simulation: Simulation, clock: Clock): Broker {
  const venue: Venue = { book, guarantee: simulation.guarantee, clock };
  const meet = async <Call extends RehearsedCallName>(call: Call, symbol?: string) => {
    await latency(simulation);
    return faultsOn(simulation.faults, call).length > 0
      ? rehearsedFault(simulation.faults, { call, number: await countCall(book, call), symbol })
      : undefined;
  };
  return {
    clientOrderIdGuarantee: simulation.guarantee,
    capabilities: CAPABILITIES,
    ...(simulation.guarantee === 'WINDOW' ? { uniqueForMs: UNIQUE_FOR_MS } : {}),
    place: async (intent) => place(venue, intent, await meet('place', intent.symbol)),
    lookup: async ({ clientOrderId }) => lookup(venue, clientOrderId, await meet('lookup')),
    cancel: async ({ clientOrderId }) => endOrder(venue, clientOrderId, await meet('cancel')),
    async positions() {
      await latency(simulation);
      return { kind: 'positions', quantities: await readPositions(book) };
    },
    async equity() {
      return { kind: 'unknown', cause: 'unavailable', message: 'Not kept yet.' };
    },
    orders: async (limit) => (await listOrders(book, limit)).map(shown),
  };
}

async function place(
  venue: Venue,
  intent: OrderIntent,
  fault: FaultOn<'place'> | undefined,
): Promise<PlaceOutcome> {
  switch (fault) {
    case 'reject':
      return REJECTED;
    case 'rate-limit':
      return BUSY;
    case 'unavailable':
    case 'timeout-before-accept':
    case 'reset':
      return unanswered(fault);
    case 'unavailable-after-accept':
    case 'timeout-after-accept':
      await accept(venue, intent);
      return unanswered(fault);
    case 'partial-fill':
    case 'late-fill':
      return accept(venue, intent, fault);
    case undefined:
      return accept(venue, intent);
  }
}

async function endOrder(
  venue: Venue,
  clientOrderId: ClientOrderId,
  fault: FaultOn<'cancel'> | undefined,
): Promise<CancelOutcome> {
  switch (fault) {
    case 'reject':
      return REJECTED;
    case 'rate-limit':
      return BUSY;
    case 'unavailable':
    case 'timeout-before-accept':
    case 'reset':
      return unanswered(fault);
    case 'unavailable-after-accept':
    case 'timeout-after-accept':
      await cancelAll(venue, clientOrderId);
      return unanswered(fault);
    case 'late-fill':
      return cancelAll(venue, clientOrderId, fault);
    case undefined:
      return cancelAll(venue, clientOrderId);
  }
}

async function lookup(
  venue: Venue,
  clientOrderId: ClientOrderId,
  fault: FaultOn<'lookup'> | undefined,
): Promise<LookupOutcome> {
  switch (fault) {
    case 'rate-limit':
    case 'unavailable':
    case 'timeout-before-accept':
    case 'reset':
      return unanswered(fault);
    case 'timeout-after-accept':
      await find(venue, clientOrderId);
      return unanswered(fault);
    case 'miss':
      return { kind: 'absent' };
    case undefined:
      return find(venue, clientOrderId);
  }
}

/** Takes an order in, unless its client order id is taken: then the order that has it is the answer. */
function accept(
  { book, guarantee, clock }: Venue,
  intent: OrderIntent,
  rehearsed?: 'partial-fill' | 'late-fill',
): Promise<PlaceOutcome> {
  const attempt = async (): Promise<{ result: PlaceOutcome } | 'somebody-was-faster'> => {
    const [latest, market] = await Promise.all([
      findLatestOrder(book, intent.clientOrderId),
      readMarket(book, intent.symbol),
    ]);
    const nowMs = clock.now();
    if (latest && isTaken(guarantee, latest, nowMs)) {
      return { result: { kind: 'accepted', order: shown(latest) } };
    }
    const entry = enter(market, newOrder(intent, (latest?.copy ?? 0) + 1, nowMs), rehearsed);
    if (entry.kind === 'refused') {
      return { result: { ...entry, kind: 'rejected' } };
    }
    return (await writeChange(book, market, entry.change, entry.order))
      ? { result: { kind: 'accepted', order: shown(entry.order) } }
      : 'somebody-was-faster';
  };
  return whenContended(untilWritten(attempt), BUSY);
}

/** Ends every open order with the id. The venue knows it even where it does not let anybody ask by it. */
function cancelAll(
  { book }: Venue,
  clientOrderId: ClientOrderId,
  rehearsed?: 'late-fill',
): Promise<CancelOutcome> {
  const end = async (): Promise<CancelOutcome> => {
    const orders = await findOrders(book, clientOrderId);
    if (orders.length === 0) {
      const message = 'The paper venue has no order with this client order id.';
      return { kind: 'rejected', code: 'ORDER_ABSENT', message };
    }
    let isEnded = false;
    for (const symbol of symbolsOf(orders.filter(isOpen))) {
      const change = await changeMarket(book, symbol, (market) => cancel(market, clientOrderId, rehearsed));
      isEnded ||= change !== undefined;
    }
    return isEnded
      ? { kind: 'accepted' }
      : { kind: 'rejected', code: 'ORDER_ENDED', message: 'The order has ended already.' };
  };
  return whenContended(end(), BUSY);
}

/** Finds the first order with the id. Late fills have been waiting for that. */
async function find({ book, guarantee }: Venue, clientOrderId: ClientOrderId): Promise<LookupOutcome> {
  let orders = await findOrders(book, clientOrderId);
  const late = symbolsOf(orders.filter(({ waitsFor }) => waitsFor === 'inquiry'));
  for (const symbol of late) {
    const fill = changeMarket(book, symbol, (market) => fillLate(market, clientOrderId));
    // An order that did not come to its fill this time is still one that can be shown.
    await whenContended(fill, undefined);
  }
  if (late.size > 0) {
    orders = await findOrders(book, clientOrderId);
  }
  const [first] = orders;
  return first && guarantee !== 'NONE' ? { kind: 'found', order: shown(first) } : { kind: 'absent' };
}

function newOrder(intent: OrderIntent, copy: number, nowMs: number): PaperOrder {
  const { clientOrderId, symbol, side, type, quantity, reduceOnly, referencePrice } = intent;
  return {
    // The venue's own number. Derived, so that a book replayed from nothing gives the same one.
    brokerOrderId: `paper-${clientOrderId}${copy === 1 ? '' : `-${copy}`}` as BrokerOrderId,
    clientOrderId,
    copy,
    symbol,
    side,
    type,
    ...(intent.type === 'stop' ? { stopPrice: intent.stopPrice } : {}),
    quantity,
    reduceOnly,
    ...(referencePrice === undefined ? {} : { referencePrice }),
    status: 'NEW',
    filledQuantity: ZERO,
    createdAtMs: nowMs,
  };
}

/** An order as the venue shows it. */
function shown({
  copy: _,
  reduceOnly: __,
  referencePrice: ___,
  waitsFor: ____,
  ...order
}: PaperOrder): BrokerOrder {
  return order;
}

function symbolsOf(orders: readonly PaperOrder[]): ReadonlySet<string> {
  return new Set(orders.map(({ symbol }) => symbol));
}

import type { Clock } from '../../core/clock.ts';
import type { ClientOrderId } from '../../core/ids.ts';
import { ORDER_TYPES, TIMES_IN_FORCE } from '../../core/order.ts';
import type { Broker, CancelOutcome, LookupOutcome, OcoPair, PlaceOutcome } from '../broker.ts';
import { BUSY, latency, REJECTED, unanswered, whenContended } from './answers.ts';
import { changeMarket, countCall, findOrders, listOrders, type PaperBook, readMarkets } from './book.ts';
import { UNIQUE_FOR_MS } from './guarantee.ts';
import { equityIn, positionsIn } from './holdings.ts';
import { isOpen, type PaperOrder, shown } from './market.ts';
import { cancel, fillLate, type RehearsedFill } from './matching.ts';
import { accept, acceptPair, type PaperTerms, type Venue } from './placing.ts';
import { type FaultOn, faultsOn, type RehearsedCallName, rehearsedFault } from './rehearsal.ts';
import { isTrading } from './session.ts';

/**
 * The paper venue. It fills market orders at once, at the price that they name, else at the last known one, and the others
 * when the market reaches them; it keeps its own positions, reduces none below nothing, and keeps pairs unless it is
 * told to rehearse a venue that does not.
 *
 * `simulation` says what its client order ids guarantee, how much an account may hold, when its markets trade and which
 * calls go wrong; placing a pair is one call. A call that
 * gets no answer returns its unknown outcome at once: nobody waits for a rehearsed timeout. The book being out of
 * reach is no outcome of the venue; the error of the store is thrown.
 */
export function createPaperBroker(book: PaperBook, terms: PaperTerms, clock: Clock): Broker {
  const { cash, simulation, multiplierOf } = terms;
  const { guarantee, oco, faults } = simulation;
  const venue: Venue = { book, terms, clock };
  const meet = async <Call extends RehearsedCallName>(call: Call, symbol?: string) => {
    await latency(simulation);
    return faultsOn(faults, call).length > 0
      ? rehearsedFault(faults, { call, number: await countCall(book, call), symbol })
      : undefined;
  };
  const placeOco = async (pair: OcoPair) =>
    place(await meet('place', pair.takeProfit.symbol), (rehearsed) => acceptPair(venue, pair, rehearsed));
  return {
    clientOrderIdGuarantee: guarantee,
    capabilities: { orderTypes: ORDER_TYPES, timesInForce: TIMES_IN_FORCE, oco, reduceOnly: true },
    ...(guarantee === 'WINDOW' ? { uniqueForMs: UNIQUE_FOR_MS } : {}),
    place: async (intent) =>
      place(await meet('place', intent.symbol), (rehearsed) => accept(venue, intent, rehearsed)),
    ...(oco === 'native' ? { placeOco } : {}),
    lookup: async ({ clientOrderId }) => lookup(venue, clientOrderId, await meet('lookup')),
    cancel: async ({ clientOrderId }) => endOrder(venue, clientOrderId, await meet('cancel')),
    async positions() {
      await latency(simulation);
      return { kind: 'positions', quantities: positionsIn(await readMarkets(book)) };
    },
    async equity() {
      await latency(simulation);
      return { kind: 'equity', equity: equityIn(await readMarkets(book), cash, multiplierOf) };
    },
    orders: async (limit) => (await listOrders(book, limit)).map(shown),
  };
}

/** Places one order or a pair, under a fault or none. `accepting` is told how what it accepts is to fill. */
async function place<Outcome>(
  fault: FaultOn<'place'> | undefined,
  accepting: (rehearsed?: RehearsedFill) => Promise<Outcome>,
): Promise<Outcome | Exclude<PlaceOutcome, { kind: 'accepted' }>> {
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
      await accepting();
      return unanswered(fault);
    case 'partial-fill':
    case 'late-fill':
      return accepting(fault);
    case undefined:
      return accepting();
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
      return cancelAll(
        venue,
        clientOrderId,
        isTrading(venue.terms.simulation, venue.clock.now()) ? fault : undefined,
      );
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
async function find({ book, terms }: Venue, clientOrderId: ClientOrderId): Promise<LookupOutcome> {
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
  return first && terms.simulation.guarantee !== 'NONE'
    ? { kind: 'found', order: shown(first) }
    : { kind: 'absent' };
}

function symbolsOf(orders: readonly PaperOrder[]): ReadonlySet<string> {
  return new Set(orders.map(({ symbol }) => symbol));
}

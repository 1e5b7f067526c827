import type { Clock } from '../../core/clock.ts';
import type { PaperAccount } from '../../core/configuration.ts';
import { ZERO } from '../../core/decimal.ts';
import { assertNever } from '../../core/errors.ts';
import type { BrokerOrderId } from '../../core/ids.ts';
import type { OrderIntent } from '../../core/order.ts';
import type { BrokerOrder, OcoPair, PlaceOcoOutcome, PlaceOutcome } from '../broker.ts';
import { BUSY, whenContended } from './answers.ts';
import {
  findLatestOrder,
  type PaperBook,
  type ReadMarket,
  readMarket,
  readMarkets,
  untilWritten,
  writeChange,
} from './book.ts';
import { shortage } from './funds.ts';
import { isTaken } from './guarantee.ts';
import type { MultiplierOf } from './holdings.ts';
import { type PaperOrder, shown } from './market.ts';
import { type Entry, enter, movedBy, type RehearsedFill, rest } from './matching.ts';
import { mismatch, reservation } from './refusal.ts';
import { isTrading } from './session.ts';

/** What is configured of the paper venue for one account. */
export interface PaperTerms extends Pick<PaperAccount, 'cash' | 'simulation'> {
  readonly multiplierOf: MultiplierOf;
}

/** The paper venue, for one account. */
export interface Venue {
  readonly book: PaperBook;
  readonly terms: PaperTerms;
  readonly clock: Clock;
}

/** Takes an order in, unless its client order id is taken: then the order that has it is the answer. */
export async function accept(
  venue: Venue,
  intent: OrderIntent,
  rehearsed?: RehearsedFill,
): Promise<PlaceOutcome> {
  const { oco: _, ...single } = intent;
  const outcome = await acceptAll(venue, [single], rehearsed);
  if (outcome.kind !== 'accepted') {
    return outcome;
  }
  const [order] = outcome.orders;
  return { kind: 'accepted', order };
}

/**
 * Takes a pair in, both orders or neither, unless their client order ids are taken: then the orders that have them are
 * the answer. It is refused when only one is, since that order is in no pair or in another.
 *
 * The venue keeps the pair as Alpaca and Tradovate keep theirs: a part that fills of one order is taken off the other, the
 * complete fill of one ends the other, and canceling one cancels both. Where one price reaches both, the stop-loss fills.
 *
 * @param rehearsed how the take-profit fills
 */
export async function acceptPair(
  venue: Venue,
  pair: OcoPair,
  rehearsed?: RehearsedFill,
): Promise<PlaceOcoOutcome> {
  const unfit = mismatch(pair);
  if (unfit) {
    return { ...unfit, kind: 'rejected' };
  }
  const outcome = await acceptAll(venue, [pair.takeProfit, pair.stopLoss], rehearsed);
  if (outcome.kind !== 'accepted') {
    return outcome;
  }
  const [takeProfit, stopLoss] = outcome.orders;
  return { kind: 'accepted', takeProfit, stopLoss };
}

/** The orders that came of as many intents. */
type OrdersOf<Intents> = { readonly [Index in keyof Intents]: BrokerOrder };

type AllOutcome<Intents> =
  | { readonly kind: 'accepted'; readonly orders: OrdersOf<Intents> }
  | Exclude<PlaceOutcome, { kind: 'accepted' }>;

/** Takes in orders in one symbol, all of them in one transaction, or none. */
function acceptAll<Intents extends readonly [OrderIntent, ...OrderIntent[]]>(
  venue: Venue,
  intents: Intents,
  rehearsed?: RehearsedFill,
): Promise<AllOutcome<Intents>> {
  const { book, terms, clock } = venue;
  const accepted = (orders: readonly PaperOrder[]): AllOutcome<Intents> => ({
    kind: 'accepted',
    // There is one for each intent, which a list does not say.
    orders: orders.map(shown) as OrdersOf<Intents>,
  });
  let isSeenInPart = false;
  const attempt = async (): Promise<{ result: AllOutcome<Intents> } | 'somebody-was-faster'> => {
    const [market, ...found] = await Promise.all([
      readMarket(book, intents[0].symbol),
      ...intents.map(({ clientOrderId }) => findLatestOrder(book, clientOrderId)),
    ]);
    const nowMs = clock.now();
    const latest = found.filter((order) => order !== undefined);
    const taken = latest.filter((order) => isTaken(terms.simulation.guarantee, order, nowMs));
    if (taken.length === intents.length) {
      return { result: accepted(taken) };
    }
    if (taken.length > 0 && !isSeenInPart) {
      // The reads are not one: somebody may have entered all of them between two.
      isSeenInPart = true;
      return 'somebody-was-faster';
    }
    if (taken.length > 0) {
      const message = 'The paper venue has an order with one of the two client order ids.';
      return { result: { kind: 'rejected', code: 'ID_TAKEN', message } };
    }
    const copy = Math.max(0, ...latest.map((order) => order.copy)) + 1;
    const orders = intents.map((intent) => newOrder(intent, copy, nowMs));
    const entry = await entryOf(venue, market, orders, { nowMs, rehearsed });
    if (entry.kind === 'refused') {
      return { result: { ...entry, kind: 'rejected' } };
    }
    return (await writeChange(book, market, entry.change, entry.orders))
      ? { result: accepted(entry.orders) }
      : 'somebody-was-faster';
  };
  return whenContended(untilWritten(attempt), BUSY);
}

/** What becomes of new orders at the door. */
async function entryOf(
  { book, terms }: Venue,
  market: ReadMarket,
  orders: readonly PaperOrder[],
  { nowMs, rehearsed }: { readonly nowMs: number; readonly rehearsed: RehearsedFill | undefined },
): Promise<Entry> {
  const { oco, leverage } = terms.simulation;
  const [reserved] = oco === 'none' ? orders.flatMap((order) => reservation(market, order) ?? []) : [];
  if (reserved) {
    return reserved;
  }
  const entry = isTrading(terms.simulation, nowMs) ? enter(market, orders, rehearsed) : rest(market, orders);
  if (entry.kind === 'refused' || leverage === undefined || orders.every(({ reduceOnly }) => reduceOnly)) {
    return entry;
  }
  const others = (await readMarkets(book)).filter(({ symbol }) => symbol !== market.symbol);
  const found = movedBy(market, orders);
  const [short] = orders.flatMap((order) => shortage(found, others, order, { ...terms, leverage }) ?? []);
  return short ?? entry;
}

function newOrder(intent: OrderIntent, copy: number, nowMs: number): PaperOrder {
  const { clientOrderId, symbol, side, type, quantity, timeInForce, reduceOnly, referencePrice, oco } =
    intent;
  return {
    // The venue's own number. Derived, so that a book replayed from nothing gives the same one.
    brokerOrderId: `paper-${clientOrderId}${copy === 1 ? '' : `-${copy}`}` as BrokerOrderId,
    clientOrderId,
    copy,
    symbol,
    side,
    type,
    ...pricesOf(intent),
    quantity,
    timeInForce,
    reduceOnly,
    ...(referencePrice === undefined ? {} : { referencePrice }),
    ...(oco === undefined ? {} : { oco }),
    status: 'NEW',
    filledQuantity: ZERO,
    createdAtMs: nowMs,
  };
}

/** The prices that an order's type takes. */
function pricesOf(intent: OrderIntent): Pick<PaperOrder, 'limitPrice' | 'stopPrice' | 'trail'> {
  switch (intent.type) {
    case 'market':
      return {};
    case 'limit':
      return { limitPrice: intent.limitPrice };
    case 'stop':
      return { stopPrice: intent.stopPrice };
    case 'stop_limit':
      return { stopPrice: intent.stopPrice, limitPrice: intent.limitPrice };
    case 'trailing_stop':
      return { trail: intent.trail };
    default:
      return assertNever(intent);
  }
}

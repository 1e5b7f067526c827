import { isPlanned } from '../core/compensation.ts';
import { absolute, type Decimal, isZero, sign, smaller, ZERO } from '../core/decimal.ts';
import { isFinal, type Order } from '../core/order.ts';
import { isProtective, protectiveOrders, refuseByPrices } from '../core/protection.ts';
import { termsOf } from '../core/tradable.ts';
import { hasProtection } from '../core/trade.ts';
import { protectionOf } from '../ledger/positions.ts';
import { cancelOrder, look } from './place.ts';
import {
  addOrders,
  bringTogether,
  type Forward,
  note,
  positionNow,
  replaceOrder,
  type Saga,
} from './saga.ts';

/**
 * Never unprotected (C2): puts a stop-loss and a take-profit behind what the entry filled, exactly that much, before the
 * execution ends. An entry that goes on working is protected as it fills, by whoever sees that.
 */
export async function protect(saga: Saga): Promise<Forward> {
  const { orders, ...intent } = saga.journal.intent;
  const entry = orders.find(isPlanned);
  if (!entry || entry.reduceOnly || !hasProtection(protectionOf(intent)) || isWorking(entry)) {
    return { kind: 'ended', outcome: { status: 'COMPLETED' } };
  }
  const startedAtMs = saga.engine.clock.now();
  const ended = await withoutRest(saga, entry);
  if (!isFinal(ended)) {
    return refused(saga, startedAtMs, 'What is not filled of the order could not be cancelled.');
  }
  if (isZero(ended.filledQuantity)) {
    const message = 'The entry was not filled; what was open of it is cancelled.';
    return {
      kind: 'ended',
      outcome: { status: 'ROLLED_BACK', reason: { code: 'ENTRY_NOT_FILLED', message } },
    };
  }
  const { side, averageFillPrice = ZERO } = ended;
  const refusal = refuseByPrices(protectionOf(intent), side, averageFillPrice);
  if (refusal && !orders.some(isProtective)) {
    return refused(saga, startedAtMs, refusal.message);
  }
  const legs = await bringLegs(saga, await legsBehind(saga, ended));
  return judge(saga, await withFills(saga, legs), startedAtMs);
}

/** An order with a price of its own may take its time. */
function isWorking(entry: Order): boolean {
  return entry.type !== 'market' && !isFinal(entry);
}

/** A protected entry at the market is not left working: what fills later would be without protection. */
async function withoutRest(saga: Saga, entry: Order): Promise<Order> {
  if (isFinal(entry)) {
    return entry;
  }
  const canceled = await cancelOrder(saga.engine, saga.venue, entry);
  replaceOrder(saga, canceled);
  return canceled;
}

/** The execution's protective orders: those that it has, or new ones, durable before they are sent. */
async function legsBehind(saga: Saga, entry: Order): Promise<readonly Order[]> {
  const { executionId, intent } = saga.journal;
  const existing = intent.orders.filter(isProtective);
  const quantity = opened(saga, entry);
  if (existing.length > 0 || isZero(quantity)) {
    return existing;
  }
  const { symbol, side, averageFillPrice = ZERO } = entry;
  const legs =
    protectiveOrders({
      executionId,
      symbol,
      side,
      quantity,
      entryPrice: averageFillPrice,
      protection: protectionOf(intent),
      tickSize: termsOf(saga.hold.account.configuration, symbol, saga.engine.clock.now()).tickSize,
      revision: 1,
    }) ?? [];
  await addOrders(saga, legs);
  return legs;
}

/** What of the position the entry opened: less than it filled when it closed the opposite position first. */
function opened(saga: Saga, entry: Order): Decimal {
  const position = positionNow(saga, entry.symbol);
  return sign(position) === (entry.side === 'buy' ? 1 : -1)
    ? smaller(entry.filledQuantity, absolute(position))
    : ZERO;
}

/** The stop-loss first, unless the venue takes both as one. */
async function bringLegs(saga: Saga, legs: readonly Order[]): Promise<readonly Order[]> {
  const undecided = legs.filter(({ status }) => status === 'SENDING' || status === 'UNKNOWN');
  if (legs.length > 1 && undecided.length > 1 && saga.venue.capabilities.oco === 'native') {
    return bringTogether(saga, undecided, { wanted: true });
  }
  const brought: Order[] = [];
  for (const leg of legs) {
    const isLost = brought.some((each) => !isAtVenue(each));
    const [known = leg] =
      undecided.includes(leg) && !isLost ? await bringTogether(saga, [leg], { wanted: true }) : [leg];
    brought.push(known);
  }
  return brought;
}

/**
 * What the venue says of one order of a pair may be older than what it says of the other. Where one was canceled, a fill of
 * the other may be why: that is asked about once more.
 */
async function withFills(saga: Saga, legs: readonly Order[]): Promise<readonly Order[]> {
  if (!legs.some(({ status }) => status === 'CANCELED')) {
    return legs;
  }
  const known: Order[] = [];
  for (const leg of legs) {
    const now = isFinal(leg) ? leg : await look(saga.venue, leg);
    replaceOrder(saga, now);
    known.push(now);
  }
  return known;
}

function isAtVenue({ status }: Order): boolean {
  return status === 'NEW' || status === 'PARTIALLY_FILLED' || status === 'FILLED';
}

function judge(saga: Saga, legs: readonly Order[], startedAtMs: number): Forward {
  // What the other one of a pair cancelled when it filled has done its duty.
  const isDone = legs.some(({ status }) => status === 'FILLED');
  const gone = legs.find((leg) => isFinal(leg) && !isDone);
  if (gone) {
    return refused(saga, startedAtMs, gone.reason ?? `The venue has the ${gone.leg} as ${gone.status}.`);
  }
  const unknown = legs.find(({ status }) => status === 'UNKNOWN');
  if (unknown) {
    const message = unknown.reason ?? `The venue does not say whether it has the ${unknown.leg}.`;
    note(saga, 'protect', startedAtMs, 'FAILED', message);
    return { kind: 'ended', outcome: { status: 'UNKNOWN', reason: { code: 'PROTECTION_UNKNOWN', message } } };
  }
  if (legs.length > 0) {
    note(saga, 'protect', startedAtMs, 'COMPLETED');
  }
  return { kind: 'ended', outcome: { status: 'COMPLETED' } };
}

function refused(saga: Saga, startedAtMs: number, message: string): Forward {
  note(saga, 'protect', startedAtMs, 'FAILED', message);
  return { kind: 'turn-back', reason: { code: 'PROTECTION_REFUSED', message } };
}

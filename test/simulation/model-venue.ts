import type { Broker } from '../../functions/brokers/broker.ts';
import type { Clock } from '../../functions/core/clock.ts';
import { type Decimal, decimal, ZERO } from '../../functions/core/decimal.ts';
import type { AccountId } from '../../functions/core/ids.ts';
import type { OrderIntent } from '../../functions/core/order.ts';
import { CAPABLE } from '../support/capable.ts';
import { type Fills, VenueBook, type VenueBookOptions } from './venue-book.ts';
import { shown, type VenueOrder } from './venue-order.ts';

/**
 * What goes wrong with one call:
 *
 * - `reject`, `busy`: refused, for good or for now
 * - `no-answer`: nothing was done, and the caller is not told
 * - `done-no-answer`: done, and the caller is not told
 * - `late`: the caller is not told, and it is done only after `afterMs`: it was on its way
 * - `miss`: a lookup finds nothing, although the order exists
 * - `partial-fill`: placed; `share` of the quantity is filled wherever the market is, the rest works
 * - `no-fill`: placed; nothing is filled until it is asked for `fillsAtLookup` times, or the market moves
 * - `fills-first`: the cancel comes too late, the order fills before it
 */
export type VenueFault =
  | { readonly kind: 'reject' | 'busy' | 'no-answer' | 'done-no-answer' | 'miss' | 'fills-first' }
  | { readonly kind: 'late'; readonly afterMs: number }
  | { readonly kind: 'partial-fill'; readonly share: Decimal }
  | { readonly kind: 'no-fill'; readonly fillsAtLookup?: number };

/** One call to the venue, numbered from 1 per account and kind. */
export interface VenueCall {
  readonly accountId: AccountId;
  readonly call: 'place' | 'lookup' | 'cancel' | 'positions' | 'orders';
  readonly number: number;
  /** Of `place`; of a pair the take-profit. */
  readonly intent?: OrderIntent;
}

export interface ModelVenueOptions extends VenueBookOptions {
  /** What goes wrong. @default nothing */
  readonly script?: (call: VenueCall) => VenueFault | undefined;
  /** Needed for `late`. */
  readonly after?: (durationMs: number, callback: () => void) => unknown;
}

/** A venue in this process, without waiting. It keeps whatever it was sent, duplicates included. */
export interface ModelVenue {
  broker(accountId: AccountId): Broker;
  /** Every order it has, oldest first; of one account, or of all. */
  orders(accountId?: AccountId): readonly VenueOrder[];
  /** What the account holds, by symbol: the sum of its fills. */
  positions(accountId: AccountId): Readonly<Record<string, Decimal>>;
  /** Moves the market: open orders that its price reaches fill. */
  movePrice(symbol: string, price: Decimal): void;
  /** Every call, in the order in which they arrived. */
  readonly calls: readonly VenueCall[];
  /** A venue with the same orders that goes its own way, by a clock of its own; what is late stays with the old one. */
  fork(clock: Clock): ModelVenue;
}

const LATE = { kind: 'unknown', cause: 'timeout', message: 'The venue did not answer.' } as const;
const REJECTED = { kind: 'rejected', code: 'REJECTED', message: 'The venue refuses.' } as const;
const BUSY = { kind: 'busy', retryAfterMs: 50, message: 'The venue is busy.' } as const;

/** An empty venue. */
export function modelVenue(options: ModelVenueOptions): ModelVenue {
  return venueOf(options, new VenueBook(options), [], new Map());
}

/** @param counts how many calls there were, by account and kind */
function venueOf(
  options: ModelVenueOptions,
  book: VenueBook,
  calls: VenueCall[],
  counts: Map<string, number>,
): ModelVenue {
  const meet = (accountId: AccountId, call: VenueCall['call'], intent?: OrderIntent) => {
    const counted = `${accountId} ${call}`;
    const number = (counts.get(counted) ?? 0) + 1;
    counts.set(counted, number);
    const made: VenueCall = { accountId, call, number, ...(intent ? { intent } : {}) };
    calls.push(made);
    return options.script?.(made);
  };
  const { oco = 'kept' } = options;
  const broker = (accountId: AccountId): Broker => ({
    clientOrderIdGuarantee: options.guarantee,
    capabilities: { ...CAPABLE, oco },
    equity: async () => ({ kind: 'equity', equity: decimal(100_000) }),
    ...(options.guarantee === 'WINDOW' ? { uniqueForMs: book.uniqueForMs } : {}),
    place: async (intent) =>
      answer(options, meet(accountId, 'place', intent), (fault) =>
        book.place(accountId, intent, fillsOf(fault)),
      ),
    ...(oco === 'native'
      ? {
          placeOco: async (pair) =>
            answer(options, meet(accountId, 'place', pair.takeProfit), (fault) =>
              book.placePair(accountId, pair, fillsOf(fault)),
            ),
        }
      : {}),
    cancel: async ({ clientOrderId }) =>
      answer(options, meet(accountId, 'cancel'), (fault) =>
        book.cancel(accountId, clientOrderId, fault?.kind === 'fills-first'),
      ),
    lookup: async ({ clientOrderId }) => {
      const fault = meet(accountId, 'lookup');
      const answered = answer(options, fault, () => book.lookup(accountId, clientOrderId));
      if (answered.kind === 'rejected' || answered.kind === 'busy') {
        return LATE;
      }
      return fault?.kind === 'miss' ? { kind: 'absent' } : answered;
    },
    positions: async () => {
      const answered = answer(options, meet(accountId, 'positions'), () => ({
        kind: 'positions' as const,
        quantities: book.positions(accountId),
      }));
      return answered.kind === 'positions' ? answered : LATE;
    },
    orders: async (limit) => {
      meet(accountId, 'orders');
      return book.orders(accountId).toReversed().slice(0, limit).map(shown);
    },
  });
  return {
    broker,
    orders: (accountId) => book.orders(accountId),
    positions: (accountId) => book.positions(accountId),
    movePrice: (symbol, price) => book.movePrice(symbol, price),
    calls,
    fork: (clock) => {
      const forked = { ...options, clock };
      return venueOf(forked, book.copy(forked), [...calls], new Map(counts));
    },
  };
}

/** Does a call, or not, and gives what the caller is told of it. */
function answer<Outcome>(
  { after }: ModelVenueOptions,
  fault: VenueFault | undefined,
  act: (fault: VenueFault | undefined) => Outcome,
): Outcome | typeof LATE | typeof REJECTED | typeof BUSY {
  switch (fault?.kind) {
    case 'reject':
      return REJECTED;
    case 'busy':
      return BUSY;
    case 'no-answer':
      return LATE;
    case 'done-no-answer':
      act(undefined);
      return LATE;
    case 'late':
      if (!after) {
        throw new Error('A model venue needs `after` for what is late.');
      }
      after(fault.afterMs, () => act(undefined));
      return LATE;
    default:
      return act(fault);
  }
}

/** How a placed order fills. */
function fillsOf(fault: VenueFault | undefined): Fills {
  switch (fault?.kind) {
    case 'partial-fill':
      return { share: fault.share };
    case 'no-fill':
      return { share: ZERO, ...(fault.fillsAtLookup ? { atLookup: fault.fillsAtLookup } : {}) };
    default:
      return {};
  }
}

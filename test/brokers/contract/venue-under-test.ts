import type { Broker, BrokerOrder } from '../../../functions/brokers/broker.ts';
import type { Decimal } from '../../../functions/core/decimal.ts';
import type { ClientOrderId } from '../../../functions/core/ids.ts';
import type { Trail } from '../../../functions/core/order.ts';

/** The calls of the port that a fault can meet. */
export type VenueCall = 'place' | 'lookup' | 'cancel' | 'positions';

/**
 * What can go wrong with one call, by what the caller sees and what happened at the venue:
 *
 * - `reject`: refused for good, in the venue's own words; nothing happened. A lookup or positions: an answer that
 *   refuses and says nothing about the order
 * - `rate-limit`: refused for now; nothing happened
 * - `unavailable`, `reset`, `timeout`: a 503, a connection reset, no answer; nothing happened
 * - the same with `-after-accept`: yet it was done
 * - `malformed`: it was done, and the answer cannot be read
 * - `partial-fill`: placed, half is filled at once and the rest as the market lets it; of a pair, the take-profit
 * - `late-fill`: placed, and filled when somebody asks about it or while its cancel is on the way. A cancel: the order
 *   fills while it is on the way
 */
export const VENUE_FAULTS = [
  'reject',
  'rate-limit',
  'unavailable',
  'unavailable-after-accept',
  'reset',
  'reset-after-accept',
  'timeout',
  'timeout-after-accept',
  'malformed',
  'partial-fill',
  'late-fill',
] as const;
export type VenueFault = (typeof VENUE_FAULTS)[number];

/** An order as the venue itself holds it, whatever the adapter says. */
export type HeldOrder = Pick<BrokerOrder, 'quantity' | 'filledQuantity' | 'status'>;

/** One account at a venue of a test's own, as empty as on the first day, with the adapter that talks to it. */
export interface VenueUnderTest {
  /** The adapter, with a timeout of some ten milliseconds. */
  readonly broker: Broker;
  /** What is traded; prices around 100 and whole prices are on its grid. */
  readonly symbol: string;
  /** The smallest quantity that the cases trade; they trade whole multiples. */
  readonly unit: Decimal;
  /** How its trailing stops trail, 12 behind a market at 120. By ten percent, unless it says otherwise. */
  readonly trail?: Trail;
  /** What must be in no outcome: keys, passwords, tokens. */
  readonly secrets: readonly string[];
  /** How an order's id is in the venue's list, where the venue takes only a part of it. */
  readonly listedAs?: (clientOrderId: ClientOrderId) => string;
  /** Moves the market of the symbol. */
  readonly post: (price: Decimal) => Promise<void>;
  /**
   * The next call of this kind meets the fault, those after it do not.
   *
   * @returns false when the venue has no such fault, because there is no wire between it and its adapter: then the call
   *   goes well
   */
  readonly meet: (call: VenueCall, fault: VenueFault) => boolean;
  /** Every order that the venue holds, oldest first, duplicates and ended ones included. */
  readonly held: () => Promise<readonly HeldOrder[]>;
  readonly close: () => Promise<void>;
}

import type { Decimal } from '../../core/decimal.ts';
import type { OrderIntent, OrderReference } from '../../core/order.ts';
import type { BrokerOrder, LookupOutcome, UnknownOutcome } from '../broker.ts';
import type { Call } from './call.ts';
import type { Busy, Failure, Refused, VenueWords } from './errors.ts';
import type { Known } from './learn.ts';

/** Two currencies that are traded against each other, and what the books call that. */
export interface Pair {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
}

/** An order that is asked about. */
export type Named = Pick<OrderReference, 'clientOrderId' | 'brokerOrderId'> & { readonly pair: Pair };

/** What an exchange says to an order. */
export type Placed = { readonly kind: 'accepted'; readonly order: BrokerOrder } | Failure;

/** What an exchange says to a cancel. */
export type Canceled = { readonly kind: 'accepted' } | Refused | Busy | UnknownOutcome;

/** One exchange's own language: what is sent, and what comes back. */
export interface Dialect {
  /** What its errors say that ccxt has no class for. */
  readonly words: VenueWords;
  /** ccxt's addresses, all at one place. */
  urlsAt(endpoint: string): Readonly<Record<string, string>>;
  /** Why the exchange has no words for an order whose type and time in force it takes. */
  refusalOf(intent: OrderIntent): string | undefined;
  place(call: Call, intent: OrderIntent, pair: Pair): Promise<Placed>;
  lookup(call: Call, named: Named): Promise<LookupOutcome>;
  cancel(call: Call, named: Named): Promise<Canceled>;
  /** All that is held of each currency, by its usual name, reserved or not. */
  balances(call: Call): Promise<Known<ReadonlyMap<string, Decimal>>>;
  /** The last price of a pair. */
  price(call: Call, pair: Pair): Promise<Known<Decimal>>;
  /** The newest orders of these pairs, in any order: `limit` or more, or as many as the exchange lists at once. */
  orders(call: Call, pairs: readonly Pair[], limit: number): Promise<Known<readonly BrokerOrder[]>>;
}

import type {
  CancelOutcome,
  LookupOutcome,
  OcoPair,
  PlaceOcoOutcome,
  PlaceOutcome,
} from '../../functions/brokers/broker.ts';
import type { Clock } from '../../functions/core/clock.ts';
import type { ClientOrderIdGuarantee, OcoKind } from '../../functions/core/configuration.ts';
import { add, compare, type Decimal, isZero, smaller, subtract, ZERO } from '../../functions/core/decimal.ts';
import type { AccountId, ClientOrderId } from '../../functions/core/ids.ts';
import type { OrderIntent } from '../../functions/core/order.ts';
import { VenueMarket, type VenueMarketOptions } from './venue-market.ts';
import { isOpen, newOrder, openOf, shown, type VenueOrder } from './venue-order.ts';

export interface VenueBookOptions extends VenueMarketOptions {
  readonly clock: Clock;
  readonly guarantee: ClientOrderIdGuarantee;
  /** How the venue keeps pairs. With `none` what works is reserved for it. @default kept */
  readonly oco?: OcoKind;
  /** With the guarantee WINDOW: for how long an id is not accepted again. @default 60 s */
  readonly uniqueForMs?: number;
}

/**
 * How an order fills that is placed. As the market is, unless there is a share: then that much at once, wherever the
 * market is, and the rest when it is asked for the nth time, or when the market moves.
 */
export interface Fills {
  readonly share?: Decimal;
  readonly atLookup?: number;
}

type Refused = Extract<PlaceOutcome, { kind: 'rejected' }>;

const WINDOW_MS = 60_000;

const refused = (code: string): Refused => ({ kind: 'rejected', code, message: 'The venue refuses.' });

/** The orders of a venue and what they did. */
export class VenueBook {
  readonly uniqueForMs: number;
  private readonly options: VenueBookOptions;
  private readonly market: VenueMarket;

  constructor(options: VenueBookOptions, market: VenueMarket = new VenueMarket(options)) {
    this.options = options;
    this.market = market;
    this.uniqueForMs = options.uniqueForMs ?? WINDOW_MS;
  }

  /** A book that goes its own way from here. */
  copy(options: VenueBookOptions): VenueBook {
    return new VenueBook(options, this.market.copy(options));
  }

  /** Oldest first; of one account, or of all. */
  orders(accountId?: AccountId): readonly VenueOrder[] {
    const { orders } = this.market;
    return accountId === undefined ? orders : orders.filter((order) => order.accountId === accountId);
  }

  positions(accountId: AccountId): Readonly<Record<string, Decimal>> {
    return this.market.positions(accountId);
  }

  /** Takes an order in, unless its client order id is taken: then the order that has it is the answer. */
  place(accountId: AccountId, intent: OrderIntent, fills: Fills): PlaceOutcome {
    const outcome = this.takeIn(accountId, [intent], fills);
    if ('kind' in outcome) {
      return outcome;
    }
    return { kind: 'accepted', order: shown(this.market.at(outcome.first)) };
  }

  /** Takes in both orders of a pair, or neither. @param fills of the take-profit */
  placePair(accountId: AccountId, { takeProfit, stopLoss }: OcoPair, fills: Fills): PlaceOcoOutcome {
    const outcome = this.takeIn(accountId, [takeProfit, stopLoss], fills);
    if ('kind' in outcome) {
      return outcome;
    }
    const { first, last } = outcome;
    return {
      kind: 'accepted',
      takeProfit: shown(this.market.at(first)),
      stopLoss: shown(this.market.at(last)),
    };
  }

  /** Ends what is open with the id, and what is paired with it. @param fillsFirst whether it fills before that */
  cancel(accountId: AccountId, clientOrderId: ClientOrderId, fillsFirst: boolean): CancelOutcome {
    const open = this.withId(accountId, clientOrderId).filter(isOpen);
    for (const order of open) {
      const index = this.market.orders.indexOf(order);
      if (fillsFirst) {
        this.market.fillAll(index);
      }
      if (isOpen(this.market.at(index))) {
        this.market.change(index, { status: 'CANCELED' });
      }
    }
    return open.length > 0
      ? { kind: 'accepted' }
      : { kind: 'rejected', code: 'NOT_OPEN', message: 'There is no open order with this id.' };
  }

  /** The first order with the id, where the venue can be asked by it at all. */
  lookup(accountId: AccountId, clientOrderId: ClientOrderId): LookupOutcome {
    const [order] = this.withId(accountId, clientOrderId);
    if (!order || this.options.guarantee === 'NONE') {
      return { kind: 'absent' };
    }
    const index = this.market.orders.indexOf(order);
    if (isOpen(order) && order.fillsAtLookup !== undefined) {
      this.market.change(index, { fillsAtLookup: order.fillsAtLookup - 1 });
      if (order.fillsAtLookup <= 1) {
        this.market.fillAll(index);
      }
    }
    return { kind: 'found', order: shown(this.market.at(index)) };
  }

  /** Moves the market: what its price reaches fills. */
  movePrice(symbol: string, price: Decimal): void {
    this.market.setPrice(symbol, price);
    this.market.reach(this.orders().filter((order) => order.symbol === symbol));
  }

  /** Where the orders are that were entered, or that have their ids; or why they are refused. */
  private takeIn(
    accountId: AccountId,
    intents: readonly [OrderIntent] | readonly [OrderIntent, OrderIntent],
    fills: Fills,
  ): { readonly first: number; readonly last: number } | Refused {
    const [{ type, symbol, referencePrice }, second] = intents;
    const taken = intents.map(({ clientOrderId }) => this.indexOfTaken(accountId, clientOrderId));
    if (!taken.includes(-1)) {
      const [first = -1, last = first] = taken;
      return { first, last };
    }
    const refusal = taken.some((index) => index >= 0)
      ? refused('ID_TAKEN')
      : this.refuse(accountId, intents[0]);
    if (refusal) {
      return refusal;
    }
    const resting = this.orders(accountId).filter((order) => order.type !== 'market');
    const first = this.market.orders.length;
    this.enter(accountId, intents[0], fills, second && first);
    if (second) {
      this.enter(accountId, second, {}, first);
      // The stop-loss before: where the market has reached both of a pair, it is the one that fills.
      this.market.arrive(first + 1, undefined);
    }
    this.market.arrive(first, fills.share);
    if (type === 'market' && referencePrice !== undefined) {
      this.market.reach(resting.filter((order) => order.symbol === symbol));
    }
    return { first, last: this.market.orders.length - 1 };
  }

  private refuse(accountId: AccountId, intent: OrderIntent): Refused | undefined {
    if (!intent.reduceOnly) {
      return undefined;
    }
    const reducible = this.market.reducible(accountId, intent);
    if (this.market.isEnforced(intent) && isZero(reducible)) {
      return refused('NOTHING_TO_REDUCE');
    }
    const reserved = this.orders(accountId)
      .filter((order) => isOpen(order) && order.reduceOnly)
      .filter(({ symbol, side }) => symbol === intent.symbol && side === intent.side)
      .reduce((sum, order) => add(sum, openOf(order)), ZERO);
    const isReserved =
      this.options.oco === 'none' &&
      compare(smaller(intent.quantity, reducible), subtract(reducible, reserved)) > 0;
    return isReserved ? refused('RESERVED') : undefined;
  }

  private withId(accountId: AccountId, clientOrderId: ClientOrderId): VenueOrder[] {
    return this.market.orders.filter(
      (order) => order.accountId === accountId && order.clientOrderId === clientOrderId,
    );
  }

  /** Where the order is that has an id which is still unique; -1 when there is none. */
  private indexOfTaken(accountId: AccountId, clientOrderId: ClientOrderId): number {
    return this.market.orders.findLastIndex(
      (order) =>
        order.accountId === accountId && order.clientOrderId === clientOrderId && this.isStillUnique(order),
    );
  }

  private isStillUnique(order: VenueOrder): boolean {
    switch (this.options.guarantee) {
      case 'PERMANENT':
        return true;
      case 'OPEN_ONLY':
        return isOpen(order);
      case 'WINDOW':
        return this.options.clock.now() - order.createdAtMs < this.uniqueForMs;
      case 'LOOKUP_ONLY':
      case 'NONE':
        return false;
    }
  }

  private enter(accountId: AccountId, intent: OrderIntent, { atLookup }: Fills, pair?: number): void {
    if (intent.type === 'market' && intent.referencePrice !== undefined) {
      this.market.setPrice(intent.symbol, intent.referencePrice);
    }
    this.market.enter({
      ...newOrder(accountId, intent, this.market.orders.length + 1),
      createdAtMs: this.options.clock.now(),
      ...(pair === undefined ? {} : { pair }),
      ...(atLookup === undefined ? {} : { fillsAtLookup: atLookup }),
    });
  }
}

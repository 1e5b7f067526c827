import type {
  BrokerOrder,
  CancelOutcome,
  LookupOutcome,
  PlaceOutcome,
} from '../../functions/brokers/broker.ts';
import type { Clock } from '../../functions/core/clock.ts';
import type { ClientOrderIdGuarantee } from '../../functions/core/configuration.ts';
import {
  absolute,
  add,
  compare,
  type Decimal,
  decimal,
  divide,
  isZero,
  multiply,
  negate,
  sign,
  smaller,
  subtract,
  ZERO,
} from '../../functions/core/decimal.ts';
import type { AccountId, BrokerOrderId, ClientOrderId } from '../../functions/core/ids.ts';
import type { OrderIntent, Side } from '../../functions/core/order.ts';

export interface VenueBookOptions {
  readonly clock: Clock;
  readonly guarantee: ClientOrderIdGuarantee;
  /** With the guarantee WINDOW: for how long an id is not accepted again. @default 60 s */
  readonly uniqueForMs?: number;
  /** Whether a reduce-only order fills no more than there is to reduce. @default true */
  readonly enforcesReduceOnly?: boolean;
  /** The price of every symbol at first. @default 100 */
  readonly price?: Decimal;
}

/** An order as the venue has it. */
export interface VenueOrder extends BrokerOrder {
  readonly accountId: AccountId;
  readonly reduceOnly: boolean;
  /** How many times it is still asked for before it fills. */
  readonly fillsAtLookup?: number;
}

/** How a market order fills: which share at once, and the rest when it is asked for the nth time, or never. */
export interface Fills {
  readonly share: Decimal;
  readonly atLookup?: number;
}

const WINDOW_MS = 60_000;

/** An order as callers are shown it. */
export function shown({
  accountId: _,
  reduceOnly: __,
  fillsAtLookup: ___,
  ...order
}: VenueOrder): BrokerOrder {
  return order;
}

function isOpen({ status }: VenueOrder): boolean {
  return status === 'NEW' || status === 'PARTIALLY_FILLED';
}

/** The orders of a venue and what they did. */
export class VenueBook {
  readonly uniqueForMs: number;
  private readonly options: VenueBookOptions;
  private readonly all: VenueOrder[] = [];
  private readonly prices = new Map<string, Decimal>();
  private readonly held = new Map<AccountId, Record<string, Decimal>>();

  constructor(options: VenueBookOptions) {
    this.options = options;
    this.uniqueForMs = options.uniqueForMs ?? WINDOW_MS;
  }

  copy(options: VenueBookOptions): VenueBook {
    const copy = new VenueBook(options);
    copy.all.push(...this.all);
    for (const [symbol, price] of this.prices) {
      copy.prices.set(symbol, price);
    }
    for (const [accountId, held] of this.held) {
      copy.held.set(accountId, held);
    }
    return copy;
  }

  /** Oldest first; of one account, or of all. */
  orders(accountId?: AccountId): readonly VenueOrder[] {
    return this.all.filter((order) => accountId === undefined || order.accountId === accountId);
  }

  positions(accountId: AccountId): Readonly<Record<string, Decimal>> {
    const positions = Object.entries(this.held.get(accountId) ?? {});
    return Object.fromEntries(positions.filter(([, quantity]) => !isZero(quantity)));
  }

  /** Takes an order in, unless its client order id is taken: then the order that has it is the answer. */
  place(accountId: AccountId, intent: OrderIntent, fills: Fills): PlaceOutcome {
    const taken = this.withId(accountId, intent.clientOrderId).find((order) => this.isStillUnique(order));
    if (taken) {
      return { kind: 'accepted', order: shown(taken) };
    }
    if (intent.type === 'market' && intent.referencePrice !== undefined) {
      this.prices.set(intent.symbol, intent.referencePrice);
    }
    if (this.isEnforced(intent) && isZero(this.reducible(accountId, intent))) {
      return { kind: 'rejected', code: 'NOTHING_TO_REDUCE', message: 'There is no position to reduce.' };
    }
    const index = this.enter(accountId, intent, fills);
    if (intent.type === 'market') {
      this.fill(index, multiply(intent.quantity, fills.share));
    } else {
      this.trigger(intent.symbol);
    }
    return { kind: 'accepted', order: shown(this.at(index)) };
  }

  /** @param fillsFirst whether the order fills before its cancel arrives */
  cancel(accountId: AccountId, clientOrderId: ClientOrderId, fillsFirst: boolean): CancelOutcome {
    const open = this.withId(accountId, clientOrderId).filter(isOpen);
    for (const order of open) {
      const index = this.all.indexOf(order);
      if (fillsFirst) {
        this.fill(index, order.quantity);
      } else {
        this.change(index, { status: 'CANCELED' });
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
    const index = this.all.indexOf(order);
    if (isOpen(order) && order.fillsAtLookup !== undefined) {
      this.change(index, { fillsAtLookup: order.fillsAtLookup - 1 });
      if (order.fillsAtLookup <= 1) {
        this.fill(index, order.quantity);
      }
    }
    return { kind: 'found', order: shown(this.at(index)) };
  }

  /** Moves the market: stop orders whose price is reached fill. */
  movePrice(symbol: string, price: Decimal): void {
    this.prices.set(symbol, price);
    this.trigger(symbol);
  }

  private withId(accountId: AccountId, clientOrderId: ClientOrderId): VenueOrder[] {
    return this.all.filter((order) => order.accountId === accountId && order.clientOrderId === clientOrderId);
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

  private enter(accountId: AccountId, intent: OrderIntent, { atLookup }: Fills): number {
    const { clientOrderId, symbol, side, type, quantity, reduceOnly } = intent;
    this.all.push({
      accountId,
      brokerOrderId: `venue-${this.all.length + 1}` as BrokerOrderId,
      clientOrderId,
      symbol,
      side,
      type,
      ...(intent.type === 'stop' ? { stopPrice: intent.stopPrice } : {}),
      quantity,
      reduceOnly,
      status: 'NEW',
      filledQuantity: ZERO,
      createdAtMs: this.options.clock.now(),
      ...(atLookup === undefined ? {} : { fillsAtLookup: atLookup }),
    });
    return this.all.length - 1;
  }

  private trigger(symbol: string): void {
    const price = this.priceOf(symbol);
    for (const [index, order] of this.all.entries()) {
      if (order.symbol === symbol && isOpen(order) && order.stopPrice !== undefined) {
        const beyond = compare(price, order.stopPrice);
        if (order.side === 'sell' ? beyond <= 0 : beyond >= 0) {
          this.fill(index, order.quantity);
        }
      }
    }
  }

  /** Fills up to a quantity of what is open, and no more than there is to reduce; then nothing of it stays open. */
  private fill(index: number, quantity: Decimal): void {
    const order = this.at(index);
    let filled = smaller(quantity, subtract(order.quantity, order.filledQuantity));
    if (this.isEnforced(order)) {
      const reducible = this.reducible(order.accountId, order);
      if (compare(reducible, filled) < 0) {
        filled = reducible;
        this.change(index, { status: 'CANCELED' });
      }
    }
    if (isZero(filled)) {
      return;
    }
    const price = this.priceOf(order.symbol);
    const filledQuantity = add(order.filledQuantity, filled);
    const spent = add(
      multiply(order.filledQuantity, order.averageFillPrice ?? ZERO),
      multiply(filled, price),
    );
    const { status } = this.at(index);
    const isComplete = compare(filledQuantity, order.quantity) === 0;
    this.change(index, {
      filledQuantity,
      averageFillPrice: divide(spent, filledQuantity),
      status: isComplete ? 'FILLED' : status === 'CANCELED' ? status : 'PARTIALLY_FILLED',
    });
    this.book(order, filled);
  }

  private book({ accountId, symbol, side }: VenueOrder, filled: Decimal): void {
    const held = this.held.get(accountId) ?? {};
    const change = side === 'buy' ? filled : negate(filled);
    this.held.set(accountId, { ...held, [symbol]: add(held[symbol] ?? ZERO, change) });
  }

  private isEnforced({ reduceOnly }: { readonly reduceOnly: boolean }): boolean {
    return reduceOnly && this.options.enforcesReduceOnly !== false;
  }

  /** How much of the position an order of this side can close. */
  private reducible(accountId: AccountId, { symbol, side }: { symbol: string; side: Side }): Decimal {
    const position = this.held.get(accountId)?.[symbol] ?? ZERO;
    return sign(position) === (side === 'buy' ? -1 : 1) ? absolute(position) : ZERO;
  }

  private priceOf(symbol: string): Decimal {
    return this.prices.get(symbol) ?? this.options.price ?? decimal(100);
  }

  private at(index: number): VenueOrder {
    const order = this.all[index];
    if (!order) {
      throw new Error(`The venue has no order ${index}.`);
    }
    return order;
  }

  private change(index: number, changes: Partial<VenueOrder>): void {
    this.all[index] = { ...this.at(index), ...changes };
  }
}

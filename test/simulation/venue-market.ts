import {
  absolute,
  add,
  compare,
  type Decimal,
  decimal,
  isZero,
  multiply,
  negate,
  sign,
  smaller,
  ZERO,
} from '../../functions/core/decimal.ts';
import type { AccountId } from '../../functions/core/ids.ts';
import type { Side } from '../../functions/core/order.ts';
import {
  isAcceptable,
  isActive,
  isForNow,
  isLimited,
  isOpen,
  openOf,
  ownPrice,
  seenAt,
  type VenueOrder,
  withFill,
} from './venue-order.ts';

export interface VenueMarketOptions {
  /** Whether a reduce-only order fills no more than there is to reduce. @default true */
  readonly enforcesReduceOnly?: boolean;
  /** The price of every symbol at first. @default 100 */
  readonly price?: Decimal;
}

/** Every order of a venue, where the market is, and what orders did there. */
export class VenueMarket {
  private readonly options: VenueMarketOptions;
  private readonly all: VenueOrder[] = [];
  private readonly prices = new Map<string, Decimal>();
  private readonly held = new Map<AccountId, Record<string, Decimal>>();

  constructor(options: VenueMarketOptions) {
    this.options = options;
  }

  copy(options: VenueMarketOptions): VenueMarket {
    const copy = new VenueMarket(options);
    copy.all.push(...this.all);
    for (const [symbol, price] of this.prices) {
      copy.prices.set(symbol, price);
    }
    for (const [accountId, held] of this.held) {
      copy.held.set(accountId, held);
    }
    return copy;
  }

  /** Oldest first. */
  get orders(): readonly VenueOrder[] {
    return this.all;
  }

  positions(accountId: AccountId): Readonly<Record<string, Decimal>> {
    const positions = Object.entries(this.held.get(accountId) ?? {});
    return Object.fromEntries(positions.filter(([, quantity]) => !isZero(quantity)));
  }

  /** Puts an order where the market can see it. */
  enter(order: VenueOrder): void {
    this.all.push(seenAt(order, this.priceOf(order.symbol)));
  }

  /** An order that was just entered trades. @param share how much of it, wherever the market is */
  arrive(index: number, share: Decimal | undefined): void {
    if (share === undefined) {
      this.meet(index, true);
    } else {
      const order = this.at(index);
      this.fillAnyway(index, multiply(order.quantity, share), ownPrice(order, this.priceOf(order.symbol)));
    }
  }

  /** Fills all of an open order, wherever the market is. */
  fillAll(index: number): void {
    const order = this.at(index);
    const price = order.limitPrice ?? ownPrice(order, this.priceOf(order.symbol));
    this.fillAnyway(index, order.quantity, price);
  }

  private fillAnyway(index: number, quantity: Decimal, price: Decimal): void {
    if (isOpen(this.at(index)) && !isZero(quantity)) {
      this.fill(index, quantity, price);
    }
  }

  /** Where the market is, without anything being reached. */
  setPrice(symbol: string, price: Decimal): void {
    this.prices.set(symbol, price);
  }

  /** Orders meet the market's price, oldest first, but those with a limit after those with none. */
  reach(orders: readonly VenueOrder[]): void {
    const inTurn = [...orders.filter((order) => !isLimited(order)), ...orders.filter(isLimited)];
    for (const { brokerOrderId } of inTurn) {
      const index = this.all.findIndex((order) => order.brokerOrderId === brokerOrderId);
      this.meet(index, false);
    }
  }

  private meet(index: number, isNew: boolean): void {
    const before = this.at(index);
    if (!isOpen(before)) {
      return;
    }
    const price = this.priceOf(before.symbol);
    const order = seenAt(before, price);
    this.change(index, order);
    if (!isActive(order)) {
      return;
    }
    if (isAcceptable(order, price)) {
      const rested = !isNew && isActive(before);
      this.fill(index, order.quantity, rested ? (order.limitPrice ?? price) : price);
    } else if (isForNow(order)) {
      this.change(index, { status: 'CANCELED' });
    }
  }

  /** Fills up to a quantity of what is open, and no more than there is to reduce; then nothing of it stays open. */
  private fill(index: number, quantity: Decimal, price: Decimal): void {
    const order = this.at(index);
    const open = openOf(order);
    const wanted = smaller(quantity, open);
    const possible = this.isEnforced(order)
      ? smaller(wanted, this.reducible(order.accountId, order))
      : wanted;
    const filled = order.timeInForce === 'fok' && compare(possible, open) < 0 ? ZERO : possible;
    const isOver = isForNow(order) || compare(possible, wanted) < 0;
    const after = withFill(order, filled, price);
    this.change(index, isOver && isOpen(after) ? { ...after, status: 'CANCELED' } : after);
    const held = this.held.get(order.accountId) ?? {};
    const change = order.side === 'buy' ? filled : negate(filled);
    this.held.set(order.accountId, { ...held, [order.symbol]: add(held[order.symbol] ?? ZERO, change) });
  }

  /** Whether the venue sees to it that an order only reduces. */
  isEnforced({ reduceOnly }: { readonly reduceOnly: boolean }): boolean {
    return reduceOnly && this.options.enforcesReduceOnly !== false;
  }

  /** How much of the position an order of this side can close. */
  reducible(accountId: AccountId, { symbol, side }: { symbol: string; side: Side }): Decimal {
    const position = this.held.get(accountId)?.[symbol] ?? ZERO;
    return sign(position) === (side === 'buy' ? -1 : 1) ? absolute(position) : ZERO;
  }

  private priceOf(symbol: string): Decimal {
    return this.prices.get(symbol) ?? this.options.price ?? decimal(100);
  }

  /** The nth order, from 0. */
  at(index: number): VenueOrder {
    const order = this.all[index];
    if (!order) {
      throw new Error(`The venue has no order ${index}.`);
    }
    return order;
  }

  /** Changes an order, and with it the other one of its pair: as much is open in both, or neither is. */
  change(index: number, changes: Partial<VenueOrder>): void {
    const order = { ...this.at(index), ...changes };
    this.all[index] = order;
    const other = this.all.findIndex(
      (each, at) => at !== index && each.pair !== undefined && each.pair === order.pair && isOpen(each),
    );
    if (other >= 0) {
      const { filledQuantity } = this.at(other);
      this.all[other] = {
        ...this.at(other),
        ...(isOpen(order) ? { quantity: add(filledQuantity, openOf(order)) } : { status: 'CANCELED' }),
      };
    }
  }
}

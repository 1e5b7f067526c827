import {
  add,
  compare,
  type Decimal,
  decimal,
  multiply,
  subtract,
  ZERO,
} from '../../../functions/core/decimal.ts';
import {
  type ExchangeOrder,
  type ExchangeRequest,
  enterFill,
  half,
  isOpen,
  meetMarket,
  ownPrice,
  remaining,
  signed,
} from './exchange-order.ts';

/**
 * How an order fills: as the market lets it, half at once and the rest as the market lets it, or not before somebody asks
 * about it or while its cancel is on the way.
 */
export type FillBehavior = 'at-once' | 'partial' | 'late';

/** What became of an order at the exchange's door. */
export type Taken =
  | { readonly kind: 'taken'; readonly order: ExchangeOrder }
  | { readonly kind: 'insufficient' };

/** What became of a pair there. */
export type TakenPair =
  | { readonly kind: 'taken'; readonly orders: readonly [ExchangeOrder, ExchangeOrder] }
  | { readonly kind: 'insufficient' };

export interface ExchangeOptions {
  /** What the account begins with. */
  readonly cash?: Decimal;
  /** Whether more can be sold than is held; where not, open orders to sell reserve what they would sell. */
  readonly allowsShort?: boolean;
  /** Milliseconds since the epoch; without it every look at the clock is one second later. */
  readonly now?: () => number;
}

const OPENING_MS = Date.parse('2026-11-23T15:00:00.000Z');
const SECOND_MS = 1_000;
const INSUFFICIENT = { kind: 'insufficient' } as const;

/**
 * An exchange in memory, for one account: what stands behind the fake venues of tests. It speaks no venue's language and
 * knows nothing of the paper venue, which it judges. It takes every order that it can pay for, as often as it is sent:
 * whether a client order id may be used again is the venue's rule, and so is what a venue refuses.
 *
 * - A market order fills at the last price, or at the first one that is posted.
 * - A limit order fills at the market's price if that is as good when it enters, later at its own.
 * - A stop fills at the price that reaches it; a stop-limit order is a limit order from then on.
 * - A trailing stop follows every price that is posted.
 * - What `ioc` leaves open is canceled; `fok` is canceled unless all of it fills at once.
 * - Of a pair, a fill of one takes its quantity from the other, and the end of one is the end of the other.
 */
export class FakeExchange {
  /** Every order, oldest first. */
  readonly orders: ExchangeOrder[] = [];
  /** By symbol, signed. */
  readonly positions = new Map<string, Decimal>();
  cash: Decimal;
  readonly #allowsShort: boolean;
  readonly #now: () => number;
  readonly #prices = new Map<string, Decimal>();
  #nextOrder = 1;
  #nextFill = 1;

  constructor({ cash = decimal(100_000), allowsShort = true, now }: ExchangeOptions = {}) {
    this.cash = cash;
    this.#allowsShort = allowsShort;
    let lookedAtMs = OPENING_MS;
    this.#now =
      now ??
      (() => {
        lookedAtMs += SECOND_MS;
        return lookedAtMs;
      });
  }

  /** Moves the market: every open order in the symbol that it lets trade does, oldest first. */
  post(symbol: string, price: Decimal): void {
    this.#prices.set(symbol, price);
    for (const order of this.orders.filter((each) => each.symbol === symbol)) {
      this.#trade(order);
    }
  }

  /** The last price of a symbol. */
  price(symbol: string): Decimal | undefined {
    return this.#prices.get(symbol);
  }

  /** The account's position in a symbol, signed. */
  position(symbol: string): Decimal {
    return this.positions.get(symbol) ?? ZERO;
  }

  /** Cash, and what is held at the last price. */
  equity(): Decimal {
    return [...this.positions].reduce(
      (sum, [symbol, position]) => add(sum, multiply(position, this.price(symbol) ?? ZERO)),
      this.cash,
    );
  }

  /** Takes an order in. */
  place(request: ExchangeRequest, fills: FillBehavior = 'at-once'): Taken {
    if (!this.#canPay(request)) {
      return INSUFFICIENT;
    }
    const order = this.#enter(request);
    this.#open(order, fills);
    return { kind: 'taken', order };
  }

  /** Takes two orders of which one is to fill, both or neither. How it fills concerns the first. */
  placePair(first: ExchangeRequest, second: ExchangeRequest, fills: FillBehavior = 'at-once'): TakenPair {
    if (!this.#canPay(first)) {
      return INSUFFICIENT;
    }
    const [firstId, secondId] = [String(this.#nextOrder), String(this.#nextOrder + 1)];
    const orders = [this.#enter(first, secondId), this.#enter(second, firstId)] as const;
    this.#open(orders[0], fills);
    this.#open(orders[1], 'at-once');
    return { kind: 'taken', orders };
  }

  /** The order with the exchange's own id. */
  byId(id: string): ExchangeOrder | undefined {
    return this.orders.find((order) => order.id === id);
  }

  /** The orders with a client order id, oldest first. */
  byClientOrderId(clientOrderId: string): ExchangeOrder[] {
    return this.orders.filter((order) => order.clientOrderId === clientOrderId);
  }

  /** Somebody asks about an order: a late fill has been waiting for that. */
  inquire(order: ExchangeOrder): ExchangeOrder {
    if (order.waitsFor === 'inquiry') {
      this.#fill(order, remaining(order));
    }
    return order;
  }

  /**
   * Ends what is open of an order, and of the other one of its pair. A late fill is faster than its cancel.
   *
   * @param fills with `late` the order fills while the cancel is on the way, whatever it waits for
   * @returns whether there was anything to end
   */
  cancel(order: ExchangeOrder, fills?: 'late'): boolean {
    if (!isOpen(order)) {
      return false;
    }
    if (fills === 'late' || order.waitsFor === 'inquiry') {
      this.#fill(order, remaining(order));
    } else {
      this.#end(order, 'CANCELED');
    }
    return true;
  }

  /** Fills so much of an open order, at its own price. */
  fillPart(order: ExchangeOrder, quantity: Decimal): void {
    this.#fill(order, quantity);
  }

  /** Ends the day, and with it every open order that was good for it only. */
  closeDay(): void {
    for (const order of this.orders.filter((each) => isOpen(each) && each.timeInForce === 'day')) {
      this.#end(order, 'EXPIRED');
    }
  }

  #enter(request: ExchangeRequest, otherId?: string): ExchangeOrder {
    const order: ExchangeOrder = {
      ...request,
      ...(otherId === undefined ? {} : { otherId }),
      id: String(this.#nextOrder),
      status: 'NEW',
      filledQuantity: ZERO,
      fills: [],
      isTriggered: false,
      isResting: false,
      waitsFor: 'market',
      createdAtMs: this.#now(),
    };
    this.#nextOrder += 1;
    this.orders.push(order);
    return order;
  }

  /** Lets an order that has entered trade for the first time. */
  #open(order: ExchangeOrder, fills: FillBehavior): void {
    const isWhole = order.timeInForce === 'fok';
    if (fills === 'late') {
      order.waitsFor = 'inquiry';
      return;
    }
    if (fills === 'at-once') {
      this.#trade(order);
    } else if (!isWhole) {
      this.#fill(order, half(order.quantity));
    }
    if (isOpen(order) && (isWhole || order.timeInForce === 'ioc')) {
      this.#end(order, 'CANCELED');
    }
  }

  #trade(order: ExchangeOrder): void {
    const market = this.price(order.symbol);
    if (market === undefined || !isOpen(order) || order.waitsFor === 'inquiry') {
      return;
    }
    const price = meetMarket(order, market);
    if (price !== undefined) {
      this.#fill(order, remaining(order), price);
    }
  }

  #fill(order: ExchangeOrder, quantity: Decimal, price = ownPrice(order, this.price(order.symbol))): void {
    enterFill(order, { id: `f${this.#nextFill}`, quantity, price, atMs: this.#now() });
    this.#nextFill += 1;
    order.waitsFor = 'market';
    const traded = signed(order.side, quantity);
    this.positions.set(order.symbol, add(this.position(order.symbol), traded));
    this.cash = subtract(this.cash, multiply(traded, price));
    this.#shrinkOther(order, quantity);
  }

  #shrinkOther(order: ExchangeOrder, quantity: Decimal): void {
    const other = this.#otherOf(order);
    if (other === undefined || !isOpen(other)) {
      return;
    }
    const rest = subtract(remaining(other), quantity);
    if (!isOpen(order) || compare(rest, ZERO) <= 0) {
      other.status = 'CANCELED';
    } else {
      other.quantity = subtract(other.quantity, quantity);
    }
  }

  #end(order: ExchangeOrder, status: 'CANCELED' | 'EXPIRED'): void {
    order.status = status;
    const other = this.#otherOf(order);
    if (other !== undefined && isOpen(other)) {
      other.status = status;
    }
  }

  #otherOf({ otherId }: ExchangeOrder): ExchangeOrder | undefined {
    return otherId === undefined ? undefined : this.byId(otherId);
  }

  /** Of a pair it counts one order: only one of them is to fill. */
  #canPay(request: ExchangeRequest): boolean {
    if (this.#allowsShort) {
      return true;
    }
    if (request.side === 'sell') {
      return compare(request.quantity, this.#unreserved(request.symbol)) <= 0;
    }
    const price = request.limitPrice ?? request.stopPrice ?? this.price(request.symbol) ?? ZERO;
    return compare(multiply(request.quantity, price), this.cash) <= 0;
  }

  /** What is held of a symbol and no open order would sell. */
  #unreserved(symbol: string): Decimal {
    const counted = new Set<string>();
    let free = this.position(symbol);
    for (const order of this.orders) {
      const isPaired = order.otherId !== undefined && counted.has(order.otherId);
      if (order.symbol === symbol && order.side === 'sell' && isOpen(order) && !isPaired) {
        counted.add(order.id);
        free = subtract(free, remaining(order));
      }
    }
    return free;
  }
}

import * as z from 'zod/mini';
import { compare, type Decimal, isZero, parseDecimal, sign } from '../../core/decimal.ts';
import type { BrokerOrderId, ClientOrderId } from '../../core/ids.ts';
import { ORDER_TYPES, type OrderIntent, type Trail } from '../../core/order.ts';
import type { BrokerOrder } from '../broker.ts';

/** A decimal as Alpaca writes it: text. */
export const amount = z.pipe(
  z.custom<string>((value) => typeof value === 'string' && parseDecimal(value) !== undefined),
  z.transform((text) => parseDecimal(text) as Decimal),
);

const amountOrNull = z.optional(z.nullable(amount));

const legShape = z.object({
  id: z.string().check(z.minLength(1)),
  client_order_id: z.string(),
  symbol: z.string().check(z.minLength(1)),
  side: z.enum(['buy', 'sell']),
  type: z.enum(ORDER_TYPES),
  /** Null of an order by value, which Onefill never sends. */
  qty: amountOrNull,
  filled_qty: amount,
  filled_avg_price: amountOrNull,
  limit_price: amountOrNull,
  stop_price: amountOrNull,
  trail_price: amountOrNull,
  trail_percent: amountOrNull,
  status: z.string(),
  created_at: z.string().check(z.refine((text) => !Number.isNaN(Date.parse(text)))),
});

type AlpacaLeg = z.output<typeof legShape>;

const orderShape = z.extend(legShape, {
  order_class: z.optional(z.nullable(z.string())),
  legs: z.optional(z.nullable(z.array(legShape))),
});

/** An order as Alpaca shows it. Of a pair, it is the take-profit, and the stop-loss is its leg. */
export type AlpacaOrder = z.output<typeof orderShape>;

/** Reads an order; `undefined` when it contradicts itself or is of a kind that Onefill does not know. */
export function readOrder(body: unknown): AlpacaOrder | undefined {
  const parsed = z.safeParse(orderShape, body);
  return parsed.success && [parsed.data, ...(parsed.data.legs ?? [])].every(isSound)
    ? parsed.data
    : undefined;
}

/** The order in our terms. */
export function toBrokerOrder(order: AlpacaOrder): BrokerOrder {
  const stop = stopLegOf(order);
  return show(order, { clientOrderId: order.client_order_id, quantity: quantityOf(order), sibling: stop });
}

/**
 * The stop-loss of a pair in our terms; `undefined` when the order has none. At Alpaca it has a client order id that was
 * made up there, and its quantity falls as the take-profit fills; here it keeps those that it was sent with.
 */
export function toStopLoss(order: AlpacaOrder, clientOrderId: ClientOrderId): BrokerOrder | undefined {
  const stop = stopLegOf(order);
  return stop && show(stop, { clientOrderId, quantity: quantityOf(order), sibling: order });
}

/** Whether the legs of a pair are not shown: not every answer has them. */
export function lacksLegs(order: AlpacaOrder): boolean {
  return order.order_class === 'oco' && stopLegOf(order) === undefined;
}

/** Whether what Alpaca holds under our id is what was to be sent. */
export function isSameOrder(intent: OrderIntent, order: BrokerOrder): boolean {
  return (
    plain(order.symbol) === plain(intent.symbol) &&
    order.side === intent.side &&
    order.type === intent.type &&
    isSame(order.quantity, intent.quantity) &&
    isSamePricing(intent, order)
  );
}

/** The stop of a trailing one moves, so it is not compared. */
function isSamePricing(intent: OrderIntent, order: BrokerOrder): boolean {
  switch (intent.type) {
    case 'market':
      return true;
    case 'limit':
      return isSame(order.limitPrice, intent.limitPrice);
    case 'stop':
      return isSame(order.stopPrice, intent.stopPrice);
    case 'stop_limit':
      return isSame(order.stopPrice, intent.stopPrice) && isSame(order.limitPrice, intent.limitPrice);
    case 'trailing_stop':
      return isSameTrail(order.trail, intent.trail);
  }
}

/** Alpaca takes `BTCUSD` for `BTC/USD`, and shows the latter. */
function plain(symbol: string): string {
  return symbol.replace('/', '').toUpperCase();
}

/** What is filled has a price, and what is filled whole is filled as far as it was ordered. */
function isSound({ status, qty, filled_qty, filled_avg_price }: AlpacaLeg): boolean {
  const hasPrice = isZero(filled_qty) || (filled_avg_price != null && sign(filled_avg_price) > 0);
  const isWhole = status !== 'filled' || (!isZero(filled_qty) && isSame(filled_qty, qty ?? filled_qty));
  return hasPrice && isWhole && sign(filled_qty) >= 0;
}

/** Alpaca replaces a leg when the quantity changes: the one that works is the last that was not replaced. */
function stopLegOf({ legs }: AlpacaOrder): AlpacaLeg | undefined {
  const stops = (legs ?? []).filter(({ type }) => type === 'stop' || type === 'stop_limit');
  return stops.findLast(({ status }) => status !== 'replaced') ?? stops.at(-1);
}

interface Shown {
  readonly clientOrderId: string;
  readonly quantity: Decimal;
  /** The other order of its pair. */
  readonly sibling: AlpacaLeg | undefined;
}

function show(order: AlpacaLeg, { clientOrderId, quantity, sibling }: Shown): BrokerOrder {
  const { limit_price, stop_price, filled_avg_price, filled_qty } = order;
  const trail = trailOf(order);
  return {
    brokerOrderId: order.id as BrokerOrderId,
    clientOrderId: clientOrderId as ClientOrderId,
    symbol: order.symbol,
    side: order.side,
    type: order.type,
    ...(limit_price == null ? {} : { limitPrice: limit_price }),
    ...(stop_price == null ? {} : { stopPrice: stop_price }),
    ...(trail === undefined ? {} : { trail }),
    quantity,
    status: statusOf(order, sibling),
    filledQuantity: filled_qty,
    ...(filled_avg_price == null ? {} : { averageFillPrice: filled_avg_price }),
    createdAtMs: Date.parse(order.created_at),
  };
}

/**
 * Only what Alpaca calls an end is one: a status that is not known here is open. So is `replaced`, for what replaced the
 * order (somebody in Alpaca's own interface, or a split) works under an id that is not ours: it ends by a person's word.
 */
function statusOf(order: AlpacaLeg, sibling: AlpacaLeg | undefined): BrokerOrder['status'] {
  const hasFilled = !isZero(order.filled_qty);
  switch (order.status) {
    case 'filled':
      // The other order of the pair filled the rest, so that this one is over without having filled whole.
      return sibling !== undefined && !isZero(sibling.filled_qty) ? 'CANCELED' : 'FILLED';
    case 'canceled':
      return 'CANCELED';
    case 'expired':
      return 'EXPIRED';
    case 'rejected':
      return hasFilled ? 'CANCELED' : 'REJECTED';
    default:
      return hasFilled ? 'PARTIALLY_FILLED' : 'NEW';
  }
}

function trailOf({ trail_price, trail_percent }: AlpacaLeg): Trail | undefined {
  if (trail_price != null) {
    return { type: 'amount', amount: trail_price };
  }
  return trail_percent == null ? undefined : { type: 'percent', percent: trail_percent };
}

function quantityOf({ qty, filled_qty }: AlpacaLeg): Decimal {
  return qty ?? filled_qty;
}

function isSameTrail(left: Trail | undefined, right: Trail): boolean {
  return right.type === 'amount'
    ? left?.type === 'amount' && isSame(left.amount, right.amount)
    : left?.type === 'percent' && isSame(left.percent, right.percent);
}

function isSame(left: Decimal | undefined, right: Decimal): boolean {
  return left !== undefined && compare(left, right) === 0;
}

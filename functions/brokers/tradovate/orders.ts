import { absolute, add, compare, type Decimal, divide, isZero, multiply, ZERO } from '../../core/decimal.ts';
import type { BrokerOrderId, ClientOrderId } from '../../core/ids.ts';
import type { OrderType } from '../../core/order.ts';
import type { BrokerOrder } from '../broker.ts';
import { TYPE_NAMES } from './bodies.ts';
import type { Fill, OrderVersion, VenueOrder } from './shapes.ts';

/** What Tradovate tells of an order, which it keeps in several places. */
export interface OrderParts {
  readonly order: VenueOrder;
  /** All versions of it. */
  readonly versions: readonly OrderVersion[];
  /** All fills of it, read after the order itself: what filled before it ended is among them. */
  readonly fills: readonly Fill[];
  readonly clientOrderId: ClientOrderId;
  readonly symbol: string;
}

/** The order as the port shows it; `undefined` when it has no version. */
export function orderFrom(parts: OrderParts): BrokerOrder | undefined {
  const { order, versions, clientOrderId, symbol } = parts;
  const version = versions.reduce<OrderVersion | undefined>(newerOf, undefined);
  if (!version) {
    return undefined;
  }
  const fills = parts.fills.filter(({ active }) => active);
  const filledQuantity = fills.reduce((sum, { qty }) => add(sum, qty), ZERO);
  const { orderQty, price, stopPrice, pegDifference } = version;
  return {
    brokerOrderId: order.id as BrokerOrderId,
    clientOrderId,
    symbol,
    side: order.action,
    type: typeOf(version),
    ...(price === undefined ? {} : { limitPrice: price }),
    ...(stopPrice === undefined ? {} : { stopPrice }),
    ...(pegDifference === undefined ? {} : { trail: { type: 'amount', amount: absolute(pegDifference) } }),
    quantity: orderQty,
    status: statusOf(order.ordStatus, filledQuantity, orderQty),
    filledQuantity,
    ...(isZero(filledQuantity) ? {} : { averageFillPrice: averageOf(fills, filledQuantity) }),
    createdAtMs: order.timestamp,
  };
}

/**
 * What fills add up to comes first: Tradovate has no status for a part, and may say Filled or Completed before the fills
 * can be read. Such an order is open until they are. `Unknown` and statuses that come to be are open as well.
 */
function statusOf(ordStatus: string, filled: Decimal, quantity: Decimal): BrokerOrder['status'] {
  // Of a pair whose other order filled whole, nothing may be left to fill.
  if (!isZero(filled) && compare(filled, quantity) >= 0) {
    return 'FILLED';
  }
  switch (ordStatus) {
    case 'Canceled':
      return 'CANCELED';
    case 'Completed':
      return isZero(filled) ? 'NEW' : 'CANCELED';
    case 'Expired':
      return 'EXPIRED';
    case 'Rejected':
      return 'REJECTED';
    default:
      return isZero(filled) ? 'NEW' : 'PARTIALLY_FILLED';
  }
}

/** Types that Onefill does not place are shown by the prices that they take. */
function typeOf({ orderType, price, stopPrice }: OrderVersion): OrderType {
  const [type] = Object.entries(TYPE_NAMES).find(([, name]) => name === orderType) ?? [];
  if (type !== undefined) {
    return type as OrderType;
  }
  if (stopPrice !== undefined) {
    return price === undefined ? 'stop' : 'stop_limit';
  }
  return price === undefined ? 'market' : 'limit';
}

function averageOf(fills: readonly Fill[], filledQuantity: Decimal): Decimal {
  const spent = fills.reduce((sum, { qty, price }) => add(sum, multiply(qty, price)), ZERO);
  return divide(spent, filledQuantity);
}

function newerOf(newest: OrderVersion | undefined, version: OrderVersion): OrderVersion {
  return newest !== undefined && BigInt(newest.id ?? 0) > BigInt(version.id ?? 0) ? newest : version;
}

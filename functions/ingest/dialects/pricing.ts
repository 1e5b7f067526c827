import type { Decimal } from '../../core/decimal.ts';
import { assertNever } from '../../core/errors.ts';
import { ORDER_TYPES, type OrderType, type Trail } from '../../core/order.ts';
import type { Signal, SignalAction } from '../../core/signal.ts';
import type { FieldReader } from './fields.ts';

/** What the prices of an order are called in a dialect. */
interface PriceNames {
  readonly limitPrice: string;
  readonly stopPrice: string;
}

const NAMES: PriceNames = { limitPrice: 'limitPrice', stopPrice: 'stopPrice' };

/** How far a stop stays behind the market. */
export const TRAILS = ['trailAmount', 'trailPercent'] as const;

/** The fields that price an order, as Onefill's own payload has them. */
export const PRICE_FIELDS = ['limitPrice', 'stopPrice', ...TRAILS] as const;

/** Those that each type of order takes. */
const TAKEN: Readonly<Record<OrderType, readonly (typeof PRICE_FIELDS)[number][]>> = {
  market: [],
  limit: ['limitPrice'],
  stop: ['stopPrice'],
  stop_limit: ['stopPrice', 'limitPrice'],
  trailing_stop: TRAILS,
};

/** Closing all, or what works, has no price of its own. */
const UNPRICED: readonly SignalAction[] = ['flatten', 'cancel'];

/**
 * Reads how the order is priced: `orderType` with the prices that it takes. A price that does not go with the type is
 * refused: nobody names one to have it ignored.
 */
export function readPricing(reader: FieldReader, action: SignalAction | undefined): Signal['pricing'] {
  const type = reader.find('orderType') ? reader.choice(ORDER_TYPES, 'orderType') : 'market';
  if (type === undefined) {
    return undefined;
  }
  for (const name of PRICE_FIELDS.filter((field) => !TAKEN[type].includes(field))) {
    if (reader.find(name)) {
      reader.problem(name, `does not go with a ${type} order`);
    }
  }
  if (type !== 'market' && action !== undefined && UNPRICED.includes(action)) {
    return reader.problem('orderType', `must be market, or left out, with the action ${action}`);
  }
  return pricingOf(reader, type, NAMES);
}

/** The pricing of a type of order, its prices required. */
export function pricingOf(reader: FieldReader, type: OrderType, names: PriceNames): Signal['pricing'] {
  switch (type) {
    case 'market':
      return undefined;
    case 'limit': {
      const limitPrice = requiredPrice(reader, type, names.limitPrice);
      return limitPrice && { type, limitPrice };
    }
    case 'stop': {
      const stopPrice = requiredPrice(reader, type, names.stopPrice);
      return stopPrice && { type, stopPrice };
    }
    case 'stop_limit': {
      const stopPrice = requiredPrice(reader, type, names.stopPrice);
      const limitPrice = requiredPrice(reader, type, names.limitPrice);
      return stopPrice && limitPrice && { type, stopPrice, limitPrice };
    }
    case 'trailing_stop': {
      const trail = readTrail(reader);
      return trail && { type, trail };
    }
    default:
      return assertNever(type);
  }
}

function requiredPrice(reader: FieldReader, type: OrderType, name: string): Decimal | undefined {
  return reader.find(name)
    ? reader.decimal('positive', name)
    : reader.problem(name, `is required with a ${type} order`);
}

/** Reads how far a stop stays behind the market: `trailAmount` in price, or `trailPercent`. */
export function readTrail(reader: FieldReader): Trail | undefined {
  const name = reader.only(TRAILS);
  switch (name) {
    case 'trailAmount': {
      const amount = reader.decimal('positive', name);
      return amount && { type: 'amount', amount };
    }
    case 'trailPercent': {
      const percent = reader.decimal('below-100', name);
      return percent && { type: 'percent', percent };
    }
    case undefined:
      return reader.problem('trailAmount', 'is required, or trailPercent, and not both');
    default:
      return assertNever(name);
  }
}

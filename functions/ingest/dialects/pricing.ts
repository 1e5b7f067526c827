import { compare, decimal } from '../../core/decimal.ts';
import { assertNever } from '../../core/errors.ts';
import type { OrderType, Trail } from '../../core/order.ts';
import type { Signal, SignalAction } from '../../core/signal.ts';
import type { FieldReader } from './fields.ts';

type Pricing = Signal['pricing'];

/** What the prices of an order are called in a dialect. */
interface PriceNames {
  readonly limitPrice: string;
  readonly stopPrice: string;
}

const NAMES: PriceNames = { limitPrice: 'limitPrice', stopPrice: 'stopPrice' };
const TRAILS = ['trailAmount', 'trailPercent'] as const;
const HUNDRED = decimal(100);

/** The prices that each type of order takes, and no other does. */
const PRICES: Readonly<Record<OrderType, readonly (keyof PriceNames | (typeof TRAILS)[number])[]>> = {
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
export function readPricing(reader: FieldReader, action: SignalAction | undefined): Pricing {
  const type = reader.choice(Object.keys(PRICES) as OrderType[], 'orderType') ?? 'market';
  for (const name of [...Object.values(NAMES), ...TRAILS]) {
    if (reader.find(name) !== undefined && !PRICES[type].some((known) => known === name)) {
      reader.problem(name, `does not go with a ${type} order`);
    }
  }
  if (type !== 'market' && action !== undefined && UNPRICED.includes(action)) {
    return reader.problem('orderType', `must be market, or left out, with the action ${action}`);
  }
  return pricingOf(reader, type, NAMES);
}

/** The pricing of a type of order, its prices required. */
export function pricingOf(reader: FieldReader, type: OrderType, names: PriceNames): Pricing {
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

function requiredPrice(reader: FieldReader, type: OrderType, name: string) {
  return reader.find(name)
    ? reader.decimal('positive', name)
    : reader.problem(name, `is required with a ${type} order`);
}

/** Reads how far a stop stays behind the market: `trailAmount` in price, or `trailPercent`. */
export function readTrail(reader: FieldReader): Trail | undefined {
  const [name, ...more] = TRAILS.filter((candidate) => reader.find(candidate) !== undefined);
  if (name === undefined || more.length > 0) {
    return reader.problem('trailAmount', `is required, or trailPercent, and not both`);
  }
  const value = reader.decimal('positive', name);
  if (value === undefined) {
    return undefined;
  }
  if (name === 'trailAmount') {
    return { type: 'amount', amount: value };
  }
  return compare(value, HUNDRED) < 0
    ? { type: 'percent', percent: value }
    : reader.problem(name, 'must be less than 100');
}

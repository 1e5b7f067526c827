import { type Decimal, isZero } from '../../core/decimal.ts';
import type { Signal } from '../../core/signal.ts';
import { type FieldReader, NOT_AVAILABLE, present } from './fields.ts';
import { pricingOf } from './pricing.ts';

/** OpenAlgo's fields, by its API for orders and smart orders. */
const FIELDS = [
  'apikey',
  'id',
  'secret',
  'strategy',
  'symbol',
  'exchange',
  'action',
  'pricetype',
  'product',
  'quantity',
  'position_size',
  'price',
  'trigger_price',
  'disclosed_quantity',
] as const;

/** Its types of orders by their names there. */
const TYPES = { market: 'market', limit: 'limit', sl: 'stop_limit', 'sl-m': 'stop' } as const;
const PRICE_TYPES = Object.keys(TYPES) as (keyof typeof TYPES)[];

/**
 * Reads an order for OpenAlgo. With `position_size` it is a smart order: the signed position to reach, whatever action and
 * quantity say; the difference is ordered. OpenAlgo buys or sells anew when a smart order asks for 0 and there is no position;
 * here that is nothing to do, since nobody who asks for flat means to trade.
 *
 * The `apikey` is taken as the webhook's secret.
 */
export function readOpenAlgoSignal(reader: FieldReader): Signal | undefined {
  reader.refuseUnknown(FIELDS, 'an OpenAlgo order');
  refuseUnlessZero(reader, 'disclosed_quantity', NOT_AVAILABLE);
  const symbol = reader.symbol('symbol');
  const side = reader.requiredChoice(['buy', 'sell'], 'action');
  const targetQuantity = reader.decimal('any', 'position_size');
  const pricing = readOrderPricing(reader);
  if (symbol === undefined || side === undefined) {
    return undefined;
  }
  if (targetQuantity !== undefined) {
    return { symbol, action: 'target', timeInForce: 'day', targetQuantity, ...pricing };
  }
  const quantity = reader.decimal('positive', 'quantity');
  return { symbol, action: side, timeInForce: 'day', ...present({ quantity }), ...pricing };
}

/**
 * `pricetype` with `price` as its limit and `trigger_price` as its stop. The one that it does not take has to be 0, as
 * OpenAlgo's own examples have it; a market order's `price` is what the sender saw.
 */
function readOrderPricing(reader: FieldReader): Pick<Signal, 'pricing' | 'price'> {
  const named = reader.find('pricetype') ? reader.choice(PRICE_TYPES, 'pricetype') : 'market';
  if (named === undefined) {
    return {};
  }
  const notTaken = `must be 0, or left out, with the pricetype ${named.toUpperCase()}`;
  if (named === 'market' || named === 'limit') {
    refuseUnlessZero(reader, 'trigger_price', notTaken);
  }
  if (named === 'sl-m') {
    refuseUnlessZero(reader, 'price', notTaken);
  }
  return present({
    pricing: pricingOf(reader, TYPES[named], { limitPrice: 'price', stopPrice: 'trigger_price' }),
    price: named === 'market' ? referencePrice(reader) : undefined,
  });
}

function refuseUnlessZero(reader: FieldReader, field: string, message: string): void {
  const value = reader.decimal('any', field);
  if (value !== undefined && !isZero(value)) {
    reader.problem(field, message);
  }
}

/** 0 stands for none. */
function referencePrice(reader: FieldReader): Decimal | undefined {
  const price = reader.decimal('any', 'price');
  return price === undefined || isZero(price) ? undefined : reader.decimal('positive', 'price');
}

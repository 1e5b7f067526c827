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

/** Fields whose 0 asks for nothing, as OpenAlgo's own examples have it, and whose other values ask for more than is done. */
const NOTHING_BUT_ZERO = ['disclosed_quantity'] as const;

/** Its types of orders by their names there. */
const TYPES = { market: 'market', limit: 'limit', sl: 'stop_limit', 'sl-m': 'stop' } as const;

/**
 * Reads an order for OpenAlgo. With `position_size` it is a smart order: the signed position to reach, whatever action and
 * quantity say; the difference is ordered. OpenAlgo buys or sells anew when a smart order asks for 0 and there is no position;
 * here that is nothing to do, since nobody who asks for flat means to trade.
 *
 * The `apikey` is taken as the webhook's secret.
 */
export function readOpenAlgoSignal(reader: FieldReader): Signal | undefined {
  reader.refuseUnknown(FIELDS, 'an OpenAlgo order');
  for (const field of NOTHING_BUT_ZERO) {
    const value = reader.decimal('any', field);
    if (value !== undefined && !isZero(value)) {
      reader.problem(field, NOT_AVAILABLE);
    }
  }
  const symbol = reader.symbol('symbol');
  const side = reader.requiredChoice(['buy', 'sell'], 'action');
  const targetQuantity = reader.decimal('any', 'position_size');
  const pricing = readOrderPricing(reader);
  const price = pricing ? undefined : referencePrice(reader);
  if (symbol === undefined || side === undefined) {
    return undefined;
  }
  if (targetQuantity !== undefined) {
    return { symbol, action: 'target', timeInForce: 'day', ...present({ targetQuantity, pricing, price }) };
  }
  const quantity = reader.decimal('positive', 'quantity');
  return { symbol, action: side, timeInForce: 'day', ...present({ quantity, pricing, price }) };
}

/** `pricetype` with `price` as its limit and `trigger_price` as its stop; a trigger that is not taken must be 0. */
function readOrderPricing(reader: FieldReader): Signal['pricing'] {
  const named = reader.choice(Object.keys(TYPES) as (keyof typeof TYPES)[], 'pricetype') ?? 'market';
  const type = TYPES[named];
  const trigger = reader.decimal('any', 'trigger_price');
  if (trigger !== undefined && !isZero(trigger) && type !== 'stop' && type !== 'stop_limit') {
    return reader.problem(
      'trigger_price',
      `must be 0, or left out, with the pricetype ${named.toUpperCase()}`,
    );
  }
  return pricingOf(reader, type, { limitPrice: 'price', stopPrice: 'trigger_price' });
}

/** A market order's price is 0 in OpenAlgo's examples. */
function referencePrice(reader: FieldReader): Decimal | undefined {
  const price = reader.decimal('any', 'price');
  return price === undefined || isZero(price) ? undefined : reader.decimal('positive', 'price');
}

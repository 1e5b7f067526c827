import { type Decimal, isZero } from '../../core/decimal.ts';
import type { Signal } from '../../core/signal.ts';
import { type FieldReader, NOT_AVAILABLE, present } from './fields.ts';

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
const NOTHING_BUT_ZERO = ['trigger_price', 'disclosed_quantity'] as const;

/**
 * Reads an order for OpenAlgo. With `position_size` it is a smart order: the signed position to reach, whatever action and
 * quantity say; the difference is ordered. OpenAlgo buys or sells anew when a smart order asks for 0 and there is no position;
 * here that is nothing to do, since nobody who asks for flat means to trade.
 *
 * The `apikey` is taken as the webhook's secret.
 */
export function readOpenAlgoSignal(reader: FieldReader): Signal | undefined {
  reader.refuseUnknown(FIELDS, 'an OpenAlgo order');
  reader.choice(['market'], 'pricetype');
  for (const field of NOTHING_BUT_ZERO) {
    const value = reader.decimal('any', field);
    if (value !== undefined && !isZero(value)) {
      reader.problem(field, NOT_AVAILABLE);
    }
  }
  const symbol = reader.symbol('symbol');
  const side = reader.requiredChoice(['buy', 'sell'], 'action');
  const targetQuantity = reader.decimal('any', 'position_size');
  const price = referencePrice(reader);
  if (symbol === undefined || side === undefined) {
    return undefined;
  }
  if (targetQuantity !== undefined) {
    return { symbol, action: 'target', timeInForce: 'day', ...present({ targetQuantity, price }) };
  }
  const quantity = reader.decimal('positive', 'quantity');
  return { symbol, action: side, timeInForce: 'day', ...present({ quantity, price }) };
}

/** A market order's price is 0 in OpenAlgo's examples. */
function referencePrice(reader: FieldReader): Decimal | undefined {
  const price = reader.decimal('any', 'price');
  return price === undefined || isZero(price) ? undefined : reader.decimal('positive', 'price');
}

import { TIMES_IN_FORCE } from '../../core/order.ts';
import { SIGNAL_ACTIONS, SIGNAL_FIELDS, type Signal } from '../../core/signal.ts';
import { type FieldReader, present } from './fields.ts';
import { readPricing } from './pricing.ts';
import { checkProtection, readProtection } from './protection.ts';

/** Fields that mean something. Any other is refused unless it is an annotation: `stopLos` must not be ignored. */
export const ONEFILL_FIELDS = [...SIGNAL_FIELDS, 'secret'] as const;

/** Reads Onefill's own payload (`docs/openapi.yaml`, Signal). Problems are left in the reader. */
export function readOnefillSignal(reader: FieldReader): Signal | undefined {
  reader.refuseUnknown(ONEFILL_FIELDS, 'a signal');
  const symbol = reader.symbol('symbol');
  const action = reader.requiredChoice(SIGNAL_ACTIONS, 'action');
  const timeInForce = reader.choice(TIMES_IN_FORCE, 'timeInForce') ?? 'day';
  const optional = present({
    quantity: reader.decimal('positive', 'quantity'),
    targetQuantity: reader.decimal('any', 'targetQuantity'),
    pricing: readPricing(reader, action),
    ...readProtection(reader),
    price: reader.decimal('positive', 'price'),
    sentAtMs: reader.time('time'),
  });
  if (action === 'target' && !reader.find('targetQuantity')) {
    reader.problem('targetQuantity', 'is required with the action target');
  }
  if (action !== 'target' && reader.find('targetQuantity')) {
    reader.problem('targetQuantity', 'goes with the action target only');
  }
  checkProtection(reader, action, optional);
  return symbol === undefined || action === undefined
    ? undefined
    : { symbol, action, timeInForce, ...optional };
}

import { SIGNAL_ACTIONS, SIGNAL_FIELDS, type Signal, TIMES_IN_FORCE } from '../../core/signal.ts';
import { type FieldReader, present } from './fields.ts';
import { checkStopLoss, readStopLoss } from './stop-loss.ts';

/** Fields that mean something. Any other is refused unless it is an annotation: `stopLos` must not be ignored. */
export const ONEFILL_FIELDS = [...SIGNAL_FIELDS, 'secret'] as const;

/** Fields that the contract knows and this version does not execute yet: refused rather than ignored. */
const NOT_YET = ['limitprice', 'stopprice', 'takeprofit'] as const;

/** Reads Onefill's own payload (`docs/openapi.yaml`, Signal). Problems are left in the reader. */
export function readOnefillSignal(reader: FieldReader): Signal | undefined {
  reader.refuseUnknown(ONEFILL_FIELDS, 'a signal');
  reader.refuseNotYet(NOT_YET);
  const symbol = reader.symbol('symbol');
  const action = reader.requiredChoice(SIGNAL_ACTIONS, 'action');
  const timeInForce = reader.choice(TIMES_IN_FORCE, 'timeInForce') ?? 'day';
  const optional = present({
    quantity: reader.decimal('positive', 'quantity'),
    targetQuantity: reader.decimal('any', 'targetQuantity'),
    stopLoss: readStopLoss(reader),
    price: reader.decimal('positive', 'price'),
    sentAtMs: reader.time('time'),
  });
  if (action === 'target' && !reader.find('targetQuantity')) {
    reader.problem('targetQuantity', 'is required with the action target');
  }
  if (action !== 'target' && reader.find('targetQuantity')) {
    reader.problem('targetQuantity', 'goes with the action target only');
  }
  checkStopLoss(reader, { action, ...optional });
  return symbol === undefined || action === undefined
    ? undefined
    : { symbol, action, timeInForce, ...optional };
}

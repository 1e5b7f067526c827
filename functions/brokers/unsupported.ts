import type { OrderIntent } from '../core/order.ts';
import type { BrokerCapabilities, PlaceOutcome } from './broker.ts';

/**
 * Refuses by name what a venue does not take, before it is asked; `undefined` when it takes such orders.
 *
 * A market order that is good for the day is taken everywhere: it is over at once, and what flattens is sent so.
 */
export function refuseUnsupported(
  { orderTypes, timesInForce }: BrokerCapabilities,
  { type, timeInForce }: OrderIntent,
): Extract<PlaceOutcome, { kind: 'rejected' }> | undefined {
  if (!orderTypes.includes(type)) {
    return unsupported(`The venue takes no orders of the type ${type}.`);
  }
  const isOverAtOnce = type === 'market' && timeInForce === 'day';
  if (!isOverAtOnce && !timesInForce.includes(timeInForce)) {
    return unsupported(`The venue takes no orders that are good for ${timeInForce}.`);
  }
  return undefined;
}

function unsupported(message: string) {
  return { kind: 'rejected', code: 'UNSUPPORTED', message } as const;
}

import type { Reason } from '../core/execution.ts';
import type { OrderIntent } from '../core/order.ts';
import type { Protection } from '../core/trade.ts';
import type { Venue } from './venue.ts';

/** What a venue can do, as far as it decides what it is asked for. */
export type VenueLimits = Pick<Venue, 'guarantee' | 'capabilities'>;

/** Why a venue cannot take an order, known before it is asked; `undefined` when it can. */
export function refuseOrder(
  { guarantee, capabilities }: VenueLimits,
  { type, timeInForce }: OrderIntent,
): Reason | undefined {
  if (!capabilities.orderTypes.includes(type)) {
    return { code: 'ORDER_TYPE_UNSUPPORTED', message: `The venue takes no ${type} order.` };
  }
  if (guarantee === 'NONE' && mayWait({ type, timeInForce })) {
    const message = 'The venue cannot be asked about orders: what became of one that waits is never known.';
    return { code: 'ORDER_TYPE_UNSUPPORTED', message };
  }
  // An order at the market is over at once, and `day` is what is meant when nothing is said.
  const isMeantForNow = type === 'market' && timeInForce === 'day';
  return isMeantForNow || capabilities.timesInForce.includes(timeInForce)
    ? undefined
    : { code: 'TIME_IN_FORCE_UNSUPPORTED', message: `The venue takes no order that is ${timeInForce}.` };
}

/** Whether an order is meant to work at the venue for a while. The time in force of a stop order begins at its stop. */
function mayWait({ type, timeInForce }: Pick<OrderIntent, 'type' | 'timeInForce'>): boolean {
  return type === 'limit' ? timeInForce === 'day' || timeInForce === 'gtc' : type !== 'market';
}

/** Why a venue cannot keep what is to protect a trade; `undefined` when it can. */
export function refuseProtection(
  { guarantee, capabilities }: VenueLimits,
  { stopLoss, takeProfit }: Protection,
): Reason | undefined {
  const unsupported = (message: string): Reason => ({ code: 'PROTECTION_UNSUPPORTED', message });
  if (guarantee === 'NONE') {
    return unsupported('The venue cannot be asked about orders, so a stop-loss there could not be kept.');
  }
  if (stopLoss && takeProfit && capabilities.oco === 'none') {
    return unsupported('The venue keeps a stop-loss or a take-profit, not both.');
  }
  const types = [
    ...(stopLoss ? [stopLoss.type === 'trail' ? ('trailing_stop' as const) : ('stop' as const)] : []),
    ...(takeProfit ? (['limit'] as const) : []),
  ];
  const missing = types.find((type) => !capabilities.orderTypes.includes(type));
  return missing && unsupported(`The venue takes no ${missing} order, which it would take.`);
}

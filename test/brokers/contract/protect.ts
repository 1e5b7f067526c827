import { expect } from 'vitest';
import type { OcoPair } from '../../../functions/brokers/broker.ts';
import { decimal } from '../../../functions/core/decimal.ts';
import type { OrderIntent } from '../../../functions/core/order.ts';
import { accepted, idOf, market, refTo } from './contract-case.ts';
import type { VenueUnderTest } from './venue-under-test.ts';

/**
 * What protects a long position of so many units: a limit order to sell at 110, and a stop to sell at 95. Where the venue
 * knows stop-limit orders only, its limit is at 90.
 */
export function pairFor(venue: VenueUnderTest, units = 4): OcoPair {
  const [takeProfit, stopLoss] = [idOf('take-profit'), idOf('stop-loss')];
  const terms = { ...market(venue, { side: 'sell', units }), reduceOnly: true };
  const stopPrice = decimal(95);
  const stop = venue.broker.capabilities.orderTypes.includes('stop')
    ? ({ type: 'stop', stopPrice } as const)
    : ({ type: 'stop_limit', stopPrice, limitPrice: decimal(90) } as const);
  return {
    takeProfit: {
      ...terms,
      clientOrderId: takeProfit,
      leg: 'take-profit',
      oco: stopLoss,
      type: 'limit',
      limitPrice: decimal(110),
    },
    stopLoss: { ...terms, clientOrderId: stopLoss, leg: 'stop-loss', oco: takeProfit, ...stop },
  };
}

/**
 * Protects what was bought, in the way of the venue: as one pair, as two orders, the stop-loss first, or with the stop-loss
 * alone, because it reserves what the take-profit would sell.
 *
 * @returns the orders that work now
 */
export async function protect(venue: VenueUnderTest, pair: OcoPair): Promise<readonly OrderIntent[]> {
  const { takeProfit, stopLoss } = pair;
  const { oco } = venue.broker.capabilities;
  if (oco === 'native') {
    expect((await placeOco(venue, pair)).kind).toBe('accepted');
    return [takeProfit, stopLoss];
  }
  await accepted(venue, stopLoss);
  const second = await venue.broker.place(takeProfit);
  expect(second.kind).toBe(oco === 'kept' ? 'accepted' : 'rejected');
  return oco === 'kept' ? [stopLoss, takeProfit] : [stopLoss];
}

/** Places a pair as one, where the venue says that it can. */
export async function placeOco(venue: VenueUnderTest, pair: OcoPair) {
  const outcome = await venue.broker.placeOco?.(pair);
  if (outcome === undefined) {
    throw new Error('A venue that keeps pairs itself has to take them.');
  }
  return outcome;
}

/** Does what Onefill does where the venue does not: when one order of a pair has filled, it cancels the others. */
export async function endOthers(
  venue: VenueUnderTest,
  works: readonly OrderIntent[],
  filled: OrderIntent,
): Promise<void> {
  if (venue.broker.capabilities.oco !== 'native') {
    for (const order of works.filter((each) => each !== filled)) {
      await venue.broker.cancel(refTo(order));
    }
  }
}

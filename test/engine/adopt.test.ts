import { describe, expect, it } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import { adopt } from '../../functions/engine/adopt.ts';
import { orderOf } from '../core/order-of.ts';
import { held } from './scripted-venue.ts';

describe('what the venue holds of an order', () => {
  it.each(['SENDING', 'UNKNOWN'] as const)('gives the order its number once it was %s', (status) => {
    expect(adopt(orderOf({ status }), held('NEW'))).toMatchObject({
      status: 'NEW',
      brokerOrderId: 'venue-1',
    });
  });

  it('changes nothing when it is as far as we know', () => {
    const known = orderOf({ status: 'PARTIALLY_FILLED', filled: 1, at: 100 });
    expect(adopt(known, held('PARTIALLY_FILLED', 1))).toBe(known);
  });

  it('adds what was filled since, at the price of that part', () => {
    const known = orderOf({ status: 'PARTIALLY_FILLED', filled: 1, at: 100 });
    expect(adopt(known, held('PARTIALLY_FILLED', 3, decimal(102)))).toMatchObject({
      filledQuantity: '3',
      averageFillPrice: '102',
    });
    expect(adopt(known, held('FILLED', 4, decimal(102)))).toMatchObject({
      status: 'FILLED',
      filledQuantity: '4',
    });
  });

  it('does not take back what we know to be filled', () => {
    const known = orderOf({ status: 'PARTIALLY_FILLED', filled: 3, at: 100 });
    expect(adopt(known, held('PARTIALLY_FILLED', 1))).toBe(known);
  });

  it.each([decimal(0), decimal(-1)])('waits for a price when the fill’s is %s', (price) => {
    const known = orderOf({ status: 'NEW' });
    expect(adopt(known, held('PARTIALLY_FILLED', 1, price))).toBe(known);
  });

  it.each(['CANCELED', 'EXPIRED'] as const)('ends it as %s with what was filled', (status) => {
    expect(adopt(orderOf(), held(status, 1))).toMatchObject({ status, filledQuantity: '1' });
    expect(adopt(orderOf(), held(status))).toMatchObject({ status, filledQuantity: '0' });
  });

  it('ends it as rejected, or as cancelled when a part had filled before', () => {
    expect(adopt(orderOf(), held('REJECTED'))).toMatchObject({ status: 'REJECTED' });
    expect(adopt(orderOf(), held('REJECTED', 1))).toMatchObject({ status: 'CANCELED', filledQuantity: '1' });
  });

  it('leaves an order alone that has ended for us', () => {
    const ended = orderOf({ status: 'CANCELED', filled: 1, at: 100 });
    expect(adopt(ended, held('FILLED', 4))).toBe(ended);
    expect(adopt(ended, held('CANCELED', 1))).toBe(ended);
  });
});

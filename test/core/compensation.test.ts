import { describe, expect, it } from 'vitest';
import {
  exposureOf,
  flattenOrder,
  isFlatten,
  isPlanned,
  netFill,
} from '../../functions/core/compensation.ts';
import { decimal } from '../../functions/core/decimal.ts';
import { clientOrderIdOf } from '../../functions/core/ids.ts';
import { EXECUTION_ID, orderOf } from './order-of.ts';

describe('which order of its execution an order is', () => {
  it.each([
    ['entry', 'planned'],
    ['exit', 'planned'],
    ['close-MNQM5', 'planned'],
    ['stop-loss', 'protection'],
    ['flatten', 'rollback'],
    ['flatten-2', 'rollback'],
    ['flatten-10', 'rollback'],
    ['flatten-', 'planned'],
    ['close-flatten', 'planned'],
    ['flatten-2-more', 'planned'],
  ])('%s is %s', (leg, kind) => {
    const order = orderOf({ leg });
    expect(isFlatten(order)).toBe(kind === 'rollback');
    expect(isPlanned(order)).toBe(kind === 'planned');
  });
});

describe('what orders changed of a position', () => {
  it('is the sum of their signed fills in the symbol', () => {
    const orders = [
      orderOf({ filled: 4 }),
      orderOf({ side: 'sell', filled: 1 }),
      orderOf({ symbol: 'ESM5', filled: 9 }),
      orderOf({}),
    ];
    expect(netFill(orders, 'MNQM5')).toBe('3');
    expect(netFill(orders, 'ESM5')).toBe('9');
    expect(netFill([], 'MNQM5')).toBe('0');
  });

  // What the execution filled, the position with it, and what of it is to be undone.
  it.each([
    [4, '4', '4'],
    [4, '10', '4'],
    [4, '1', '1'],
    [4, '0', '0'],
    [4, '-3', '0'],
    [-4, '-4', '-4'],
    [-4, '-10', '-4'],
    [-4, '-1', '-1'],
    [-4, '0', '0'],
    [-4, '3', '0'],
    [0, '5', '0'],
    [0, '0', '0'],
  ])('%i filled, the position is %s: %s is to be undone', (filled, position, expected) => {
    const order = orderOf({ side: filled < 0 ? 'sell' : 'buy', filled: Math.abs(filled) });
    expect(exposureOf([order], 'MNQM5', decimal(position))).toBe(expected);
  });
});

describe('the order that undoes an exposure', () => {
  it.each([
    ['3', 'sell', '3'],
    ['-3', 'buy', '3'],
  ] as const)('of %s is to %s %s', (exposure, side, quantity) => {
    expect(flattenOrder(EXECUTION_ID, 2, { symbol: 'MNQM5', exposure: decimal(exposure) })).toEqual({
      clientOrderId: clientOrderIdOf(EXECUTION_ID, 'flatten-2'),
      leg: 'flatten-2',
      symbol: 'MNQM5',
      side,
      type: 'market',
      quantity,
      timeInForce: 'day',
      reduceOnly: true,
      status: 'SENDING',
      filledQuantity: '0',
    });
  });

  it('has a leg without a number when it is the first', () => {
    const what = { symbol: 'MNQM5', exposure: decimal(1) };
    expect(flattenOrder(EXECUTION_ID, 1, what)).toMatchObject({ leg: 'flatten' });
  });
});

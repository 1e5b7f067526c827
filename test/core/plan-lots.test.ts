import { describe, expect, it } from 'vitest';
import type { Sizing } from '../../functions/core/configuration.ts';
import { decimal } from '../../functions/core/decimal.ts';
import { described, plan } from './plan-case.ts';

const FIXED_3: Sizing = { type: 'fixed', quantity: decimal(3) };
const LOTS_OF_1 = { symbol: 'MNQM5', multiplier: decimal(2), lotSize: decimal(1) };
const CASH: Sizing = { type: 'cash', amount: decimal(200) };
const RISK: Sizing = { type: 'riskAmount', amount: decimal(200) };

const FLAT = 0;
const LONG = 5;

describe('a plan in lots and ticks', () => {
  it.each([
    ['50', '1.5', '0.001', 'exit sell 0.75'],
    ['50', '1', '0.3', 'exit sell 0.3'],
    ['50', '5', '1', 'exit sell 2'],
    ['100', '1.5', '1', 'exit sell 1.5'],
    ['50', '1', '1', 'skip QUANTITY_TOO_SMALL'],
  ])('exit of %s %% of %s in lots of %s: %s', (percent, positionQuantity, lotSize, expected) => {
    const signal = { action: 'exit', positionPercent: decimal(percent) } as const;
    const instrument = { ...LOTS_OF_1, lotSize: decimal(lotSize) };
    expect(described(plan({ signal, positionQuantity, instrument }))).toBe(expected);
  });

  // What cannot be closed as it is asked is not closed in another way.
  it.each([
    ['exit', '1.5', '1', false, 'deny QUANTITY_NOT_IN_LOTS'],
    ['exit', '0.5', '1', false, 'deny QUANTITY_BELOW_LOT'],
    ['exit', '1', '0.5', false, 'deny QUANTITY_BELOW_LOT'],
    ['exit', '3', '0.5', false, 'exit sell 1'],
    ['sell', '1.5', '1', false, 'deny QUANTITY_NOT_IN_LOTS'],
    ['sell', '1', '0.5', false, 'deny QUANTITY_BELOW_LOT'],
    ['reverse', '1.5', '1', true, 'deny QUANTITY_NOT_IN_LOTS'],
    ['reverse', '1', '0.5', true, 'deny QUANTITY_BELOW_LOT'],
    ['short', '1.5', '1', true, 'deny QUANTITY_NOT_IN_LOTS'],
  ] as const)(
    '%s of %s contracts, %s times, at 5: %s %s',
    (action, quantity, times, allowShort, expected) => {
      const signal = { action, quantity: decimal(quantity) };
      const multiplier = decimal(times);
      const result = plan({ signal, positionQuantity: LONG, multiplier, allowShort, instrument: LOTS_OF_1 });
      expect(described(result)).toBe(expected);
    },
  );

  it.each([
    ['1.5', '1', 'deny QUANTITY_NOT_IN_LOTS'],
    ['-1.5', '1', 'deny QUANTITY_NOT_IN_LOTS'],
    ['0.5', '1', 'deny QUANTITY_BELOW_LOT'],
    ['7', '0.5', 'exit sell 2'],
    ['-7', '0.5', 'entry sell 8'],
    ['1', '0.5', 'deny QUANTITY_BELOW_LOT'],
    ['0', '0.5', 'exit sell 5'],
  ])('a target of %s contracts, %s times, at 5: %s', (target, times, expected) => {
    const signal = { action: 'target', targetQuantity: decimal(target) } as const;
    const multiplier = decimal(times);
    const rest = { positionQuantity: LONG, allowShort: true, instrument: LOTS_OF_1 };
    expect(described(plan({ signal, multiplier, ...rest }))).toBe(expected);
  });

  // What the cash buys at another price, or the risk over another stop, is not what was bought then.
  it.each([
    ['exit', CASH, { quantity: decimal(1), price: decimal(50) }, 'exit sell 5'],
    ['exit', RISK, { quantity: decimal(1), price: decimal(50) }, 'exit sell 5'],
    ['sell', CASH, { quantity: decimal(1), price: decimal(50) }, 'exit sell 5'],
    ['sell', CASH, { price: decimal(50) }, 'exit sell 5'],
    ['exit', FIXED_3, {}, 'exit sell 5'],
    // A sale is as large as a purchase where both are fixed.
    ['sell', FIXED_3, {}, 'exit sell 3'],
  ] as const)('%s with %j and %j closes what was meant: %s', (action, sizing, what, expected) => {
    expect(described(plan({ signal: { action, ...what }, positionQuantity: LONG, sizing }))).toBe(expected);
  });

  it.each([
    [RISK, { price: decimal(50) }, 'deny STOP_MISSING'],
    [CASH, {}, 'deny PRICE_MISSING'],
    [CASH, { price: decimal(50) }, 'entry sell 9'],
  ] as const)('a reversal with %j opens what an entry would: %j', (sizing, what, expected) => {
    const signal = { action: 'reverse', ...what } as const;
    expect(described(plan({ signal, positionQuantity: LONG, sizing, allowShort: true }))).toBe(expected);
  });

  it.each([
    ['buy', { type: 'limit', limitPrice: decimal('100.2') }, { limitPrice: '100' }],
    ['sell', { type: 'limit', limitPrice: decimal('100.05') }, { limitPrice: '100.25' }],
    ['buy', { type: 'limit', limitPrice: decimal('100.25') }, { limitPrice: '100.25' }],
    ['buy', { type: 'stop', stopPrice: decimal('100.2') }, { stopPrice: '100.25' }],
    ['sell', { type: 'stop', stopPrice: decimal('100.1') }, { stopPrice: '100' }],
    [
      'buy',
      { type: 'stop_limit', stopPrice: decimal('100.2'), limitPrice: decimal('100.2') },
      { stopPrice: '100', limitPrice: '100' },
    ],
    [
      'sell',
      { type: 'stop_limit', stopPrice: decimal('100.1'), limitPrice: decimal('99.9') },
      { stopPrice: '100.25', limitPrice: '100' },
    ],
  ] as const)(
    'to %s at %j pays or takes no worse than its limit, on ticks of a quarter',
    (action, pricing, expected) => {
      const instrument = { ...LOTS_OF_1, tickSize: decimal('0.25') };
      const signal = { action, pricing, quantity: decimal(1) };
      const result = plan({ signal, positionQuantity: FLAT, allowShort: true, instrument });
      expect(result).toMatchObject({ orders: [expected] });
    },
  );
});

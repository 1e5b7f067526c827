import { describe, expect, it } from 'vitest';
import type { Sizing } from '../../functions/core/configuration.ts';
import { decimal, sign } from '../../functions/core/decimal.ts';
import { SIGNAL_ACTIONS, type SignalAction } from '../../functions/core/signal.ts';
import { described, plan, positionAfter } from './plan-case.ts';

const FROM_SIGNAL: Sizing = { type: 'signal' };
const FIXED_3: Sizing = { type: 'fixed', quantity: decimal(3) };

const SHORT = -5;
const FLAT = 0;
const LONG = 5;

type Row = readonly [short: string, flat: string, long: string];
type Rows = Readonly<
  Record<'signal, no short' | 'signal, may short' | 'fixed, no short' | 'fixed, may short', Row>
>;

const same = (row: Row): Rows => ({
  'signal, no short': row,
  'signal, may short': row,
  'fixed, no short': row,
  'fixed, may short': row,
});

// What only shrinks a position is an exit, whatever the signal calls it.
const BUY_2: Row = ['exit buy 2', 'entry buy 2', 'entry buy 2'];
const BUY_3: Row = ['exit buy 3', 'entry buy 3', 'entry buy 3'];
const SELL_2: Row = ['entry sell 2', 'entry sell 2', 'exit sell 2'];
const SELL_3: Row = ['entry sell 3', 'entry sell 3', 'exit sell 3'];

/** Every action by sizing, permission to short, and position of -5, 0 and 5. The signal's quantity is 2. */
const TABLE: Readonly<Record<SignalAction, Rows>> = {
  buy: {
    'signal, no short': BUY_2,
    'signal, may short': BUY_2,
    'fixed, no short': BUY_3,
    'fixed, may short': BUY_3,
  },
  sell: {
    'signal, no short': ['skip NO_LONG_POSITION', 'skip NO_LONG_POSITION', 'exit sell 2'],
    'signal, may short': SELL_2,
    'fixed, no short': ['skip NO_LONG_POSITION', 'skip NO_LONG_POSITION', 'exit sell 3'],
    'fixed, may short': SELL_3,
  },
  long: {
    'signal, no short': ['entry buy 7', 'entry buy 2', 'skip ALREADY_LONG'],
    'signal, may short': ['entry buy 7', 'entry buy 2', 'skip ALREADY_LONG'],
    'fixed, no short': ['entry buy 8', 'entry buy 3', 'skip ALREADY_LONG'],
    'fixed, may short': ['entry buy 8', 'entry buy 3', 'skip ALREADY_LONG'],
  },
  short: {
    'signal, no short': ['skip NO_LONG_POSITION', 'skip NO_LONG_POSITION', 'exit sell 5'],
    'signal, may short': ['skip ALREADY_SHORT', 'entry sell 2', 'entry sell 7'],
    'fixed, no short': ['skip NO_LONG_POSITION', 'skip NO_LONG_POSITION', 'exit sell 5'],
    'fixed, may short': ['skip ALREADY_SHORT', 'entry sell 3', 'entry sell 8'],
  },
  add: {
    'signal, no short': ['deny SHORT_NOT_ALLOWED', 'skip NO_POSITION', 'entry buy 2'],
    'signal, may short': ['entry sell 2', 'skip NO_POSITION', 'entry buy 2'],
    'fixed, no short': ['deny SHORT_NOT_ALLOWED', 'skip NO_POSITION', 'entry buy 3'],
    'fixed, may short': ['entry sell 3', 'skip NO_POSITION', 'entry buy 3'],
  },
  exit: {
    'signal, no short': ['exit buy 2', 'skip NO_POSITION', 'exit sell 2'],
    'signal, may short': ['exit buy 2', 'skip NO_POSITION', 'exit sell 2'],
    // Fixed means: whatever the signal says. A strategy that enters 3 for a signal's 1 must leave with 3, too.
    'fixed, no short': ['exit buy 3', 'skip NO_POSITION', 'exit sell 3'],
    'fixed, may short': ['exit buy 3', 'skip NO_POSITION', 'exit sell 3'],
  },
  reverse: {
    'signal, no short': ['entry buy 7', 'skip NO_POSITION', 'deny SHORT_NOT_ALLOWED'],
    'signal, may short': ['entry buy 7', 'skip NO_POSITION', 'entry sell 7'],
    'fixed, no short': ['entry buy 8', 'skip NO_POSITION', 'deny SHORT_NOT_ALLOWED'],
    'fixed, may short': ['entry buy 8', 'skip NO_POSITION', 'entry sell 8'],
  },
  flatten: same(['exit buy 5', 'skip NO_POSITION', 'exit sell 5']),
  // The target is 4.
  target: same(['entry buy 9', 'entry buy 4', 'exit sell 1']),
  cancel: same(['skip NO_WORKING_ORDERS', 'skip NO_WORKING_ORDERS', 'skip NO_WORKING_ORDERS']),
};

const CASES = SIGNAL_ACTIONS.flatMap((action) =>
  Object.entries(TABLE[action]).flatMap(([settings, row]) =>
    [SHORT, FLAT, LONG].map(
      (positionQuantity, index) => [action, settings, positionQuantity, row[index]] as const,
    ),
  ),
);

describe('a plan', () => {
  it('is stated for every action, sizing, permission and position', () => {
    expect(CASES).toHaveLength(120);
  });

  it.each(CASES)('%s (%s) at %i: %s', (action, settings, positionQuantity, expected) => {
    const result = plan({
      signal: {
        action,
        quantity: decimal(2),
        ...(action === 'target' ? { targetQuantity: decimal(4) } : {}),
      },
      positionQuantity,
      allowShort: settings.endsWith('may short'),
      sizing: settings.startsWith('fixed') ? FIXED_3 : FROM_SIGNAL,
    });
    expect(described(result)).toBe(expected);
  });

  it.each([
    ['buy', false, 'deny QUANTITY_MISSING', 'deny QUANTITY_MISSING', 'deny QUANTITY_MISSING'],
    ['sell', false, 'skip NO_LONG_POSITION', 'skip NO_LONG_POSITION', 'exit sell 5'],
    ['sell', true, 'deny QUANTITY_MISSING', 'deny QUANTITY_MISSING', 'deny QUANTITY_MISSING'],
    ['long', false, 'deny QUANTITY_MISSING', 'deny QUANTITY_MISSING', 'skip ALREADY_LONG'],
    ['short', true, 'skip ALREADY_SHORT', 'deny QUANTITY_MISSING', 'deny QUANTITY_MISSING'],
    ['short', false, 'skip NO_LONG_POSITION', 'skip NO_LONG_POSITION', 'exit sell 5'],
    ['add', true, 'deny QUANTITY_MISSING', 'skip NO_POSITION', 'deny QUANTITY_MISSING'],
    ['exit', false, 'exit buy 5', 'skip NO_POSITION', 'exit sell 5'],
    ['reverse', true, 'entry buy 10', 'skip NO_POSITION', 'entry sell 10'],
    ['reverse', false, 'entry buy 10', 'skip NO_POSITION', 'deny SHORT_NOT_ALLOWED'],
    ['target', true, 'deny QUANTITY_MISSING', 'deny QUANTITY_MISSING', 'deny QUANTITY_MISSING'],
  ] as const)('%s without a quantity (may short: %s): %s, %s, %s', (action, allowShort, ...expected) => {
    const results = [SHORT, FLAT, LONG].map((positionQuantity) =>
      described(plan({ signal: { action }, positionQuantity, allowShort })),
    );
    expect(results).toEqual(expected);
  });

  it.each([
    ['50', '10', 'exit sell 5'],
    ['50', '-3', 'exit buy 1'],
    ['33', '10', 'exit sell 3'],
    ['100', '7', 'exit sell 7'],
    ['50', '0.01', 'skip QUANTITY_TOO_SMALL'],
    ['50', '0.015', 'exit sell 0.007'],
    ['12.5', '0.08', 'exit sell 0.01'],
    ['50', '1', 'skip QUANTITY_TOO_SMALL'],
    ['0.1', '100', 'skip QUANTITY_TOO_SMALL'],
    ['50', '0', 'skip NO_POSITION'],
  ])('exit of %s %% of %s: %s', (percent, positionQuantity, expected) => {
    const signal = { action: 'exit', positionPercent: decimal(percent) } as const;
    // Whatever the sizing and the account's multiplier: both are in the position already.
    const result = plan({ signal, positionQuantity, sizing: FIXED_3, multiplier: decimal(2) });
    expect(described(result)).toBe(expected);
  });

  // A provider's close and open, 350 ms apart, may change places on the way: nobody may end up on the other side by it.
  it.each([
    ['buy', SHORT, 3],
    ['long', SHORT, 3],
    ['sell', LONG, 3],
    ['short', LONG, 3],
    ['buy', SHORT, 9],
    ['sell', LONG, 9],
    ['buy', FLAT, 3],
    ['sell', FLAT, 3],
  ] as const)(
    '%s at %i of %i, and the close that was meant to come before it, leave no reverse position',
    (open, held, quantity) => {
      const opened = plan({
        signal: { action: open, quantity: decimal(quantity) },
        positionQuantity: held,
        allowShort: true,
      });
      const between = positionAfter(decimal(held), opened.kind === 'orders' ? opened.orders : []);
      const closed = plan({
        signal: { action: 'exit', quantity: decimal(5) },
        positionQuantity: between,
        allowShort: true,
      });
      const left = positionAfter(between, closed.kind === 'orders' ? closed.orders : []);
      const meant = open === 'buy' || open === 'long' ? 1 : -1;
      expect([0, meant]).toContain(sign(left));
    },
  );

  it.each([
    ['exit', 'exit buy 5', 'skip NO_POSITION', 'exit sell 5'],
    ['buy', 'entry buy 9', 'entry buy 9', 'entry buy 9'],
    ['sell', 'skip NO_LONG_POSITION', 'skip NO_LONG_POSITION', 'exit sell 5'],
  ] as const)('%s of more than there is: %s, %s, %s', (action, ...expected) => {
    const results = [SHORT, FLAT, LONG].map((positionQuantity) =>
      described(plan({ signal: { action, quantity: decimal(9) }, positionQuantity })),
    );
    expect(results).toEqual(expected);
  });

  it.each([
    [-4, true, 'exit buy 1', 'entry sell 4', 'entry sell 9'],
    [-4, false, 'exit buy 1', 'deny SHORT_NOT_ALLOWED', 'deny SHORT_NOT_ALLOWED'],
    [0, false, 'exit buy 5', 'skip ALREADY_AT_TARGET', 'exit sell 5'],
    [5, false, 'entry buy 10', 'entry buy 5', 'skip ALREADY_AT_TARGET'],
    [-5, true, 'skip ALREADY_AT_TARGET', 'entry sell 5', 'entry sell 10'],
    [8, false, 'entry buy 13', 'entry buy 8', 'entry buy 3'],
    [-8, true, 'entry sell 3', 'entry sell 8', 'entry sell 13'],
  ] as const)('target %i (may short: %s): %s, %s, %s', (target, allowShort, ...expected) => {
    const results = [SHORT, FLAT, LONG].map((positionQuantity) =>
      described(
        plan({ signal: { action: 'target', targetQuantity: decimal(target) }, positionQuantity, allowShort }),
      ),
    );
    expect(results).toEqual(expected);
  });

  it.each([
    ['buy', { quantity: decimal(2) }, FROM_SIGNAL, 'entry buy 3'],
    ['buy', { quantity: decimal(2) }, FIXED_3, 'entry buy 4.5'],
    ['sell', { quantity: decimal(2) }, FROM_SIGNAL, 'exit sell 3'],
    ['exit', { quantity: decimal(2) }, FROM_SIGNAL, 'exit sell 3'],
    ['exit', {}, FROM_SIGNAL, 'exit sell 5'],
    ['flatten', { quantity: decimal(2) }, FROM_SIGNAL, 'exit sell 5'],
    ['target', { targetQuantity: decimal(4) }, FROM_SIGNAL, 'entry buy 1'],
  ] as const)(
    'the multiplier 1.5 of the account counts for %s %j with %j: %s',
    (action, what, sizing, expected) => {
      const result = plan({
        signal: { action, ...what },
        positionQuantity: LONG,
        sizing,
        multiplier: decimal('1.5'),
      });
      expect(described(result)).toBe(expected);
    },
  );

  it('has orders that are complete before the venue is called (I3)', () => {
    const result = plan({
      signal: { action: 'buy', quantity: decimal(2), timeInForce: 'ioc', price: decimal('21534.25') },
      positionQuantity: FLAT,
    });
    expect(result).toEqual({
      kind: 'orders',
      orders: [
        {
          clientOrderId: expect.stringMatching(/^of[0-9a-z]{30}$/),
          leg: 'entry',
          symbol: 'MNQM5',
          side: 'buy',
          type: 'market',
          quantity: '2',
          timeInForce: 'ioc',
          reduceOnly: false,
          referencePrice: '21534.25',
        },
      ],
    });
  });
});

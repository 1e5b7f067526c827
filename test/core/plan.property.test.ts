import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compare, decimal, sign, smaller, ZERO } from '../../functions/core/decimal.ts';
import { planOrders } from '../../functions/core/plan.ts';
import { SIGNAL_ACTIONS } from '../../functions/core/signal.ts';
import { executionOf, inputOf, type PlanCase, positionAfter } from './plan-case.ts';
import { CANONICAL, positiveDecimal, rational, textOf } from './rational.ts';

const quantity = positiveDecimal(1_000, 4);
const signedQuantity = fc
  .bigInt({ min: -10_000_000n, max: 10_000_000n })
  .map((mantissa) => decimal(textOf(rational(mantissa, 10_000n), 4)));

/** Anything the planner can meet. */
const planCase: fc.Arbitrary<PlanCase> = fc
  .record({
    action: fc.constantFrom(...SIGNAL_ACTIONS),
    quantity: fc.option(quantity, { nil: undefined }),
    targetQuantity: fc.option(signedQuantity, { nil: undefined }),
    positionQuantity: fc.oneof(fc.constant(ZERO), signedQuantity),
    allowShort: fc.boolean(),
    fixed: fc.option(quantity, { nil: undefined }),
    multiplier: fc.oneof(fc.constant(decimal(1)), positiveDecimal(10, 2)),
    key: fc.string(),
  })
  .map(
    ({ action, quantity: asked, targetQuantity, positionQuantity, allowShort, fixed, multiplier, key }) => ({
      signal: {
        action,
        ...(asked === undefined ? {} : { quantity: asked }),
        ...(targetQuantity === undefined ? {} : { targetQuantity }),
      },
      positionQuantity,
      allowShort,
      sizing: fixed === undefined ? { type: 'signal' } : { type: 'fixed', quantity: fixed },
      multiplier,
      executionId: executionOf(key),
    }),
  );

const ordersOf = (input: PlanCase) => {
  const result = planOrders(inputOf(input));
  return result.kind === 'orders' ? result.orders : [];
};

const RUNS = { numRuns: 1_000 };

describe('whatever the signal, the position and the settings', () => {
  it('an exit never turns the position, nor opens one (I8)', () => {
    fc.assert(
      fc.property(planCase, (input) => {
        const before = decimal(input.positionQuantity);
        const orders = ordersOf(input);
        const isExit = input.signal.action === 'exit' || input.signal.action === 'flatten';
        for (const order of orders.filter(({ reduceOnly }) => reduceOnly || isExit)) {
          const after = positionAfter(before, [order]);
          expect([0, sign(before)]).toContain(sign(after));
          expect(sign(before)).not.toBe(0);
          expect(order.reduceOnly).toBe(true);
        }
        if (input.signal.action === 'flatten' && sign(before) !== 0) {
          expect(positionAfter(before, orders)).toBe('0');
        }
      }),
      RUNS,
    );
  });

  it('no short is opened or enlarged where shorting is not allowed (I8)', () => {
    fc.assert(
      fc.property(planCase, (input) => {
        const before = decimal(input.positionQuantity);
        const after = positionAfter(before, ordersOf({ ...input, allowShort: false }));
        expect(compare(after, smaller(before, ZERO))).toBeGreaterThanOrEqual(0);
      }),
      RUNS,
    );
  });

  it('a SELL without a long position is skipped unless shorting is allowed (I8)', () => {
    fc.assert(
      fc.property(planCase, (input) => {
        const sell = { ...input, signal: { ...input.signal, action: 'sell' as const }, allowShort: false };
        const result = planOrders(inputOf(sell));
        const isLong = sign(decimal(input.positionQuantity)) > 0;
        expect(result.kind).toBe(isLong ? 'orders' : 'skip');
      }),
      RUNS,
    );
  });

  it('every order has a positive canonical quantity and an id of its own', () => {
    fc.assert(
      fc.property(planCase, (input) => {
        const orders = ordersOf(input);
        for (const order of orders) {
          expect(order.quantity).toMatch(CANONICAL);
          expect(sign(order.quantity)).toBe(1);
        }
        expect(new Set(orders.map(({ clientOrderId }) => clientOrderId)).size).toBe(orders.length);
      }),
      RUNS,
    );
  });

  it('the same input gives the same orders with the same ids, another execution gives others', () => {
    fc.assert(
      fc.property(planCase, (input) => {
        const first = planOrders(inputOf(input));
        expect(planOrders(structuredClone(inputOf(input)))).toEqual(first);
        const other = ordersOf({ ...input, executionId: executionOf('another') });
        const ids = new Set(ordersOf(input).map(({ clientOrderId }) => clientOrderId));
        expect(other.some(({ clientOrderId }) => ids.has(clientOrderId))).toBe(false);
      }),
      RUNS,
    );
  });

  it('a target is reached, or refused', () => {
    fc.assert(
      fc.property(planCase, signedQuantity, (input, targetQuantity) => {
        const signal = { ...input.signal, action: 'target' as const, targetQuantity };
        const before = decimal(input.positionQuantity);
        const result = planOrders(inputOf({ ...input, signal, multiplier: decimal(1) }));
        if (result.kind === 'orders') {
          expect(positionAfter(before, result.orders)).toBe(targetQuantity);
        } else if (result.kind === 'skip') {
          expect(before).toBe(targetQuantity);
        } else {
          expect(sign(targetQuantity)).toBe(-1);
        }
      }),
      RUNS,
    );
  });
});

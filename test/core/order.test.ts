import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, compare, type Decimal, decimal, sign, ZERO } from '../../functions/core/decimal.ts';
import { OnefillError } from '../../functions/core/errors.ts';
import type { BrokerOrderId, ClientOrderId } from '../../functions/core/ids.ts';
import {
  applyOrderEvent,
  expectedPriceOf,
  isFinal,
  type Order,
  type OrderEvent,
  type OrderIntent,
  type OrderStatus,
  orderFrom,
} from '../../functions/core/order.ts';
import { CANONICAL, over, plus, positiveDecimal, rational, rationalOf, textOf, times } from './rational.ts';

const INTENT: OrderIntent = {
  clientOrderId: 'of-test' as ClientOrderId,
  leg: 'entry',
  symbol: 'MNQM5',
  side: 'buy',
  type: 'market',
  quantity: decimal(10),
  timeInForce: 'day',
  reduceOnly: false,
};

const EVENTS = {
  sent: { kind: 'sent' },
  denied: { kind: 'denied', reason: 'denied' },
  accepted: { kind: 'accepted', brokerOrderId: 'B1' as BrokerOrderId },
  partly: { kind: 'filled', quantity: decimal(4), price: decimal(100) },
  fully: { kind: 'filled', quantity: decimal(10), price: decimal(100) },
  rejected: { kind: 'rejected', reason: 'rejected' },
  lost: { kind: 'lost', reason: 'lost' },
  cancelSent: { kind: 'cancel-sent' },
  cancelRefused: { kind: 'cancel-refused' },
  canceled: { kind: 'canceled' },
  expired: { kind: 'expired' },
} as const satisfies Record<string, OrderEvent>;

type EventName = keyof typeof EVENTS;
const EVENT_NAMES = Object.keys(EVENTS) as EventName[];

const NONE = {};
const ON_THE_WAY = {
  sent: 'SENDING',
  denied: 'DENIED',
  accepted: 'NEW',
  partly: 'PARTIALLY_FILLED',
  fully: 'FILLED',
  rejected: 'REJECTED',
  lost: 'UNKNOWN',
  canceled: 'CANCELED',
  expired: 'EXPIRED',
} as const;

/** Every state with what each event makes of it. What is not written here is refused. */
const TRANSITIONS: Readonly<Record<OrderStatus, Readonly<Partial<Record<EventName, OrderStatus>>>>> = {
  INTENT: { sent: 'SENDING', denied: 'DENIED' },
  SENDING: ON_THE_WAY,
  UNKNOWN: ON_THE_WAY,
  NEW: {
    partly: 'PARTIALLY_FILLED',
    fully: 'FILLED',
    rejected: 'REJECTED',
    cancelSent: 'PENDING_CANCEL',
    canceled: 'CANCELED',
    expired: 'EXPIRED',
  },
  PARTIALLY_FILLED: {
    partly: 'PARTIALLY_FILLED',
    cancelSent: 'PENDING_CANCEL',
    canceled: 'CANCELED',
    expired: 'EXPIRED',
  },
  PENDING_CANCEL: {
    partly: 'PENDING_CANCEL',
    fully: 'FILLED',
    rejected: 'REJECTED',
    cancelSent: 'PENDING_CANCEL',
    cancelRefused: 'NEW',
    canceled: 'CANCELED',
    expired: 'EXPIRED',
  },
  FILLED: NONE,
  DENIED: NONE,
  REJECTED: NONE,
  CANCELED: NONE,
  EXPIRED: NONE,
};

const STATUSES = Object.keys(TRANSITIONS) as OrderStatus[];

/** An order in a state, as it gets there. */
function orderIn(status: OrderStatus): Order {
  const filled = { PARTIALLY_FILLED: decimal(3), FILLED: decimal(10) }[status as string];
  return {
    ...orderFrom(INTENT),
    status,
    ...(filled ? { filledQuantity: filled, averageFillPrice: decimal(90) } : {}),
  };
}

describe('order transitions', () => {
  const cases = STATUSES.flatMap((status) =>
    EVENT_NAMES.map((event) => [status, event, TRANSITIONS[status][event] ?? 'refused'] as const),
  );

  it('are stated for every state and event', () => {
    expect(cases).toHaveLength(121);
  });

  it.each(cases)('%s + %s → %s', (status, event, expected) => {
    const order = Object.freeze(orderIn(status));
    if (expected === 'refused') {
      expect(() => applyOrderEvent(order, EVENTS[event])).toThrow(
        expect.objectContaining({ code: 'ORDER_TRANSITION', disposition: 'reconcile' }),
      );
      return;
    }
    const next = applyOrderEvent(order, EVENTS[event]);
    expect(next.status).toBe(expected);
    // What was decided stays decided.
    expect(next).toMatchObject({ ...INTENT });
  });

  it('keep what the venue said: its id, the reason, the fills', () => {
    const accepted = applyOrderEvent(orderIn('SENDING'), EVENTS.accepted);
    expect(accepted).toMatchObject({ status: 'NEW', brokerOrderId: 'B1', filledQuantity: '0' });
    const partly = applyOrderEvent(accepted, EVENTS.partly);
    expect(partly).toMatchObject({ brokerOrderId: 'B1', filledQuantity: '4', averageFillPrice: '100' });
    expect(applyOrderEvent(partly, EVENTS.canceled)).toMatchObject({
      status: 'CANCELED',
      filledQuantity: '4',
      averageFillPrice: '100',
    });
    expect(applyOrderEvent(orderIn('SENDING'), EVENTS.rejected)).toMatchObject({ reason: 'rejected' });
    expect(applyOrderEvent(orderIn('SENDING'), EVENTS.lost)).toMatchObject({ reason: 'lost' });
  });

  it('of a cancel on its way: it may still fill, and what filled stands when the cancel is refused', () => {
    const asked = applyOrderEvent(orderIn('PARTIALLY_FILLED'), EVENTS.cancelSent);
    expect(asked).toMatchObject({ status: 'PENDING_CANCEL', filledQuantity: '3', averageFillPrice: '90' });
    const filledOnTheWay = applyOrderEvent(asked, EVENTS.partly);
    expect(filledOnTheWay).toMatchObject({ status: 'PENDING_CANCEL', filledQuantity: '7' });
    expect(applyOrderEvent(filledOnTheWay, EVENTS.cancelRefused)).toMatchObject({
      status: 'PARTIALLY_FILLED',
      filledQuantity: '7',
    });
    expect(applyOrderEvent(filledOnTheWay, EVENTS.canceled)).toMatchObject({
      status: 'CANCELED',
      filledQuantity: '7',
    });
    const rest = { kind: 'filled', quantity: decimal(3), price: decimal(100) } as const;
    expect(applyOrderEvent(filledOnTheWay, rest)).toMatchObject({ status: 'FILLED', filledQuantity: '10' });
    expect(() => applyOrderEvent(filledOnTheWay, EVENTS.partly)).toThrow(OnefillError);
    expect(() => applyOrderEvent(filledOnTheWay, EVENTS.rejected)).toThrow(OnefillError);
  });

  it('leave a stop order one, with its price', () => {
    const stop: OrderIntent = { ...INTENT, type: 'stop', stopPrice: decimal('99.5'), reduceOnly: true };
    const working = [EVENTS.sent, EVENTS.accepted, EVENTS.cancelSent, EVENTS.fully].reduce<Order>(
      (order, event) => applyOrderEvent(order, event),
      orderFrom(stop),
    );
    expect(working).toMatchObject({ ...stop, status: 'FILLED', averageFillPrice: '100' });
  });

  it('are final exactly where no event is admitted', () => {
    const finals = STATUSES.filter((status) => isFinal(orderIn(status)));
    expect(finals).toEqual(['FILLED', 'DENIED', 'REJECTED', 'CANCELED', 'EXPIRED']);
  });
});

describe('fills', () => {
  it.each([['11'], ['10.000000000000000001']])('of %s for an order of 10 are refused', (quantity) => {
    const fill = { kind: 'filled', quantity: decimal(quantity), price: decimal(100) } as const;
    expect(() => applyOrderEvent(orderIn('NEW'), fill)).toThrow(OnefillError);
  });

  it.each([['0'], ['-1'], ['-4']])('of %s are refused: they would take back what was filled', (quantity) => {
    const fill = { kind: 'filled', quantity: decimal(quantity), price: decimal(100) } as const;
    for (const status of ['SENDING', 'NEW', 'PARTIALLY_FILLED'] as const) {
      expect(() => applyOrderEvent(orderIn(status), fill)).toThrow(OnefillError);
    }
  });

  it('add up, and their average price is that of what was paid', () => {
    const fills = fc.array(
      fc.record({ quantity: positiveDecimal(1_000, 6), price: positiveDecimal(100_000, 6) }),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(fills, (parts) => {
        const quantity = parts.reduce<Decimal>((total, part) => add(total, part.quantity), ZERO);
        const sending: Order = { ...orderFrom({ ...INTENT, quantity }), status: 'SENDING' };
        const order = parts.reduce<Order>(
          (current, part) => applyOrderEvent(current, { kind: 'filled', ...part }),
          applyOrderEvent(sending, EVENTS.accepted),
        );
        expect(order).toMatchObject({ status: 'FILLED', filledQuantity: quantity });
        const paid = parts.reduce(
          (total, part) => plus(total, times(rationalOf(part.quantity), rationalOf(part.price))),
          rational(0n),
        );
        // Each division rounds at the 18th place; twelve of them leave twelve places that must agree.
        const average = over(paid, rationalOf(quantity));
        const { averageFillPrice = '' } = order;
        expect(Number(textOf(plus(average, times(rational(-1n), rationalOf(averageFillPrice))), 12))).toBe(0);
      }),
    );
  });
});

describe('any sequence of events', () => {
  const event: fc.Arbitrary<OrderEvent> = fc.oneof(
    fc.constantFrom<OrderEvent>(
      EVENTS.sent,
      EVENTS.denied,
      EVENTS.accepted,
      EVENTS.rejected,
      EVENTS.lost,
      EVENTS.cancelSent,
      EVENTS.cancelRefused,
      EVENTS.canceled,
      EVENTS.expired,
    ),
    fc.record({
      kind: fc.constant('filled' as const),
      quantity: positiveDecimal(8, 2),
      price: positiveDecimal(1_000, 2),
    }),
  );

  it('never fills more than was ordered, never unfills, and leaves final states final', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 20 }), (events) => {
        let order = orderFrom(INTENT);
        for (const next of events) {
          const before = order;
          try {
            order = applyOrderEvent(order, next);
          } catch (error) {
            expect(error).toMatchObject({ code: 'ORDER_TRANSITION' });
          }
          if (isFinal(before)) {
            expect(order).toEqual(before);
          }
          expect(compare(order.filledQuantity, before.filledQuantity)).toBeGreaterThanOrEqual(0);
          expect(compare(order.filledQuantity, order.quantity)).toBeLessThanOrEqual(0);
          expect(order.status === 'FILLED').toBe(order.filledQuantity === order.quantity);
          expect(order.averageFillPrice !== undefined).toBe(sign(order.filledQuantity) > 0);
          expect(order.averageFillPrice ?? '0').toMatch(CANONICAL);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('what an order is expected to fill at', () => {
  const [stopPrice, limitPrice, market] = [decimal(99), decimal(101), decimal(200)];

  it.each([
    [{ type: 'market' }, '200'],
    [{ type: 'limit', limitPrice }, '101'],
    [{ type: 'stop', stopPrice }, '99'],
    [{ type: 'stop_limit', stopPrice, limitPrice }, '101'],
    [{ type: 'trailing_stop', trail: { type: 'amount', amount: decimal(1) } }, '200'],
  ] as const)('%j at a market of 200: %s', (pricing, expected) => {
    expect(expectedPriceOf(pricing, market)).toBe(expected);
  });

  it('is not known of a market order without a price', () => {
    expect(expectedPriceOf({ type: 'market' }, undefined)).toBeUndefined();
  });
});

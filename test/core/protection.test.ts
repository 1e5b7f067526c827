import { describe, expect, it } from 'vitest';
import { decimal, ZERO } from '../../functions/core/decimal.ts';
import { clientOrderIdOf } from '../../functions/core/ids.ts';
import {
  isProtective,
  isReached,
  protectiveKindOf,
  protectiveOrders,
  protectiveRevisionOf,
  refuseByPrices,
} from '../../functions/core/protection.ts';
import type { PriceTarget, StopTarget } from '../../functions/core/signal.ts';
import type { Protection } from '../../functions/core/trade.ts';
import { EXECUTION_ID, orderOf } from './order-of.ts';

const price = (value: number): PriceTarget => ({ type: 'price', price: decimal(value) });
const amount = (value: number): PriceTarget => ({ type: 'amount', amount: decimal(value) });
const percent = (value: number): PriceTarget => ({ type: 'percent', percent: decimal(value) });
const trail = (value: number): StopTarget => ({
  type: 'trail',
  trail: { type: 'amount', amount: decimal(value) },
});

/** The orders that protect 3 bought or sold at 200. */
const ordersOf = (protection: Protection, side: 'buy' | 'sell' = 'buy', revision = 1) =>
  protectiveOrders({
    executionId: EXECUTION_ID,
    symbol: 'MNQM5',
    side,
    quantity: decimal(3),
    entryPrice: decimal(200),
    protection,
    revision,
  });

describe('which protective order an order is', () => {
  it.each([
    ['stop-loss', 'stop-loss', 1],
    ['take-profit', 'take-profit', 1],
    ['stop-loss-2', 'stop-loss', 2],
    ['take-profit-12', 'take-profit', 12],
    ['entry', undefined, undefined],
    ['stop-loss-', undefined, undefined],
    ['my-stop-loss', undefined, undefined],
    ['close', undefined, undefined],
  ])('%s', (leg, kind, revision) => {
    const order = orderOf({ leg });
    expect(protectiveKindOf(order)).toBe(kind);
    expect(protectiveRevisionOf(order)).toBe(revision);
    expect(isProtective(order)).toBe(kind !== undefined);
  });
});

describe('protective orders', () => {
  it.each([
    ['buy', 'sell'],
    ['sell', 'buy'],
  ] as const)('of what was entered by a %s %s exactly that, at the venue until cancelled', (entry, side) => {
    expect(ordersOf({ stopLoss: price(195) }, entry)).toEqual([
      {
        clientOrderId: clientOrderIdOf(EXECUTION_ID, 'stop-loss'),
        leg: 'stop-loss',
        symbol: 'MNQM5',
        side,
        type: 'stop',
        stopPrice: '195',
        quantity: '3',
        timeInForce: 'gtc',
        reduceOnly: true,
        status: 'SENDING',
        filledQuantity: ZERO,
      },
    ]);
  });

  it('name each other when there are two of them, the stop-loss first', () => {
    const [stop, profit, ...more] = ordersOf({ takeProfit: percent(10), stopLoss: percent(5) }) ?? [];
    expect(more).toEqual([]);
    expect(stop).toMatchObject({
      leg: 'stop-loss',
      type: 'stop',
      stopPrice: '190',
      oco: profit?.clientOrderId,
    });
    expect(profit).toMatchObject({
      leg: 'take-profit',
      type: 'limit',
      limitPrice: '220',
      oco: stop?.clientOrderId,
    });
  });

  it('have ids of their own each time they are made', () => {
    const [again] = ordersOf({ stopLoss: price(195) }, 'buy', 2) ?? [];
    expect(again).toMatchObject({
      leg: 'stop-loss-2',
      clientOrderId: clientOrderIdOf(EXECUTION_ID, 'stop-loss-2'),
    });
  });

  it.each([
    [{ stopLoss: amount(10) }, 'buy', { stopPrice: '190' }],
    [{ stopLoss: amount(10) }, 'sell', { stopPrice: '210' }],
    [{ stopLoss: percent(2) }, 'buy', { stopPrice: '196' }],
    [{ stopLoss: percent(2) }, 'sell', { stopPrice: '204' }],
    [{ takeProfit: amount(10) }, 'buy', { limitPrice: '210' }],
    [{ takeProfit: amount(10) }, 'sell', { limitPrice: '190' }],
    [{ takeProfit: percent(150) }, 'buy', { limitPrice: '500' }],
    // A stop-loss that was moved since may be in profit.
    [{ stopLoss: price(201) }, 'buy', { stopPrice: '201' }],
    [
      { stopLoss: { type: 'trail', trail: { type: 'percent', percent: decimal(1) } } },
      'buy',
      { type: 'trailing_stop', trail: { type: 'percent', percent: '1' } },
    ],
  ] as const)('%j of an entry to %s goes to %j', (protection, side, expected) => {
    expect(ordersOf(protection, side)).toMatchObject([expected]);
  });

  it.each([
    [{ stopLoss: amount(200) }, 'buy'],
    [{ stopLoss: percent(100) }, 'buy'],
    [{ takeProfit: amount(200) }, 'sell'],
    [{ takeProfit: percent(150), stopLoss: percent(1) }, 'sell'],
  ] as const)('%j of an entry to %s has no price', (protection, side) => {
    expect(ordersOf(protection, side)).toBeUndefined();
  });
});

// The entry is at 200.
describe('an entry', () => {
  it.each([
    [{ stopLoss: price(199) }, 'buy', undefined],
    [{ stopLoss: price(200) }, 'buy', 'ZERO_RISK_DISTANCE'],
    [{ stopLoss: price(201) }, 'buy', 'STOP_LOSS_WRONG_SIDE'],
    [{ stopLoss: price(201) }, 'sell', undefined],
    [{ stopLoss: price(200) }, 'sell', 'ZERO_RISK_DISTANCE'],
    [{ stopLoss: amount(0) }, 'buy', 'ZERO_RISK_DISTANCE'],
    [{ stopLoss: amount(200) }, 'buy', 'STOP_LOSS_WRONG_SIDE'],
    [{ stopLoss: amount(199) }, 'buy', undefined],
    [{ stopLoss: percent(0) }, 'sell', 'ZERO_RISK_DISTANCE'],
    [{ takeProfit: price(201) }, 'buy', undefined],
    [{ takeProfit: price(200) }, 'buy', 'TAKE_PROFIT_WRONG_SIDE'],
    [{ takeProfit: price(199) }, 'buy', 'TAKE_PROFIT_WRONG_SIDE'],
    [{ takeProfit: price(199) }, 'sell', undefined],
    [{ takeProfit: price(201) }, 'sell', 'TAKE_PROFIT_WRONG_SIDE'],
    [{ takeProfit: amount(200) }, 'sell', 'TAKE_PROFIT_WRONG_SIDE'],
    [{ stopLoss: price(190), takeProfit: price(190) }, 'buy', 'TAKE_PROFIT_WRONG_SIDE'],
    [{ stopLoss: trail(199) }, 'buy', undefined],
    [{ stopLoss: trail(200) }, 'buy', 'STOP_LOSS_WRONG_SIDE'],
    [{ stopLoss: trail(500) }, 'sell', undefined],
    [{}, 'buy', undefined],
  ] as const)('with %j to %s is refused by %s', (protection, side, code) => {
    expect(refuseByPrices(protection, side, decimal(200))?.code).toBe(code);
  });

  it.each([
    [{ stopLoss: price(190), takeProfit: price(210) }, 'buy', undefined],
    [{ stopLoss: price(210), takeProfit: price(190) }, 'buy', 'STOP_LOSS_WRONG_SIDE'],
    [{ stopLoss: price(190), takeProfit: price(210) }, 'sell', 'STOP_LOSS_WRONG_SIDE'],
    [{ stopLoss: price(190), takeProfit: price(190) }, 'sell', 'ZERO_RISK_DISTANCE'],
    [{ stopLoss: price(190), takeProfit: amount(190) }, 'sell', 'TAKE_PROFIT_WRONG_SIDE'],
    [{ stopLoss: amount(5), takeProfit: percent(500) }, 'buy', undefined],
  ] as const)('at no known price, with %j to %s, is refused by %s', (protection, side, code) => {
    expect(refuseByPrices(protection, side, undefined)?.code).toBe(code);
  });

  it.each([
    [{ stopLoss: price(197) }, 2, undefined],
    [{ stopLoss: price(199) }, 5, 'ZERO_RISK_DISTANCE'],
    [{ stopLoss: amount(2) }, 5, 'ZERO_RISK_DISTANCE'],
    [{ takeProfit: price(202) }, 5, 'TAKE_PROFIT_WRONG_SIDE'],
    [{ takeProfit: price(203) }, 5, undefined],
  ] as const)('with %j on ticks of %i is refused by %s', (protection, tick, code) => {
    expect(refuseByPrices(protection, 'buy', decimal(200), decimal(tick))?.code).toBe(code);
  });
});

describe('a market', () => {
  const at = (value: number) => ({ entryPrice: decimal(200), price: decimal(value) });

  it.each([
    ['stop-loss', price(195), 'buy', 195, 196],
    ['stop-loss', price(205), 'sell', 205, 204],
    ['stop-loss', amount(0), 'buy', 200, 201],
    ['take-profit', price(210), 'buy', 210, 209],
    ['take-profit', percent(10), 'sell', 180, 181],
  ] as const)(
    'that has reached a %s %j of an entry to %s: %i, not %i',
    (kind, target, side, there, short) => {
      expect(isReached(target, kind, side, at(there))).toBe(true);
      expect(isReached(target, kind, side, at(short))).toBe(false);
    },
  );

  it('never reaches a trail before it is there', () => {
    expect(isReached(trail(1), 'stop-loss', 'buy', at(1))).toBe(false);
  });
});

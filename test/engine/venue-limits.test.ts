import { describe, expect, it } from 'vitest';
import type { BrokerCapabilities } from '../../functions/brokers/broker.ts';
import { CLIENT_ORDER_ID_GUARANTEES } from '../../functions/core/configuration.ts';
import { decimal } from '../../functions/core/decimal.ts';
import type { OrderPricing, TimeInForce } from '../../functions/core/order.ts';
import type { Protection } from '../../functions/core/trade.ts';
import { refuseOrder, refuseProtection, type VenueLimits } from '../../functions/engine/venue-limits.ts';
import { orderOf } from '../core/order-of.ts';
import { CAPABLE } from '../support/capable.ts';

const at = (
  changes: Partial<BrokerCapabilities> = {},
  guarantee: VenueLimits['guarantee'] = 'PERMANENT',
): VenueLimits => ({ guarantee, capabilities: { ...CAPABLE, ...changes } });

const LIMIT: OrderPricing = { type: 'limit', limitPrice: decimal(100) };
const STOP: OrderPricing = { type: 'stop', stopPrice: decimal(100) };
const MARKET: OrderPricing = { type: 'market' };

const order = (pricing: OrderPricing, timeInForce: TimeInForce = 'day') => ({
  ...orderOf({}),
  ...pricing,
  timeInForce,
});

describe('an order', () => {
  it.each(CLIENT_ORDER_ID_GUARANTEES)('at the market is taken by any venue: %s', (guarantee) => {
    expect(refuseOrder(at({ timesInForce: ['gtc'] }, guarantee), order(MARKET))).toBeUndefined();
  });

  it.each([
    [LIMIT, 'day', { orderTypes: ['market'] }, 'ORDER_TYPE_UNSUPPORTED'],
    [LIMIT, 'day', { timesInForce: ['gtc'] }, 'TIME_IN_FORCE_UNSUPPORTED'],
    [MARKET, 'fok', { timesInForce: ['day'] }, 'TIME_IN_FORCE_UNSUPPORTED'],
    [LIMIT, 'gtc', { timesInForce: ['gtc'] }, undefined],
  ] as const)('%j that is %s, where there is %j: %s', (pricing, timeInForce, capabilities, code) => {
    expect(refuseOrder(at(capabilities), order(pricing, timeInForce))?.code).toBe(code);
  });

  it.each([
    [LIMIT, 'day', 'ORDER_TYPE_UNSUPPORTED'],
    [LIMIT, 'gtc', 'ORDER_TYPE_UNSUPPORTED'],
    [STOP, 'ioc', 'ORDER_TYPE_UNSUPPORTED'],
    [LIMIT, 'ioc', undefined],
    [LIMIT, 'fok', undefined],
  ] as const)('%j that is %s, where nobody can be asked about it: %s', (pricing, timeInForce, code) => {
    expect(refuseOrder(at({}, 'NONE'), order(pricing, timeInForce))?.code).toBe(code);
  });
});

describe('protection', () => {
  const stopLoss = { type: 'percent', percent: decimal(1) } as const;
  const trailing = { type: 'trail', trail: { type: 'percent', percent: decimal(1) } } as const;
  const takeProfit = { type: 'price', price: decimal(110) } as const;

  it.each<[Protection, Partial<BrokerCapabilities>, string | undefined]>([
    [{ stopLoss, takeProfit }, {}, undefined],
    [{ stopLoss, takeProfit }, { oco: 'native' }, undefined],
    [{ stopLoss, takeProfit }, { oco: 'none' }, 'PROTECTION_UNSUPPORTED'],
    [{ stopLoss }, { oco: 'none' }, undefined],
    [{ takeProfit }, { oco: 'none' }, undefined],
    [{ stopLoss }, { orderTypes: ['market', 'limit', 'stop_limit'] }, 'PROTECTION_UNSUPPORTED'],
    [{ takeProfit }, { orderTypes: ['market', 'limit', 'stop_limit'] }, undefined],
    [{ stopLoss: trailing }, { orderTypes: ['market', 'stop'] }, 'PROTECTION_UNSUPPORTED'],
    [{ takeProfit }, { orderTypes: ['market', 'stop'] }, 'PROTECTION_UNSUPPORTED'],
  ])('%j where there is %j: %s', (protection, capabilities, code) => {
    expect(refuseProtection(at(capabilities), protection)?.code).toBe(code);
  });

  it('is kept by no venue that cannot be asked about orders', () => {
    expect(refuseProtection(at({}, 'NONE'), { stopLoss })?.code).toBe('PROTECTION_UNSUPPORTED');
  });
});

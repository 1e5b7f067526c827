import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TIMES_IN_FORCE } from '../../functions/core/order.ts';
import { SIGNAL_ACTIONS } from '../../functions/core/signal.ts';
import { ANNOTATIONS } from '../../functions/ingest/dialects/annotations.ts';
import { ONEFILL_FIELDS } from '../../functions/ingest/dialects/onefill.ts';
import { readSignal } from '../../functions/ingest/read-signal.ts';
import { NOW_MS, payloadOf, refusedFields, signalOf } from './signal-case.ts';

const BUY = { symbol: 'MNQM5', action: 'buy' };

describe('Onefill’s own payload', () => {
  it('means what it says', () => {
    const payload = {
      id: 'one',
      symbol: 'MNQM5',
      action: 'buy',
      quantity: '2',
      orderType: 'limit',
      limitPrice: 21_530,
      timeInForce: 'ioc',
      takeProfit: { price: 21_600.5 },
      stopLoss: { percent: '0.75' },
      price: 21_534.25,
      time: '2026-09-15T14:35:01Z',
      secret: 'demo-secret',
    };
    expect(signalOf(payload)).toEqual({
      symbol: 'MNQM5',
      action: 'buy',
      quantity: '2',
      timeInForce: 'ioc',
      pricing: { type: 'limit', limitPrice: '21530' },
      takeProfit: { type: 'price', price: '21600.5' },
      stopLoss: { type: 'percent', percent: '0.75' },
      price: '21534.25',
      sentAtMs: Date.parse('2026-09-15T14:35:01Z'),
    });
  });

  it('needs a symbol and an action only', () => {
    expect(signalOf(BUY)).toEqual({ symbol: 'MNQM5', action: 'buy', timeInForce: 'day' });
  });

  it.each(SIGNAL_ACTIONS)('may ask for %s, in any case', (action) => {
    const target = action === 'target' ? { targetQuantity: -2 } : {};
    expect(signalOf({ ...BUY, action, ...target }).action).toBe(action);
    expect(signalOf({ ...BUY, action: ` ${action.toUpperCase()} `, ...target }).action).toBe(action);
  });

  it.each(TIMES_IN_FORCE)('may be in force %s', (timeInForce) => {
    expect(signalOf({ ...BUY, timeInForce: timeInForce.toUpperCase() }).timeInForce).toBe(timeInForce);
  });

  it.each([
    'MNQM5',
    'MNQ1!',
    'BRK.B',
    'BTC/USD',
    'NASDAQ:AAPL',
    'BTC-PERP',
    'A',
    '6EZ6',
    'X'.repeat(40),
    'constructor',
  ])('may name the symbol %s', (symbol) => {
    expect(signalOf({ ...BUY, symbol: ` ${symbol} ` }).symbol).toBe(symbol);
  });

  it('has a signed target with the action target', () => {
    const target = { ...BUY, action: 'target' };
    expect(signalOf({ ...target, targetQuantity: '-2.5' }).targetQuantity).toBe('-2.5');
    expect(signalOf({ ...target, targetQuantity: 0 }).targetQuantity).toBe('0');
    expect(refusedFields(target)).toEqual(['targetQuantity']);
    expect(refusedFields({ ...target, targetQuantity: 'NaN' })).toEqual(['targetQuantity']);
    expect(refusedFields({ ...BUY, targetQuantity: 1 })).toEqual(['targetQuantity']);
  });

  it.each([
    [['symbol'], { action: 'buy' }],
    [['action'], { symbol: 'A' }],
    [['symbol', 'action'], {}],
    [['symbol'], { ...BUY, symbol: '' }],
    [['symbol'], { ...BUY, symbol: null }],
    [['symbol'], { ...BUY, symbol: 5 }],
    [['symbol'], { ...BUY, symbol: ['A'] }],
    [['symbol'], { ...BUY, symbol: { toString: 'A' } }],
    [['symbol'], { ...BUY, symbol: 'A B' }],
    [['symbol'], { ...BUY, symbol: '-A' }],
    [['symbol'], { ...BUY, symbol: 'Ä' }],
    [['symbol'], { ...BUY, symbol: 'MNQ\u202eM5' }],
    [['symbol'], { ...BUY, symbol: 'МNQM5' }],
    [['symbol'], { ...BUY, symbol: 'A\u0000' }],
    [['symbol'], { ...BUY, symbol: 'A\nB' }],
    [['symbol'], { ...BUY, symbol: 'X'.repeat(41) }],
    [['symbol'], { ...BUY, symbol: '{{ticker}}' }],
    [['symbol'], { ...BUY, symbol: '__proto__' }],
    [['symbol'], { ...BUY, symbol: "A';DROP TABLE" }],
    [['action'], { ...BUY, action: '' }],
    [['action'], { ...BUY, action: 'hold' }],
    [['action'], { ...BUY, action: 'buyy' }],
    [['action'], { ...BUY, action: 'hold' }],
    [['action'], { ...BUY, action: 1 }],
    [['action'], { ...BUY, action: ['buy'] }],
    [['action'], { ...BUY, action: true }],
    [['action'], { ...BUY, action: '{{strategy.order.action}}' }],
    [['action'], { ...BUY, action: 'bu\u0443' }],
    [['orderType'], { ...BUY, orderType: 1 }],
    [['limitPrice', 'takeProfit', 'stopLoss'], { ...BUY, limitPrice: 1, takeProfit: [], stopLoss: 1 }],
    [['symbol', 'stopLoss.price'], { action: 'buy', stopLoss: { price: 'x' } }],
    [['action', 'stopLoss.percent'], { symbol: 'A', stopLoss: { percent: 101 } }],
    [['timeInForce'], { ...BUY, timeInForce: 'opg' }],
    [['timeInForce'], { ...BUY, timeInForce: 0 }],
    [['stopLos'], { ...BUY, stopLos: 5 }],
    [['Quantity'], { ...BUY, Quantity: 5 }],
    [['accountId'], { ...BUY, accountId: 'paper-1' }],
    [['strategyId'], { ...BUY, strategyId: 'other' }],
    [['stop_loss'], { ...BUY, stop_loss: 5 }],
    [['hasOwnProperty'], { ...BUY, hasOwnProperty: 1 }],
    [['quantity', 'price', 'time'], { ...BUY, quantity: -1, price: 'x', time: 'y' }],
  ])('is refused by the names %j: %j', (fields, payload) => {
    expect(new Set(refusedFields(payload))).toEqual(new Set(fields));
  });

  it.each(ANNOTATIONS)('may carry the annotation %s, which changes nothing', (field) => {
    expect(signalOf({ ...BUY, [field]: 'sl 100' })).toEqual(signalOf(BUY));
  });

  it('cannot make the refusal grow with what it sends', () => {
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`field${index}`, index]));
    const long = { ['x'.repeat(60_000)]: 1, '\ud800\u0000\u202e': 2 };
    const nested = { stopLoss: { ...many, ...long } };
    for (const payload of [many, long, { ...many, ...long }, nested, { ...long, ...nested }]) {
      const refused = readSignal(payloadOf({ ...BUY, ...payload }), NOW_MS);
      expect(refused.ok).toBe(false);
      // The receipt keeps it, and an item of the ledger has at most 400 KB.
      expect(JSON.stringify(refused).length).toBeLessThan(10_000);
      expect(JSON.stringify(refused)).toMatch(/^[\x20-\x7e…]*$/);
    }
  });

  it('of any shape is a signal of the contract, or refused', () => {
    const known = fc.constantFrom(...ONEFILL_FIELDS);
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom<unknown>(
        'A',
        'buy',
        'target',
        'market',
        'day',
        1,
        '2.5',
        NOW_MS,
        '2026-09-15T14:35:01Z',
      ),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.oneof(known, fc.string()), value), (extra) => {
        const payload = { ...BUY, ...extra };
        fc.pre(
          !['__proto__', 'constructor', 'prototype', 'ticker'].some((key) => Object.hasOwn(payload, key)),
        );
        const text = JSON.stringify(payload);
        fc.pre(!/"(__proto__|constructor|prototype)":/.test(text));
        const result = readSignal(payloadOf(text), NOW_MS);
        if (result.ok) {
          const fields: readonly string[] = [...ONEFILL_FIELDS, ...ANNOTATIONS];
          expect(Object.keys(payload).every((key) => fields.includes(key))).toBe(true);
          expect(SIGNAL_ACTIONS).toContain(result.value.action);
          expect(result.value.action === 'target').toBe(result.value.targetQuantity !== undefined);
        } else {
          expect(result.refusal.details?.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

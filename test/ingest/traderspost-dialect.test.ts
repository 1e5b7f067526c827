import { describe, expect, it } from 'vitest';
import { DIALECTS, type Dialect } from '../../functions/core/signal.ts';
import { ANNOTATIONS } from '../../functions/ingest/dialects/annotations.ts';
import { NOW_MS, refusedFields, saidOf, signalOf } from './signal-case.ts';

const BUY = { ticker: 'AMD', action: 'buy', quantity: 10 };
const read = (payload: object) => signalOf(payload, NOW_MS, 'traderspost');
const refused = (payload: object) => refusedFields(payload, NOW_MS, 'traderspost');

describe('a signal for TradersPost', () => {
  it.each([
    ['buy', undefined, 'long'],
    ['buy', 'bullish', 'long'],
    ['buy', 'long', 'long'],
    ['sell', undefined, 'short'],
    ['sell', 'bearish', 'short'],
    ['sell', 'short', 'short'],
    // What is left is meant to be none, or the same but smaller.
    ['buy', 'flat', 'exit'],
    ['sell', 'flat', 'exit'],
    ['buy', 'bearish', 'exit'],
    ['sell', 'bullish', 'exit'],
    ['exit', undefined, 'exit'],
    ['exit', 'flat', 'exit'],
    ['cancel', undefined, 'cancel'],
    ['add', 'bullish', 'add'],
    ['BUY', 'Bullish', 'long'],
  ])('%s with the sentiment %s means %s', (action, sentiment, expected) => {
    expect(read({ ...BUY, action, sentiment }).action).toBe(expected);
  });

  it.each([
    [{ stopLoss: { percent: 5 } }, { stopLoss: { type: 'percent', percent: '5' } }],
    [{ stopLoss: { type: 'stop', amount: '2.5' } }, { stopLoss: { type: 'amount', amount: '2.5' } }],
    [{ stopLoss: { type: 'stop', stopPrice: 90 } }, { stopLoss: { type: 'price', price: '90' } }],
    [{ stopLoss: { type: 'STOP', percent: 5 } }, { stopLoss: { type: 'percent', percent: '5' } }],
    [
      { stopLoss: { type: 'trailing_stop', trailAmount: 10 } },
      { stopLoss: { type: 'trail', trail: { type: 'amount', amount: '10' } } },
    ],
    [
      { stopLoss: { trailPercent: '5' } },
      { stopLoss: { type: 'trail', trail: { type: 'percent', percent: '5' } } },
    ],
    [{ takeProfit: { limitPrice: 150 } }, { takeProfit: { type: 'price', price: '150' } }],
    [{ takeProfit: { percent: 150 } }, { takeProfit: { type: 'percent', percent: '150' } }],
    [{ takeProfit: { amount: '2.5' } }, { takeProfit: { type: 'amount', amount: '2.5' } }],
    [{ takeProfit: false, stopLoss: false }, {}],
    [{ takeProfit: null, stopLoss: '' }, {}],
    [{ orderType: 'limit', limitPrice: 143.12 }, { pricing: { type: 'limit', limitPrice: '143.12' } }],
    [{ orderType: 'STOP', stopPrice: '150' }, { pricing: { type: 'stop', stopPrice: '150' } }],
    [
      { orderType: 'stop_limit', stopPrice: 150, limitPrice: 151 },
      { pricing: { type: 'stop_limit', stopPrice: '150', limitPrice: '151' } },
    ],
    [
      { orderType: 'trailing_stop', trailPercent: 5 },
      { pricing: { type: 'trailing_stop', trail: { type: 'percent', percent: '5' } } },
    ],
    [{ orderType: 'market', quantityType: 'fixed_quantity' }, {}],
    [{ cancel: true }, {}],
    [{ cancel: false, test: false, extendedHours: false, takeProfit: null }, {}],
    [{ signalPrice: 143.2, price: 1 }, { price: '143.2' }],
    [{ price: '143.2' }, { price: '143.2' }],
    [{ timeInForce: 'gtc' }, { timeInForce: 'gtc' }],
    [{ time: '2026-09-15T14:35:01Z' }, { sentAtMs: Date.parse('2026-09-15T14:35:01Z') }],
  ])('with %j has %j', (changes, expected) => {
    expect(read({ ...BUY, ...changes })).toEqual({
      ...{ symbol: 'AMD', action: 'long', quantity: '10', timeInForce: 'day' },
      ...expected,
    });
  });

  it('may exit at a price', () => {
    const exit = { ticker: 'AMD', action: 'exit', orderType: 'limit', limitPrice: 150 };
    const expected = { symbol: 'AMD', action: 'exit', timeInForce: 'day' };
    const pricing = { type: 'limit', limitPrice: '150' };
    expect(read(exit)).toEqual({ ...expected, pricing });
    expect(read({ ...exit, action: 'sell', sentiment: 'flat' })).toEqual({ ...expected, pricing });
  });

  it.each([
    { quantityType: 'percent_of_equity', quantity: 10 },
    { quantityType: 'risk_dollar_amount', quantity: 500 },
    { quantityType: 'dollar_amount' },
  ])('that leaves no position closes all of it, however its message sizes entries: %j', (sized) => {
    const exit = { ticker: 'AMD', action: 'sell', sentiment: 'flat', ...sized };
    const protection = { takeProfit: { percent: 10 }, stopLoss: { type: 'stop', percent: 5 } };
    expect(read({ ...exit, ...protection })).toEqual({ symbol: 'AMD', action: 'exit', timeInForce: 'day' });
  });

  it('may close a part of the position, in percent', () => {
    const half = { quantityType: 'percent_of_position', quantity: '50' };
    const expected = { symbol: 'AMD', action: 'exit', positionPercent: '50', timeInForce: 'day' };
    expect(read({ ...BUY, ...half, action: 'exit' })).toEqual(expected);
    expect(read({ ...BUY, ...half, action: 'sell', sentiment: 'bullish' })).toEqual(expected);
  });

  it.each([
    ['dollar_amount', 'buy', { type: 'cash', amount: '2500.5' }],
    ['risk_dollar_amount', 'sell', { type: 'riskAmount', amount: '2500.5' }],
    ['percent_of_equity', 'add', { type: 'percentOfEquity', percent: '2500.5' }],
    ['Dollar_Amount', 'buy', { type: 'cash', amount: '2500.5' }],
  ])('may want a quantity by %s with %s', (quantityType, action, sizing) => {
    const signal = read({ ...BUY, quantityType, action, quantity: '2500.50' });
    expect(signal).toEqual({ symbol: 'AMD', action: expect.any(String), sizing, timeInForce: 'day' });
  });

  it.each(['dollar_amount', 'risk_dollar_amount', 'percent_of_equity'])(
    'that wants %s has to say how much, and to be an entry',
    (quantityType) => {
      for (const quantity of [undefined, null, '', 0, -5, 'half']) {
        expect(refused({ ...BUY, quantityType, quantity }), String(quantity)).toEqual(['quantity']);
      }
      for (const changes of [{ action: 'exit' }, { action: 'cancel' }, { sentiment: 'bearish' }]) {
        expect(refused({ ...BUY, quantityType, ...changes })).toEqual(['quantityType']);
      }
    },
  );

  it.each([
    ['ticker', { ticker: undefined }],
    ['action', { action: 'close' }],
    ['sentiment', { sentiment: 'sideways' }],
    ['orderType', { orderType: 'bracket' }],
    ['orderType', { action: 'cancel', orderType: 'limit', limitPrice: 143.12 }],
    ['limitPrice', { orderType: 'limit' }],
    ['limitPrice', { orderType: 'limit', price: 143.12 }],
    ['limitPrice', { limitPrice: 143.12 }],
    ['limitPrice', { orderType: 'market', limitPrice: 143.12 }],
    ['stopPrice', { stopPrice: 150 }],
    ['trailAmount', { trailAmount: 1 }],
    ['trailPercent', { trailPercent: 1 }],
    ['trailAmount', { orderType: 'trailing_stop', trailAmount: 1, trailPercent: 1 }],
    ['takeProfit', { takeProfit: { percent: 10, limitPrice: 150 } }],
    ['takeProfit', { takeProfit: { limitPrice: 140 }, price: 143 }],
    ['takeProfit', { action: 'sell', takeProfit: { percent: 100 } }],
    ['takeProfit', { action: 'exit', takeProfit: { percent: 10 } }],
    ['takeProfit', { takeProfit: 150 }],
    ['takeProfit.price', { takeProfit: { price: 150, limitPrice: 150 } }],
    ['takeProfit.type', { takeProfit: { type: 'limit', limitPrice: 150 } }],
    ['quantityType', { quantityType: 'percent_of_position' }],
    ['quantityType', { quantityType: 'percent_of_position', action: 'add' }],
    ['quantity', { quantityType: 'percent_of_position', action: 'exit', quantity: undefined }],
    ['quantity', { quantityType: 'percent_of_position', action: 'exit', quantity: 100.5 }],
    ['quantityType', { quantityType: 'percent_of_cash' }],
    ['quantity', { quantity: 0 }],
    ['extendedHours', { extendedHours: true }],
    ['test', { test: true }],
    ['cancel', { cancel: 'yes' }],
    ['timeInForce', { timeInForce: 'opg' }],
    ['stopLoss', { stopLoss: { percent: 5, stopPrice: 90 } }],
    ['stopLoss', { stopLoss: { stopPrice: 150 }, price: 143 }],
    ['stopLoss', { action: 'exit', stopLoss: { percent: 5 } }],
    ['stopLoss.percent', { stopLoss: { percent: 100 } }],
    ['stopLoss', { stopLoss: { trailAmount: 1, trailPercent: 1 } }],
    ['stopLoss', { stopLoss: { type: 'trailing_stop', trailAmount: 1, percent: 5 } }],
    ['stopLoss', { stopLoss: { type: 'trailing_stop' } }],
    ['stopLoss', { stopLoss: { stopPrice: 90 }, orderType: 'limit', limitPrice: 85, price: 100 }],
    ['stopLoss.type', { stopLoss: { type: 'stop_limit', stopPrice: 90 } }],
    ['stopLoss.type', { stopLoss: { type: 'stop', trailAmount: 1 } }],
    ['stopLoss.type', { stopLoss: { type: 'trailing_stop', percent: 5 } }],
    ['stopLoss.pnlAmount', { stopLoss: { percent: 5, pnlAmount: 100 } }],
    ['stopLoss.limitPrice', { stopLoss: { stopPrice: 90, limitPrice: 89 } }],
    ['stopLos', { stopLos: { percent: 5 } }],
  ])('is refused by the name %s: %j', (field, changes) => {
    expect(refused({ ...BUY, ...changes })).toEqual([field]);
  });

  it('never has a stop-loss that may be left behind by the market', () => {
    const stopLoss = { type: 'stop_limit', stopPrice: 90, limitPrice: 89 };
    expect(saidOf({ ...BUY, stopLoss }, 'traderspost')).toEqual([
      'stopLoss.limitPrice: is not known here; there is stopPrice, percent, amount, trailAmount, trailPercent',
      'stopLoss.type: must be one of stop, trailing_stop',
    ]);
  });

  it.each(ANNOTATIONS)('may carry %s, which changes nothing', (field) => {
    expect(read({ ...BUY, [field]: 'x' })).toEqual(read(BUY));
  });
});

describe('a webhook that names its dialect', () => {
  const PAYLOADS: Readonly<Record<Dialect, object>> = {
    onefill: { symbol: 'A', action: 'buy' },
    tradingview: { ticker: 'A', action: 'buy' },
    traderspost: { ticker: 'A', action: 'buy' },
    openalgo: { symbol: 'A', action: 'BUY', pricetype: 'MARKET' },
    '3commas': { tv_instrument: 'A', action: 'buy' },
  };

  it.each(DIALECTS)('reads %s', (dialect) => {
    const action = dialect === 'traderspost' ? 'long' : 'buy';
    expect(signalOf(PAYLOADS[dialect], NOW_MS, dialect)).toEqual({ symbol: 'A', action, timeInForce: 'day' });
  });

  it.each([
    ['onefill', 'tradingview'],
    ['tradingview', 'onefill'],
    ['openalgo', '3commas'],
    ['3commas', 'openalgo'],
    ['traderspost', 'onefill'],
  ] as const)('does not read as %s what is %s', (dialect, other) => {
    expect(refusedFields(PAYLOADS[other], NOW_MS, dialect)).not.toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { ANNOTATIONS } from '../../functions/ingest/dialects/annotations.ts';
import { checkAge } from '../../functions/ingest/read-signal.ts';
import { NOW_MS, refusedFields, signalOf } from './signal-case.ts';

const BUY = { tv_instrument: 'BTCUSDT', action: 'buy', bot_uuid: '11111111-2222-4333-8444-555555555555' };
const MINUTE_AGO = new Date(NOW_MS - 60_000).toISOString();

describe('a signal for a 3Commas bot', () => {
  it.each([
    [{}, { action: 'buy' }],
    [{ action: 'SELL' }, { action: 'sell' }],
    [{ strategy_info: { market_position: 'long' } }, { action: 'buy' }],
    [{ action: 'sell', strategy_info: { market_position: 'short' } }, { action: 'sell' }],
    [{ action: 'sell', strategy_info: { market_position: 'flat' } }, { action: 'exit' }],
    [
      { action: 'buy', strategy_info: { market_position: 'flat', prev_market_position: 'short' } },
      { action: 'exit', previousPosition: 'short' },
    ],
    [{ order: { amount: '0.01', currency_type: 'base' } }, { action: 'buy', quantity: '0.01' }],
    [{ order: { amount: 2 } }, { action: 'buy', quantity: '2' }],
    [{ trigger_price: '67432.50' }, { action: 'buy', price: '67432.5' }],
    [{ bot_uuid: undefined }, { action: 'buy' }],
    [{ action: 'sell', strategy_info: { market_position: 'long' } }, { action: 'exit' }],
    [{ action: 'buy', strategy_info: { market_position: 'short' } }, { action: 'exit' }],
    [
      { max_lag: '300', timestamp: MINUTE_AGO },
      { action: 'buy', maxLagSeconds: 300, sentAtMs: NOW_MS - 60_000 },
    ],
  ])('with %j is %j', (changes, expected) => {
    expect(signalOf({ ...BUY, ...changes })).toEqual({ symbol: 'BTCUSDT', timeInForce: 'day', ...expected });
  });

  it.each([
    ['tv_instrument', { tv_instrument: undefined }],
    ['action', { action: undefined }],
    ['action', { action: 'enter_long' }],
    ['strategy_info', { strategy_info: 'long' }],
    ['strategy_info.market_position', { strategy_info: { market_position: 'sideways' } }],
    ['order', { order: '0.01' }],
    ['order.amount', { order: { amount: '-1', currency_type: 'base' } }],
    ['order.currency_type', { order: { amount: '100', currency_type: 'quote' } }],
    ['order.currency_type', { order: { amount: '10', currency_type: 'margin_percent' } }],
    ['order.order_type', { order: { amount: '1', order_type: 'limit' } }],
    ['timestamp', { max_lag: '300' }],
    ['timestamp', { max_lag: '300', timestamp: '' }],
    ['max_lag', { max_lag: '0' }],
    ['max_lag', { max_lag: '1.5', timestamp: MINUTE_AGO }],
    ['max_lag', { max_lag: 'soon', timestamp: MINUTE_AGO }],
    ['max_lag', { max_lag: 86_401, timestamp: MINUTE_AGO }],
    ['timestamp', { timestamp: 'yesterday' }],
    ['timestamp', { timestamp: new Date(NOW_MS + 600_000).toISOString() }],
    ['trigger_price', { trigger_price: '0' }],
    ['stopLoss', { stopLoss: { percent: 5 } }],
    ['ticker', { ticker: 'BTCUSDT' }],
  ])('is refused by the name %s: %j', (field, changes) => {
    expect(refusedFields({ ...BUY, ...changes })).toEqual([field]);
  });

  it.each(['tv_exchange', ...ANNOTATIONS])('may carry %s, which changes nothing', (field) => {
    expect(signalOf({ ...BUY, [field]: 'BINANCE' })).toEqual(signalOf(BUY));
  });

  it.each([
    ['30', 60, 'The signal is 60 s old; the signal itself allows 30 s.'],
    ['60', 300, undefined],
    ['300', 30, 'The signal is 60 s old; this webhook allows 30 s.'],
    [undefined, 300, undefined],
  ])('with a max_lag of %s is held to that and to the %i s of its webhook', (max_lag, allowed, message) => {
    const signal = signalOf({ ...BUY, timestamp: MINUTE_AGO, max_lag });
    expect(checkAge(signal, allowed, NOW_MS)?.message).toBe(message);
  });
});

import { describe, expect, it } from 'vitest';
import { NOW_MS, refusedFields, saidOf, signalOf } from './signal-case.ts';

const BUY = { ticker: 'MNQ1!', action: 'buy' };
const at = (text: string): number => Date.parse(text);

describe('a TradingView alert', () => {
  it.each([
    ['buy', 'long', 'buy'],
    ['sell', 'short', 'sell'],
    ['sell', 'flat', 'exit'],
    ['buy', 'flat', 'exit'],
    // What is left is smaller: before the order that opened it, it must not open the opposite.
    ['sell', 'long', 'exit'],
    ['buy', 'short', 'exit'],
    ['BUY', 'LONG', 'buy'],
    ['Sell', ' Flat ', 'exit'],
  ])('%s that leaves the strategy %s means %s', (side, position, expected) => {
    for (const name of ['marketPosition', 'market_position', 'sentiment']) {
      expect(signalOf({ ...BUY, action: side, [name]: position }).action).toBe(expected);
    }
  });

  it.each([
    ['quantity', 'contracts', 'quantity'],
    ['price', 'close', 'price'],
  ])('has its %s also as %s', (name, alias, field) => {
    expect(signalOf({ ...BUY, [name]: '2' })).toMatchObject({ [field]: '2' });
    expect(signalOf({ ...BUY, [alias]: '2' })).toMatchObject({ [field]: '2' });
    expect(signalOf({ ...BUY, [name]: '2', [alias]: '3' })).toMatchObject({ [field]: '2' });
  });

  it('may carry what its author likes to read', () => {
    const notes = {
      marketPositionSize: '1',
      comment: 'EMA cross',
      orderId: 'Long',
      plot_0: '1.5',
      exchange: 'CME_MINI',
      alert_message: 'x',
    };
    expect(signalOf({ ...BUY, ...notes })).toEqual(signalOf(BUY));
  });

  it.each([
    [{ prev_market_position: 'flat' }, 'flat'],
    [{ prevMarketPosition: ' Long ' }, 'long'],
    [{ prevMarketPositionSize: '0' }, 'flat'],
    [{ prev_market_position_size: 0 }, 'flat'],
    [{ prev_market_position: 'short', prev_market_position_size: '2' }, 'short'],
    [
      { prev_market_position: '{{strategy.prev_market_position}}', prev_market_position_size: '2' },
      undefined,
    ],
    [{ prev_market_position: 7 }, undefined],
  ])('says with %j that it was %s before', (before, expected) => {
    expect(signalOf({ ...BUY, ...before }).previousPosition).toBe(expected);
  });

  it.each(['ioc', 'IOC', 'gtc', 'day', 'fok'])('may be in force %s', (timeInForce) => {
    expect(signalOf({ ...BUY, timeInForce }).timeInForce).toBe(timeInForce.toLowerCase());
    expect(signalOf({ ...BUY, time_in_force: timeInForce }).timeInForce).toBe(timeInForce.toLowerCase());
  });

  it('is refused when its placeholders came without values', () => {
    expect(
      new Set(
        refusedFields({
          ticker: '{{ticker}}',
          action: '{{strategy.order.action}}',
          contracts: '{{strategy.order.contracts}}',
          close: 'NaN',
          timenow: '{{timenow}}',
          marketPosition: '{{strategy.market_position}}',
        }),
      ),
    ).toEqual(new Set(['ticker', 'action', 'contracts', 'close', 'timenow', 'marketPosition']));
  });

  it.each([
    ['action', { action: 'exit' }],
    ['action', { action: 'cancel' }],
    ['action', { action: 'add' }],
    ['action', { action: 'close' }],
    ['action', { action: '' }],
    ['action', { action: null }],
    ['ticker', { ticker: '' }],
    ['ticker', { ticker: null }],
    ['ticker', { ticker: 5 }],
    ['ticker', { ticker: ['A'] }],
    ['sentiment', { sentiment: 'bullish' }],
    ['sentiment', { sentiment: 1 }],
    ['market_position', { market_position: 'sideways' }],
    ['quantity', { quantity: '-1' }],
    ['quantity', { quantity: '50%' }],
    ['orderType', { orderType: 'bracket' }],
    ['limitPrice', { orderType: 'limit' }],
    ['limitPrice', { orderType: 'limit', price: 100 }],
    ['limitPrice', { limitPrice: 100 }],
    ['stopPrice', { stopPrice: 100 }],
    ['trailAmount', { trailAmount: 10 }],
    ['stopLoss', { stopLoss: '5' }],
    ['takeProfit', { takeProfit: { price: 90 }, price: 100 }],
    ['timeInForce', { timeInForce: 'opg' }],
    ['timeInForce', { timeInForce: 'cls' }],
  ])('is refused by the name %s: %j', (field, changes) => {
    expect(refusedFields({ ...BUY, ...changes })).toEqual([field]);
  });

  // An order without the protection, the price or the restraint that was asked for is another order.
  it.each([
    ['order_type', 'market'],
    ['OrderType', 'limit'],
    ['stop_loss', '5'],
    ['stop-loss', { percent: 5 }],
    ['stopLossPercent', 5],
    ['stop', '100'],
    ['StopLoss', 1],
    ['stopLossPrice', '100'],
    ['sl', '100'],
    ['sl_percent', 1],
    ['trailing_stop', 5],
    ['take_profit', '5'],
    ['take-profit', '5'],
    ['tp', '120'],
    ['TP1', '120'],
    ['takeProfits', [120, 130]],
    ['limit', '100'],
    ['limit_price', '100'],
    ['stop_price', 100],
    ['trail_amount', 10],
    ['trail_percent', 1],
    ['trailPrice', 1],
    ['target', '120'],
    ['target_price', '120'],
    ['targetQuantity', 5],
    ['profit_target', '120'],
    ['reduceOnly', true],
    ['marketposition', 'flat'],
    ['Market Position', 'flat'],
    ['Sentiment', 'flat'],
    ['Contracts', 3],
    ['QTY', 3],
    ['time-in-force', 'ioc'],
    ['reduce_only', 'true'],
    ['closePosition', true],
    ['quantityType', 'percent_of_position'],
    ['quantity_type', 'dollar_amount'],
    ['cancel', true],
    ['extendedHours', true],
    ['test', true],
  ])('is never traded without what it asks for by %s', (field, value) => {
    expect(refusedFields({ ...BUY, quantity: 1, [field]: value })).toEqual([field]);
  });

  it.each(['sl', 'stop_loss', 'tp', 'order_type', 'limit_price'])(
    'tells what there is instead of %s',
    (field) => {
      const known = 'orderType, limitPrice, stopPrice, trailAmount, trailPercent, takeProfit, stopLoss';
      expect(saidOf({ ...BUY, [field]: 1 })).toEqual([
        `${field}: is not known here, and not ignored; there is ${known}`,
      ]);
    },
  );

  it('may ask for protection and another order type as Onefill’s own payload does', () => {
    const asked = {
      orderType: 'stop_limit',
      stopPrice: 100,
      limitPrice: '101',
      takeProfit: { percent: 5 },
      stopLoss: { trailAmount: 2 },
    };
    const { symbol, ...expected } = signalOf({ symbol: 'A', action: 'buy', ...asked });
    expect(signalOf({ ...BUY, ...asked })).toEqual({ symbol: 'MNQ1!', ...expected });
    expect(expected).toEqual({
      action: 'buy',
      timeInForce: 'day',
      pricing: { type: 'stop_limit', stopPrice: '100', limitPrice: '101' },
      takeProfit: { type: 'percent', percent: '5' },
      stopLoss: { type: 'trail', trail: { type: 'amount', amount: '2' } },
    });
  });

  it('that closes is not refused for the protection that its message has for entries', () => {
    const exit = { ...BUY, action: 'sell', price: 100, stopLoss: { price: 99 }, takeProfit: { percent: 5 } };
    for (const marketPosition of ['flat', 'long']) {
      expect(signalOf({ ...exit, marketPosition })).toEqual({
        symbol: 'MNQ1!',
        action: 'exit',
        timeInForce: 'day',
        price: '100',
      });
    }
  });

  it('may leave its position at a price', () => {
    const exit = { ...BUY, action: 'sell', marketPosition: 'flat', orderType: 'limit', limitPrice: 101 };
    expect(signalOf(exit)).toEqual({
      symbol: 'MNQ1!',
      action: 'exit',
      timeInForce: 'day',
      pricing: { type: 'limit', limitPrice: '101' },
    });
  });

  it.each(['cancel', 'test', 'extendedHours', 'stopLoss', 'takeProfit', 'sl'])(
    'may say that it does not ask for %s',
    (field) => {
      expect(signalOf({ ...BUY, [field]: false })).toEqual(signalOf(BUY));
      expect(signalOf({ ...BUY, [field]: null })).toEqual(signalOf(BUY));
      expect(signalOf({ ...BUY, [field]: '' })).toEqual(signalOf(BUY));
    },
  );
});

describe('the age of a TradingView alert', () => {
  it('is told by timenow, when the alert fired', () => {
    const alert = { ...BUY, timenow: '2026-09-15T14:35:01Z', time: '2026-09-15T14:30:00Z', interval: '5' };
    expect(signalOf(alert).sentAtMs).toBe(at('2026-09-15T14:35:01Z'));
  });

  it('is not known without either', () => {
    expect(signalOf({ ...BUY, interval: '5' })).not.toHaveProperty('sentAtMs');
  });

  it.each([
    ['"5"', '2026-09-15T14:30:00Z', '2026-09-15T14:35:00Z'],
    ['5', '2026-09-15T14:30:00Z', '2026-09-15T14:35:00Z'],
    ['"30S"', '2026-09-15T14:34:00Z', '2026-09-15T14:34:30Z'],
    ['"60"', '2026-09-15T13:00:00Z', '2026-09-15T14:00:00Z'],
    ['"D"', '2026-09-14T00:00:00Z', '2026-09-15T00:00:00Z'],
    ['"1D"', '2026-09-14T00:00:00Z', '2026-09-15T00:00:00Z'],
    ['"W"', '2026-09-01T00:00:00Z', '2026-09-08T00:00:00Z'],
    ['"1M"', '2026-08-01T00:00:00Z', '2026-09-01T00:00:00Z'],
    // What is no length of time tells nothing: the bar's opening stands.
    ['"100T"', '2026-09-15T14:30:00Z', '2026-09-15T14:30:00Z'],
    ['"{{interval}}"', '2026-09-15T14:30:00Z', '2026-09-15T14:30:00Z'],
    ['-5', '2026-09-15T14:30:00Z', '2026-09-15T14:30:00Z'],
    ['{}', '2026-09-15T14:30:00Z', '2026-09-15T14:30:00Z'],
    ['null', '2026-09-15T14:30:00Z', '2026-09-15T14:30:00Z'],
  ])('is told by its bar otherwise: interval %s from %s to %s at the latest', (interval, time, expected) => {
    const sentAtMs = signalOf(
      `{"ticker":"A","action":"buy","time":"${time}","interval":${interval}}`,
    ).sentAtMs;
    // A month is at most 31 days, so the bar of August ends with it.
    expect(sentAtMs).toBe(at(expected));
  });

  it.each([
    ['15', '2026-09-15T14:30:00Z'],
    ['15', '2026-09-15T14:35:01Z'],
    ['D', '2026-09-15T00:00:00Z'],
    ['M', '2026-09-01T00:00:00Z'],
  ])('is nothing in the middle of a bar: interval %s from %s', (interval, time) => {
    expect(signalOf({ ...BUY, time, interval }).sentAtMs).toBe(NOW_MS);
  });

  it('is refused when its bar is yet to open', () => {
    expect(refusedFields({ ...BUY, time: '2026-09-15T15:00:00Z', interval: '15' })).toEqual(['time']);
    expect(refusedFields({ ...BUY, timenow: '2026-09-15T15:00:00Z' })).toEqual(['time']);
  });
});

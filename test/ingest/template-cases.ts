import type { Template } from '../../functions/core/configuration.ts';

/** What maps the least. */
export const BASIC: Template = { symbol: 'data.ticker', action: 'data.side' };
/** An alert that it maps, with these fields more. */
export const data = (part: object = {}) => ({ data: { ticker: 'AAPL', side: 'buy', ...part } });

/** Sent through a webhook with the template, the body becomes the signal. */
interface Case {
  readonly of: string;
  readonly template: Template;
  readonly body: unknown;
  readonly signal: object;
}

export const CASES: readonly Case[] = [
  {
    of: 'an alert with its fields in an object',
    template: { ...BASIC, quantity: 'to_string(data.size)', id: 'data.uuid', time: 'data.at' },
    body: data({ size: 3, uuid: 'u-1', at: '2026-09-15T14:35:01Z' }),
    signal: { symbol: 'AAPL', action: 'buy', quantity: '3', sentAtMs: Date.parse('2026-09-15T14:35:01Z') },
  },
  {
    of: 'an order as Alpaca writes it, its numbers text',
    template: {
      symbol: 'symbol',
      action: 'side',
      quantity: 'qty',
      timeInForce: 'time_in_force',
      stopLoss: 'stop_loss && {price: stop_loss.stop_price}',
      id: 'client_order_id',
    },
    body: {
      symbol: 'SPY',
      qty: '100',
      side: 'buy',
      type: 'market',
      time_in_force: 'gtc',
      order_class: 'oto',
      stop_loss: { stop_price: '299' },
      client_order_id: 'c-1',
    },
    signal: {
      symbol: 'SPY',
      action: 'buy',
      quantity: '100',
      timeInForce: 'gtc',
      stopLoss: { type: 'price', price: '299' },
    },
  },
  {
    of: 'the same without what may be absent',
    template: { symbol: 'symbol', action: 'side', stopLoss: 'stop_loss && {price: stop_loss.stop_price}' },
    body: { symbol: 'SPY', side: 'sell', stop_loss: null },
    signal: { symbol: 'SPY', action: 'sell' },
  },
  {
    of: 'an order among others in nested lists',
    template: {
      symbol: "join('', [batches[].orders[] | [0].base, batches[].orders[] | [0].quote])",
      action: "batches[].orders[?kind=='entry'][] | [0].side",
      quantity: "sum(batches[].orders[?kind=='entry'][].lots)",
    },
    body: {
      batches: [
        { orders: [{ base: 'BTC', quote: 'USDT', kind: 'exit', side: 'sell', lots: 9 }] },
        {
          orders: [
            { base: 'BTC', quote: 'USDT', kind: 'entry', side: 'buy', lots: 0.1 },
            { base: 'BTC', quote: 'USDT', kind: 'entry', side: 'buy', lots: 0.2 },
          ],
        },
      ],
    },
    signal: { symbol: 'BTCUSDT', action: 'buy', quantity: '0.3' },
  },
  {
    of: 'a list',
    template: { symbol: '[0]', action: '[1]', quantity: '[2]' },
    body: ['MNQM5', 'long', 2],
    signal: { symbol: 'MNQM5', action: 'long', quantity: '2' },
  },
  {
    of: 'text',
    template: { symbol: '@', action: "'flatten'" },
    body: '"MNQM5"',
    signal: { symbol: 'MNQM5', action: 'flatten' },
  },
  {
    of: 'a signed position',
    template: { symbol: 's', action: '`"target"`', targetQuantity: 'position' },
    body: { s: 'ESM5', position: -4 },
    signal: { symbol: 'ESM5', action: 'target', targetQuantity: '-4' },
  },
  {
    of: 'words of its own for buy and sell',
    template: {
      symbol: 's',
      action: "dir == `1` && 'buy' || dir == `-1` && 'sell' || 'exit'",
      quantity: 'abs(n)',
    },
    body: { s: 'ESM5', dir: -1, n: -2 },
    signal: { symbol: 'ESM5', action: 'sell', quantity: '2' },
  },
  {
    of: 'numbers that a float would round',
    template: { ...BASIC, quantity: 'data.n', price: 'data.p' },
    body: '{"data":{"ticker":"MNQM5","side":"buy","n":0.100000000000000005,"p":21534.250000000001}}',
    signal: { symbol: 'MNQM5', action: 'buy', quantity: '0.100000000000000005', price: '21534.250000000001' },
  },
  {
    of: 'fields that would tell another dialect, and fields that are not executed',
    template: { symbol: 'ticker', action: 'side' },
    body: {
      ticker: 'A',
      side: 'buy',
      action: 'sell',
      apikey: 'x',
      limitPrice: 5,
      symbol: 'B',
      quantity: 'NaN',
    },
    signal: { symbol: 'A', action: 'buy' },
  },
];

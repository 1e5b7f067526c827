import { describe, expect, it } from 'vitest';
import { refusedFields, saidOf, signalOf } from './signal-case.ts';

const BUY = { symbol: 'MNQM5', action: 'buy' };

const LIMIT = { orderType: 'limit', limitPrice: '100.5' };
const STOP = { orderType: 'stop', stopPrice: 101 };
const STOP_LIMIT = { orderType: 'stop_limit', stopPrice: 101, limitPrice: 102 };
const TRAILING = { orderType: 'trailing_stop', trailAmount: 2 };

describe('how an order is priced', () => {
  it.each([
    [LIMIT, { type: 'limit', limitPrice: '100.5' }],
    [STOP, { type: 'stop', stopPrice: '101' }],
    [STOP_LIMIT, { type: 'stop_limit', stopPrice: '101', limitPrice: '102' }],
    [TRAILING, { type: 'trailing_stop', trail: { type: 'amount', amount: '2' } }],
    [
      { orderType: 'trailing_stop', trailPercent: '99.9' },
      { type: 'trailing_stop', trail: { type: 'percent', percent: '99.9' } },
    ],
    [
      { ...LIMIT, orderType: ' LIMIT ' },
      { type: 'limit', limitPrice: '100.5' },
    ],
    [
      { ...LIMIT, stopPrice: null, trailAmount: '' },
      { type: 'limit', limitPrice: '100.5' },
    ],
    [{ orderType: 'market' }, undefined],
    [{ orderType: 'Market', limitPrice: '' }, undefined],
    [{ orderType: '' }, undefined],
    [{ price: 100 }, undefined],
  ])('%j is %j', (sent, expected) => {
    expect(signalOf({ ...BUY, ...sent }).pricing).toEqual(expected);
  });

  it('leaves no trace when it is the market', () => {
    expect(signalOf({ ...BUY, orderType: 'market' })).toEqual(signalOf(BUY));
  });

  it.each([
    [{ limitPrice: 100 }, ['limitPrice: does not go with a market order']],
    [{ orderType: 'market', limitPrice: 100 }, ['limitPrice: does not go with a market order']],
    [{ trailPercent: 1 }, ['trailPercent: does not go with a market order']],
    [{ ...LIMIT, stopPrice: 99 }, ['stopPrice: does not go with a limit order']],
    [{ ...STOP, limitPrice: 99 }, ['limitPrice: does not go with a stop order']],
    [{ ...STOP_LIMIT, trailAmount: 1 }, ['trailAmount: does not go with a stop_limit order']],
    [{ ...TRAILING, stopPrice: 99 }, ['stopPrice: does not go with a trailing_stop order']],
    [{ orderType: 'limit' }, ['limitPrice: is required with a limit order']],
    [{ orderType: 'limit', price: 100 }, ['limitPrice: is required with a limit order']],
    [{ orderType: 'stop' }, ['stopPrice: is required with a stop order']],
    [
      { orderType: 'stop_limit' },
      ['stopPrice: is required with a stop_limit order', 'limitPrice: is required with a stop_limit order'],
    ],
    [{ orderType: 'trailing_stop' }, ['trailAmount: is required, or trailPercent, and not both']],
    [{ ...TRAILING, trailPercent: 1 }, ['trailAmount: is required, or trailPercent, and not both']],
    [{ orderType: 'trailing_stop', trailPercent: 100 }, ['trailPercent: must be less than 100']],
    [{ orderType: 'trailing_stop', trailAmount: 0 }, ['trailAmount: must be greater than 0']],
    [{ orderType: 'limit', limitPrice: 0 }, ['limitPrice: must be greater than 0']],
    [{ orderType: 'limit', limitPrice: '-0.5' }, ['limitPrice: must be greater than 0']],
    [{ orderType: 'limit', limitPrice: true }, ['limitPrice: must be a number, or text that is one']],
    // What it takes is not known as long as its type is not.
    [
      { orderType: 'limt', limitPrice: 100 },
      ['orderType: must be one of market, limit, stop, stop_limit, trailing_stop'],
    ],
    [{ orderType: 1, limitPrice: 100 }, ['orderType: must be text']],
  ])('%j is refused by name', (sent, said) => {
    expect(saidOf({ ...BUY, ...sent })).toEqual(said);
  });

  it.each([LIMIT, STOP, STOP_LIMIT, TRAILING])('goes with what opens and what exits: %j', (sent) => {
    for (const action of ['buy', 'sell', 'long', 'short', 'add', 'reverse', 'exit']) {
      expect(signalOf({ ...BUY, action, ...sent }).pricing).toMatchObject({ type: sent.orderType });
    }
    const toFlat = { symbol: 'MNQM5', action: 'target', targetQuantity: 0 };
    expect(signalOf({ ...toFlat, ...sent }).pricing).toMatchObject({ type: sent.orderType });
  });

  it.each(['flatten', 'cancel'])('does not go with %s', (action) => {
    const said = [`orderType: must be market, or left out, with the action ${action}`];
    for (const sent of [LIMIT, STOP, STOP_LIMIT, TRAILING]) {
      expect(saidOf({ ...BUY, action, ...sent })).toEqual(said);
    }
    expect(signalOf({ ...BUY, action, orderType: 'market' })).toEqual(signalOf({ ...BUY, action }));
    expect(refusedFields({ ...BUY, action, limitPrice: 1 })).toEqual(['limitPrice']);
  });
});

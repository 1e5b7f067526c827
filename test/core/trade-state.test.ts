import { describe, expect, it } from 'vitest';
import type { Books, OpenOrder } from '../../functions/core/books.ts';
import { decimal, ZERO } from '../../functions/core/decimal.ts';
import type { ExecutionId } from '../../functions/core/ids.ts';
import type { Order } from '../../functions/core/order.ts';
import { type Trade, waitingTrade } from '../../functions/core/trade.ts';
import { entryOf, isEntering, isExiting, stateOfTrade } from '../../functions/core/trade-state.ts';
import { EXECUTION_ID, type OrderSketch, orderOf } from './order-of.ts';

const OTHER = 'sig_other~strategy~account' as ExecutionId;
const WAITING = waitingTrade({ executionId: EXECUTION_ID, symbol: 'MNQM5', side: 'buy' });
const HELD: Trade = { ...WAITING, openedQuantity: decimal(4), openQuantity: decimal(4) };
const CLOSED: Trade = { ...HELD, openQuantity: ZERO };

const exit = (changes: OrderSketch = {}): Order =>
  orderOf({ id: 'of-exit', leg: 'exit', side: 'sell', reduceOnly: true, ...changes });
const entry = (changes: OrderSketch = {}): Order => orderOf({ id: 'of-entry', ...changes });

function booksWith(trade: Trade, orders: readonly Order[], executionId: ExecutionId = OTHER): Books {
  const open = orders.map((order): [string, OpenOrder] => [order.clientOrderId, { executionId, order }]);
  return {
    positions: {},
    daily: undefined,
    openOrders: Object.fromEntries(open),
    trades: { [trade.executionId]: trade },
  };
}

describe('where a trade stands', () => {
  it.each<[string, Trade, readonly Order[], string]>([
    ['waits as long as it never held anything', WAITING, [entry()], 'WAITING'],
    ['waits when what it held is closed, and an entry of it works', CLOSED, [entry()], 'WAITING'],
    ['is being closed when it holds nothing, and no entry works', CLOSED, [], 'CLOSING'],
    ['is open', HELD, [], 'OPENED'],
    ['is open while an entry adds to it', HELD, [entry()], 'OPENED'],
    ['is being closed when it is refused', { ...HELD, refusal: 'No.' }, [], 'CLOSING'],
  ])('%s', (_, trade, own, state) => {
    expect(stateOfTrade(trade, booksWith(trade, own, EXECUTION_ID))).toBe(state);
  });

  it.each<[string, OrderSketch, string]>([
    ['of its symbol, meant for no trade', {}, 'CLOSING'],
    ['meant for it', { trade: EXECUTION_ID }, 'CLOSING'],
    ['meant for another trade', { trade: OTHER }, 'OPENED'],
    ['of another symbol', { symbol: 'ESM5' }, 'OPENED'],
    ['to its own side', { side: 'buy' }, 'OPENED'],
    ['that may open a position', { reduceOnly: false }, 'OPENED'],
  ])('by an exit that works, %s', (_, changes, state) => {
    const books = booksWith(HELD, [exit(changes)]);
    expect(stateOfTrade(HELD, books)).toBe(state);
    expect(isExiting(HELD, books)).toBe(state === 'CLOSING');
  });

  it('by the order that closes another trade, which is made for that one', () => {
    const books = booksWith(HELD, [exit({ leg: 'close' })]);
    const other = { ...HELD, executionId: OTHER };
    expect(stateOfTrade(HELD, { ...books, trades: { ...books.trades, [OTHER]: other } })).toBe('OPENED');
  });

  it.each<[string, OrderSketch, string]>([
    ['planned', { status: 'SENDING' }, 'CLOSING'],
    ['done', { status: 'FILLED' }, 'OPENED'],
    ['protective', { leg: 'stop-loss', status: 'SENDING' }, 'OPENED'],
    ['of another trade', { status: 'SENDING', trade: OTHER }, 'OPENED'],
  ])('by an exit that is being placed: %s', (_, changes, state) => {
    expect(stateOfTrade(HELD, booksWith(HELD, []), [exit(changes)])).toBe(state);
  });
});

describe('the entry of a trade that works', () => {
  it.each<[string, Order, ExecutionId, boolean]>([
    ['its own', entry(), EXECUTION_ID, true],
    ['of another execution', entry(), OTHER, false],
    ['of another execution, meant for it', entry({ trade: EXECUTION_ID }), OTHER, true],
    ['of its execution, meant for another', entry({ trade: OTHER }), EXECUTION_ID, false],
    ['an exit', exit(), EXECUTION_ID, false],
    ['what protects it', entry({ leg: 'take-profit' }), EXECUTION_ID, false],
  ])('%s', (_, order, executionId, is) => {
    const books = booksWith(HELD, [order], executionId);
    expect(isEntering(EXECUTION_ID, books)).toBe(is);
    expect(entryOf(EXECUTION_ID, books)).toBe(is ? order : undefined);
  });
});

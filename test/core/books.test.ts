import { describe, expect, it } from 'vitest';
import { type Books, book as booked, type OrderProgress } from '../../functions/core/books.ts';
import { decimal } from '../../functions/core/decimal.ts';
import type { ExecutionId, StrategyId } from '../../functions/core/ids.ts';
import { EXECUTION_ID, type OrderSketch, orderOf } from './order-of.ts';

const EMPTY: Books = { positions: {}, openOrders: {}, daily: undefined, trades: {} };
const DAY = '2026-11-22';
const NOW_MS = Date.parse('2026-11-22T10:00:00.000Z');

const STRATEGY = 'strategy' as StrategyId;

const book = (books: Books, progress: readonly OrderProgress[], day: string): Books =>
  booked(books, progress, { day, nowMs: NOW_MS, multiplierOf: () => decimal(1) }).books;

const progress = (
  after: OrderSketch,
  changes: { before?: OrderSketch; watchUntilMs?: number } = {},
): OrderProgress => ({
  executionId: EXECUTION_ID,
  strategyId: STRATEGY,
  before: changes.before && orderOf(changes.before),
  after: orderOf(after),
  ...(changes.watchUntilMs === undefined ? {} : { watchUntilMs: changes.watchUntilMs }),
});

/** Books in which one order is open. */
const withOpen = (order: OrderSketch, books: Books = EMPTY): Books => ({
  ...books,
  openOrders: {
    ...books.openOrders,
    [orderOf(order).clientOrderId]: { executionId: EXECUTION_ID, order: orderOf(order) },
  },
});

/** The trade of an entry that has not filled. */
const WAITING = { [EXECUTION_ID]: expect.objectContaining({ openQuantity: '0', openedQuantity: '0' }) };

const LONG: Books = {
  ...EMPTY,
  positions: { MNQM5: { quantity: decimal(4), averagePrice: decimal(100), realizedPnl: decimal(7) } },
};

describe('booking what an order filled', () => {
  it('opens a position, closes the order and counts it once', () => {
    expect(book(EMPTY, [progress({ status: 'FILLED', filled: 4, at: 100 })], DAY)).toEqual({
      positions: { MNQM5: { quantity: '4', averagePrice: '100', realizedPnl: '0' } },
      openOrders: {},
      daily: {
        day: DAY,
        orders: 1,
        realizedPnl: '0',
        strategies: { strategy: { orders: 1, realizedPnl: '0' } },
      },
      trades: { [EXECUTION_ID]: expect.objectContaining({ openQuantity: '4', entryPrice: '100' }) },
    });
  });

  it('books only what was not booked before, and does not count the order again', () => {
    const before = { status: 'PARTIALLY_FILLED', filled: 1, at: 100 } as const;
    const first = book(EMPTY, [progress(before)], DAY);
    expect(first.openOrders).toEqual(withOpen(before).openOrders);
    const after = book(first, [progress({ status: 'FILLED', filled: 4, at: 103 }, { before })], DAY);
    expect(after.positions).toEqual({ MNQM5: { quantity: '4', averagePrice: '103', realizedPnl: '0' } });
    expect(after.openOrders).toEqual({});
    expect(after.daily).toEqual(first.daily);
  });

  it('keeps a trade that is closed while more is being bought for it, and what fills then is its own', () => {
    const addition = (after: OrderSketch, before?: OrderSketch): OrderProgress => ({
      executionId: `${EXECUTION_ID}2` as ExecutionId,
      strategyId: STRATEGY,
      before: before && orderOf({ ...before, id: 'of-2', trade: EXECUTION_ID }),
      after: orderOf({ ...after, id: 'of-2', trade: EXECUTION_ID }),
    });
    const entered = book(EMPTY, [progress({ status: 'FILLED', filled: 4, at: 100 })], DAY);
    const added = book(entered, [addition({ status: 'NEW' })], DAY);
    const exit = { id: 'of-3', side: 'sell', reduceOnly: true, status: 'FILLED', filled: 4, at: 90 } as const;
    const closed = book(added, [progress(exit)], DAY);
    expect(closed.trades).toMatchObject({ [EXECUTION_ID]: { openQuantity: '0', realizedPnl: '-40' } });
    const after = book(closed, [addition({ status: 'FILLED', filled: 4, at: 95 }, { status: 'NEW' })], DAY);
    expect(Object.keys(after.trades)).toEqual([EXECUTION_ID]);
    expect(after.trades).toMatchObject({ [EXECUTION_ID]: { openQuantity: '4', openedQuantity: '8' } });
  });

  it('adds what a close realized to the day, not what was realized before', () => {
    const exit = { side: 'sell', status: 'FILLED', filled: 1, at: 90 } as const;
    const after = book(LONG, [progress(exit, { before: { side: 'sell' } })], DAY);
    expect(after.positions.MNQM5).toEqual({ quantity: '3', averagePrice: '100', realizedPnl: '-3' });
    expect(after.daily).toMatchObject({
      orders: 0,
      realizedPnl: '-10',
      strategies: { strategy: { orders: 0, realizedPnl: '-10' } },
    });
  });

  it('begins a new day at zero', () => {
    const yesterday = book(EMPTY, [progress({ status: 'FILLED', filled: 4, at: 100 })], '2026-11-21');
    const today = book(yesterday, [progress({ id: 'of-2', status: 'REJECTED' })], DAY);
    expect(today.daily).toMatchObject({ day: DAY, orders: 1 });
  });

  it('leaves the other symbols and orders alone', () => {
    const books = withOpen({ id: 'of-9', symbol: 'ESM5' }, LONG);
    const after = book(books, [progress({ symbol: 'ESM5', status: 'FILLED', filled: 2, at: 50 })], DAY);
    expect(after.positions.MNQM5).toEqual(LONG.positions.MNQM5);
    expect(after.positions.ESM5).toMatchObject({ quantity: '2' });
    expect(after.openOrders).toEqual(books.openOrders);
  });

  it('goes through several orders one after the other', () => {
    const fills = [
      progress({ id: 'of-1', status: 'FILLED', filled: 4, at: 100 }),
      progress({ id: 'of-2', side: 'sell', status: 'FILLED', filled: 4, at: 101 }),
    ];
    const after = book(EMPTY, fills, DAY);
    expect(after.positions.MNQM5).toEqual({ quantity: '0', averagePrice: '0', realizedPnl: '4' });
    expect(after.daily).toMatchObject({ orders: 2, realizedPnl: '4' });
  });
});

describe('an order that filled nothing', () => {
  it.each(['REJECTED', 'CANCELED', 'EXPIRED'] as const)(
    'and is %s is counted: the venue saw it',
    (status) => {
      expect(book(EMPTY, [progress({ status })], DAY)).toEqual({
        positions: {},
        openOrders: {},
        daily: expect.objectContaining({ orders: 1, realizedPnl: '0' }),
        trades: {},
      });
    },
  );

  it('and was denied leaves no trace, not even a position of zero', () => {
    expect(book(EMPTY, [progress({ status: 'DENIED' })], DAY)).toEqual(EMPTY);
  });

  it('and works is open', () => {
    expect(book(EMPTY, [progress({ status: 'NEW' })], DAY)).toEqual({
      ...withOpen({ status: 'NEW' }),
      daily: expect.objectContaining({ orders: 1 }),
      trades: WAITING,
    });
  });

  it('and was only decided is open, and not counted', () => {
    const after = book(EMPTY, [progress({ status: 'INTENT' })], DAY);
    expect(after).toEqual({ ...withOpen({ status: 'INTENT' }), trades: WAITING });
  });
});

describe('an order that the venue denies having, though it may have been sent', () => {
  it('is open as one that may turn up, for as long as it is watched', () => {
    const after = book(EMPTY, [progress({ status: 'DENIED' }, { watchUntilMs: 1_000 })], DAY);
    expect(after).toEqual({
      positions: {},
      openOrders: {
        'of-1': { executionId: EXECUTION_ID, order: orderOf({ status: 'UNKNOWN' }), watchUntilMs: 1_000 },
      },
      daily: undefined,
      trades: WAITING,
    });
  });

  it('is dropped when it is denied for good, and booked when it turned up filled', () => {
    const watched = book(EMPTY, [progress({ status: 'DENIED' }, { watchUntilMs: 1_000 })], DAY);
    const before = { status: 'UNKNOWN' } as const;
    expect(book(watched, [progress({ status: 'DENIED' }, { before })], DAY)).toEqual(EMPTY);
    const filled = progress({ status: 'FILLED', filled: 4, at: 100 }, { before });
    expect(book(watched, [filled], DAY)).toMatchObject({
      positions: { MNQM5: { quantity: '4' } },
      openOrders: {},
    });
  });
});

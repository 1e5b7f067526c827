import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Books } from '../../functions/core/books.ts';
import { decimal } from '../../functions/core/decimal.ts';
import type { Signal, SignalAction } from '../../functions/core/signal.ts';
import {
  contradictedBy,
  positionToCome,
  workingAgainst,
  workingOrders,
} from '../../functions/core/working-orders.ts';
import { EXECUTION_ID, type OrderSketch, orderOf } from './order-of.ts';

const SYMBOL = 'MNQM5';

type Open = OrderSketch & { readonly watchUntilMs?: number };

const exit = (quantity: number, changes: Open = {}): Open => ({
  leg: 'exit',
  side: 'sell',
  quantity: decimal(quantity),
  reduceOnly: true,
  ...changes,
});

function booksOf(position: number, open: readonly Open[]): Books {
  const orders = open.map(({ watchUntilMs, ...sketch }, index) => ({
    executionId: EXECUTION_ID,
    order: orderOf({ id: `of-${index}`, ...sketch }),
    ...(watchUntilMs === undefined ? {} : { watchUntilMs }),
  }));
  return {
    positions: {
      [SYMBOL]: { quantity: decimal(position), averagePrice: decimal(100), realizedPnl: decimal(0) },
    },
    openOrders: Object.fromEntries(orders.map((each) => [each.order.clientOrderId, each])),
    daily: undefined,
    trades: {},
  };
}

describe('the position to come', () => {
  it.each<[string, number, Open[], string]>([
    ['nothing works', 3, [], '3'],
    ['an exit works', 3, [exit(2)], '1'],
    ['an exit of a short works', -3, [exit(2, { side: 'buy' })], '-1'],
    ['an exit has filled in part', 2, [exit(3, { filled: 1 })], '0'],
    ['exits close more than there is', 3, [exit(2), exit(3)], '0'],
    ['an exit is left of a position that is gone', 0, [exit(3)], '0'],
    ['an order that turns the position works', 3, [exit(5, { reduceOnly: false })], '-2'],
    ['one exit closes and one order turns', 3, [exit(3), exit(2, { reduceOnly: false })], '-2'],
    ['an entry adds', 3, [{ side: 'buy' }], '3'],
    ['a stop-loss stands behind it', 3, [exit(3, { leg: 'stop-loss' })], '3'],
    ['the exit is of another symbol', 3, [exit(3, { symbol: 'MESM5' })], '3'],
    ['the venue denied having the exit', 3, [exit(3, { watchUntilMs: 1 })], '3'],
  ])('when %s', (_, position, open, expected) => {
    expect(positionToCome(booksOf(position, open), SYMBOL)).toBe(expected);
  });

  it('is never beyond flat, whatever exits work', () => {
    const exits = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 5 });
    fc.assert(
      fc.property(fc.integer({ min: -9, max: 9 }), exits, (position, quantities) => {
        const side = position > 0 ? 'sell' : 'buy';
        const open = quantities.map((quantity) => exit(quantity, { side }));
        const closing = quantities.reduce((total, quantity) => total + quantity, 0);
        const left = Math.sign(position) * Math.max(0, Math.abs(position) - closing);
        expect(Number(positionToCome(booksOf(position, open), SYMBOL))).toBe(left === 0 ? 0 : left);
      }),
    );
  });
});

describe('what works against a position', () => {
  it('is on its closing side, and nothing when there is none', () => {
    const open: Open[] = [exit(1), { side: 'buy' }, exit(1, { leg: 'stop-loss' })];
    const ids = (position: number) =>
      workingAgainst(booksOf(position, open), SYMBOL).map(({ clientOrderId }) => clientOrderId);
    expect([ids(2), ids(-2), ids(0)]).toEqual([['of-0'], ['of-1'], []]);
  });
});

describe('entries that a signal contradicts', () => {
  const open: Open[] = [{ side: 'buy' }, { side: 'sell' }, exit(1), exit(1, { leg: 'stop-loss' })];
  const contradicted = (action: SignalAction, symbol = SYMBOL) =>
    contradictedBy(booksOf(3, open), { action, symbol } as Signal).map(({ order }) => order.clientOrderId);

  it.each<[SignalAction, string[]]>([
    ['buy', ['of-1']],
    ['sell', ['of-0']],
    ['long', ['of-0', 'of-1']],
    ['short', ['of-0', 'of-1']],
    ['add', []],
    ['exit', ['of-0', 'of-1']],
    ['flatten', ['of-0', 'of-1']],
    ['reverse', ['of-0', 'of-1']],
    ['target', ['of-0', 'of-1']],
  ])('%s', (action, expected) => {
    expect(contradicted(action)).toEqual(expected);
    expect(contradicted(action, 'MESM5')).toEqual([]);
  });

  it('are not exits; a cancel ends those too', () => {
    const ids = workingOrders(booksOf(3, open), SYMBOL).map(({ order }) => order.clientOrderId);
    expect(ids).toEqual(['of-0', 'of-1', 'of-2']);
  });
});

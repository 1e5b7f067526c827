import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, compare, type Decimal, decimal, isZero, negate, ZERO } from '../../functions/core/decimal.ts';
import { type ExecutionId, executionIdOf, type SignalId } from '../../functions/core/ids.ts';
import type { Side } from '../../functions/core/order.ts';
import { applyFillToPosition, FLAT } from '../../functions/core/position.ts';
import {
  applyFillToTrades,
  endTrades,
  type Protection,
  type TradeFill,
  type Trades,
} from '../../functions/core/trade.ts';

const NOW_MS = Date.parse('2026-11-22T10:00:00.000Z');
const STOP: Protection = { stopLoss: { type: 'percent', percent: decimal(1) } };

/** The execution of the nth signal for a strategy. */
const execution = (nth: number, strategy = 'one'): ExecutionId =>
  executionIdOf(
    `sig_${String(nth).padStart(10, '0')}0000000000000000` as SignalId,
    strategy as never,
    'account' as never,
  );

const fill = (
  side: Side,
  quantity: number,
  price: number,
  changes: Partial<TradeFill> & { readonly position: Decimal },
): TradeFill => ({
  executionId: execution(1),
  symbol: 'MNQM5',
  side,
  quantity: decimal(quantity),
  price: decimal(price),
  reduceOnly: false,
  multiplier: decimal(1),
  nowMs: NOW_MS,
  ...changes,
});

const sizes = (trades: Trades) =>
  Object.values(trades).map(
    ({ side, openQuantity, entryPrice }) => `${side} ${openQuantity} @ ${entryPrice}`,
  );

/** Two protected trades of one strategy, and one of another, 2 each. */
function threeTrades(): Trades {
  const first = applyFillToTrades({}, fill('buy', 2, 100, { position: ZERO }), STOP);
  const second = applyFillToTrades(
    first,
    fill('buy', 2, 110, { position: decimal(2), executionId: execution(2) }),
    STOP,
  );
  return applyFillToTrades(
    second,
    fill('buy', 2, 120, { position: decimal(4), executionId: execution(3, 'two') }),
    STOP,
  );
}

describe('a fill that opens', () => {
  it('opens a trade of its execution, with what is to protect it', () => {
    expect(applyFillToTrades({}, fill('buy', 2, 100, { position: ZERO }), STOP)).toEqual({
      [execution(1)]: {
        executionId: execution(1),
        symbol: 'MNQM5',
        side: 'buy',
        openedQuantity: '2',
        openQuantity: '2',
        entryPrice: '100',
        exitPrice: '0',
        realizedPnl: '0',
        protection: STOP,
        legs: 0,
        closings: 0,
        openedAtMs: NOW_MS,
      },
    });
  });

  it('adds to the trade of its execution at the average price, and stays opened when it was', () => {
    const opened = applyFillToTrades({}, fill('buy', 1, 100, { position: ZERO }), STOP);
    const later = fill('buy', 3, 104, { position: decimal(1), nowMs: NOW_MS + 5 });
    const [trade] = Object.values(applyFillToTrades(opened, later));
    expect(trade).toMatchObject({
      openedQuantity: '4',
      openQuantity: '4',
      entryPrice: '103',
      openedAtMs: NOW_MS,
      protection: STOP,
    });
  });

  it('adds to the trade that it was meant for', () => {
    const opened = applyFillToTrades({}, fill('buy', 1, 100, { position: ZERO }), STOP);
    const meant = { position: decimal(1), executionId: execution(2), trade: execution(1) };
    expect(sizes(applyFillToTrades(opened, fill('buy', 1, 102, meant)))).toEqual(['buy 2 @ 101']);
  });

  it('without protection adds to its strategy’s trade without protection, on the same side', () => {
    const opened = applyFillToTrades({}, fill('buy', 1, 100, { position: ZERO }));
    const again = { position: decimal(1), executionId: execution(2) };
    expect(sizes(applyFillToTrades(opened, fill('buy', 1, 102, again)))).toEqual(['buy 2 @ 101']);
    const another = { ...again, executionId: execution(2, 'two') };
    expect(sizes(applyFillToTrades(opened, fill('buy', 1, 102, another)))).toHaveLength(2);
    expect(sizes(applyFillToTrades(opened, fill('buy', 1, 102, again), STOP))).toHaveLength(2);
    const elsewhere = { ...again, symbol: 'ESM5', position: ZERO };
    expect(sizes(applyFillToTrades(opened, fill('buy', 1, 102, elsewhere)))).toHaveLength(2);
  });
});

describe('a fill that closes', () => {
  it.each([
    ['its own execution’s trade first', execution(2), ['2 @ 100', '1 @ 110', '2 @ 120']],
    ['else its strategy’s, the oldest first', execution(9), ['1 @ 100', '2 @ 110', '2 @ 120']],
    ['else its strategy’s, though another is older', execution(9, 'two'), ['2 @ 100', '2 @ 110', '1 @ 120']],
    ['else the oldest of all', execution(9, 'three'), ['1 @ 100', '2 @ 110', '2 @ 120']],
  ])('closes %s', (_, executionId, left) => {
    const after = applyFillToTrades(
      threeTrades(),
      fill('sell', 1, 130, { position: decimal(6), executionId }),
    );
    expect(sizes(after)).toEqual(left.map((size) => `buy ${size}`));
  });

  it('closes the trade that it was meant for before any other', () => {
    const meant = { position: decimal(6), executionId: execution(9), trade: execution(3, 'two') };
    expect(sizes(applyFillToTrades(threeTrades(), fill('sell', 3, 130, meant)))).toEqual([
      'buy 1 @ 100',
      'buy 2 @ 110',
      'buy 0 @ 120',
    ]);
  });

  it('realizes what each trade gained, in money', () => {
    const position = decimal(6);
    const executionId = execution(9);
    const closed = fill('sell', 3, 130, { position, executionId, multiplier: decimal(2) });
    const trades = Object.values(applyFillToTrades(threeTrades(), closed));
    expect(trades.map(({ realizedPnl, exitPrice }) => [realizedPnl, exitPrice])).toEqual([
      ['120', '130'],
      ['40', '130'],
      ['0', '0'],
    ]);
  });

  it('and turns closes everything, and opens a trade on the other side with the rest', () => {
    const turning = { position: decimal(6), executionId: execution(9) };
    const after = applyFillToTrades(threeTrades(), fill('sell', 8, 130, turning), STOP);
    expect(sizes(after)).toEqual(['buy 0 @ 100', 'buy 0 @ 110', 'buy 0 @ 120', 'sell 2 @ 130']);
  });

  it('closes what was held before there were trades without one', () => {
    expect(applyFillToTrades({}, fill('sell', 2, 100, { position: decimal(2) }))).toEqual({});
  });
});

describe('what closes more than is held', () => {
  const overfill = (changes: Partial<TradeFill>) =>
    fill('sell', 4, 110, { position: ZERO, reduceOnly: true, ...changes });
  const refusal = 'More was closed than was held.';
  const opened = applyFillToTrades({}, fill('buy', 4, 100, { position: ZERO }), STOP);
  const closed = applyFillToTrades(opened, fill('sell', 4, 95, { position: decimal(4), reduceOnly: true }));

  it('turns its trade, and nobody wants what it holds then', () => {
    const turned = applyFillToTrades(closed, overfill({}));
    expect(sizes(turned)).toEqual(['sell 4 @ 110']);
    expect(turned[execution(1)]).toMatchObject({ protection: {}, realizedPnl: '-20', refusal });
    expect(sizes(applyFillToTrades(turned, overfill({ position: decimal(-4) })))).toEqual(['sell 8 @ 110']);
  });

  it('opens a trade that nobody wants when there is none, not one of those that the strategy has', () => {
    const held = applyFillToTrades(
      {},
      fill('sell', 1, 100, { position: ZERO, executionId: execution(2), symbol: 'MNQM5' }),
    );
    const after = applyFillToTrades(held, overfill({ executionId: execution(3), position: decimal(-1) }));
    expect(sizes(after)).toEqual(['sell 1 @ 100', 'sell 4 @ 110']);
    expect(after[execution(2)]).not.toHaveProperty('refusal');
    expect(after[execution(3)]).toMatchObject({ refusal });
  });
});

describe('a trade is over', () => {
  const closed = applyFillToTrades(threeTrades(), fill('sell', 2, 130, { position: decimal(6) }));

  it('once nothing of it is held and no order of it can fill', () => {
    const { trades, ended } = endTrades(closed, () => false, NOW_MS + 9);
    expect(Object.keys(trades)).toEqual([execution(2), execution(3, 'two')]);
    expect(ended).toMatchObject([
      { executionId: execution(1), state: 'CLOSED', endedAtMs: NOW_MS + 9, realizedPnl: '60' },
    ]);
    expect(endTrades(closed, (id) => id === execution(1), NOW_MS).ended).toEqual([]);
  });

  it('canceled when it never held anything', () => {
    const waiting = { ...closed[execution(1)], openedQuantity: ZERO, openQuantity: ZERO } as Trades[string];
    const { ended } = endTrades({ [execution(1)]: waiting }, () => false, NOW_MS);
    expect(ended).toMatchObject([{ state: 'CANCELED' }]);
  });
});

describe('any sequence of fills', () => {
  const step = fc.record({
    side: fc.constantFrom<Side>('buy', 'sell'),
    quantity: fc.integer({ min: 1, max: 9 }),
    price: fc.integer({ min: 90, max: 110 }),
    strategy: fc.constantFrom('one', 'two'),
    isProtected: fc.boolean(),
  });

  it('leaves trades that add up to the position, none of them larger than it opened', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        let position = FLAT;
        let trades: Trades = {};
        let realized = ZERO;
        for (const [index, { side, quantity, price, strategy, isProtected }] of steps.entries()) {
          const executionId = execution(index, strategy);
          const made = fill(side, quantity, price, { position: position.quantity, executionId });
          trades = applyFillToTrades(trades, made, isProtected ? STOP : {});
          position = applyFillToPosition(position, made, decimal(1));
          const { trades: left, ended } = endTrades(trades, () => false, NOW_MS);
          realized = ended.reduce((sum, trade) => add(sum, trade.realizedPnl), realized);
          trades = left;
          const held = Object.values(trades).map((trade) =>
            trade.side === 'buy' ? trade.openQuantity : negate(trade.openQuantity),
          );
          expect(held.reduce(add, ZERO)).toBe(position.quantity);
          expect(
            Object.values(trades).every(
              (trade) =>
                !isZero(trade.openQuantity) && compare(trade.openQuantity, trade.openedQuantity) <= 0,
            ),
          ).toBe(true);
        }
        if (isZero(position.quantity)) {
          expect(Number(realized)).toBeCloseTo(Number(position.realizedPnl), 6);
        }
      }),
    );
  });
});

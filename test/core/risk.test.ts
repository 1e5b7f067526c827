import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RiskLimits } from '../../functions/core/configuration.ts';
import { add, decimal, ZERO } from '../../functions/core/decimal.ts';
import type { ClientOrderId, StrategyId } from '../../functions/core/ids.ts';
import type { Order, OrderIntent, OrderStatus, Side } from '../../functions/core/order.ts';
import { FLAT, type Positions } from '../../functions/core/position.ts';
import {
  addFigures,
  type DailyFigures,
  type Figures,
  figuresOn,
  type RiskInput,
  refuseByRisk,
} from '../../functions/core/risk.ts';

const DAY = '2026-11-22';
const STRATEGY = 'trend' as StrategyId;
const OTHER = 'other' as StrategyId;

const figures = (orders: number, realizedPnl: string | number): Figures => ({
  orders,
  realizedPnl: decimal(realizedPnl),
});

const dailyOf = (account: Figures, strategies: Readonly<Record<string, Figures>> = {}): DailyFigures => ({
  ...account,
  day: DAY,
  strategies,
});

/** Written as `buy 2`. */
function intentOf(
  text: string,
  changes: Partial<Pick<OrderIntent, 'leg' | 'symbol' | 'reduceOnly'>> = {},
): OrderIntent {
  const [side, quantity = ''] = text.split(' ');
  return {
    clientOrderId: 'of-test' as ClientOrderId,
    leg: 'entry',
    symbol: 'MNQM5',
    side: side as Side,
    type: 'market',
    quantity: decimal(quantity),
    timeInForce: 'day',
    reduceOnly: false,
    ...changes,
  };
}

const openOrderOf = (
  text: string,
  changes: Partial<Pick<OrderIntent, 'leg' | 'symbol' | 'reduceOnly'>> = {},
  state: { status?: OrderStatus; filled?: number } = {},
): Order => ({
  ...intentOf(text, changes),
  status: state.status ?? 'NEW',
  filledQuantity: decimal(state.filled ?? 0),
});

const holding = (quantity: number | string, symbol = 'MNQM5'): Positions => ({
  [symbol]: { ...FLAT, quantity: decimal(quantity) },
});

const refuse = (order: string | OrderIntent, changes: Partial<RiskInput> = {}) =>
  refuseByRisk({
    order: typeof order === 'string' ? intentOf(order) : order,
    strategyId: STRATEGY,
    positions: {},
    openOrders: [],
    accountLimits: {},
    strategyLimits: {},
    daily: dailyOf(figures(0, 0)),
    ...changes,
  });

const max = (maxPosition: number): RiskLimits => ({ maxPosition: decimal(maxPosition) });

describe('maxPosition', () => {
  // The position, the order, and the position that it could lead to when that is more than 10 either way.
  it.each([
    ['0', 'buy 10', undefined],
    ['0', 'buy 10.000000000000000001', '10.000000000000000001'],
    ['0', 'sell 10', undefined],
    ['0', 'sell 11', '-11'],
    ['4', 'buy 6', undefined],
    ['4', 'buy 7', '11'],
    ['-4', 'sell 6', undefined],
    ['-4', 'sell 7', '-11'],
    // One that turns: the other side counts.
    ['10', 'sell 20', undefined],
    ['10', 'sell 21', '-11'],
    ['-10', 'buy 20', undefined],
    ['-10', 'buy 21', '11'],
    // Already beyond the limit, since it was lowered or fills came together: the way back is free.
    ['15', 'buy 1', '16'],
    ['15', 'sell 1', undefined],
    ['15', 'sell 15', undefined],
    ['15', 'sell 25', undefined],
    ['15', 'sell 26', '-11'],
    ['30', 'sell 41', '-11'],
    ['-15', 'sell 1', '-16'],
    ['-15', 'buy 1', undefined],
    ['-15', 'buy 26', '11'],
  ])('of 10: with %s, %s could lead to %s', (position, order, leadsTo) => {
    const expected = (whose: string) =>
      leadsTo === undefined
        ? undefined
        : {
            code: 'MAX_POSITION',
            message: `The position in MNQM5 could become ${leadsTo}; the ${whose}'s limit is 10.`,
          };
    const positions = holding(position);
    expect(refuse(order, { positions, accountLimits: max(10) })).toEqual(expected('account'));
    expect(refuse(order, { positions, strategyLimits: max(10) })).toEqual(expected('strategy'));
    expect(refuse(order, { positions, accountLimits: max(10), strategyLimits: max(100) })).toEqual(
      expected('account'),
    );
    expect(refuse(order, { positions })).toBeUndefined();
  });

  it.each([
    ['an order on the same side that may still fill', openOrderOf('buy 5'), 'MAX_POSITION'],
    ['one whose outcome is not known', openOrderOf('buy 5', {}, { status: 'UNKNOWN' }), 'MAX_POSITION'],
    ['one that is being cancelled', openOrderOf('buy 5', {}, { status: 'PENDING_CANCEL' }), 'MAX_POSITION'],
    [
      'what is left of one that is partly filled, when it is too much',
      openOrderOf('buy 5', {}, { status: 'PARTIALLY_FILLED', filled: 1 }),
      'MAX_POSITION',
    ],
    [
      'not what of it is filled: that is in the position already',
      openOrderOf('buy 5', {}, { status: 'PARTIALLY_FILLED', filled: 2 }),
      undefined,
    ],
    ['not one on the other side, which may never fill', openOrderOf('sell 5'), undefined],
    ['not a stop-loss, which goes first', openOrderOf('buy 5', { leg: 'stop-loss' }), undefined],
    ['not one in another symbol', openOrderOf('buy 5', { symbol: 'ES' }), undefined],
    ['not one that has ended', openOrderOf('buy 5', {}, { status: 'CANCELED' }), undefined],
  ])('counts %s', (_, open, code) => {
    const input = { positions: holding(4), openOrders: [open], accountLimits: max(10) };
    expect(refuse('buy 3', input)?.code).toBe(code);
  });

  it('counts exits on the same side with an order that turns the position', () => {
    const openOrders = [openOrderOf('sell 3', { reduceOnly: true })];
    const input = { openOrders, positions: holding(3), accountLimits: max(5) };
    expect(refuse('sell 5', input)).toBeUndefined();
    expect(refuse('sell 6', input)?.message).toContain('could become -6;');
  });

  it('counts every open order, and what they could turn', () => {
    const openOrders = [
      openOrderOf('sell 3'),
      openOrderOf('sell 4'),
      openOrderOf('sell 2', { symbol: 'ES' }),
    ];
    const input = { openOrders, positions: holding(2), accountLimits: max(10) };
    expect(refuse('sell 5', input)).toBeUndefined();
    expect(refuse('sell 6', input)?.message).toContain('could become -11;');
    // Alone it would only shrink what is there.
    expect(refuse('sell 2', { ...input, accountLimits: max(6) })?.code).toBe('MAX_POSITION');
  });

  it('looks at the symbol of the order only', () => {
    const input = { positions: holding(100, 'ES'), accountLimits: max(10) };
    expect(refuse('buy 10', input)).toBeUndefined();
  });
});

describe('maxOrdersPerDay', () => {
  it.each([
    [2, undefined],
    [3, 'The account sent 3 orders on 2026-11-22; its limit is 3 a day.'],
    [4, 'The account sent 4 orders on 2026-11-22; its limit is 3 a day.'],
  ])('of 3 and %i sent: %s', (orders, message) => {
    const daily = dailyOf(figures(orders, 0));
    const refused = refuse('buy 1', { daily, accountLimits: { maxOrdersPerDay: 3 } });
    expect(refused).toEqual(message === undefined ? undefined : { code: 'MAX_ORDERS_PER_DAY', message });
  });

  it('of a strategy counts its own', () => {
    const daily = dailyOf(figures(9, 0), { trend: figures(2, 0), other: figures(7, 0) });
    const strategyLimits = { maxOrdersPerDay: 3 };
    expect(refuse('buy 1', { daily, strategyLimits })).toBeUndefined();
    expect(refuse('buy 1', { daily, strategyLimits, strategyId: OTHER })).toEqual({
      code: 'MAX_ORDERS_PER_DAY',
      message: 'The strategy sent 7 orders on 2026-11-22; its limit is 3 a day.',
    });
  });
});

describe('maxDailyLoss', () => {
  it.each([
    ['1000', undefined],
    ['0', undefined],
    ['-99.99', undefined],
    ['-100', 'The account lost 100 on 2026-11-22; its limit is 100 a day.'],
    ['-250.5', 'The account lost 250.5 on 2026-11-22; its limit is 100 a day.'],
  ])('of 100 and a result of %s: %s', (realizedPnl, message) => {
    const daily = dailyOf(figures(1, realizedPnl));
    const refused = refuse('buy 1', { daily, accountLimits: { maxDailyLoss: decimal(100) } });
    expect(refused).toEqual(message === undefined ? undefined : { code: 'MAX_DAILY_LOSS', message });
  });

  it('of a strategy counts its own', () => {
    const daily = dailyOf(figures(2, 0), { trend: figures(1, 500), other: figures(1, -500) });
    const strategyLimits = { maxDailyLoss: decimal(100) };
    expect(refuse('buy 1', { daily, strategyLimits })).toBeUndefined();
    expect(refuse('buy 1', { daily, strategyLimits, strategyId: OTHER })).toEqual({
      code: 'MAX_DAILY_LOSS',
      message: 'The strategy lost 500 on 2026-11-22; its limit is 100 a day.',
    });
  });
});

describe('limits', () => {
  const broken = {
    positions: holding(100),
    daily: dailyOf(figures(100, -100), { trend: figures(50, -50) }),
    accountLimits: { maxPosition: decimal(1), maxOrdersPerDay: 1, maxDailyLoss: decimal(1) },
    strategyLimits: { maxPosition: decimal(1), maxOrdersPerDay: 1, maxDailyLoss: decimal(1) },
  };

  it('that are all broken refuse what opens, by the account’s loss first', () => {
    expect(refuse('buy 1', broken)?.message).toBe(
      'The account lost 100 on 2026-11-22; its limit is 1 a day.',
    );
    const { maxDailyLoss: _, ...withoutLoss } = broken.accountLimits;
    expect(refuse('buy 1', { ...broken, accountLimits: withoutLoss })?.code).toBe('MAX_ORDERS_PER_DAY');
    expect(refuse('buy 1', { ...broken, accountLimits: {} })?.message).toContain('The strategy lost 50 ');
  });

  it.each(['sell 1', 'sell 100'])(
    'let whatever brings the position closer to flat pass: %s of 100',
    (order) => {
      expect(refuse(order, broken)).toBeUndefined();
      expect(refuse(order.replace('sell', 'buy'), { ...broken, positions: holding(-100) })).toBeUndefined();
    },
  );

  it.each(['sell 101', 'sell 200', 'sell 1000'])('refuse what turns the position: %s of 100', (order) => {
    expect(refuse(order, broken)?.code).toBe('MAX_DAILY_LOSS');
  });

  it.each(['constructor', 'toString', 'hasOwnProperty'])('hold for a strategy called %s', (name) => {
    const strategyId = name as StrategyId;
    const limited = { strategyId, strategyLimits: { maxOrdersPerDay: 1 } };
    expect(refuse('buy 1', limited)).toBeUndefined();
    const daily = addFigures(figuresOn(undefined, DAY), strategyId, figures(1, 0));
    expect(refuse('buy 1', { ...limited, daily })?.code).toBe('MAX_ORDERS_PER_DAY');
  });
});

describe('a day’s figures', () => {
  const before = dailyOf(figures(3, -5), { trend: figures(3, -5) });

  it('are none at first, and on a new day', () => {
    const none = { day: DAY, orders: 0, realizedPnl: '0', strategies: {} };
    expect(figuresOn(undefined, DAY)).toEqual(none);
    expect(figuresOn(before, '2026-11-23')).toEqual({ ...none, day: '2026-11-23' });
    expect(figuresOn(before, '2027-01-01')).toEqual({ ...none, day: '2027-01-01' });
  });

  it('stay on the same day, and when a clock that lags says that it is the day before', () => {
    expect(figuresOn(before, DAY)).toBe(before);
    expect(figuresOn(before, '2026-11-21')).toBe(before);
  });

  it('add up, the account’s and each strategy’s', () => {
    const done: readonly (readonly [StrategyId, Figures])[] = [
      [STRATEGY, figures(1, '0.1')],
      [OTHER, figures(2, '-7.25')],
      [STRATEGY, figures(0, '0.2')],
      [STRATEGY, figures(1, 0)],
    ];
    const frozen = Object.freeze({ ...before, strategies: Object.freeze({ ...before.strategies }) });
    expect(done.reduce<DailyFigures>((daily, [id, what]) => addFigures(daily, id, what), frozen)).toEqual({
      day: DAY,
      orders: 7,
      realizedPnl: '-11.95',
      strategies: {
        trend: { orders: 5, realizedPnl: '-4.7' },
        other: { orders: 2, realizedPnl: '-7.25' },
      },
    });
  });

  it('are the same in whatever order they are added, and the account’s are those of all strategies', () => {
    const ids = ['a', 'b', 'constructor'] as StrategyId[];
    const what = fc.record({
      id: fc.constantFrom(...ids),
      orders: fc.nat(3),
      realizedPnl: fc.integer({ min: -1_000_000, max: 1_000_000 }).map((cents) => decimal(`${cents}e-2`)),
    });
    const fold = (all: readonly ({ id: StrategyId } & Figures)[]) =>
      all.reduce((daily, { id, ...each }) => addFigures(daily, id, each), figuresOn(undefined, DAY));
    fc.assert(
      fc.property(fc.array(what, { maxLength: 30 }), (all) => {
        const daily = fold(all);
        expect(fold(all.toReversed())).toEqual(daily);
        for (const id of ids.filter((candidate) => all.some((each) => each.id === candidate))) {
          const own = all.filter((each) => each.id === id);
          expect(daily.strategies[id]).toEqual({
            orders: own.reduce((total, { orders }) => total + orders, 0),
            realizedPnl: own.reduce((total, { realizedPnl }) => add(total, realizedPnl), ZERO),
          });
        }
        const strategies = Object.values(daily.strategies);
        expect(daily.orders).toBe(strategies.reduce((total, { orders }) => total + orders, 0));
        const sum = strategies.reduce((total, { realizedPnl }) => add(total, realizedPnl), ZERO);
        expect(daily.realizedPnl).toBe(sum);
      }),
    );
  });
});

describe('whatever the account holds and has open', () => {
  const quantity = fc.integer({ min: 1, max: 30 }).map(decimal);
  const side = fc.constantFrom<Side>('buy', 'sell');
  const openOrder: fc.Arbitrary<Order> = fc
    .record({
      side,
      quantity,
      filled: fc.nat(29),
      reduceOnly: fc.boolean(),
      symbol: fc.constantFrom('MNQM5', 'ES'),
      status: fc.constantFrom<OrderStatus>('NEW', 'UNKNOWN', 'PENDING_CANCEL', 'CANCELED'),
    })
    .map(({ filled, status, ...what }) => ({
      ...intentOf(`${what.side} ${what.quantity}`, what),
      status,
      filledQuantity: decimal(Math.min(filled, Number(what.quantity))),
    }));
  const limits = fc.record(
    {
      maxPosition: quantity,
      maxOrdersPerDay: fc.integer({ min: 1, max: 5 }),
      maxDailyLoss: quantity,
    },
    { requiredKeys: [] },
  );
  const anyFigures = fc.record({
    orders: fc.nat(6),
    realizedPnl: fc.integer({ min: -40, max: 40 }).map(decimal),
  });
  const input: fc.Arbitrary<RiskInput> = fc.record({
    order: fc
      .record({ side, quantity, reduceOnly: fc.boolean() })
      .map(({ side, quantity, reduceOnly }) => intentOf(`${side} ${quantity}`, { reduceOnly })),
    strategyId: fc.constantFrom(STRATEGY, OTHER),
    positions: fc.integer({ min: -40, max: 40 }).map((held) => holding(held)),
    openOrders: fc.array(openOrder, { maxLength: 4 }),
    accountLimits: limits,
    strategyLimits: limits,
    daily: fc.tuple(anyFigures, anyFigures).map(([account, own]) => dailyOf(account, { trend: own })),
  });

  /** All that the position can become: any of the open orders fill, each of them wholly, besides the order. */
  function reachable({ order, positions, openOrders }: RiskInput): number[] {
    const change = ({ side, quantity }: OrderIntent, filled = '0') =>
      (side === 'buy' ? 1 : -1) * (Number(quantity) - Number(filled));
    const start = Number(positions[order.symbol]?.quantity ?? 0) + change(order);
    return openOrders
      .filter((open) => open.symbol === order.symbol && !open.reduceOnly && open.status !== 'CANCELED')
      .reduce(
        (reached, open) => reached.flatMap((at) => [at, at + change(open, open.filledQuantity)]),
        [start],
      );
  }

  it('an order that may only reduce is never refused', () => {
    fc.assert(
      fc.property(input, (asked) => {
        expect(refuseByRisk({ ...asked, order: { ...asked.order, reduceOnly: true } })).toBeUndefined();
      }),
    );
  });

  it('an order that is let pass cannot drive the position beyond a limit', () => {
    fc.assert(
      fc.property(input, (asked) => {
        const entry = { ...asked, order: { ...asked.order, reduceOnly: false } };
        fc.pre(refuseByRisk(entry) === undefined);
        const direction = entry.order.side === 'buy' ? 1 : -1;
        const furthest = Math.max(...reachable(entry).map((at) => at * direction));
        for (const { maxPosition } of [asked.accountLimits, asked.strategyLimits]) {
          expect(furthest).toBeLessThanOrEqual(Number(maxPosition ?? Number.POSITIVE_INFINITY));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('an order is refused by no limit that is not set, and by the limit that it says', () => {
    const limitOf: Readonly<Record<string, keyof RiskLimits>> = {
      MAX_POSITION: 'maxPosition',
      MAX_ORDERS_PER_DAY: 'maxOrdersPerDay',
      MAX_DAILY_LOSS: 'maxDailyLoss',
    };
    fc.assert(
      fc.property(input, (asked) => {
        expect(refuseByRisk({ ...asked, accountLimits: {}, strategyLimits: {} })).toBeUndefined();
        const refused = refuseByRisk(asked);
        fc.pre(refused !== undefined);
        const name = limitOf[refused?.code ?? ''] ?? 'maxPosition';
        expect(asked.accountLimits[name] ?? asked.strategyLimits[name]).toBeDefined();
        const { [name]: _, ...accountLimits } = asked.accountLimits;
        const { [name]: __, ...strategyLimits } = asked.strategyLimits;
        expect(refuseByRisk({ ...asked, accountLimits, strategyLimits })?.code).not.toBe(refused?.code);
      }),
      { numRuns: 1_000 },
    );
  });
});

import { describe, expect, it } from 'vitest';
import type { OpenOrder } from '../../functions/core/books.ts';
import { CLOSED_CIRCUIT } from '../../functions/core/circuit.ts';
import type { InstrumentSettings, Strategy } from '../../functions/core/configuration.ts';
import { decimal } from '../../functions/core/decimal.ts';
import type { ClientOrderId, StrategyId } from '../../functions/core/ids.ts';
import type { Signal } from '../../functions/core/signal.ts';
import { type DecisionInput, decide } from '../../functions/engine/decide.ts';
import { EXECUTION_ID, orderOf } from '../core/order-of.ts';
import { CAPABLE } from '../support/capable.ts';
import { accountOf, requestOf, strategyOf } from '../support/world.ts';

const NOW_MS = Date.parse('2026-11-21T22:00:00.000Z');
const STOP_AT_95 = { type: 'price', price: decimal(95) } as const;

interface Case extends Partial<Omit<DecisionInput, 'account' | 'books' | 'controls' | 'request'>> {
  readonly signal?: Partial<Signal>;
  readonly strategy?: Partial<Strategy>;
  readonly enabled?: boolean;
  readonly instruments?: InstrumentSettings;
  /** Of MNQM5, signed. */
  readonly position?: number;
  readonly open?: readonly OpenOrder[];
}

function decided({ signal = {}, strategy, position = 0, open = [], ...rest }: Case) {
  const { enabled = true, instruments = {}, ...changes } = rest;
  const quantity = decimal(position);
  return decide({
    request: requestOf('account', signal),
    account: {
      configuration: accountOf('account', { enabled, instruments }),
      positions: {},
      openOrders: {},
      fencingToken: 1,
    } as unknown as DecisionInput['account'],
    books: {
      positions: { MNQM5: { quantity, averagePrice: decimal(100), realizedPnl: decimal(0) } },
      openOrders: Object.fromEntries(open.map((each) => [each.order.clientOrderId, each])),
      daily: undefined,
      trades: {},
    },
    controls: {
      strategy: strategyOf('strategy', 'hook', ['account'], { allowShort: true, ...strategy }),
      circuit: CLOSED_CIRCUIT,
      strategyHalt: undefined,
      globalHalt: undefined,
    },
    venue: { guarantee: 'PERMANENT', capabilities: CAPABLE },
    expiresAtMs: NOW_MS,
    nowMs: NOW_MS,
    ...changes,
  });
}

/** An open order of an earlier execution: a stop-loss at a price, or an entry that still works. */
function openOrder(id: string, stopPrice?: number, symbol = 'MNQM5'): OpenOrder {
  const order = orderOf({ id, symbol });
  return {
    executionId: EXECUTION_ID,
    order:
      stopPrice === undefined
        ? order
        : { ...order, leg: 'stop-loss', side: 'sell', type: 'stop', stopPrice: decimal(stopPrice) },
  };
}

describe('whether to execute at all', () => {
  it('is decided by the account, whatever is asked for', () => {
    expect(decided({ enabled: false })).toMatchObject({
      kind: 'skip',
      reason: { code: 'ACCOUNT_DISABLED' },
    });
  });

  it('is decided by the age of the signal: to the millisecond', () => {
    expect(decided({ expiresAtMs: NOW_MS })).toMatchObject({ kind: 'orders' });
    expect(decided({ expiresAtMs: NOW_MS - 1 })).toMatchObject({ reason: { code: 'SIGNAL_EXPIRED' } });
  });

  it('is refused when the strategy was deleted', () => {
    const controls = { strategy: undefined, circuit: CLOSED_CIRCUIT } as DecisionInput['controls'];
    expect(decided({ controls } as Case)).toMatchObject({
      kind: 'skip',
      reason: { code: 'STRATEGY_NOT_FOUND' },
    });
  });
});

describe('the intent', () => {
  it('of a plain entry is its order, about to be sent, and nothing else', () => {
    expect(decided({})).toStrictEqual({
      kind: 'orders',
      isEntry: true,
      intent: { orders: [expect.objectContaining({ leg: 'entry', side: 'buy', status: 'SENDING' })] },
    });
  });

  it('holds the stop-loss of an entry and what its strategy wants done after a rollback', () => {
    expect(
      decided({ signal: { stopLoss: STOP_AT_95 }, strategy: { cleanup: ['flatten-symbol'] } }),
    ).toMatchObject({ intent: { stopLoss: STOP_AT_95, cleanup: ['flatten-symbol'] } });
  });

  it('of an exit has no stop-loss, whatever the signal says', () => {
    expect(decided({ signal: { action: 'exit', stopLoss: STOP_AT_95 }, position: 2 })).toStrictEqual({
      kind: 'orders',
      isEntry: false,
      intent: { orders: [expect.objectContaining({ leg: 'exit', side: 'sell', status: 'SENDING' })] },
    });
  });
});

describe('the stop-loss of a position', () => {
  const stop = openOrder('of-stop', 95);

  it('makes way for an order against the position, which waits until it has', () => {
    expect(decided({ signal: { action: 'exit' }, position: 2, open: [stop] })).toMatchObject({
      intent: {
        orders: [{ status: 'INTENT' }],
        cancels: ['of-stop'],
        decidedOn: { MNQM5: '2' },
      },
    });
    expect(decided({ signal: { action: 'buy' }, position: -2, open: [stop] })).toMatchObject({
      intent: { cancels: ['of-stop'], decidedOn: { MNQM5: '-2' } },
    });
  });

  it.each([
    ['buy', 2],
    ['sell', -2],
    ['buy', 0],
    ['sell', 0],
  ] as const)('stays when %s adds to a position of %s', (action, position) => {
    const decision = decided({ signal: { action }, position, open: [stop] });
    expect(decision).toMatchObject({
      kind: 'orders',
      isEntry: true,
      intent: { orders: [{ status: 'SENDING' }] },
    });
    expect(decision).not.toHaveProperty('intent.cancels');
    expect(decision).not.toHaveProperty('intent.decidedOn');
  });

  it('of another symbol stays, and so does an entry there that still works', () => {
    const open = [openOrder('of-other', 95, 'MESM5'), openOrder('of-working', undefined, 'MESM5')];
    const decision = decided({ signal: { action: 'exit' }, position: 2, open });
    expect(decision).toMatchObject({ intent: { orders: [{ status: 'SENDING' }] } });
    expect(decision).not.toHaveProperty('intent.cancels');
  });

  it.each([
    [2, 'exit', [90, 97, 95]],
    [-2, 'exit', [110, 103, 105]],
  ] as const)('of a position of %s makes way with all others there', (position, action, prices) => {
    const open = prices.map((price) => openOrder(`of-${price}`, price));
    expect(decided({ signal: { action }, position, open })).toMatchObject({
      intent: { cancels: prices.map((price) => `of-${price}` as ClientOrderId) },
    });
  });

  it('is not left out in favor of an exit that waits for its price', () => {
    const pricing = { type: 'limit', limitPrice: decimal(110) } as const;
    expect(decided({ signal: { action: 'exit', pricing }, position: 2, open: [stop] })).toMatchObject({
      kind: 'deny',
      reason: { code: 'POSITION_PROTECTED' },
    });
    expect(decided({ signal: { action: 'exit', pricing }, position: 2 })).toMatchObject({
      intent: { orders: [{ type: 'limit', limitPrice: '110', reduceOnly: true }] },
    });
  });
});

const UNASKABLE = { guarantee: 'NONE', capabilities: CAPABLE } as const;

describe('an order that may wait', () => {
  const limitPrice = decimal(98);
  const limit = { pricing: { type: 'limit', limitPrice } } as const;
  const stop = { pricing: { type: 'stop', stopPrice: decimal(102) } } as const;

  it.each<[Partial<Signal>, 'deny' | 'orders']>([
    [{ ...limit, timeInForce: 'day' }, 'deny'],
    [{ ...limit, timeInForce: 'gtc' }, 'deny'],
    [{ ...stop, timeInForce: 'ioc' }, 'deny'],
    [{ ...limit, timeInForce: 'ioc' }, 'orders'],
    [{ ...limit, timeInForce: 'fok' }, 'orders'],
    [{ timeInForce: 'gtc' }, 'orders'],
  ])('%j: at a venue that cannot be asked about orders: %s', (signal, kind) => {
    expect(decided({ signal, venue: UNASKABLE })).toMatchObject({
      kind,
      ...(kind === 'deny' ? { reason: { code: 'ORDER_TYPE_UNSUPPORTED' } } : {}),
    });
    expect(decided({ signal }).kind).toBe('orders');
  });
});

describe('an entry with a stop-loss', () => {
  const signal = { stopLoss: STOP_AT_95 };

  it('is refused at a venue that cannot be asked about orders', () => {
    expect(decided({ signal, venue: UNASKABLE })).toMatchObject({
      kind: 'deny',
      reason: { code: 'PROTECTION_UNSUPPORTED' },
    });
    expect(decided({ venue: UNASKABLE })).toMatchObject({ kind: 'orders' });
  });

  const unpriced = (asked: Partial<Signal>) => {
    const { price: _, ...bare } = requestOf('account', asked).signal;
    return decided({ request: { ...requestOf('account', {}), signal: bare }, position: 2 } as Case);
  };

  it('is judged by its fill when the signal names no price', () => {
    expect(unpriced(signal)).toMatchObject({ kind: 'orders' });
  });

  it('that leaves no place for the entry below its take-profit is refused, once the side is known', () => {
    const takeProfit = { type: 'price', price: decimal(90) } as const;
    const refused = { kind: 'deny', reason: { code: 'STOP_LOSS_WRONG_SIDE' } };
    expect(unpriced({ ...signal, action: 'add', takeProfit })).toMatchObject(refused);
    expect(unpriced({ ...signal, action: 'reverse', takeProfit })).toMatchObject({ kind: 'orders' });
  });
});

describe('a sale by a continuous symbol that has rolled', () => {
  const sale = {
    signal: { action: 'sell', symbol: 'MNQ1!' },
    strategy: { allowShort: false },
    instruments: { MNQ: { contract: 'MNQZ6' } },
  } as const;

  it('closes what is still held of the contract before', () => {
    expect(decided({ ...sale, position: 2 })).toMatchObject({
      isEntry: false,
      intent: { orders: [{ symbol: 'MNQM5', side: 'sell', quantity: '1', reduceOnly: true }] },
    });
    expect(decided({ ...sale, position: 0 })).toMatchObject({ reason: { code: 'NO_LONG_POSITION' } });
  });

  it('that stands for nothing known is refused for that where nothing is held', () => {
    const symbol = 'ZC1!';
    expect(decided({ ...sale, signal: { action: 'sell', symbol } })).toMatchObject({
      reason: { code: 'SYMBOL_UNKNOWN' },
    });
  });
});

describe('an order that works against the position', () => {
  const working = (quantity: number): OpenOrder => ({
    executionId: EXECUTION_ID,
    order: orderOf({
      id: 'of-exit',
      leg: 'exit',
      side: 'sell',
      reduceOnly: true,
      quantity: decimal(quantity),
    }),
  });
  const two = working(2);

  it('goes before the next, which is decided on what it would have left', () => {
    expect(decided({ signal: { action: 'exit' }, position: 3, open: [two] })).toMatchObject({
      kind: 'orders',
      isEntry: false,
      intent: {
        orders: [{ side: 'sell', quantity: '1', reduceOnly: true, status: 'INTENT' }],
        cancels: ['of-exit'],
        decidedOn: { MNQM5: '1' },
      },
    });
  });

  it('goes with the stop-loss', () => {
    const open = [openOrder('of-stop', 95), two];
    expect(decided({ signal: { action: 'exit' }, position: 3, open })).toMatchObject({
      intent: { cancels: ['of-stop', 'of-exit'], decidedOn: { MNQM5: '1' } },
    });
  });

  it('leaves a signal that turns the position only the turn', () => {
    const quantity = decimal(5);
    const open = [working(3)];
    expect(decided({ signal: { action: 'sell', quantity }, position: 3, open })).toMatchObject({
      isEntry: true,
      intent: { orders: [{ quantity: '5' }], cancels: ['of-exit'], decidedOn: { MNQM5: '0' } },
    });
  });

  it('is told of when it leaves nothing to do', () => {
    const signal = { action: 'exit' } as const;
    const message = expect.stringContaining('An order that works at the venue');
    const open = [working(3)];
    const nothing = { kind: 'skip', reason: { code: 'NO_POSITION', message } };
    expect(decided({ signal, position: 3, open })).toMatchObject(nothing);
    expect(decided({ signal })).not.toMatchObject(nothing);
  });
});

describe('an entry that still works', () => {
  const entry = openOrder('of-working');

  it('is cancelled first by a signal that contradicts it', () => {
    const signal = { action: 'exit' } as const;
    expect(decided({ signal, position: 3, open: [entry] })).toStrictEqual({
      kind: 'cancel',
      orders: [entry],
    });
  });

  it('is not asked for again where the venue denied having it', () => {
    const open = [{ ...entry, watchUntilMs: NOW_MS }];
    expect(decided({ signal: { action: 'exit' }, position: 3, open })).toMatchObject({ kind: 'orders' });
  });
});

describe('a cancel', () => {
  const signal = { action: 'cancel' } as const;

  it('ends what works of entries and exits in its symbol, and no stop-loss', () => {
    const working = openOrder('of-working');
    const open = [working, openOrder('of-stop', 95), openOrder('of-other', undefined, 'MESM5')];
    expect(decided({ signal, open })).toStrictEqual({ kind: 'cancel', orders: [working] });
  });

  it('finds nothing to end where only a stop-loss works', () => {
    expect(decided({ signal, open: [openOrder('of-stop', 95)] })).toMatchObject({
      kind: 'skip',
      reason: { code: 'NO_WORKING_ORDERS' },
    });
  });

  it('passes while entries are halted', () => {
    const halt = { scope: 'entries', reason: 'Enough.', haltedBy: 'operator', haltedAtMs: 1 } as const;
    const controls = {
      strategy: strategyOf('strategy', 'hook', ['account']),
      circuit: CLOSED_CIRCUIT,
      strategyHalt: halt,
      globalHalt: undefined,
    };
    expect(decided({ signal, controls, open: [openOrder('of-1')] } as Case)).toMatchObject({
      kind: 'cancel',
    });
    expect(decided({ controls } as Case)).toMatchObject({
      reason: {
        code: 'STRATEGY_HALTED',
        message: `The strategy ${'strategy' as StrategyId} is halted: Enough.`,
      },
    });
  });
});

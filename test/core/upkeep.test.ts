import { describe, expect, it } from 'vitest';
import type { Books, OpenOrder } from '../../functions/core/books.ts';
import type { OcoKind } from '../../functions/core/configuration.ts';
import { decimal, ZERO } from '../../functions/core/decimal.ts';
import { clientOrderIdOf } from '../../functions/core/ids.ts';
import { applyOrderEvent, type Order, type OrderStatus } from '../../functions/core/order.ts';
import { protectiveOrders } from '../../functions/core/protection.ts';
import { type Trade, waitingTrade } from '../../functions/core/trade.ts';
import { nextUpkeep } from '../../functions/core/upkeep.ts';
import { EXECUTION_ID, orderOf } from './order-of.ts';

const PRICES = {
  stopLoss: { type: 'price', price: decimal(95) },
  takeProfit: { type: 'price', price: decimal(110) },
} as const;

/** A trade that holds 2 at 100, with a stop-loss and a take-profit. */
const HELD: Trade = {
  ...waitingTrade({ executionId: EXECUTION_ID, symbol: 'MNQM5', side: 'buy' }, PRICES),
  openedQuantity: decimal(2),
  openQuantity: decimal(2),
  entryPrice: decimal(100),
  legs: 1,
};

/** The orders that protect a trade, as the venue has them. */
function legsOf(trade: Trade, status: OrderStatus = 'NEW', revision = 1): OpenOrder[] {
  const orders = protectiveOrders({ ...trade, quantity: trade.openQuantity, revision }) ?? [];
  return orders.map((order) => ({ executionId: EXECUTION_ID, order: { ...order, status } }));
}

const closing = (status: OrderStatus): OpenOrder => ({
  executionId: EXECUTION_ID,
  order: { ...orderOf({ id: 'of-close', leg: 'close', side: 'sell' }), reduceOnly: true, status },
});

function next(trade: Trade, open: readonly OpenOrder[], pairs: OcoKind = 'native') {
  const books: Books = {
    positions: {
      MNQM5: { quantity: trade.openQuantity, averagePrice: decimal(100), realizedPnl: ZERO },
    },
    openOrders: Object.fromEntries(open.map((each) => [each.order.clientOrderId, each])),
    daily: undefined,
    trades: { [EXECUTION_ID]: trade },
  };
  const step = nextUpkeep(books, { pairs, tickSizeOf: () => undefined, except: new Set() });
  if (step === undefined) {
    return 'nothing';
  }
  const orders: readonly Order[] =
    'orders' in step ? step.orders : 'open' in step ? step.open.map(({ order }) => order) : [];
  const wanted = step.kind === 'bring' ? (step.wanted ? ' wanted' : ' not wanted') : '';
  return [`${step.kind}${wanted}`, ...orders.map(({ leg, quantity }) => `${leg} ${quantity}`)].join(', ');
}

describe.each<OcoKind>(['native', 'kept'])('what is to be done where pairs are %s', (pairs) => {
  it.each<[string, Trade, readonly OpenOrder[], string]>([
    ['has what it is to have', HELD, legsOf(HELD), 'nothing'],
    ['has nothing', HELD, [], 'add, stop-loss-2 2, take-profit-2 2'],
    ['holds nothing yet', { ...HELD, openQuantity: ZERO, openedQuantity: ZERO }, [], 'nothing'],
    ['wants nothing', { ...HELD, protection: {} }, [], 'nothing'],
    [
      'holds less than its orders close',
      { ...HELD, openQuantity: decimal(1) },
      legsOf(HELD),
      'cancel, stop-loss 2, take-profit 2',
    ],
    ['is closed', { ...HELD, openQuantity: ZERO }, legsOf(HELD), 'cancel, stop-loss 2, take-profit 2'],
    [
      'is closed, and has orders that may be on their way',
      { ...HELD, openQuantity: ZERO },
      legsOf(HELD, 'UNKNOWN'),
      'bring not wanted, stop-loss 2, take-profit 2',
    ],
    [
      'has orders that may be on their way',
      HELD,
      legsOf(HELD, 'UNKNOWN'),
      'bring wanted, stop-loss 2, take-profit 2',
    ],
    [
      'wants nothing any more, and has orders that may be on their way',
      { ...HELD, protection: {} },
      legsOf(HELD, 'SENDING'),
      'bring not wanted, stop-loss 2, take-profit 2',
    ],
    ['was refused', { ...HELD, refusal: 'No.' }, legsOf(HELD), 'cancel, stop-loss 2, take-profit 2'],
    ['was refused, and has no orders left', { ...HELD, refusal: 'No.' }, [], 'add, close 2'],
    [
      'was refused, and could not be closed once',
      { ...HELD, refusal: 'No.', closings: 1 },
      [],
      'add, close-2 2',
    ],
    ['was refused, and could not be closed', { ...HELD, refusal: 'No.', closings: 3 }, [], 'halt'],
    ['was refused, and is being closed', { ...HELD, refusal: 'No.' }, [closing('NEW')], 'nothing'],
    [
      'was refused, and may be being closed',
      { ...HELD, refusal: 'No.' },
      [closing('UNKNOWN')],
      'bring wanted, close 4',
    ],
    [
      'cannot be protected at its price',
      { ...HELD, protection: { stopLoss: { type: 'amount', amount: decimal(100) } } },
      [],
      'refuse',
    ],
    ['was protected otherwise before', { ...HELD, fallback: {} }, legsOf(HELD), 'confirm'],
  ])('for a trade that %s', (_, trade, open, expected) => {
    expect(next(trade, open, pairs)).toBe(expected);
  });

  it('with an order that the venue denied having: it is not counted on', () => {
    const denied = legsOf(HELD, 'UNKNOWN').map((leg) => ({ ...leg, watchUntilMs: 1 }));
    expect(next(HELD, denied, pairs)).toBe('add, stop-loss-2 2, take-profit-2 2');
  });

  it('with an order that turned up late beside the one that took its place: one goes', () => {
    const [stop] = legsOf({ ...HELD, protection: { stopLoss: PRICES.stopLoss } }, 'NEW', 2);
    expect(next(HELD, [...legsOf(HELD), ...(stop ? [stop] : [])], pairs)).toMatch(/^cancel, .*stop-loss-2 2/);
  });

  it('with an exit of its own that works: it is waited for', () => {
    const exit: OpenOrder = {
      executionId: EXECUTION_ID,
      order: { ...orderOf({ leg: 'exit', side: 'sell', status: 'NEW' }), reduceOnly: true },
    };
    expect(next(HELD, [exit], pairs)).toBe('nothing');
  });
});

describe('a price that was changed', () => {
  const changed: Trade = {
    ...HELD,
    protection: { ...PRICES, stopLoss: { type: 'price', price: decimal(97) } },
  };

  it('replaces that order alone where orders stand by themselves', () => {
    expect(next(changed, legsOf(HELD), 'kept')).toBe('cancel, stop-loss 2');
    expect(next(changed, legsOf(HELD).slice(1), 'kept')).toBe('add, stop-loss-2 2');
  });

  it('replaces the pair where the venue keeps it', () => {
    expect(next(changed, legsOf(HELD), 'native')).toBe('cancel, stop-loss 2, take-profit 2');
  });
});

it('orders that are made are about to be sent, each with an id of its own', () => {
  const [stop] = legsOf(HELD, 'SENDING', 2);
  expect(stop?.order.clientOrderId).toBe(clientOrderIdOf(EXECUTION_ID, 'stop-loss-2'));
  expect(() => stop && applyOrderEvent(stop.order, { kind: 'lost', reason: 'No answer.' })).not.toThrow();
});

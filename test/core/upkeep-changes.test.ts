import { describe, expect, it } from 'vitest';
import type { Books, OpenOrder } from '../../functions/core/books.ts';
import { type Decimal, decimal, ZERO } from '../../functions/core/decimal.ts';
import { clientOrderIdOf, type ExecutionId } from '../../functions/core/ids.ts';
import { type OrderStatus, orderFrom } from '../../functions/core/order.ts';
import { protectiveOrders } from '../../functions/core/protection.ts';
import { type Protection, type Trade, waitingTrade } from '../../functions/core/trade.ts';
import {
  isKept,
  nextUpkeep,
  type Upkeep,
  withClosing,
  withConfirmation,
  withRefusal,
} from '../../functions/core/upkeep.ts';
import { EXECUTION_ID } from './order-of.ts';

const NOBODY = 'sig_nobody~strategy~account' as ExecutionId;
const STOP: Protection = { stopLoss: { type: 'price', price: decimal(95) } };
const trailing = (trail: { type: 'amount'; amount: Decimal } | { type: 'percent'; percent: Decimal }) => ({
  stopLoss: { type: 'trail', trail } as const,
});
const BY_5 = trailing({ type: 'amount', amount: decimal(5) });
const BY_5_PERCENT = trailing({ type: 'percent', percent: decimal(5) });

const held = (protection: Protection = STOP, changes: Partial<Trade> = {}): Trade => ({
  ...waitingTrade({ executionId: EXECUTION_ID, symbol: 'MNQM5', side: 'buy' }, protection),
  openedQuantity: decimal(2),
  openQuantity: decimal(2),
  entryPrice: decimal(100),
  ...changes,
});

function legsOf(trade: Trade, status: OrderStatus = 'NEW'): OpenOrder[] {
  const orders = protectiveOrders({ ...trade, quantity: trade.openQuantity, revision: 1 }) ?? [];
  return orders.map((order) => ({ executionId: EXECUTION_ID, order: { ...order, status } }));
}

function booksOf(trade: Trade, open: readonly OpenOrder[] = []): Books {
  return {
    positions: {},
    daily: undefined,
    openOrders: Object.fromEntries(open.map((each) => [each.order.clientOrderId, each])),
    trades: { [EXECUTION_ID]: trade },
  };
}

const next = (trade: Trade, open: readonly OpenOrder[] = [], except: readonly ExecutionId[] = []) =>
  nextUpkeep(booksOf(trade, open), {
    pairs: 'kept',
    tickSizeOf: () => undefined,
    except: new Set(except),
  });

const kindOf = (upkeep: Upkeep | undefined) => upkeep?.kind ?? 'nothing';

describe('a stop-loss that trails', () => {
  it.each<[string, Protection, Protection, string]>([
    ['as far as wanted', BY_5, BY_5, 'nothing'],
    ['by a percentage as wanted', BY_5_PERCENT, BY_5_PERCENT, 'nothing'],
    ['otherwise', trailing({ type: 'amount', amount: decimal(6) }), BY_5, 'cancel'],
    ['by a percentage in place of an amount', BY_5_PERCENT, BY_5, 'cancel'],
    ['where it is to stand', BY_5, STOP, 'cancel'],
    ['not, where it is to', STOP, BY_5, 'cancel'],
  ])('%s', (_, has, wants, kind) => {
    expect(kindOf(next(held(wants), legsOf(held(has))))).toBe(kind);
  });
});

it('a leg that is being cancelled does not count', () => {
  expect(kindOf(next(held(), legsOf(held(), 'PENDING_CANCEL')))).toBe('cancel');
});

it('a take-profit at another price is replaced', () => {
  const at = (price: number): Protection => ({ takeProfit: { type: 'price', price: decimal(price) } });
  expect(kindOf(next(held(at(110)), legsOf(held(at(120)))))).toBe('cancel');
  expect(kindOf(next(held(at(110)), legsOf(held(at(110)))))).toBe('nothing');
});

it('a trade that is left alone is', () => {
  expect(kindOf(next(held()))).toBe('add');
  expect(kindOf(next(held(), [], [NOBODY]))).toBe('add');
  expect(kindOf(next(held(), [], [EXECUTION_ID]))).toBe('nothing');
});

describe.each([
  ['buy', 'sell'],
  ['sell', 'buy'],
] as const)('what closes a trade that was to %s', (side, closing) => {
  it.each([
    [0, 'close'],
    [1, 'close-2'],
    [2, 'close-3'],
  ])('after %i attempts', (closings, leg) => {
    const upkeep = next(held(STOP, { side, refusal: 'No.', closings }));
    expect(upkeep).toMatchObject({
      kind: 'add',
      orders: [
        {
          clientOrderId: clientOrderIdOf(EXECUTION_ID, leg),
          leg,
          symbol: 'MNQM5',
          side: closing,
          type: 'market',
          quantity: '2',
          timeInForce: 'day',
          reduceOnly: true,
          status: 'SENDING',
        },
      ],
    });
  });

  it.each([
    ['close', 'bring'],
    ['close-2', 'bring'],
    ['close-12', 'bring'],
    ['close-MNQM5', 'nothing'],
    ['disclose', 'nothing'],
  ])('is known by its leg: %s', (leg, kind) => {
    const order = orderFrom({
      clientOrderId: clientOrderIdOf(EXECUTION_ID, leg),
      leg,
      symbol: 'MNQM5',
      side: closing,
      type: 'market',
      quantity: decimal(2),
      timeInForce: 'day',
      reduceOnly: true,
    });
    const open: OpenOrder = { executionId: EXECUTION_ID, order: { ...order, status: 'UNKNOWN' } };
    expect(kindOf(next(held(STOP, { side, refusal: 'No.' }), [open]))).toBe(kind);
  });
});

describe('a trade is kept', () => {
  it.each<[string, Trade, boolean]>([
    ['that is to be protected', held(), true],
    ['that is to be closed', held({}, { refusal: 'No.' }), true],
    ['that wants nothing', held({}), false],
    ['that holds nothing', held(STOP, { openQuantity: ZERO }), false],
  ])('%s', (_, trade, is) => {
    expect(isKept(trade)).toBe(is);
  });
});

describe('the books', () => {
  const tradeIn = (books: Books) => books.trades[EXECUTION_ID];

  it('once a venue has refused a trade’s protection', () => {
    expect(tradeIn(withRefusal(booksOf(held()), EXECUTION_ID, 'No.'))).toEqual({ ...held(), refusal: 'No.' });
    const changed = held(BY_5, { fallback: STOP });
    expect(tradeIn(withRefusal(booksOf(changed), EXECUTION_ID, 'No.'))).toEqual(held(STOP));
  });

  it('once it has taken what is to protect it', () => {
    const changed = held(BY_5, { fallback: STOP });
    expect(tradeIn(withConfirmation(booksOf(changed), EXECUTION_ID))).toEqual(held(BY_5));
  });

  it('once one more order was made to close it', () => {
    expect(tradeIn(withClosing(booksOf(held(STOP, { closings: 1 })), held(STOP, { closings: 1 })))).toEqual(
      held(STOP, { closings: 2 }),
    );
  });

  it('are as they were when there is no such trade', () => {
    const books = booksOf(held());
    expect(withRefusal(books, NOBODY, 'No.')).toBe(books);
    expect(withConfirmation(books, NOBODY)).toBe(books);
    expect(withClosing(books, { ...held(), executionId: NOBODY })).toBe(books);
  });
});

import { subtract } from '../../../../functions/core/decimal.ts';
import type { FakeExchange } from '../exchange.ts';
import type { ExchangeOrder } from '../exchange-order.ts';

/** How the fake shows what its exchange keeps, in Tradovate's entities. */

export const ACCOUNT_ID = 4711;
/** Somebody else's account that the same login sees. */
const OTHER_ACCOUNT_ID = 815;

const FIRST_ORDER = 1_000;
const FIRST_CONTRACT = 70;
const TRADE_DATE = { year: 2026, month: 11, day: 23 };

const TYPE_NAMES = {
  market: 'Market',
  limit: 'Limit',
  stop: 'Stop',
  stop_limit: 'StopLimit',
  trailing_stop: 'TrailingStop',
} as const;
const TIME_NAMES = { day: 'Day', gtc: 'GTC', ioc: 'IOC', fok: 'FOK' } as const;
const STATUSES = {
  NEW: 'Working',
  PARTIALLY_FILLED: 'Working',
  FILLED: 'Filled',
  CANCELED: 'Canceled',
  EXPIRED: 'Expired',
} as const;

/** What the fake trades, in the order of its contracts. */
export const SYMBOLS: readonly [string, ...string[]] = ['MNQZ6', 'MESZ6', 'MGCZ6'];

export const orderIdOf = ({ id }: Pick<ExchangeOrder, 'id'>): number => FIRST_ORDER + Number(id);
export const exchangeIdOf = (orderId: unknown): string => String(Number(orderId) - FIRST_ORDER);
const contractIdOf = (symbol: string): number => FIRST_CONTRACT + SYMBOLS.indexOf(symbol);

export function orderEntity(order: ExchangeOrder) {
  return {
    id: orderIdOf(order),
    accountId: ACCOUNT_ID,
    contractId: contractIdOf(order.symbol),
    timestamp: isoOf(order.createdAtMs),
    action: actionOf(order),
    ordStatus: STATUSES[order.status],
    ...(order.otherId === undefined ? {} : { ocoId: orderIdOf({ id: order.otherId }) }),
    admin: false,
  };
}

/** An order of the other account: nobody of this one may see it. */
export function otherOrderEntity(order: ExchangeOrder) {
  return {
    ...orderEntity(order),
    id: 5_000,
    accountId: OTHER_ACCOUNT_ID,
    timestamp: '2027-01-01T00:00:00.000Z',
  };
}

export function versionEntity(order: ExchangeOrder) {
  const { type, limitPrice, stopPrice, trail } = order;
  return {
    id: orderIdOf(order) + 10_000,
    orderId: orderIdOf(order),
    orderQty: Number(order.quantity),
    orderType: TYPE_NAMES[type],
    ...(limitPrice === undefined ? {} : { price: Number(limitPrice) }),
    ...(stopPrice === undefined ? {} : { stopPrice: Number(stopPrice) }),
    ...(trail?.type === 'amount' ? { pegDifference: Number(trail.amount) } : {}),
    timeInForce: TIME_NAMES[order.timeInForce],
  };
}

export function fillEntities(order: ExchangeOrder) {
  return order.fills.map((fill) => ({
    id: 20_000 + Number(fill.id.slice(1)),
    orderId: orderIdOf(order),
    contractId: contractIdOf(order.symbol),
    timestamp: isoOf(fill.atMs),
    tradeDate: TRADE_DATE,
    action: actionOf(order),
    qty: Number(fill.quantity),
    price: Number(fill.price),
    active: true,
    finallyPaired: 0,
  }));
}

export function positionEntities(exchange: FakeExchange) {
  const position = (symbol: string, netPos: number, accountId: number) => ({
    id: 30_000 + contractIdOf(symbol),
    accountId,
    contractId: contractIdOf(symbol),
    timestamp: isoOf(0),
    tradeDate: TRADE_DATE,
    netPos,
    bought: 0,
    boughtValue: 0,
    sold: 0,
    soldValue: 0,
    prevPos: 0,
  });
  return [
    ...[...exchange.positions].map(([symbol, net]) => position(symbol, Number(net), ACCOUNT_ID)),
    position(SYMBOLS[0], 99, OTHER_ACCOUNT_ID),
  ];
}

export function contractEntity(contractId: number) {
  const name = SYMBOLS[contractId - FIRST_CONTRACT];
  return name === undefined ? [] : [{ id: contractId, name, contractMaturityId: 1, timestamp: isoOf(0) }];
}

export function balanceEntity(exchange: FakeExchange) {
  return {
    totalCashValue: Number(exchange.cash),
    openPnL: Number(subtract(exchange.equity(), exchange.cash)),
  };
}

export const isoOf = (epochMs: number): string => new Date(epochMs).toISOString();

function actionOf({ side }: ExchangeOrder): 'Buy' | 'Sell' {
  return side === 'buy' ? 'Buy' : 'Sell';
}

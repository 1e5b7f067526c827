import * as z from 'zod/mini';
import { add, type Decimal, decimal, digits, divide, multiply } from '../../core/decimal.ts';
import type { BrokerOrderId, ClientOrderId } from '../../core/ids.ts';
import type { OrderIntent, OrderType } from '../../core/order.ts';
import type { BrokerOrder, LookupOutcome } from '../broker.ts';
import { amount, averageOf, positive, sumByCurrency } from './amounts.ts';
import type { Call, CcxtRequest } from './call.ts';
import type { Canceled, Dialect, Named, Pair, Placed } from './dialect.ts';
import { asUnknown } from './errors.ts';
import { type Known, learn } from './learn.ts';

/** Binance's spot market. https://developers.binance.com/docs/binance-spot-api-docs/rest-api */
export const BINANCE: Dialect = {
  words: { taken: /Duplicate order sent/ },
  urlsAt: (endpoint) => ({ public: `${endpoint}/api/v3`, private: `${endpoint}/api/v3` }),
  refusalOf,
  place,
  lookup,
  cancel,
  balances,
  price,
  orders,
};

const LISTED_MAX = 1_000;
const PERCENT_IN_BASIS_POINTS = decimal(100);

const TYPES: Readonly<Record<string, OrderType>> = {
  MARKET: 'market',
  LIMIT: 'limit',
  LIMIT_MAKER: 'limit',
  STOP_LOSS: 'stop',
  STOP_LOSS_LIMIT: 'stop_limit',
};

/** What Binance calls `PENDING_NEW`, or what it may call anything one day, is open until it says otherwise. */
const ENDED: Readonly<Record<string, BrokerOrder['status']>> = {
  FILLED: 'FILLED',
  CANCELED: 'CANCELED',
  REJECTED: 'REJECTED',
  EXPIRED: 'EXPIRED',
  EXPIRED_IN_MATCH: 'EXPIRED',
};

const orderShape = z.object({
  orderId: z.union([z.string(), z.number()]),
  clientOrderId: z.string(),
  symbol: z.string(),
  side: z.enum(['BUY', 'SELL']),
  type: z.string(),
  status: z.string(),
  price: amount,
  stopPrice: z.optional(amount),
  trailingDelta: z.optional(amount),
  origQty: amount,
  executedQty: amount,
  cummulativeQuoteQty: amount,
  /** When it was placed; the answer to placing it has `transactTime` instead. */
  time: z.optional(z.number()),
  transactTime: z.optional(z.number()),
});
type Held = z.output<typeof orderShape>;

const accountShape = z.object({
  balances: z.array(z.object({ asset: z.string(), free: amount, locked: amount })),
});

const idOf = ({ base, quote }: Pair): string => `${base}${quote}`;

function signed(
  method: CcxtRequest['method'],
  path: string,
  parameters: Readonly<Record<string, unknown>>,
): CcxtRequest {
  return { api: 'private', method, path, parameters };
}

function refusalOf(intent: OrderIntent): string | undefined {
  if (intent.type === 'trailing_stop' && basisPointsOf(intent) === undefined) {
    return 'Binance trails by a percentage of at most two digits after the point.';
  }
  const takesTime = intent.type === 'limit' || intent.type === 'stop_limit';
  return takesTime || intent.timeInForce !== 'fok'
    ? undefined
    : `Binance fills no ${intent.type} order whole or not.`;
}

async function place(call: Call, intent: OrderIntent, pair: Pair): Promise<Placed> {
  const request = signed('POST', 'order', {
    symbol: idOf(pair),
    side: intent.side.toUpperCase(),
    quantity: intent.quantity,
    newClientOrderId: intent.clientOrderId,
    newOrderRespType: 'RESULT',
    ...pricingOf(intent),
  });
  const asked = await call.ask(request, orderShape);
  return asked.kind === 'answer'
    ? { kind: 'accepted', order: shown(asked.answer, intent.type, pair) }
    : asked;
}

function pricingOf(intent: OrderIntent): Readonly<Record<string, unknown>> {
  const timeInForce = intent.timeInForce.toUpperCase();
  switch (intent.type) {
    case 'market':
      return { type: 'MARKET' };
    case 'limit':
      return { type: 'LIMIT', price: intent.limitPrice, timeInForce };
    case 'stop':
      return { type: 'STOP_LOSS', stopPrice: intent.stopPrice };
    case 'stop_limit':
      return {
        type: 'STOP_LOSS_LIMIT',
        stopPrice: intent.stopPrice,
        price: intent.limitPrice,
        timeInForce,
      };
    case 'trailing_stop':
      return { type: 'STOP_LOSS', trailingDelta: basisPointsOf(intent) };
  }
}

/** How far a trailing stop trails, in basis points; `undefined` where that is no whole number of them. */
function basisPointsOf({ trail }: Extract<OrderIntent, { type: 'trailing_stop' }>): Decimal | undefined {
  const points = trail.type === 'percent' ? multiply(trail.percent, PERCENT_IN_BASIS_POINTS) : undefined;
  return points !== undefined && digits(points).fraction === 0 ? points : undefined;
}

async function lookup(call: Call, { clientOrderId, pair }: Named): Promise<LookupOutcome> {
  const request = signed('GET', 'order', { symbol: idOf(pair), origClientOrderId: clientOrderId });
  const asked = await call.ask(request, orderShape);
  if (asked.kind === 'answer') {
    const [order] = shownAll([asked.answer], pair);
    return order === undefined ? call.unreadable() : { kind: 'found', order };
  }
  return asked.kind === 'refused' && asked.reason === 'absent'
    ? { kind: 'absent' }
    : asUnknown(call.exchange, asked);
}

async function cancel(call: Call, { clientOrderId, pair }: Named): Promise<Canceled> {
  const request = signed('DELETE', 'order', { symbol: idOf(pair), origClientOrderId: clientOrderId });
  const asked = await call.ask(request, z.object({ status: z.string() }));
  return asked.kind === 'answer' ? { kind: 'accepted' } : asked;
}

function balances(call: Call): Promise<Known<ReadonlyMap<string, Decimal>>> {
  const request = signed('GET', 'account', { omitZeroBalances: true });
  return learn(call, request, accountShape, (account) =>
    sumByCurrency(account.balances.map(({ asset, free, locked }) => [asset, add(free, locked)])),
  );
}

function price(call: Call, pair: Pair): Promise<Known<Decimal>> {
  const request: CcxtRequest = {
    api: 'public',
    method: 'GET',
    path: 'ticker/price',
    parameters: { symbol: idOf(pair) },
  };
  return learn(call, request, z.object({ price: amount }), (ticker) => ticker.price);
}

async function orders(
  call: Call,
  pairs: readonly Pair[],
  limit: number,
): Promise<Known<readonly BrokerOrder[]>> {
  const found: BrokerOrder[] = [];
  for (const pair of pairs) {
    const parameters = { symbol: idOf(pair), limit: Math.min(limit, LISTED_MAX) };
    const request = signed('GET', 'allOrders', parameters);
    const known = await learn(call, request, z.array(orderShape), (list) => shownAll(list, pair));
    if (known.kind === 'unknown') {
      return known;
    }
    found.push(...known.value);
  }
  return { kind: 'known', value: found };
}

/** What Onefill has no word for was placed by somebody else. */
function shownAll(list: readonly Held[], pair: Pair): BrokerOrder[] {
  return list.flatMap((held) => {
    const type = typeOf(held);
    return type === undefined ? [] : [shown(held, type, pair)];
  });
}

function typeOf({ type, trailingDelta }: Held): OrderType | undefined {
  const known = TYPES[type];
  return known === 'stop' && positive(trailingDelta) !== undefined ? 'trailing_stop' : known;
}

function shown(held: Held, type: OrderType, { symbol }: Pair): BrokerOrder {
  const [limitPrice, stopPrice] = [positive(held.price), positive(held.stopPrice)];
  const basisPoints = positive(held.trailingDelta);
  const open = positive(held.executedQty) === undefined ? 'NEW' : 'PARTIALLY_FILLED';
  return {
    brokerOrderId: String(held.orderId) as BrokerOrderId,
    clientOrderId: held.clientOrderId as ClientOrderId,
    symbol,
    side: held.side === 'BUY' ? 'buy' : 'sell',
    type,
    ...(limitPrice === undefined ? {} : { limitPrice }),
    ...(stopPrice === undefined ? {} : { stopPrice }),
    ...(basisPoints === undefined
      ? {}
      : { trail: { type: 'percent', percent: divide(basisPoints, PERCENT_IN_BASIS_POINTS) } as const }),
    quantity: held.origQty,
    status: ENDED[held.status] ?? open,
    filledQuantity: held.executedQty,
    ...averageOf(held.executedQty, held.cummulativeQuoteQty),
    createdAtMs: held.time ?? held.transactTime ?? 0,
  };
}

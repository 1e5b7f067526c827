import * as z from 'zod/mini';
import { add, compare, type Decimal, ZERO } from '../../core/decimal.ts';
import type { OrderIntent } from '../../core/order.ts';
import { acceptedOrder } from '../accepted-order.ts';
import type { BrokerOrder, LookupOutcome } from '../broker.ts';
import { amount, type Holding, sumByCurrency } from './amounts.ts';
import type { Call, CcxtRequest } from './call.ts';
import { configurationShape, type Held, idOf, orderShape, shownAll } from './coinbase-orders.ts';
import type { Canceled, Dialect, Named, Pair, Placed } from './dialect.ts';
import { asUnknown, type Failure } from './errors.ts';
import { type Known, learn } from './learn.ts';

/** Coinbase Advanced. https://docs.cdp.coinbase.com/advanced-trade */
export const COINBASE: Dialect = {
  // A refused order is answered with 200 and its reason, of which one says that there is none.
  words: {
    taken: /DUPLICATE_CLIENT_ORDER_ID/,
    refused: /"error_response":\{"error":"(?!UNKNOWN_FAILURE_REASON)/,
  },
  urlsAt: (endpoint) => ({ rest: endpoint }),
  refusalOf,
  place,
  lookup,
  cancel,
  balances,
  price,
  orders,
};

const ACCOUNTS_PER_PAGE = 250;
/** Orders are listed newest first. One that is looked for by its client order id was placed a short time ago. */
const LISTED_MAX = 250;

const placedShape = z.object({
  success_response: z.object({ order_id: z.string() }),
  order_configuration: configurationShape,
});
const listShape = z.object({ orders: z.array(orderShape) });
const canceledShape = z.object({
  results: z.array(z.object({ success: z.boolean(), failure_reason: z.optional(z.string()) })),
});
const accountsShape = z.object({
  accounts: z.array(
    z.object({
      currency: z.string(),
      available_balance: z.object({ value: amount }),
      hold: z.optional(z.object({ value: amount })),
    }),
  ),
  has_next: z.boolean(),
  cursor: z.optional(z.string()),
});

function signed(
  method: CcxtRequest['method'],
  path: string,
  parameters: Readonly<Record<string, unknown>>,
): CcxtRequest {
  return { api: ['v3', 'private'], method, path: `brokerage/${path}`, parameters };
}

function refusalOf({ type, timeInForce }: OrderIntent): string | undefined {
  return type === 'stop_limit' && timeInForce !== 'gtc'
    ? `Coinbase takes no stop-limit orders that are good for ${timeInForce}.`
    : undefined;
}

async function place(call: Call, intent: OrderIntent, pair: Pair): Promise<Placed> {
  const request = signed('POST', 'orders', {
    client_order_id: intent.clientOrderId,
    product_id: idOf(pair),
    side: intent.side.toUpperCase(),
    order_configuration: configurationOf(intent),
  });
  const asked = await call.ask(request, placedShape);
  if (asked.kind !== 'answer') {
    return asked;
  }
  const { success_response, order_configuration } = asked.answer;
  const [held] = Object.values(order_configuration);
  if (held?.base_size === undefined || compare(held.base_size, intent.quantity) !== 0) {
    // An id that it knows is answered with the order that has it, whatever is sent.
    return {
      kind: 'refused',
      reason: 'taken',
      code: 'CLIENT_ORDER_ID_TAKEN',
      message: 'Coinbase has another order.',
    };
  }
  return { kind: 'accepted', order: acceptedOrder(intent, success_response.order_id, call.nowMs()) };
}

/** The terms of an order; always in the base currency, which ccxt's unified call does not do for a market order to buy. */
function configurationOf(intent: OrderIntent): Readonly<Record<string, unknown>> {
  const size = { base_size: intent.quantity };
  switch (intent.type) {
    case 'market':
      return { [intent.timeInForce === 'fok' ? 'market_market_fok' : 'market_market_ioc']: size };
    case 'limit': {
      const kinds = {
        gtc: 'limit_limit_gtc',
        day: 'limit_limit_gtc',
        ioc: 'sor_limit_ioc',
        fok: 'limit_limit_fok',
      };
      return { [kinds[intent.timeInForce]]: { ...size, limit_price: intent.limitPrice } };
    }
    case 'stop_limit':
      return {
        stop_limit_stop_limit_gtc: {
          ...size,
          limit_price: intent.limitPrice,
          stop_price: intent.stopPrice,
          stop_direction: intent.side === 'buy' ? 'STOP_DIRECTION_STOP_UP' : 'STOP_DIRECTION_STOP_DOWN',
        },
      };
    default:
      return {};
  }
}

/** Coinbase cannot be asked by client order id: without its own number the newest orders of the pair are listed. */
async function lookup(call: Call, named: Named): Promise<LookupOutcome> {
  const found = await find(call, named);
  if (found.kind !== 'answer') {
    return asUnknown(call.exchange, found);
  }
  const [order] = found.answer === undefined ? [] : shownAll([found.answer], [named.pair]);
  if (order !== undefined) {
    return { kind: 'found', order };
  }
  return found.answer === undefined ? { kind: 'absent' } : call.unreadable();
}

type Found = { readonly kind: 'answer'; readonly answer: Held | undefined } | Failure;

async function find(call: Call, { clientOrderId, brokerOrderId, pair }: Named): Promise<Found> {
  if (brokerOrderId !== undefined) {
    const path = `orders/historical/${encodeURIComponent(brokerOrderId)}`;
    const numbered = await call.ask(signed('GET', path, {}), z.object({ order: orderShape }));
    return numbered.kind === 'answer' ? { kind: 'answer', answer: numbered.answer.order } : numbered;
  }
  const asked = await call.ask(listed([pair], LISTED_MAX), listShape);
  return asked.kind === 'answer'
    ? { kind: 'answer', answer: asked.answer.orders.find((order) => order.client_order_id === clientOrderId) }
    : asked;
}

async function cancel(call: Call, named: Named): Promise<Canceled> {
  if (named.brokerOrderId !== undefined) {
    return cancelNumbered(call, named.brokerOrderId);
  }
  const found = await find(call, named);
  if (found.kind !== 'answer') {
    return found.kind === 'refused' ? asUnknown(call.exchange, found) : found;
  }
  return found.answer === undefined
    ? {
        kind: 'refused',
        reason: 'absent',
        code: 'ORDER_NOT_FOUND',
        message: 'Coinbase has no such order.',
      }
    : cancelNumbered(call, found.answer.order_id);
}

async function cancelNumbered(call: Call, orderId: string): Promise<Canceled> {
  const request = signed('POST', 'orders/batch_cancel', { order_ids: [orderId] });
  const asked = await call.ask(request, canceledShape);
  if (asked.kind !== 'answer') {
    return asked;
  }
  const [result] = asked.answer.results;
  if (result === undefined) {
    return call.unreadable();
  }
  return result.success
    ? { kind: 'accepted' }
    : {
        kind: 'refused',
        reason: 'other',
        code: 'ORDER_REJECTED',
        message: result.failure_reason ?? 'No reason.',
      };
}

/** All pages, until the call is over: a currency that is not on the first one is not flat for that. */
async function balances(call: Call): Promise<Known<ReadonlyMap<string, Decimal>>> {
  const held: Holding[] = [];
  let cursor: string | undefined;
  do {
    const page = { limit: ACCOUNTS_PER_PAGE, ...(cursor === undefined ? {} : { cursor }) };
    const known = await learn(call, signed('GET', 'accounts', page), accountsShape, (answer) => answer);
    if (known.kind === 'unknown') {
      return known;
    }
    const { accounts, has_next, cursor: next = '' } = known.value;
    for (const { currency, available_balance, hold } of accounts) {
      held.push([currency, add(available_balance.value, hold?.value ?? ZERO)]);
    }
    cursor = has_next ? next : undefined;
  } while (cursor !== undefined);
  return { kind: 'known', value: sumByCurrency(held) };
}

function price(call: Call, pair: Pair): Promise<Known<Decimal>> {
  const request = signed('GET', `products/${idOf(pair)}`, {});
  return learn(call, request, z.object({ price: amount }), (product) => product.price);
}

function orders(call: Call, pairs: readonly Pair[], limit: number): Promise<Known<readonly BrokerOrder[]>> {
  const request = listed(pairs, Math.min(limit, LISTED_MAX));
  return learn(call, request, listShape, (list) => shownAll(list.orders, pairs));
}

const listed = (pairs: readonly Pair[], limit: number): CcxtRequest =>
  signed('GET', 'orders/historical/batch', { product_ids: pairs.map(idOf), limit });

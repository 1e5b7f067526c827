import { parseDecimal, ZERO } from '../../../functions/core/decimal.ts';
import type { OrderPricing, TimeInForce } from '../../../functions/core/order.ts';
import type { VenueCall } from '../contract/venue-under-test.ts';
import type { FakeExchange, FillBehavior } from '../fakes/exchange.ts';
import type { ExchangeOrder, ExchangeRequest } from '../fakes/exchange-order.ts';
import type { VenueAnswer, VenueLanguage, VenueRequest } from '../fakes/http-venue.ts';

const CALLS: Readonly<Record<string, VenueCall>> = {
  'POST orders': 'place',
  'GET orders/historical/batch': 'lookup',
  'POST orders/batch_cancel': 'cancel',
  'GET accounts': 'positions',
};

interface Configuration {
  readonly base_size?: string;
  readonly limit_price?: string;
  readonly stop_price?: string;
  readonly stop_direction?: string;
}

/** Each kind of order, and for how long it is good. */
const KINDS: Readonly<Record<string, TimeInForce>> = {
  market_market_ioc: 'gtc',
  market_market_fok: 'fok',
  limit_limit_gtc: 'gtc',
  limit_limit_fok: 'fok',
  sor_limit_ioc: 'ioc',
  stop_limit_stop_limit_gtc: 'gtc',
};

const done = (body: unknown): VenueAnswer => ({ status: 200, body });
const refused = (error: string, message: string): VenueAnswer =>
  done({
    success: false,
    error_response: {
      error,
      message,
      error_details: '',
      preview_failure_reason: 'UNKNOWN_PREVIEW_FAILURE_REASON',
    },
  });

const nameOf = ({ method, path }: VenueRequest): string =>
  `${method} ${path.replace('/api/v3/brokerage/', '')}`;

/** Coinbase Advanced, as far as the adapter calls it. An id that it knows is answered with the order that has it. */
export function fakeCoinbase(exchange: FakeExchange): VenueLanguage {
  const configurations = new Map<string, unknown>();
  return {
    callOf: (request) => CALLS[nameOf(request)],
    refuse(request, fault) {
      if (fault === 'rate-limit') {
        return { status: 429, body: { error: 'rate_limit_exceeded', message: 'Too many requests' } };
      }
      switch (nameOf(request)) {
        case 'POST orders':
          return refused('INVALID_PRICE_PRECISION', 'Too many decimals in the price.');
        case 'POST orders/batch_cancel':
          return done({ results: [{ success: false, failure_reason: 'COMMANDER_REJECTED_CANCEL_ORDER' }] });
        default:
          return { status: 403, body: { error: 'PERMISSION_DENIED', message: 'Missing required scopes' } };
      }
    },
    answer(request, fills) {
      if (!/^Bearer [\w-]+\.[\w-]+\.[\w-]+$/.test(request.headers.authorization ?? '')) {
        return { status: 401, body: 'Unauthorized' };
      }
      return answerSigned(exchange, configurations, request, fills);
    },
  };
}

function answerSigned(
  exchange: FakeExchange,
  configurations: Map<string, unknown>,
  request: VenueRequest,
  fills: FillBehavior,
): VenueAnswer {
  const numbered = /^GET orders\/historical\/(\d+)$/.exec(nameOf(request))?.[1];
  if (numbered !== undefined) {
    const order = exchange.byId(numbered);
    return order
      ? done({ order: shown(exchange.inquire(order), configurations.get(order.id)) })
      : { status: 404, body: { error: 'unknown', message: 'order with this orderID was not found' } };
  }
  switch (nameOf(request)) {
    case 'POST orders':
      return place(exchange, configurations, JSON.parse(request.body), fills);
    case 'GET orders/historical/batch': {
      const products = request.query.getAll('product_ids');
      const held = exchange.orders.filter(({ symbol }) => products.includes(symbol)).toReversed();
      const orders = held
        .slice(0, Number(request.query.get('limit')))
        .map((order) => shown(exchange.inquire(order), configurations.get(order.id)));
      return done({ orders, has_next: false });
    }
    case 'POST orders/batch_cancel': {
      const { order_ids } = JSON.parse(request.body) as { readonly order_ids: readonly string[] };
      return done({ results: order_ids.map((id) => cancel(exchange, id, fills)) });
    }
    case 'GET accounts':
      return done({
        accounts: [account('USD', exchange.cash), account('BTC', exchange.position('BTC-USD'))],
        has_next: false,
        cursor: '',
      });
    case 'GET products/BTC-USD':
      return done({ product_id: 'BTC-USD', price: exchange.price('BTC-USD') ?? '' });
    default:
      return { status: 404, body: { error: 'NOT_FOUND' } };
  }
}

const account = (currency: string, value: string) => ({
  currency,
  available_balance: { value, currency },
  hold: { value: '0', currency },
});

interface PlaceBody {
  readonly client_order_id: string;
  readonly product_id: string;
  readonly side: string;
  readonly order_configuration: Readonly<Record<string, Configuration>>;
}

function place(
  exchange: FakeExchange,
  configurations: Map<string, unknown>,
  body: PlaceBody,
  fills: FillBehavior,
): VenueAnswer {
  const [earlier] = exchange.byClientOrderId(body.client_order_id);
  if (earlier) {
    return accepted(earlier, configurations.get(earlier.id));
  }
  const request = requestOf(body);
  if (request === undefined) {
    return refused('INVALID_REQUEST', 'A parameter is missing or malformed.');
  }
  const taken = exchange.place(request, fills);
  if (taken.kind !== 'taken') {
    return refused('INSUFFICIENT_FUND', 'Insufficient balance in source account');
  }
  configurations.set(taken.order.id, body.order_configuration);
  return accepted(taken.order, body.order_configuration);
}

const accepted = ({ id, symbol, side, clientOrderId }: ExchangeOrder, configuration: unknown): VenueAnswer =>
  done({
    success: true,
    success_response: {
      order_id: id,
      product_id: symbol,
      side: side.toUpperCase(),
      client_order_id: clientOrderId,
    },
    order_configuration: configuration,
  });

/** The order in a request; `undefined` where Coinbase would not understand it. */
function requestOf(body: PlaceBody): ExchangeRequest | undefined {
  const [name = '', terms = {}] = Object.entries(body.order_configuration)[0] ?? [];
  const [timeInForce, pricing] = [KINDS[name], pricingOf(name, terms)];
  const quantity = parseDecimal(terms.base_size ?? '');
  const direction = body.side === 'BUY' ? 'STOP_DIRECTION_STOP_UP' : 'STOP_DIRECTION_STOP_DOWN';
  const isDirected = terms.stop_price === undefined || terms.stop_direction === direction;
  return timeInForce === undefined || pricing === undefined || quantity === undefined || !isDirected
    ? undefined
    : {
        clientOrderId: body.client_order_id,
        symbol: body.product_id,
        side: body.side === 'BUY' ? 'buy' : 'sell',
        quantity,
        timeInForce,
        ...pricing,
      };
}

function pricingOf(name: string, { limit_price, stop_price }: Configuration): OrderPricing | undefined {
  const [limitPrice, stopPrice] = [parseDecimal(limit_price ?? ''), parseDecimal(stop_price ?? '')];
  if (name.startsWith('market')) {
    return limitPrice === undefined ? { type: 'market' } : undefined;
  }
  if (name.startsWith('stop')) {
    return limitPrice && stopPrice && { type: 'stop_limit', limitPrice, stopPrice };
  }
  return limitPrice && { type: 'limit', limitPrice };
}

function cancel(exchange: FakeExchange, id: string, fills: FillBehavior) {
  const order = exchange.byId(id);
  return order && exchange.cancel(order, fills === 'late' ? fills : undefined)
    ? { success: true, failure_reason: 'UNKNOWN_CANCEL_FAILURE_REASON', order_id: id }
    : { success: false, failure_reason: 'UNKNOWN_CANCEL_ORDER', order_id: id };
}

const STATUSES: Readonly<Record<ExchangeOrder['status'], string>> = {
  NEW: 'OPEN',
  PARTIALLY_FILLED: 'OPEN',
  FILLED: 'FILLED',
  CANCELED: 'CANCELLED',
  EXPIRED: 'EXPIRED',
};

function shown(order: ExchangeOrder, configuration: unknown): Readonly<Record<string, unknown>> {
  return {
    order_id: order.id,
    client_order_id: order.clientOrderId,
    product_id: order.symbol,
    side: order.side.toUpperCase(),
    status: STATUSES[order.status],
    order_configuration: configuration,
    filled_size: order.filledQuantity,
    average_filled_price: order.averageFillPrice ?? ZERO,
    created_time: new Date(order.createdAtMs).toISOString(),
  };
}

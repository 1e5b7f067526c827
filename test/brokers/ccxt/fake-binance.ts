import {
  type Decimal,
  decimal,
  divide,
  isZero,
  multiply,
  parseDecimal,
  ZERO,
} from '../../../functions/core/decimal.ts';
import type { OrderPricing, TimeInForce } from '../../../functions/core/order.ts';
import type { VenueCall } from '../contract/venue-under-test.ts';
import type { FakeExchange, FillBehavior } from '../fakes/exchange.ts';
import { type ExchangeOrder, type ExchangeRequest, isOpen } from '../fakes/exchange-order.ts';
import type { VenueAnswer, VenueLanguage, VenueRequest } from '../fakes/http-venue.ts';

const QUOTE = 'USDT';

const CALLS: Readonly<Record<string, VenueCall>> = {
  'POST /api/v3/order': 'place',
  'GET /api/v3/order': 'lookup',
  'DELETE /api/v3/order': 'cancel',
  'GET /api/v3/account': 'positions',
};

const NAMES: Readonly<Record<OrderPricing['type'], string>> = {
  market: 'MARKET',
  limit: 'LIMIT',
  stop: 'STOP_LOSS',
  stop_limit: 'STOP_LOSS_LIMIT',
  trailing_stop: 'STOP_LOSS',
};

const refuse = (code: number, msg: string, status = 400): VenueAnswer => ({ status, body: { code, msg } });

/** Binance's spot market, as far as the adapter calls it. Its ids are unique among open orders. */
export function fakeBinance(exchange: FakeExchange, { apiKey }: { readonly apiKey: string }): VenueLanguage {
  return {
    callOf: ({ method, path }) => CALLS[`${method} ${path}`],
    refuse: (request, fault) =>
      fault === 'rate-limit'
        ? refuse(-1003, 'Too much request weight used.', 429)
        : refuse(-2010, `Filter failure: NOTIONAL (${request.method})`),
    answer(request, fills) {
      const parameters = new URLSearchParams(request.body === '' ? request.query : request.body);
      if (request.path === '/api/v3/ticker/price') {
        const price = exchange.price(parameters.get('symbol') ?? '');
        return price === undefined ? refuse(-1121, 'Invalid symbol.') : { status: 200, body: { price } };
      }
      if (
        request.headers['x-mbx-apikey'] !== apiKey ||
        !/^[0-9a-f]{64}$/.test(parameters.get('signature') ?? '')
      ) {
        return refuse(-2014, 'API-key format invalid.', 401);
      }
      return answerSigned(exchange, request, parameters, fills);
    },
  };
}

function answerSigned(
  exchange: FakeExchange,
  { method, path }: VenueRequest,
  parameters: URLSearchParams,
  fills: FillBehavior,
): VenueAnswer {
  switch (`${method} ${path}`) {
    case 'POST /api/v3/order':
      return place(exchange, parameters, fills);
    case 'GET /api/v3/order': {
      const order = latest(exchange, parameters);
      return order
        ? { status: 200, body: shown(exchange.inquire(order), 'time') }
        : refuse(-2013, 'Order does not exist.');
    }
    case 'DELETE /api/v3/order': {
      const order = latest(exchange, parameters);
      return order && exchange.cancel(order, fills === 'late' ? fills : undefined)
        ? { status: 200, body: { ...shown(order, 'transactTime'), clientOrderId: 'of-the-cancel' } }
        : refuse(-2011, 'Unknown order sent.');
    }
    case 'GET /api/v3/allOrders': {
      const held = exchange.orders.filter(({ symbol }) => symbol === parameters.get('symbol'));
      return {
        status: 200,
        body: held.slice(-Number(parameters.get('limit'))).map((order) => shown(order, 'time')),
      };
    }
    case 'GET /api/v3/account':
      return { status: 200, body: { balances: balancesOf(exchange) } };
    default:
      return { status: 404, body: 'no such path' };
  }
}

function place(exchange: FakeExchange, parameters: URLSearchParams, fills: FillBehavior): VenueAnswer {
  const request = requestOf(parameters);
  if (request === undefined) {
    return refuse(-1102, 'A mandatory parameter was not sent, or one is malformed.');
  }
  if (exchange.byClientOrderId(request.clientOrderId).some(isOpen)) {
    return refuse(-2010, 'Duplicate order sent.');
  }
  const taken = exchange.place(request, fills);
  return taken.kind === 'taken'
    ? { status: 200, body: shown(taken.order, 'transactTime') }
    : refuse(-2010, 'Account has insufficient balance for requested action.');
}

/** The order in a request; `undefined` where Binance would not understand it. */
function requestOf(parameters: URLSearchParams): ExchangeRequest | undefined {
  const text = (name: string) => parameters.get(name) ?? '';
  const quantity = parseDecimal(text('quantity'));
  const pricing = pricingOf(parameters);
  if (quantity === undefined || pricing === undefined || !/^[\w-]{1,36}$/.test(text('newClientOrderId'))) {
    return undefined;
  }
  return {
    clientOrderId: text('newClientOrderId'),
    symbol: text('symbol'),
    side: text('side') === 'BUY' ? 'buy' : 'sell',
    quantity,
    timeInForce: (parameters.get('timeInForce') ?? 'GTC').toLowerCase() as TimeInForce,
    ...pricing,
  };
}

/** Each type wants its own parameters, and no others. */
const WANTED: Readonly<Record<string, readonly string[]>> = {
  MARKET: [],
  LIMIT: ['price', 'timeInForce'],
  STOP_LOSS: ['stopPrice'],
  STOP_LOSS_LIMIT: ['price', 'stopPrice', 'timeInForce'],
};

function pricingOf(parameters: URLSearchParams): OrderPricing | undefined {
  const name = parameters.get('type') ?? '';
  const delta = parameters.get('trailingDelta');
  const wanted = delta === null ? WANTED[name] : ['trailingDelta'];
  const given = ['price', 'stopPrice', 'timeInForce', 'trailingDelta'].filter((each) => parameters.has(each));
  if (wanted === undefined || wanted.join() !== given.join() || !/^\d+$/.test(delta ?? '0')) {
    return undefined;
  }
  const [limitPrice, stopPrice] = [
    decimal(parameters.get('price') ?? 0),
    decimal(parameters.get('stopPrice') ?? 0),
  ];
  switch (name) {
    case 'MARKET':
      return { type: 'market' };
    case 'LIMIT':
      return { type: 'limit', limitPrice };
    case 'STOP_LOSS_LIMIT':
      return { type: 'stop_limit', limitPrice, stopPrice };
    default:
      return delta === null
        ? { type: 'stop', stopPrice }
        : {
            type: 'trailing_stop',
            trail: { type: 'percent', percent: divide(decimal(delta), decimal(100)) },
          };
  }
}

function latest(exchange: FakeExchange, parameters: URLSearchParams): ExchangeOrder | undefined {
  return exchange
    .byClientOrderId(parameters.get('origClientOrderId') ?? '')
    .findLast(({ symbol }) => symbol === parameters.get('symbol'));
}

function shown(order: ExchangeOrder, time: 'time' | 'transactTime'): Readonly<Record<string, unknown>> {
  const { limitPrice = ZERO, averageFillPrice = ZERO, trail } = order;
  return {
    symbol: order.symbol,
    orderId: Number(order.id),
    clientOrderId: order.clientOrderId,
    side: order.side.toUpperCase(),
    type: NAMES[order.type],
    status: statusOf(order),
    price: long(limitPrice),
    stopPrice: long(order.stopPrice ?? ZERO),
    origQty: long(order.quantity),
    executedQty: long(order.filledQuantity),
    cummulativeQuoteQty: long(multiply(order.filledQuantity, averageFillPrice)),
    [time]: order.createdAtMs,
    ...(trail?.type === 'percent' ? { trailingDelta: Number(multiply(trail.percent, decimal(100))) } : {}),
  };
}

/** What ends by its time in force is expired there, and not canceled. */
function statusOf({ status, timeInForce }: ExchangeOrder): string {
  return status === 'CANCELED' && timeInForce !== 'gtc' ? 'EXPIRED' : status;
}

/** With eight digits after the point, as Binance writes amounts. */
function long(value: Decimal): string {
  const [whole = '0', fraction = ''] = value.split('.');
  return `${whole}.${fraction.padEnd(8, '0')}`;
}

function balancesOf(exchange: FakeExchange) {
  const held = [...exchange.positions].map(
    ([symbol, position]) => [symbol.replace(QUOTE, ''), position] as const,
  );
  return [[QUOTE, exchange.cash] as const, ...held]
    .filter(([, total]) => !isZero(total))
    .map(([asset, total]) => ({ asset, free: long(total), locked: '0.00000000' }));
}

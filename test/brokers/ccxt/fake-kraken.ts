import { isZero, parseDecimal, ZERO } from '../../../functions/core/decimal.ts';
import type { OrderPricing, TimeInForce } from '../../../functions/core/order.ts';
import type { VenueCall } from '../contract/venue-under-test.ts';
import type { FakeExchange, FillBehavior } from '../fakes/exchange.ts';
import { type ExchangeOrder, type ExchangeRequest, isOpen } from '../fakes/exchange-order.ts';
import type { VenueAnswer, VenueLanguage, VenueRequest } from '../fakes/http-venue.ts';

type Parameters = Readonly<Record<string, string>>;

const CALLS: Readonly<Record<string, VenueCall>> = {
  AddOrder: 'place',
  OpenOrders: 'lookup',
  ClosedOrders: 'lookup',
  CancelOrder: 'cancel',
  BalanceEx: 'positions',
};

const NAMES: Readonly<Record<OrderPricing['type'], string>> = {
  market: 'market',
  limit: 'limit',
  stop: 'stop-loss',
  stop_limit: 'stop-loss-limit',
  trailing_stop: 'trailing-stop',
};

/** Kraken answers 200 even when it refuses. */
const failed = (...error: readonly string[]): VenueAnswer => ({ status: 200, body: { error } });
const done = (result: unknown): VenueAnswer => ({ status: 200, body: { error: [], result } });

const endpointOf = ({ path }: VenueRequest): string => path.split('/').at(-1) ?? '';

/** Kraken's spot market, as far as the adapter calls it. Its ids are unique among open orders. */
export function fakeKraken(exchange: FakeExchange, { apiKey }: { readonly apiKey: string }): VenueLanguage {
  let lastNonce = 0;
  return {
    callOf: (request) => CALLS[endpointOf(request)],
    refuse: (_, fault) =>
      fault === 'rate-limit' ? failed('EAPI:Rate limit exceeded') : failed('EOrder:Cost minimum not met'),
    answer(request, fills) {
      if (endpointOf(request) === 'Ticker') {
        const price = exchange.price(request.query.get('pair') ?? '');
        return price === undefined
          ? failed('EQuery:Unknown asset pair')
          : done({ XXBTZUSD: { c: [price, '1'] } });
      }
      const parameters = parametersOf(request);
      if (request.headers['api-key'] !== apiKey || request.headers['api-sign'] === undefined) {
        return failed('EAPI:Invalid key');
      }
      if (!(Number(parameters.nonce) > lastNonce)) {
        return failed('EAPI:Invalid nonce');
      }
      lastNonce = Number(parameters.nonce);
      return answerSigned(exchange, endpointOf(request), parameters, fills);
    },
  };
}

function parametersOf({ body, headers }: VenueRequest): Parameters {
  return headers['content-type'] === 'application/json'
    ? (JSON.parse(body) as Parameters)
    : Object.fromEntries(new URLSearchParams(body));
}

function answerSigned(
  exchange: FakeExchange,
  endpoint: string,
  parameters: Parameters,
  fills: FillBehavior,
): VenueAnswer {
  const named = exchange.orders.filter(
    ({ clientOrderId }) => parameters.cl_ord_id === undefined || clientOrderId === parameters.cl_ord_id,
  );
  switch (endpoint) {
    case 'AddOrder':
      return place(exchange, parameters, fills);
    case 'OpenOrders': {
      for (const order of parameters.cl_ord_id === undefined ? [] : named) {
        exchange.inquire(order);
      }
      return done({ open: byId(named.filter(isOpen)) });
    }
    case 'ClosedOrders':
      return done({ closed: byId(named.filter((order) => !isOpen(order))), count: named.length });
    case 'CancelOrder': {
      const count = named.filter((order) =>
        exchange.cancel(order, fills === 'late' ? fills : undefined),
      ).length;
      return count === 0 ? failed('EOrder:Unknown order') : done({ count });
    }
    case 'BalanceEx':
      return done({
        ZUSD: { balance: exchange.cash, hold_trade: '0.0000' },
        XXBT: { balance: exchange.position('XBTUSD'), hold_trade: '0.0000000000' },
      });
    default:
      return failed('EGeneral:Unknown method');
  }
}

function place(exchange: FakeExchange, parameters: Parameters, fills: FillBehavior): VenueAnswer {
  const request = requestOf(parameters);
  if (request === undefined) {
    return failed('EGeneral:Invalid arguments');
  }
  if (exchange.byClientOrderId(request.clientOrderId).some(isOpen)) {
    return failed('EOrder:Client order id is in use');
  }
  const taken = exchange.place(request, fills);
  return taken.kind === 'taken'
    ? done({ txid: [idOf(taken.order)], descr: { order: 'in words' } })
    : failed('EOrder:Insufficient funds');
}

/** The order in a request; `undefined` where Kraken would not understand it. */
function requestOf(parameters: Parameters): ExchangeRequest | undefined {
  const { cl_ord_id: clientOrderId = '', pair = '', volume = '', timeinforce = 'GTC' } = parameters;
  const quantity = parseDecimal(volume);
  const pricing = pricingOf(parameters);
  if (quantity === undefined || pricing === undefined || !/^[\w-]{1,18}$/.test(clientOrderId)) {
    return undefined;
  }
  return {
    clientOrderId,
    symbol: pair,
    side: parameters.type === 'buy' ? 'buy' : 'sell',
    quantity,
    timeInForce: timeinforce.toLowerCase() as TimeInForce,
    ...pricing,
  };
}

function pricingOf({ ordertype, price = '', price2 = '' }: Parameters): OrderPricing | undefined {
  const [first, second] = [parseDecimal(price.replace('%', '')), parseDecimal(price2)];
  switch (ordertype) {
    case 'market':
      return price === '' ? { type: 'market' } : undefined;
    case 'limit':
      return first && { type: 'limit', limitPrice: first };
    case 'stop-loss':
      return first && { type: 'stop', stopPrice: first };
    case 'stop-loss-limit':
      return first && second && { type: 'stop_limit', stopPrice: first, limitPrice: second };
    case 'trailing-stop':
      return first && price.startsWith('+') && price.endsWith('%')
        ? { type: 'trailing_stop', trail: { type: 'percent', percent: first } }
        : undefined;
    default:
      return undefined;
  }
}

const idOf = ({ id }: ExchangeOrder): string => `OABCDE-FGHIJ-${id.padStart(6, '0')}`;

function byId(orders: readonly ExchangeOrder[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(orders.map((order) => [idOf(order), shown(order)]));
}

function shown(order: ExchangeOrder): Readonly<Record<string, unknown>> {
  const { limitPrice = ZERO, stopPrice, trail, averageFillPrice = ZERO } = order;
  const trailText = trail?.type === 'percent' ? `+${trail.percent}.0000%` : '0';
  return {
    cl_ord_id: order.clientOrderId,
    status: statusOf(order),
    opentm: order.createdAtMs / 1_000,
    descr: {
      pair: order.symbol,
      type: order.side,
      ordertype: NAMES[order.type],
      price: order.type === 'trailing_stop' ? trailText : (stopPrice ?? limitPrice),
      price2: order.type === 'stop_limit' ? limitPrice : '0',
    },
    vol: order.quantity,
    vol_exec: order.filledQuantity,
    price: averageFillPrice,
    stopprice: stopPrice ?? '0.00000',
  };
}

/** An order that is partly filled is as open as any other there. */
function statusOf({ status, filledQuantity }: ExchangeOrder): string {
  switch (status) {
    case 'NEW':
      return isZero(filledQuantity) ? 'pending' : 'open';
    case 'PARTIALLY_FILLED':
      return 'open';
    case 'FILLED':
      return 'closed';
    default:
      return status.toLowerCase();
  }
}

import {
  compare,
  type Decimal,
  decimal,
  digits,
  isZero,
  parseDecimal,
} from '../../../../functions/core/decimal.ts';
import { ORDER_TYPES, TIMES_IN_FORCE } from '../../../../functions/core/order.ts';
import type { VenueCall } from '../../contract/venue-under-test.ts';
import { type ExchangeOptions, FakeExchange, type FillBehavior } from '../exchange.ts';
import { type ExchangeOrder, type ExchangeRequest, isOpen } from '../exchange-order.ts';
import type { VenueAnswer, VenueLanguage, VenueRequest } from '../http-venue.ts';
import { isLeg, numberOf, orderJson } from './order-json.ts';

/** The keys that the fake takes. */
export interface AlpacaKeys {
  readonly keyId: string;
  readonly secretKey: string;
}

type Body = Readonly<Record<string, unknown>>;

/**
 * A fake Alpaca for one account: the documented answers and errors, and these habits.
 *
 * - A client order id is accepted once, ever: again it is 422 with the generic code 40010001, also after a cancel.
 * - The answer to a new order shows it `accepted` and unfilled, whatever becomes of it at once.
 * - A cancel is 204 and a request only; of what has ended it is 422.
 * - A pair is one order with the take-profit's id. Its stop-loss is a `held` leg with an id that is made up here.
 * - A late fill shows when somebody asks for the second time, since a cancel begins with a question.
 * - Prices have two decimals from a dollar up, four below.
 */
export class FakeAlpaca implements VenueLanguage {
  readonly exchange: FakeExchange;
  /** The keys that are valid now; whoever changes them rotates them. */
  keys: AlpacaKeys;
  /** Symbols that can be traded; others are not found. */
  readonly symbols = new Set(['AAPL', 'BTC/USD']);
  /** Whether answers to pairs and to lookups show their legs. */
  showsLegs = true;
  readonly #askedOnce = new Set<string>();
  #nextLeg = 1;

  /** @param options the exchange's, which lets nobody sell what is not held */
  constructor(keys: AlpacaKeys, options: Omit<ExchangeOptions, 'allowsShort'> = {}) {
    this.keys = keys;
    this.exchange = new FakeExchange({ ...options, allowsShort: false });
  }

  callOf({ method, path }: VenueRequest): VenueCall | undefined {
    if (path === '/v2/positions') {
      return 'positions';
    }
    if (method === 'POST') {
      return 'place';
    }
    if (method === 'DELETE') {
      return 'cancel';
    }
    return path.startsWith('/v2/orders:') ? 'lookup' : undefined;
  }

  refuse({ method }: VenueRequest, fault: 'reject' | 'rate-limit'): VenueAnswer {
    if (fault === 'rate-limit') {
      return {
        status: 429,
        headers: { 'x-ratelimit-limit': '200', 'x-ratelimit-remaining': '0', 'retry-after': '2' },
        body: { message: 'too many requests.' },
      };
    }
    return method === 'DELETE'
      ? error(422, 42210000, 'order is not cancelable')
      : error(403, 40310000, 'insufficient buying power');
  }

  answer(request: VenueRequest, fills: FillBehavior): VenueAnswer {
    const { method, path, query, headers } = request;
    if (
      headers['apca-api-key-id'] !== this.keys.keyId ||
      headers['apca-api-secret-key'] !== this.keys.secretKey
    ) {
      return { status: 401, body: { message: 'unauthorized.' } };
    }
    if (path === '/v2/orders') {
      return method === 'POST' ? this.#post(JSON.parse(request.body), fills) : this.#list(query);
    }
    if (path === '/v2/orders:by_client_order_id') {
      return this.#byClientOrderId(query.get('client_order_id') ?? '');
    }
    const id = /^\/v2\/orders\/([\w-]+)$/.exec(path)?.[1];
    if (id !== undefined) {
      return this.#byId(id, request, fills);
    }
    return this.#account(path);
  }

  #post(body: Body, fills: FillBehavior): VenueAnswer {
    const clientOrderId = String(body.client_order_id);
    const refused = this.#refuseTerms(body);
    if (refused !== undefined) {
      return refused;
    }
    if (this.exchange.byClientOrderId(clientOrderId).length > 0) {
      return error(422, 40010001, 'client_order_id must be unique');
    }
    return body.order_class === 'oco' ? this.#postPair(body, fills) : this.#postOrder(body, fills);
  }

  #refuseTerms(body: Body): VenueAnswer | undefined {
    if (!this.symbols.has(String(body.symbol))) {
      return error(422, 42210000, `asset "${body.symbol}" not found`);
    }
    if (
      !ORDER_TYPES.some((type) => type === body.type) ||
      !TIMES_IN_FORCE.some((time) => time === body.time_in_force)
    ) {
      return error(422, 40010001, 'invalid order type or time_in_force');
    }
    const parts = [body, body.take_profit ?? {}, body.stop_loss ?? {}] as Body[];
    const prices = parts.flatMap(({ limit_price, stop_price }) => [limit_price, stop_price]);
    const tooFine = prices.find((price) => price !== undefined && isTooFine(amountOf(price)));
    return tooFine === undefined
      ? undefined
      : error(
          422,
          42210000,
          `invalid limit_price ${tooFine}. sub-penny increment does not fulfill minimum pricing criteria`,
        );
  }

  #postOrder(body: Body, fills: FillBehavior): VenueAnswer {
    const taken = this.exchange.place(requestOf(body), fills);
    if (taken.kind === 'insufficient') {
      return body.side === 'buy'
        ? error(403, 40310000, 'insufficient buying power')
        : error(403, 40310000, `insufficient qty available for order (requested: ${body.qty}, available: 0)`);
    }
    return { status: 200, body: asJustAccepted(this.#show(taken.order)) };
  }

  #postPair(body: Body, fills: FillBehavior): VenueAnswer {
    if (body.type !== 'limit') {
      return error(422, 42210000, 'oco orders must be limit orders');
    }
    const { take_profit, stop_loss } = body as { readonly take_profit: Body; readonly stop_loss: Body };
    const legId = `leg-${this.#nextLeg}`;
    this.#nextLeg += 1;
    const taken = this.exchange.placePair(
      requestOf({ ...body, ...take_profit }),
      requestOf({
        ...body,
        ...stop_loss,
        client_order_id: legId,
        type: stop_loss.limit_price === undefined ? 'stop' : 'stop_limit',
      }),
      fills,
    );
    if (taken.kind === 'insufficient') {
      return error(403, 40310000, 'insufficient qty available for order');
    }
    return { status: 200, body: asJustAccepted(this.#show(taken.orders[0])) };
  }

  #list(query: URLSearchParams): VenueAnswer {
    const orders = this.exchange.orders.toReversed().slice(0, Number(query.get('limit') ?? 50));
    return { status: 200, body: orders.map((order) => orderJson(order)) };
  }

  #byClientOrderId(clientOrderId: string): VenueAnswer {
    const [order] = this.exchange.byClientOrderId(clientOrderId);
    return order === undefined
      ? notFound(clientOrderId)
      : { status: 200, body: this.#show(this.#asked(order)) };
  }

  #byId(uuid: string, { method, query }: VenueRequest, fills: FillBehavior): VenueAnswer {
    const order = this.exchange.byId(numberOf(uuid));
    if (order === undefined) {
      return notFound(uuid);
    }
    if (method === 'DELETE') {
      const isRequested = this.exchange.cancel(order, fills === 'late' ? 'late' : undefined);
      return isRequested ? { status: 204 } : error(422, 42210000, 'order is not cancelable');
    }
    return { status: 200, body: this.#show(order, query.get('nested') === 'true') };
  }

  #account(path: string): VenueAnswer {
    if (path === '/v2/account') {
      return { status: 200, body: { status: 'ACTIVE', currency: 'USD', equity: this.exchange.equity() } };
    }
    if (path === '/v2/positions') {
      const held = [...this.exchange.positions].filter(([, quantity]) => !isZero(quantity));
      return { status: 200, body: held.map(([symbol, quantity]) => positionJson(symbol, quantity)) };
    }
    return error(404, 40410000, 'endpoint not found.');
  }

  /** Of a pair with its leg, unless this Alpaca hides legs. */
  #show(order: ExchangeOrder, isNested = this.showsLegs): object {
    const leg = isLeg(order) || !isNested ? undefined : this.exchange.byId(order.otherId ?? '');
    return orderJson(order, leg);
  }

  #asked(order: ExchangeOrder): ExchangeOrder {
    if (!this.#askedOnce.has(order.id)) {
      this.#askedOnce.add(order.id);
      return order;
    }
    return isOpen(order) ? this.exchange.inquire(order) : order;
  }
}

function requestOf(body: Body): ExchangeRequest {
  const trail = body.trail_price ?? body.trail_percent;
  return {
    clientOrderId: String(body.client_order_id),
    symbol: String(body.symbol),
    side: body.side as ExchangeRequest['side'],
    type: body.type as ExchangeRequest['type'],
    quantity: amountOf(body.qty),
    timeInForce: body.time_in_force as ExchangeRequest['timeInForce'],
    ...(body.limit_price === undefined ? {} : { limitPrice: amountOf(body.limit_price) }),
    ...(body.stop_price === undefined ? {} : { stopPrice: amountOf(body.stop_price) }),
    ...(trail === undefined
      ? {}
      : {
          trail:
            body.trail_price === undefined
              ? { type: 'percent', percent: amountOf(trail) }
              : { type: 'amount', amount: amountOf(trail) },
        }),
  };
}

/** Alpaca takes numbers as well; what sends none as text here is a mistake. */
function amountOf(value: unknown): Decimal {
  const amount = typeof value === 'string' ? parseDecimal(value) : undefined;
  if (amount === undefined) {
    throw new Error(`An amount is to be text: ${JSON.stringify(value)}`);
  }
  return amount;
}

function isTooFine(price: Decimal): boolean {
  return digits(price).fraction > (compare(price, decimal(1)) < 0 ? 4 : 2);
}

/** What the answer to a new order shows: that it has been taken in. */
function asJustAccepted(order: object): object {
  return {
    ...order,
    status: 'accepted',
    filled_qty: '0',
    filled_avg_price: null,
    filled_at: null,
    canceled_at: null,
  };
}

function positionJson(symbol: string, quantity: Decimal): object {
  return {
    symbol: symbol.replace('/', ''),
    asset_class: symbol.includes('/') ? 'crypto' : 'us_equity',
    qty: quantity,
    side: quantity.startsWith('-') ? 'short' : 'long',
  };
}

function notFound(id: string): VenueAnswer {
  return error(404, 40410000, `order not found for ${id}`);
}

function error(status: number, code: number, message: string): VenueAnswer {
  return { status, body: { code, message } };
}

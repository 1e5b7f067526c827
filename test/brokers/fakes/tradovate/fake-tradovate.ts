import { decimal } from '../../../../functions/core/decimal.ts';
import type { OrderType, TimeInForce } from '../../../../functions/core/order.ts';
import type { FillBehavior } from '../exchange.ts';
import { FakeExchange } from '../exchange.ts';
import type { ExchangeOrder, ExchangeRequest } from '../exchange-order.ts';
import { type HttpVenue, startHttpVenue, type VenueAnswer, type VenueRequest } from '../http-venue.ts';
import {
  balanceEntity,
  contractEntity,
  exchangeIdOf,
  fillEntities,
  isoOf,
  orderEntity,
  orderIdOf,
  otherOrderEntity,
  positionEntities,
  versionEntity,
} from './entities.ts';
import { problemsOfAnswer, problemsOfRequest } from './schema-check.ts';
import { type FakeLogin, FakeSessions } from './sessions.ts';

const TYPES: Readonly<Record<string, OrderType>> = {
  Market: 'market',
  Limit: 'limit',
  Stop: 'stop',
  StopLimit: 'stop_limit',
  TrailingStop: 'trailing_stop',
};
const TIMES: Readonly<Record<string, TimeInForce>> = { Day: 'day', GTC: 'gtc', IOC: 'ioc', FOK: 'fok' };

/** The call of the port that a path belongs to. */
const CALLS = {
  '/v1/order/placeorder': 'place',
  '/v1/order/placeoco': 'place',
  '/v1/order/cancelorder': 'cancel',
  '/v1/command/list': 'lookup',
  '/v1/order/item': 'lookup',
  '/v1/position/list': 'positions',
} as const;

/** One order of a request. */
interface SentOrder {
  readonly clOrdId?: string;
  readonly action: 'Buy' | 'Sell';
  readonly orderType: string;
  readonly timeInForce: string;
  readonly price?: number;
  readonly stopPrice?: number;
  readonly pegDifference?: number;
}

/** A Tradovate of a test's own. */
export interface FakeTradovate extends HttpVenue {
  readonly exchange: FakeExchange;
  readonly sessions: FakeSessions;
  /** What was sent or answered that is not as the published schema has it. */
  readonly problems: readonly string[];
  /** The next request to a path, behind `/v1`, is answered so and not carried out. */
  answerNext(path: string, answer: VenueAnswer): void;
  /** The next so many questions about fills do not see any yet. */
  hideFills(times: number): void;
}

interface Command {
  readonly clOrdId?: string;
  readonly orderId: number;
  readonly commandType: 'New' | 'Cancel';
}

/**
 * Starts a Tradovate that takes every client order id as often as it comes, answers 200 with a reason when it refuses, has
 * tokens that expire, and shows orders, versions, fills and commands as things of their own.
 */
export async function startFakeTradovate(login: FakeLogin, now: () => number): Promise<FakeTradovate> {
  const exchange = new FakeExchange({ now });
  const sessions = new FakeSessions(login, now);
  const venue = new Venue(exchange, sessions, now);
  const http = await startHttpVenue({
    callOf: ({ path }) => CALLS[path as keyof typeof CALLS],
    answer: (request, fills) => venue.answer(request, fills),
    refuse: (request, fault) => refusal(request, fault),
  });
  return {
    ...http,
    exchange,
    sessions,
    problems: venue.problems,
    answerNext: (path, answer) => venue.scripted.push({ path: `/v1${path}`, answer }),
    hideFills(times) {
      venue.hiddenFills = times;
    },
  };
}

function refusal({ path }: VenueRequest, fault: 'reject' | 'rate-limit'): VenueAnswer {
  if (fault === 'rate-limit') {
    return { status: 200, body: { 'p-ticket': 'a-ticket', 'p-time': 1, 'p-captcha': false } };
  }
  return path.startsWith('/v1/order/place') || path === '/v1/order/cancelorder'
    ? { status: 200, body: { failureReason: 'TradingLocked', failureText: 'Trading is locked.' } }
    : { status: 400, body: 'Bad Request' };
}

class Venue {
  readonly problems: string[] = [];
  readonly scripted: { readonly path: string; readonly answer: VenueAnswer }[] = [];
  hiddenFills = 0;
  readonly #exchange: FakeExchange;
  readonly #sessions: FakeSessions;
  readonly #now: () => number;
  readonly #commands: Command[] = [];

  constructor(exchange: FakeExchange, sessions: FakeSessions, now: () => number) {
    this.#exchange = exchange;
    this.#sessions = sessions;
    this.#now = now;
  }

  answer(request: VenueRequest, fills: FillBehavior): VenueAnswer {
    this.problems.push(...problemsOfRequest(request));
    const answer = this.#authorized(request, fills);
    this.problems.push(...problemsOfAnswer(request.path, answer));
    return answer;
  }

  #authorized(request: VenueRequest, fills: FillBehavior): VenueAnswer {
    const index = this.scripted.findIndex(({ path }) => path === request.path);
    const [scripted] = index < 0 ? [] : this.scripted.splice(index, 1);
    if (scripted) {
      return scripted.answer;
    }
    if (request.path === '/v1/auth/accesstokenrequest') {
      return this.#sessions.logIn(request);
    }
    if (!this.#sessions.isOpen(request)) {
      return { status: 401, body: 'Access is denied' };
    }
    const body = this.#carryOut(request, fills);
    return body === undefined ? { status: 404, body: 'Not Found' } : { status: 200, body };
  }

  #carryOut(request: VenueRequest, fills: FillBehavior): unknown {
    const { path, query, body } = request;
    const ids = (query.get('masterids') ?? query.get('masterid') ?? query.get('ids') ?? '').split(',');
    const orders = ids.flatMap((id) => this.#exchange.byId(exchangeIdOf(id)) ?? []);
    switch (path) {
      case '/v1/auth/renewaccesstoken':
        return this.#sessions.renew(request).body;
      case '/v1/order/placeorder':
        return this.#place(JSON.parse(body), fills);
      case '/v1/order/placeoco':
        return this.#placePair(JSON.parse(body), fills);
      case '/v1/order/cancelorder':
        return this.#cancel(JSON.parse(body).orderId, fills);
      case '/v1/command/list':
        return this.#commands.map((command, index) => this.#commandEntity(command, index));
      case '/v1/order/item': {
        const order = this.#exchange.byId(exchangeIdOf(query.get('id')));
        return order && orderEntity(this.#exchange.inquire(order));
      }
      case '/v1/order/list':
        return this.#exchange.orders.flatMap((order) => [orderEntity(order), otherOrderEntity(order)]);
      case '/v1/orderVersion/deps':
      case '/v1/orderVersion/ldeps':
        return orders.map(versionEntity);
      case '/v1/fill/deps':
      case '/v1/fill/ldeps':
        return this.#fills(orders);
      case '/v1/position/list':
        return positionEntities(this.#exchange);
      case '/v1/contract/items':
        return ids.flatMap((id) => contractEntity(Number(id)));
      case '/v1/cashBalance/getcashbalancesnapshot':
        return balanceEntity(this.#exchange);
      default:
        return undefined;
    }
  }

  #place(sent: SentOrder & { symbol: string; orderQty: number }, fills: FillBehavior): unknown {
    const taken = this.#exchange.place(requestOf(sent, sent), fills);
    if (taken.kind === 'insufficient') {
      return { failureReason: 'NotEnoughLiquidity', failureText: 'Insufficient funds.' };
    }
    return { orderId: this.#noteNew(taken.order) };
  }

  #placePair(sent: SentOrder & { symbol: string; orderQty: number; other: SentOrder }, fills: FillBehavior) {
    const taken = this.#exchange.placePair(requestOf(sent, sent), requestOf(sent.other, sent), fills);
    if (taken.kind === 'insufficient') {
      return { failureReason: 'NotEnoughLiquidity', failureText: 'Insufficient funds.' };
    }
    const [first, second] = taken.orders;
    return { orderId: this.#noteNew(first), ocoId: this.#noteNew(second) };
  }

  #cancel(orderId: number, fills: FillBehavior): unknown {
    const order = this.#exchange.byId(exchangeIdOf(orderId));
    if (!order || !this.#exchange.cancel(order, fills === 'late' ? 'late' : undefined)) {
      return { failureReason: 'TooLate', failureText: 'The order has ended.' };
    }
    this.#commands.push({ orderId, commandType: 'Cancel' });
    return { commandId: this.#commands.length };
  }

  #fills(orders: readonly ExchangeOrder[]): unknown {
    if (this.hiddenFills > 0) {
      this.hiddenFills -= 1;
      return [];
    }
    return orders.flatMap(fillEntities);
  }

  #noteNew(order: ExchangeOrder): number {
    const { clientOrderId } = order;
    const orderId = orderIdOf(order);
    this.#commands.push({
      orderId,
      commandType: 'New',
      ...(clientOrderId ? { clOrdId: clientOrderId } : {}),
    });
    return orderId;
  }

  #commandEntity(command: Command, index: number) {
    return {
      ...command,
      id: 40_000 + index,
      timestamp: isoOf(this.#now()),
      commandStatus: 'ExecutionStopped',
      isAutomated: true,
    };
  }
}

/** An order as it was sent; the second one of a pair takes symbol and quantity from the first. */
function requestOf(
  sent: SentOrder,
  { symbol, orderQty }: { readonly symbol: string; readonly orderQty: number },
): ExchangeRequest {
  const { clOrdId = '', action, orderType, timeInForce, price, stopPrice, pegDifference } = sent;
  return {
    clientOrderId: clOrdId,
    symbol,
    side: action === 'Buy' ? 'buy' : 'sell',
    type: TYPES[orderType] ?? 'market',
    quantity: decimal(orderQty),
    timeInForce: TIMES[timeInForce] ?? 'day',
    ...(price === undefined ? {} : { limitPrice: decimal(price) }),
    ...(stopPrice === undefined ? {} : { stopPrice: decimal(stopPrice) }),
    ...(pegDifference === undefined ? {} : { trail: { type: 'amount', amount: decimal(pegDifference) } }),
  };
}

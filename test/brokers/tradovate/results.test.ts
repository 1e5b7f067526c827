import { describe, expect, it } from 'vitest';
import type { Broker } from '../../../functions/brokers/broker.ts';
import { decimal } from '../../../functions/core/decimal.ts';
import type { ClientOrderId } from '../../../functions/core/ids.ts';
import type { OrderIntent } from '../../../functions/core/order.ts';
import { FAILURE_REASONS } from '../fakes/tradovate/schema.ts';
import { ID, market } from '../support.ts';
import { brokerAt, eachWithVenue, type TestVenue } from './support.ts';

const SYMBOL = 'MNQZ6';
const ORDER = market({ symbol: SYMBOL, price: null });
const PLACE = '/order/placeorder';

let venue: TestVenue;
let broker: Broker;
eachWithVenue((started) => {
  venue = started;
  broker = brokerAt(venue);
});

const bodies = (path: string) =>
  venue.fake.requests.filter((request) => request.path === `/v1${path}`).map(({ body }) => body);

describe('what an answer means', () => {
  const CODES: Readonly<Record<string, string>> = {
    InvalidContract: 'rejected UNKNOWN_SYMBOL',
    NotEnoughLiquidity: 'rejected INSUFFICIENT_FUNDS',
    SessionClosed: 'rejected MARKET_CLOSED',
    Unauthorized: 'rejected UNAUTHORIZED',
    RiskCheckTimeout: 'unknown unavailable',
    ExecutionProviderUnavailable: 'unknown unavailable',
    UnknownReason: 'unknown unavailable',
    SomethingNew: 'unknown unavailable',
    toString: 'unknown unavailable',
  };
  const reasons = [...FAILURE_REASONS.filter((reason) => reason !== 'Success'), 'SomethingNew', 'toString'];

  it.each(reasons)('with 200 and the reason %s', async (failureReason) => {
    venue.fake.answerNext(PLACE, { status: 200, body: { failureReason, failureText: 'A word of theirs.' } });
    const outcome = await broker.place(ORDER);
    const rest = 'code' in outcome ? outcome.code : 'cause' in outcome ? outcome.cause : '';
    expect(`${outcome.kind} ${rest}`).toBe(CODES[failureReason] ?? 'rejected ORDER_REJECTED');
    expect('message' in outcome && outcome.message).toContain(failureReason);
    expect(bodies(PLACE)).toHaveLength(1);
  });

  it.each<[string, number, unknown, string]>([
    ['an order', 200, { orderId: 1 }, 'accepted'],
    ['Success and an order', 200, { failureReason: 'Success', orderId: 1 }, 'accepted'],
    ['Success and no order', 200, { failureReason: 'Success' }, 'unknown'],
    ['nothing', 200, {}, 'unknown'],
    ['a refusal and an order', 200, { failureReason: 'TradingLocked', orderId: 1 }, 'unknown'],
    ['a list', 200, [], 'unknown'],
    ['null', 200, null, 'unknown'],
    ['an order that has no number', 200, { orderId: 'one' }, 'unknown'],
    ['no JSON', 200, '<html>', 'unknown'],
    ['no content', 204, '', 'unknown'],
    ['too deep JSON', 200, `${'['.repeat(20)}${']'.repeat(20)}`, 'unknown'],
    ['a 400', 400, 'Bad Request', 'rejected'],
    ['a 403', 403, 'Forbidden', 'rejected'],
    ['a 404', 404, 'Not Found', 'rejected'],
    ['a 408', 408, 'Request Timeout', 'unknown'],
    ['a 409', 409, 'Conflict', 'unknown'],
    ['a 500', 500, 'Internal Server Error', 'unknown'],
    ['a 504', 504, 'Gateway Timeout', 'unknown'],
  ])('that is %s', async (_, status, body, kind) => {
    venue.fake.answerNext(PLACE, { status, body });
    expect((await broker.place(ORDER)).kind).toBe(kind);
    expect(bodies(PLACE)).toHaveLength(1);
  });

  it('to a pair that names one order only leaves open what there is', async () => {
    venue.fake.answerNext('/order/placeoco', { status: 200, body: { orderId: 1 } });
    const takeProfit: OrderIntent = { ...ORDER, type: 'limit', limitPrice: decimal(110) };
    const stopLoss: OrderIntent = { ...ORDER, type: 'stop', stopPrice: decimal(95) };
    expect(await broker.placeOco?.({ takeProfit, stopLoss })).toMatchObject({ kind: 'unknown' });
  });

  it.each<[string, unknown, string]>([
    ['too late', { failureReason: 'TooLate' }, 'rejected ORDER_ENDED'],
    ['locked', { failureReason: 'TradingLocked' }, 'rejected ORDER_REJECTED'],
    ['a command before it', { failureReason: 'AnotherCommandPending' }, 'busy'],
    ['ambiguous', { failureReason: 'RiskCheckTimeout' }, 'unknown unavailable'],
    ['taken', { failureReason: 'Success', commandId: 5 }, 'accepted'],
  ])('to a cancel that is %s', async (_, body, expected) => {
    await broker.place({ ...ORDER, type: 'limit', limitPrice: decimal(90) } as OrderIntent);
    venue.fake.answerNext('/order/cancelorder', { status: 200, body });
    const outcome = await broker.cancel({ clientOrderId: ID, symbol: SYMBOL });
    const rest = 'code' in outcome ? ` ${outcome.code}` : 'cause' in outcome ? ` ${outcome.cause}` : '';
    expect(`${outcome.kind}${rest}`).toBe(expected);
  });

  it('is not followed elsewhere: a redirected order could be sent twice', async () => {
    venue.fake.answerNext(PLACE, {
      status: 307,
      body: '',
      headers: { location: `${venue.fake.url}/v1/elsewhere` },
    });
    expect((await broker.place(ORDER)).kind).toBe('unknown');
    expect(venue.fake.requests.filter(({ path }) => path.endsWith('elsewhere'))).toEqual([]);
  });
});

describe('a penalty ticket', () => {
  const TICKET = { status: 200, body: { 'p-ticket': 'a-ticket', 'p-time': 15 } };

  it('has the same order sent again with it, when its time is over and not before', async () => {
    venue.fake.answerNext(PLACE, TICKET);
    expect(await broker.place(ORDER)).toMatchObject({ kind: 'busy', retryAfterMs: 15_000 });
    venue.clock.advance(14_999);
    expect(await broker.place(ORDER)).toMatchObject({ kind: 'busy', retryAfterMs: 1 });
    expect(bodies(PLACE)).toHaveLength(1);
    venue.clock.advance(1);
    expect((await broker.place(ORDER)).kind).toBe('accepted');
    const [first = '', second = ''] = bodies(PLACE);
    expect(JSON.parse(second)).toEqual({ ...JSON.parse(first), 'p-ticket': 'a-ticket' });
    expect(venue.fake.exchange.orders).toHaveLength(1);
  });

  it('is for its own order and goes once', async () => {
    venue.fake.answerNext(PLACE, TICKET);
    await broker.place(ORDER);
    venue.clock.advance(15_000);
    await broker.place({ ...ORDER, clientOrderId: 'of-another' as ClientOrderId });
    await broker.place(ORDER);
    await broker.place(ORDER);
    expect(bodies(PLACE).map((body) => 'p-ticket' in JSON.parse(body))).toEqual([false, false, true, false]);
  });

  it('on a question holds back all questions of its kind, and nothing else', async () => {
    const other = { ...ORDER, clientOrderId: 'of-another' as ClientOrderId };
    await broker.place(ORDER);
    await broker.place(other);
    venue.fake.answerNext('/order/item', TICKET);
    for (const order of [ORDER, ORDER, other]) {
      expect((await broker.lookup(order)).kind).toBe('unknown');
    }
    expect(bodies('/order/item')).toHaveLength(1);
    expect((await broker.positions()).kind).toBe('positions');
    venue.clock.advance(15_000);
    expect((await broker.lookup(other)).kind).toBe('found');
  });
});

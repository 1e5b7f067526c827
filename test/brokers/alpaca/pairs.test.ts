import { describe, expect, it } from 'vitest';
import type { OcoPair, PlaceOcoOutcome } from '../../../functions/brokers/broker.ts';
import { decimal } from '../../../functions/core/decimal.ts';
import { startAlpaca } from '../fakes/alpaca/start-alpaca.ts';
import { answering, errorAt, legAt, NOT_FOUND, orderAt, pairAt, type Reply, TAKEN } from './answering.ts';
import { buy, idOf, limitAt, pair, refTo, stopAt, stopLimitAt } from './intents.ts';

async function placed(replies: readonly Reply[], sent: OcoPair = pair()) {
  const { broker, asked } = answering(replies);
  const outcome = (await broker.placeOco?.(sent)) as PlaceOcoOutcome;
  return { outcome, asked };
}

const POST = 'POST /v2/orders';
const BY_ID = 'GET /v2/orders:by_client_order_id?client_order_id=of-take-profit';
const NESTED = 'GET /v2/orders/tp?nested=true';

const accepted = {
  kind: 'accepted',
  takeProfit: { brokerOrderId: 'tp', clientOrderId: 'of-take-profit', type: 'limit', limitPrice: '110' },
  stopLoss: {
    brokerOrderId: 'sl',
    clientOrderId: 'of-stop-loss',
    type: 'stop',
    stopPrice: '95',
    quantity: '4',
  },
};

describe('a pair', () => {
  it.each<readonly [name: string, replies: readonly Reply[], expected: object, asked: readonly string[]]>([
    ['is accepted as one order with a leg', [[200, pairAt({}, legAt())]], accepted, [POST]],
    [
      'whose leg is not shown at once is looked up',
      [
        [200, pairAt()],
        [200, pairAt()],
        [200, pairAt({}, legAt())],
      ],
      accepted,
      [POST, BY_ID, NESTED],
    ],
    [
      'that was accepted, and whose leg is then shown with another stop, is unknown',
      [
        [200, pairAt()],
        [200, pairAt()],
        [200, pairAt({}, legAt({ stop_price: '94' }))],
      ],
      { kind: 'unknown' },
      [POST, BY_ID, NESTED],
    ],
    [
      'that was accepted, and then is not shown, is unknown',
      [[200, pairAt()], NOT_FOUND],
      { kind: 'unknown', cause: 'unavailable' },
      [POST, BY_ID],
    ],
    ['whose id is taken by itself is adopted', [TAKEN, [200, pairAt({}, legAt())]], accepted, [POST, BY_ID]],
    [
      'whose id is taken by a single order was not placed',
      [TAKEN, [200, pairAt({ order_class: 'simple' })]],
      { kind: 'rejected', code: 'CLIENT_ORDER_ID_TAKEN' },
      [POST, BY_ID],
    ],
    [
      'whose id is taken by a pair with another stop was not placed',
      [TAKEN, [200, pairAt({}, legAt({ stop_price: '94' }))]],
      { kind: 'rejected', code: 'CLIENT_ORDER_ID_TAKEN' },
      [POST, BY_ID],
    ],
    [
      'whose id is taken and not shown yet is unknown',
      [TAKEN, NOT_FOUND],
      { kind: 'unknown' },
      [POST, BY_ID],
    ],
    [
      'that is refused is refused whole',
      [errorAt(422, 42210000, 'oco orders require take_profit.limit_price > stop_loss.stop_price')],
      { kind: 'rejected', code: 'ORDER_REJECTED' },
      [POST],
    ],
    [
      'whose answer shows another stop than was sent is unknown',
      [[200, pairAt({}, legAt({ stop_price: '94' }))]],
      { kind: 'unknown' },
      [POST],
    ],
    [
      'whose id is taken and whose legs are not shown is unknown',
      [TAKEN, [200, pairAt()], [200, pairAt()]],
      { kind: 'unknown' },
      [POST, BY_ID, NESTED],
    ],
    ['is unknown on a 503', [[503]], { kind: 'unknown', cause: 'unavailable' }, [POST]],
    ['is unknown on another order', [[200, orderAt()]], { kind: 'unknown' }, [POST]],
    ['is busy on a rate limit', [[429]], { kind: 'busy' }, [POST]],
  ])('%s', async (_, replies, expected, sent) => {
    const { outcome, asked } = await placed(replies);
    expect(outcome).toMatchObject(expected);
    expect(asked).toEqual(sent);
  });

  it.each<readonly [name: string, code: string, pair: OcoPair]>([
    ['is good for ioc', 'UNSUPPORTED', pair(stopAt(95), { timeInForce: 'ioc' })],
    [
      'has a trailing stop',
      'UNSUPPORTED',
      pair({ type: 'trailing_stop', trail: { type: 'amount', amount: decimal(5) } }),
    ],
    ['has a limit for a stop', 'UNSUPPORTED', pair(limitAt(95))],
    ['has a market order for a take-profit', 'UNSUPPORTED', { ...pair(), takeProfit: buy() }],
    [
      'sells more by one order than by the other',
      'UNSUPPORTED',
      { ...pair(), stopLoss: { ...pair().stopLoss, quantity: decimal(5) } },
    ],
    ['has two symbols', 'UNSUPPORTED', { ...pair(), stopLoss: { ...pair().stopLoss, symbol: 'TSLA' } }],
    [
      'has two times in force',
      'UNSUPPORTED',
      { ...pair(), stopLoss: { ...pair().stopLoss, timeInForce: 'day' } },
    ],
    ['has a stop that is too fine', 'INVALID_PRICE', pair(stopAt('95.001'))],
    ['has a limit that is too fine', 'INVALID_PRICE', pair(stopLimitAt(95, '94.999'))],
  ])('that %s is refused by name and not sent', async (_, code, sent) => {
    const { outcome, asked } = await placed([], sent);
    expect(outcome).toMatchObject({ kind: 'rejected', code });
    expect(asked).toEqual([]);
  });
});

describe('a pair at the fake Alpaca', () => {
  it.each([true, false])('is one fill in two parts, when answers show legs: %s', async (showsLegs) => {
    const { alpaca, venue, broker } = await startAlpaca();
    try {
      alpaca.showsLegs = showsLegs;
      alpaca.exchange.post('AAPL', decimal(100));
      await broker.place(buy({ type: 'market' }, { clientOrderId: idOf('entry') }));
      venue.meet('place', 'partial-fill');
      const { takeProfit, stopLoss } = pair();
      expect(await broker.placeOco?.({ takeProfit, stopLoss })).toMatchObject({ kind: 'accepted' });
      const states = async () =>
        Promise.all(
          [takeProfit, stopLoss].map(async (order) => {
            const outcome = await broker.lookup(refTo(order));
            return outcome.kind === 'found'
              ? `${outcome.order.status} ${outcome.order.filledQuantity} of ${outcome.order.quantity}`
              : outcome.kind;
          }),
        );
      expect(await states()).toEqual(['PARTIALLY_FILLED 2 of 4', 'NEW 0 of 4']);
      alpaca.exchange.post('AAPL', decimal(95));
      expect(await states()).toEqual(['CANCELED 2 of 4', 'CANCELED 2 of 4']);
      expect(alpaca.exchange.position('AAPL')).toBe('0');
    } finally {
      await venue.close();
    }
  });
});

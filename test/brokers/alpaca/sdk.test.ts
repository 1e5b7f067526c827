import { Alpaca } from '@alpacahq/alpaca-trade-api/rest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Broker } from '../../../functions/brokers/broker.ts';
import { decimal } from '../../../functions/core/decimal.ts';
import { KEYS, startAlpaca, type TestAlpaca } from '../fakes/alpaca/start-alpaca.ts';
import type { VenueRequest } from '../fakes/http-venue.ts';
import { buy, idOf, limitAt, order, pair, refTo, stopAt, stopLimitAt } from './intents.ts';

const PAPER = 'https://paper-api.alpaca.markets';

let test: TestAlpaca;
let sdk: Alpaca;
beforeAll(async () => {
  test = await startAlpaca();
  sdk = new Alpaca({
    keyId: KEYS.keyId,
    secret: KEYS.secretKey,
    paper: true,
    retry: false,
    rateLimit: false,
    // To this machine what it means for Alpaca's paper venue, and nothing to anywhere else.
    fetchApi: (input, init) => {
      const { href } = new URL(String(input));
      expect(href.startsWith(PAPER)).toBe(true);
      return fetch(href.replace(PAPER, test.venue.url), init);
    },
  });
});
afterAll(() => test.venue.close());

const common = { symbol: 'AAPL', side: 'sell', qty: '4', timeInForce: 'gtc' } as const;
const named = { ...common, clientOrderId: 'of-order' } as const;
const ocoNamed = { ...common, clientOrderId: 'of-take-profit' } as const;

type Act = () => Promise<unknown>;
const ours =
  (act: (broker: Broker) => Promise<unknown>): Act =>
  () =>
    act(test.broker);

const ORDERS: readonly (readonly [what: string, ours: Act, theirs: Act])[] = [
  ['market', ours((broker) => broker.place(order())), () => sdk.trading.orders.market(named)],
  [
    'buy, fractional, good for the day',
    ours((broker) => broker.place(buy({ type: 'market' }, { quantity: decimal('0.125') }))),
    () => sdk.trading.orders.market({ ...named, side: 'buy', qty: '0.125', timeInForce: 'day' }),
  ],
  [
    'limit, ioc',
    ours((broker) => broker.place(order(limitAt('101.5'), { timeInForce: 'ioc' }))),
    () => sdk.trading.orders.limit({ ...named, limitPrice: '101.5', timeInForce: 'ioc' }),
  ],
  [
    'what flattens crypto, which knows no day',
    ours((broker) => broker.place(order({ type: 'market' }, { symbol: 'BTC/USD', timeInForce: 'day' }))),
    () => sdk.trading.orders.market({ ...named, symbol: 'BTC/USD' }),
  ],
  [
    'stop',
    ours((broker) => broker.place(order(stopAt('95.25')))),
    () => sdk.trading.orders.stop({ ...named, stopPrice: '95.25' }),
  ],
  [
    'stop-limit, fok',
    ours((broker) => broker.place(order(stopLimitAt(95, '94.9'), { timeInForce: 'fok' }))),
    () => sdk.trading.orders.stopLimit({ ...named, stopPrice: '95', limitPrice: '94.9', timeInForce: 'fok' }),
  ],
  [
    'trailing stop by an amount',
    ours((broker) =>
      broker.place(order({ type: 'trailing_stop', trail: { type: 'amount', amount: decimal('2.5') } })),
    ),
    () => sdk.trading.orders.trailingStop({ ...named, trailPrice: '2.5' }),
  ],
  [
    'trailing stop by percent',
    ours((broker) =>
      broker.place(order({ type: 'trailing_stop', trail: { type: 'percent', percent: decimal(5) } })),
    ),
    () => sdk.trading.orders.trailingStop({ ...named, trailPercent: '5' }),
  ],
  [
    'pair with a stop',
    ours(async (broker) => broker.placeOco?.(pair())),
    () =>
      sdk.trading.orders.oco({
        ...ocoNamed,
        takeProfit: { limitPrice: '110' },
        stopLoss: { stopPrice: '95' },
      }),
  ],
  [
    'pair with a stop-limit',
    ours(async (broker) => broker.placeOco?.(pair(stopLimitAt(95, '94.5')))),
    () =>
      sdk.trading.orders.oco({
        ...ocoNamed,
        takeProfit: { limitPrice: '110' },
        stopLoss: { stopPrice: '95', limitPrice: '94.5' },
      }),
  ],
];

const OTHERS: readonly (readonly [what: string, ours: Act, theirs: Act])[] = [
  [
    'lookup',
    ours((broker) => broker.lookup(refTo(order()))),
    () => sdk.trading.orders.getOrderByClientOrderId({ clientOrderId: 'of-order' }),
  ],
  ['positions', ours((broker) => broker.positions()), () => sdk.trading.positions.getAllOpenPositions()],
  ['account', ours((broker) => broker.equity()), () => sdk.trading.account.getAccount()],
  [
    'list',
    ours((broker) => broker.orders(50)),
    () => sdk.trading.orders.getAllOrders({ status: 'all', limit: 50, direction: 'desc' }),
  ],
];

/** What an act sends; what comes back is of no interest here. */
async function sentBy(act: Act): Promise<readonly VenueRequest[]> {
  const before = test.venue.requests.length;
  await act().catch(() => undefined);
  return test.venue.requests.slice(before);
}

/** What has to be the same of a request. */
function essence({ method, path, query, headers, body }: VenueRequest): object {
  return {
    method,
    path,
    query: Object.fromEntries(query),
    body: body === '' ? undefined : JSON.parse(body),
    keyId: headers['apca-api-key-id'],
    secretKey: headers['apca-api-secret-key'],
    contentType: body === '' ? undefined : headers['content-type'],
  };
}

describe("what the adapter sends is what Alpaca's own SDK sends:", () => {
  it.each([...ORDERS, ...OTHERS])('%s', async (_, our, their) => {
    const [[ourRequest], [theirRequest]] = [await sentBy(our), await sentBy(their)];
    if (ourRequest === undefined || theirRequest === undefined) {
      throw new Error('One of them sent nothing.');
    }
    expect(essence(ourRequest)).toEqual(essence(theirRequest));
  });

  it('cancel', async () => {
    const resting = buy(limitAt(90));
    await test.broker.place(resting);
    const our = await sentBy(() => test.broker.cancel(refTo(resting)));
    const [, sent] = our;
    const orderId = sent?.path.slice('/v2/orders/'.length) ?? '';
    const their = await sentBy(() => sdk.trading.orders.deleteOrderByOrderID({ orderId }));
    expect(our.slice(1).map(essence)).toEqual(their.map(essence));
  });

  it('on a connection that is not kept, because Lambda may freeze in between', async () => {
    for (const { headers } of await sentBy(() => test.broker.cancel(refTo(buy(limitAt(90)))))) {
      expect(headers.connection).toBe('close');
    }
    expect.hasAssertions();
  });

  it('an order with its legs', async () => {
    test.alpaca.showsLegs = false;
    test.alpaca.exchange.post('AAPL', decimal(100));
    await test.broker.place(buy({ type: 'market' }, { clientOrderId: idOf('entry') }));
    const our = await sentBy(async () => test.broker.placeOco?.(pair()));
    const orderId = our.at(-1)?.path.slice('/v2/orders/'.length) ?? '';
    const their = await sentBy(() => sdk.trading.orders.getOrderByOrderID({ orderId, nested: true }));
    expect(our.slice(-1).map(essence)).toEqual(their.map(essence));
  });
});

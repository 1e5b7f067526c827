import { describe, expect, it } from 'vitest';
import type { Broker } from '../../../functions/brokers/broker.ts';
import { decimal } from '../../../functions/core/decimal.ts';
import type { ClientOrderId } from '../../../functions/core/ids.ts';
import type { OrderIntent, OrderReference } from '../../../functions/core/order.ts';
import { ORDER_STATUSES } from '../fakes/tradovate/schema.ts';
import { ID, market, ref } from '../support.ts';
import { brokerAt, eachWithVenue, type TestVenue } from './support.ts';

const SYMBOL = 'MNQZ6';
const ASKED = ref(ID, SYMBOL);
const MARKET = market({ symbol: SYMBOL, price: null });
const RESTING = { ...MARKET, type: 'limit', limitPrice: decimal(90) } as OrderIntent;

let venue: TestVenue;
let broker: Broker;
eachWithVenue((started) => {
  venue = started;
  broker = brokerAt(venue);
});

const asked = () =>
  venue.fake.requests.map(({ path }) => path.replace('/v1', '')).filter((path) => !path.startsWith('/auth'));
const post = (price: number) => venue.fake.exchange.post(SYMBOL, decimal(price));

/** The fields of an order that has been placed, as the fake shows it, with another status. */
const withStatus = (ordStatus: string) => ({
  status: 200,
  body: {
    id: 1001,
    accountId: 4711,
    contractId: 70,
    timestamp: '2026-11-23T15:00:00.000Z',
    action: 'Buy',
    ordStatus,
    admin: false,
  },
});

/** Fills as the venue may write them, numbers included. */
const fills = (...rows: readonly (readonly [qty: string, price: string, active?: boolean])[]) => ({
  status: 200,
  body: `[${rows
    .map(
      ([qty, price, active = true]) =>
        `{"orderId":1001,"contractId":70,"timestamp":"2026-11-23T15:00:00.000Z","tradeDate":{},"action":"Buy","qty":${qty},"price":${price},"active":${active},"finallyPaired":0}`,
    )
    .join(',')}]`,
});

async function found(asked: OrderReference = ASKED) {
  const outcome = await broker.lookup(asked);
  if (outcome.kind !== 'found') {
    throw new Error(`The order was to be found: ${JSON.stringify(outcome)}`);
  }
  return outcome.order;
}

describe('how an order stands', () => {
  const OPEN = ['NEW', 'PARTIALLY_FILLED', 'FILLED'];
  /** Without fills, with a part, and with all. Completed without fills: they cannot be read yet. */
  const ENDED: Readonly<Record<string, readonly string[]>> = {
    Canceled: ['CANCELED', 'CANCELED', 'FILLED'],
    Completed: ['NEW', 'CANCELED', 'FILLED'],
    Expired: ['EXPIRED', 'EXPIRED', 'FILLED'],
    Rejected: ['REJECTED', 'REJECTED', 'FILLED'],
  };
  it.each([...ORDER_STATUSES, 'SomethingNew'])(
    'is told by its status %s, unless its fills say that it is filled',
    async (ordStatus) => {
      await broker.place(RESTING);
      const states: string[] = [];
      for (const rows of [
        [],
        [['1', '100']],
        [
          ['1', '100'],
          ['2', '101'],
        ],
      ] as [string, string][][]) {
        venue.fake.answerNext('/order/item', withStatus(ordStatus));
        venue.fake.answerNext('/fill/deps', fills(...rows));
        states.push((await found()).status);
      }
      expect(states).toEqual(ENDED[ordStatus] ?? OPEN);
    },
  );

  it('is open until the fills of an order that is called Filled can be read', async () => {
    post(100);
    await broker.place(MARKET);
    venue.fake.hideFills(1);
    expect(await found()).toMatchObject({ status: 'NEW', filledQuantity: '0' });
    expect(await found()).toMatchObject({ status: 'FILLED', filledQuantity: '3', averageFillPrice: '100' });
  });

  it('is what its fills add up to, to the digit, without those that were taken back', async () => {
    await broker.place(RESTING);
    venue.fake.answerNext(
      '/fill/deps',
      fills(['1', '0.1'], ['1', '25831.12345678901234567'], ['3', '7', false]),
    );
    expect(await found()).toMatchObject({
      status: 'PARTIALLY_FILLED',
      filledQuantity: '2',
      averageFillPrice: '12915.611728394506172835',
    });
  });

  it('is canceled, and not filled with nothing, when the other order of its pair left it none', async () => {
    await broker.place(RESTING);
    const version = { id: 12, orderId: 1001, orderQty: 0, orderType: 'Limit', price: 90 };
    venue.fake.answerNext('/orderVersion/deps', { status: 200, body: [version] });
    venue.fake.answerNext('/order/item', withStatus('Canceled'));
    expect(await found()).toMatchObject({ status: 'CANCELED', filledQuantity: '0' });
  });

  it('is told by its last version', async () => {
    await broker.place(RESTING);
    const version = (id: number, price: number) => ({
      id,
      orderId: 1001,
      orderQty: 3,
      orderType: 'Limit',
      price,
    });
    venue.fake.answerNext('/orderVersion/deps', { status: 200, body: [version(12, 91), version(7, 90)] });
    expect((await found()).limitPrice).toBe('91');
  });
});

describe('an order that is looked for', () => {
  it('is found by its command, or by its number when its command is not listed any more', async () => {
    await broker.place(RESTING);
    const order = await found();
    expect(asked()).toContain('/command/list');

    venue.fake.answerNext('/command/list', { status: 200, body: [] });
    const before = asked().length;
    expect(await found({ ...ASKED, brokerOrderId: order.brokerOrderId })).toEqual(order);
    expect(asked().slice(before).toSorted()).toEqual(['/fill/deps', '/order/item', '/orderVersion/deps']);
  });

  it('is canceled by its number when its command is not listed any more', async () => {
    await broker.place(RESTING);
    const { brokerOrderId } = await found();
    venue.fake.answerNext('/command/list', { status: 200, body: [] });
    expect(await broker.cancel({ ...ASKED, brokerOrderId })).toEqual({ kind: 'accepted' });
    expect(venue.fake.exchange.orders).toMatchObject([{ status: 'CANCELED' }]);
  });

  it('has its fills asked for when it is known how it stands', async () => {
    await broker.place(RESTING);
    await found();
    expect(asked().at(-1)).toBe('/fill/deps');
  });

  it('is the first one when it was sent twice', async () => {
    await broker.place(RESTING);
    await broker.place(RESTING);
    expect((await found()).brokerOrderId).toBe('1001');
  });

  it('is not found by commands that only change or cancel it', async () => {
    await broker.place(RESTING);
    const command = (commandType: string) => ({
      id: 1,
      orderId: 1001,
      timestamp: '2026-11-23T15:00:00.000Z',
      clOrdId: ID,
      commandType,
      commandStatus: 'ExecutionStopped',
    });
    venue.fake.answerNext('/command/list', { status: 200, body: [command('Cancel'), command('Modify')] });
    expect(await broker.lookup(ASKED)).toEqual({ kind: 'absent' });
  });

  it('is not absent because some part of it is', async () => {
    await broker.place(RESTING);
    for (const [path, answer] of [
      ['/order/item', { status: 404, body: 'Not Found' }],
      ['/orderVersion/deps', { status: 200, body: [] }],
      ['/fill/deps', { status: 503, body: '' }],
      ['/fill/deps', fills(['1.5x', '100'])],
      ['/fill/deps', fills(['1', '"NaN"'])],
    ] as const) {
      venue.fake.answerNext(path, answer);
      expect(await broker.lookup(ASKED)).toMatchObject({ kind: 'unknown', cause: 'unavailable' });
    }
    venue.fake.answerNext('/command/list', { status: 200, body: { errorText: 'Not now.' } });
    expect(await broker.lookup(ASKED)).toMatchObject({ kind: 'unknown' });
  });
});

describe('the account', () => {
  it('holds what is its own, by the names of contracts, which are asked for once', async () => {
    post(100);
    venue.fake.exchange.post('MESZ6', decimal(50));
    await broker.place(MARKET);
    await broker.place({
      ...MARKET,
      side: 'sell',
      symbol: 'MESZ6',
      clientOrderId: 'of-mes' as ClientOrderId,
    });
    for (const _ of [1, 2]) {
      expect(await broker.positions()).toEqual({
        kind: 'positions',
        quantities: { MNQZ6: '3', MESZ6: '-3' },
      });
    }
    expect(asked().filter((path) => path === '/contract/items')).toHaveLength(1);
  });

  it('holds something unknown when a contract has no name', async () => {
    post(100);
    await broker.place(MARKET);
    venue.fake.answerNext('/contract/items', { status: 200, body: [] });
    expect(await broker.positions()).toMatchObject({ kind: 'unknown' });
  });

  it('is worth its cash and what its positions have won, to the digit', async () => {
    venue.fake.answerNext('/cashBalance/getcashbalancesnapshot', {
      status: 200,
      body: '{"totalCashValue":50000.1,"openPnL":-0.2}',
    });
    expect(await broker.equity()).toEqual({ kind: 'equity', equity: '49999.9' });
  });

  it.each([
    ['an error', { errorText: 'Account not found', totalCashValue: 1, openPnL: 0 }],
    ['no cash', { openPnL: 0 }],
    ['no profit or loss', { totalCashValue: 1 }],
  ])('is worth something unknown when there is %s', async (_, body) => {
    venue.fake.answerNext('/cashBalance/getcashbalancesnapshot', { status: 200, body });
    expect(await broker.equity()).toMatchObject({ kind: 'unknown' });
  });

  it('lists orders of many pages, those placed by hand included, and no others', async () => {
    for (let order = 1; order <= 101; order += 1) {
      venue.fake.exchange.place({
        clientOrderId: '',
        symbol: SYMBOL,
        side: 'buy',
        type: 'limit',
        limitPrice: decimal(order),
        quantity: decimal(1),
        timeInForce: 'day',
      });
    }
    const orders = await broker.orders(1_000);
    expect(orders).toHaveLength(101);
    expect(orders[0]).toMatchObject({
      brokerOrderId: '1101',
      clientOrderId: '',
      symbol: SYMBOL,
      limitPrice: '101',
    });
    expect(asked().filter((path) => path === '/orderVersion/ldeps')).toHaveLength(2);
  });

  it.each([
    ['does not say', '/order/list', { status: 503, body: '' }],
    ['leaves a part of one out', '/orderVersion/ldeps', { status: 200, body: [] }],
  ])('lists no orders when Tradovate %s', async (_, path, answer) => {
    await broker.place(RESTING);
    venue.fake.answerNext(path, answer);
    await expect(broker.orders(10)).rejects.toThrow(
      expect.objectContaining({ code: 'VENUE_UNAVAILABLE', disposition: 'retry' }),
    );
  });
});

import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forgetCalls } from '../../functions/brokers/paper/book.ts';
import { WORKING_ORDERS_MAX } from '../../functions/brokers/paper/matching.ts';
import { createPaperBroker } from '../../functions/brokers/paper/paper-broker.ts';
import type { RehearsalFault } from '../../functions/core/configuration.ts';
import { decimal } from '../../functions/core/decimal.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { held, ID, idOf, intercepted, market, paperVenue, positions, ref, stop } from './support.ts';

let store: TestDynamoDb;
beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

const everyPlace = (kind: RehearsalFault['kind']): RehearsalFault => ({
  kind,
  on: 'place',
  when: { type: 'always' },
});

it('takes as long as it is told to, whatever it is asked', async () => {
  const { book, clock } = paperVenue(store.ledger);
  const latencyMs = 30;
  const simulation = { latencyMs, guarantee: 'PERMANENT', oco: 'native', faults: [] } as const;
  const multiplierOf = () => decimal(1);
  const slow = createPaperBroker(book, { cash: decimal(1_000), simulation, multiplierOf }, clock);
  const calls = [
    () => slow.place(market()),
    () => slow.lookup(ref(ID)),
    () => slow.cancel(ref(ID)),
    () => slow.positions(),
    () => slow.equity(),
  ];
  for (const call of calls) {
    const startedAtMs = performance.now();
    await call();
    // Timers may fire up to a millisecond early.
    expect(performance.now() - startedAtMs).toBeGreaterThan(latencyMs - 2);
  }
});

describe('the market of a paper account', () => {
  it('is where it was posted, or where the last order that named a price traded', async () => {
    const { broker, post } = paperVenue(store.ledger);
    const fill = async (name: string, price: number | null) => {
      const outcome = await broker.place(market({ clientOrderId: idOf(name), price }));
      return outcome.kind === 'accepted' ? outcome.order.averageFillPrice : outcome.kind;
    };
    expect(await fill('unpriced', null)).toBe('rejected');
    await post(90);
    expect(await fill('posted', null)).toBe('90');
    expect(await fill('named', 100)).toBe('100');
    expect(await fill('known', null)).toBe('100');
  });

  it('is one for each symbol and account', async () => {
    const one = paperVenue(store.ledger);
    const other = paperVenue(store.ledger);
    await one.post(90);
    const elsewhere = [
      await one.broker.place(market({ symbol: 'MESM5', price: null })),
      await other.broker.place(market({ price: null })),
    ];
    expect(elsewhere).toMatchObject([{ code: 'NO_PRICE' }, { code: 'NO_PRICE' }]);
  });

  it('triggers stops by a posted price and by an order that names one', async () => {
    const venue = paperVenue(store.ledger);
    const { broker } = venue;
    await broker.place(market({ quantity: 6 }));
    await broker.place(stop({ clientOrderId: idOf('posted'), stopPrice: 95 }));
    await broker.place(stop({ clientOrderId: idOf('named'), stopPrice: 90 }));

    await venue.post(96);
    expect((await held(venue)).sort()).toEqual(['FILLED 6', 'NEW 0', 'NEW 0']);
    await venue.post(94);
    expect(await broker.lookup(ref(idOf('posted')))).toMatchObject({
      order: { status: 'FILLED', filledQuantity: '3', averageFillPrice: '94', stopPrice: '95', type: 'stop' },
    });
    await broker.place(market({ clientOrderId: idOf('seller'), side: 'sell', quantity: 1, price: 89 }));
    expect(await broker.lookup(ref(idOf('named')))).toMatchObject({
      order: { status: 'FILLED', averageFillPrice: '89' },
    });
    expect(await positions(venue)).toEqual({ told: '-1', summed: '-1' });
  });

  it('draws trailing stops behind itself and triggers stop-limit orders, for good', async () => {
    const { broker, post } = paperVenue(store.ledger);
    await post(100);
    const { type: _, ...terms } = market({ side: 'sell', price: null });
    const [trailing, stopLimit] = [idOf('trailing'), idOf('stop-limit')];
    const trail = { type: 'amount', amount: decimal(8) } as const;
    const [stopPrice, limitPrice] = [decimal(98), decimal(97)];
    await broker.place({ ...terms, clientOrderId: trailing, type: 'trailing_stop', trail });
    await broker.place({ ...terms, clientOrderId: stopLimit, type: 'stop_limit', stopPrice, limitPrice });
    const seen = async () => [await broker.lookup(ref(trailing)), await broker.lookup(ref(stopLimit))];

    await post(104);
    await post(96.5);
    expect(await seen()).toMatchObject([
      { order: { status: 'NEW', type: 'trailing_stop', stopPrice: '96', trail } },
      { order: { status: 'NEW', type: 'stop_limit', stopPrice: '98', limitPrice: '97' } },
    ]);
    await post(99);
    await post(96);
    expect(await seen()).toMatchObject([
      { order: { status: 'FILLED', stopPrice: '96', averageFillPrice: '96' } },
      { order: { status: 'FILLED', averageFillPrice: '97' } },
    ]);
  });

  it('is not moved by an order that is refused, nor by one whose id is taken', async () => {
    const { broker, post } = paperVenue(store.ledger);
    await post(90);
    await broker.place(market({ price: null }));
    await broker.place(market({ price: 200 }));
    await broker.place(market({ clientOrderId: idOf('refused'), price: 200, reduceOnly: true }));

    const next = await broker.place(market({ clientOrderId: idOf('next'), price: null }));

    expect(next).toMatchObject({ order: { averageFillPrice: '90' } });
  });

  it('takes a bounded number of open orders per symbol, and fills them all at once', async () => {
    const venue = paperVenue(store.ledger);
    for (let index = 0; index < WORKING_ORDERS_MAX; index += 1) {
      await venue.broker.place(stop({ clientOrderId: idOf(index), quantity: 1 }));
    }
    const more = await venue.broker.place(stop());
    expect(more).toMatchObject({ kind: 'rejected', code: 'TOO_MANY_ORDERS' });

    await venue.post(95);

    expect(new Set(await held(venue))).toEqual(new Set(['FILLED 1']));
    expect(await positions(venue)).toEqual({ told: '-50', summed: '-50' });
  });
});

describe('the position that a paper account keeps', () => {
  it('is signed, exact, and by symbol', async () => {
    const venue = paperVenue(store.ledger);
    await venue.broker.place(market({ quantity: '0.1' }));
    await venue.broker.place(market({ clientOrderId: idOf(2), quantity: '0.2' }));
    await venue.broker.place(market({ clientOrderId: idOf(3), side: 'sell', symbol: 'MESM5' }));
    expect(await venue.broker.positions()).toEqual({
      kind: 'positions',
      quantities: { MNQM5: '0.3', MESM5: '-3' },
    });
  });

  it('bounds what a reduce-only order trades', async () => {
    const venue = paperVenue(store.ledger);
    const exit = (name: string, quantity: number) =>
      venue.broker.place(market({ clientOrderId: idOf(name), side: 'sell', quantity, reduceOnly: true }));
    await venue.broker.place(market());

    expect(await exit('part', 1)).toMatchObject({ order: { status: 'FILLED', filledQuantity: '1' } });
    expect(await exit('cut', 5)).toMatchObject({ order: { status: 'CANCELED', filledQuantity: '2' } });
    expect(await exit('none', 5)).toMatchObject({ kind: 'rejected', code: 'REDUCE_ONLY' });
    expect(await positions(venue)).toEqual({ told: '0', summed: '0' });
  });
});

describe('the orders of a paper account', () => {
  it('are listed newest first, at most as many as asked for, and show nothing of the venue’s own', async () => {
    const { broker, clock } = paperVenue(store.ledger);
    for (const name of ['b', 'c', 'a']) {
      await broker.place(market({ clientOrderId: idOf(name) }));
      clock.advance(1);
    }
    const orders = await broker.orders(2);
    expect(orders.map(({ clientOrderId }) => clientOrderId)).toEqual(['of-a', 'of-c']);
    expect(orders[0]).toEqual({
      brokerOrderId: 'paper-of-a',
      clientOrderId: 'of-a',
      symbol: 'MNQM5',
      side: 'buy',
      type: 'market',
      quantity: '3',
      status: 'FILLED',
      filledQuantity: '3',
      averageFillPrice: '100',
      createdAtMs: clock.now() - 1,
    });
  });

  it('are told apart though one id begins with another', async () => {
    const { broker } = paperVenue(store.ledger, 'LOOKUP_ONLY');
    for (const name of ['1', '12', '12', '1']) {
      await broker.place(market({ clientOrderId: idOf(name) }));
    }
    const orders = await broker.orders(10);
    expect(orders.map(({ brokerOrderId }) => brokerOrderId).sort()).toEqual([
      'paper-of-1',
      'paper-of-1-2',
      'paper-of-12',
      'paper-of-12-2',
    ]);
  });
});

describe('a rehearsal', () => {
  it('counts calls by kind, and anew once they are forgotten', async () => {
    const venue = paperVenue(store.ledger, 'PERMANENT', [
      { kind: 'reset', on: 'place', when: { type: 'nth', nth: 2 } },
      { kind: 'miss', on: 'lookup', when: { type: 'nth', nth: 1 } },
    ]);
    const kinds = async () => [
      (await venue.broker.place(market())).kind,
      (await venue.broker.lookup(ref(ID))).kind,
      (await venue.broker.place(market())).kind,
      (await venue.broker.lookup(ref(ID))).kind,
    ];
    expect(await kinds()).toEqual(['accepted', 'absent', 'unknown', 'found']);
    expect(await kinds()).toEqual(['accepted', 'found', 'accepted', 'found']);
    await forgetCalls(venue.book);
    expect(await kinds()).toEqual(['accepted', 'absent', 'unknown', 'found']);
  });

  it('leaves alone what it has no meaning for', async () => {
    const { broker } = paperVenue(store.ledger, 'PERMANENT', [everyPlace('miss')]);
    expect(await broker.place(market())).toMatchObject({ kind: 'accepted' });
  });
});

/** The store, which writes no transaction, for these reasons. */
const cancelingTransactions = (codes: readonly string[]) =>
  intercepted(store.ledger, async (command, send) => {
    if (command instanceof TransactWriteCommand) {
      throw new TransactionCanceledException({
        $metadata: {},
        message: 'Transaction cancelled.',
        CancellationReasons: codes.map((Code) => ({ Code })),
      });
    }
    return send(command);
  });

describe('a call that others are faster than every time', () => {
  it('is refused as busy, and nothing happens', async () => {
    const venue = paperVenue(store.ledger, 'PERMANENT', [everyPlace('late-fill')]);
    await venue.broker.place(market({ clientOrderId: idOf('late') }));
    const broker = venue.through(cancelingTransactions(['TransactionConflict', 'None']));

    expect(await broker.place(market())).toMatchObject({ kind: 'busy' });
    expect(await broker.cancel(ref(idOf('late')))).toMatchObject({ kind: 'busy' });
    expect(await broker.lookup(ref(idOf('late')))).toMatchObject({ kind: 'found', order: { status: 'NEW' } });
    expect(await held(venue)).toEqual(['NEW 0']);
  });

  it.each([
    ['throttles', ['ThrottlingError', 'None']],
    ['throttles beside a conflict', ['TransactionConflict', 'ThrottlingError']],
    ['gives no reason', []],
  ])('is not what a store that %s looks like', async (_, codes) => {
    const venue = paperVenue(store.ledger);
    const broker = venue.through(cancelingTransactions(codes));
    await expect(broker.place(market())).rejects.toThrow('Transaction cancelled.');
    expect(await held(venue)).toEqual([]);
  });
});

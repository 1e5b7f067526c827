import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import { execute } from '../../functions/engine/execute.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { faultyLedger } from '../support/faulty-ledger.ts';
import { createTrader, nth, type TraderOptions } from '../support/trader.ts';
import { testEngine } from '../support/world.ts';

let store: TestDynamoDb;

beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

const trader = (options: TraderOptions = {}) => createTrader(store.ledger, options);

/** An account that holds something of a symbol, and the faults of the orders after that. */
async function holding(quantity: number, ...faults: NonNullable<TraderOptions['faults']>) {
  const made = await trader({ faults });
  await made.signal({ quantity: decimal(quantity) });
  const held = async () => {
    const { positions, openOrders } = await made.account();
    return { quantity: positions.MNQM5?.quantity, open: Object.keys(openOrders).length };
  };
  return { ...made, held };
}

/** Every order of its account at the venue, in no order of time. */
const orders = async ({ venue }: Awaited<ReturnType<typeof holding>>) => (await venue()).toSorted();

describe('an exit that still works', () => {
  it('is not repeated for what it closes already', async () => {
    const made = await holding(4, nth('partial-fill', 2));
    await made.signal({ action: 'flatten' });
    expect(await made.held()).toEqual({ quantity: '2', open: 1 });
    expect(await made.signal({ action: 'sell', quantity: decimal(1) })).toMatchObject({
      status: 'SKIPPED',
      reason: { code: 'NO_LONG_POSITION', message: expect.stringContaining('works at the venue') },
    });
    expect(await made.signal({ action: 'flatten' })).toMatchObject({
      status: 'SKIPPED',
      reason: { code: 'NO_POSITION' },
    });
    expect(await orders(made)).toHaveLength(2);
  });

  it('makes way for the exit of the rest, which closes what it did not', async () => {
    const made = await holding(4, nth('partial-fill', 2));
    await made.signal({ action: 'exit', quantity: decimal(3) });
    expect(await made.held()).toEqual({ quantity: '3', open: 1 });
    expect(await made.signal({ action: 'flatten' })).toMatchObject({
      status: 'COMPLETED',
      orders: [{ side: 'sell', quantity: '3', status: 'FILLED', reduceOnly: true }],
    });
    expect(await orders(made)).toEqual([
      'buy market 4 FILLED 4',
      'sell market 3 CANCELED 1',
      'sell market 3 FILLED 3',
    ]);
    expect(await made.held()).toEqual({ quantity: '0', open: 0 });
  });

  it('may fill while it makes way: then only the rest is closed', async () => {
    const made = await holding(4, nth('partial-fill', 2), nth('late-fill', 1, 'cancel'));
    await made.signal({ action: 'exit', quantity: decimal(3) });
    expect(await made.signal({ action: 'flatten' })).toMatchObject({ orders: [{ quantity: '1' }] });
    expect(await made.held()).toEqual({ quantity: '0', open: 0 });
  });

  it('is part of the way to a target', async () => {
    const made = await holding(4, nth('partial-fill', 2));
    await made.signal({ action: 'flatten' });
    await made.signal({ action: 'target', targetQuantity: decimal(1) });
    expect(await orders(made)).toContain('buy market 1 FILLED 1');
    expect(await made.held()).toEqual({ quantity: '3', open: 1 });
  });
});

describe('an entry that still works', () => {
  it.each([
    ['exit', { quantity: decimal(4) }, '0', 'sell market 2 FILLED 2'],
    ['flatten', {}, '0', 'sell market 2 FILLED 2'],
    ['sell', { quantity: decimal(4) }, '0', 'sell market 2 FILLED 2'],
    ['target', { targetQuantity: decimal(3) }, '3', 'buy market 1 FILLED 1'],
  ] as const)('is taken back by %s', async (action, changes, quantity, last) => {
    const made = await holding(4, nth('partial-fill', 1));
    await made.signal({ action, ...changes });
    expect(await orders(made)).toEqual(['buy market 4 CANCELED 2', last].sort());
    expect(await made.held()).toEqual({ quantity, open: 0 });
  });

  it('may fill while it is taken back: the exit closes that too', async () => {
    const made = await holding(4, nth('partial-fill', 1), nth('late-fill', 1, 'cancel'));
    await made.signal({ action: 'flatten' });
    expect(await orders(made)).toEqual(['buy market 4 FILLED 4', 'sell market 4 FILLED 4']);
    expect(await made.held()).toEqual({ quantity: '0', open: 0 });
  });

  it('stays when a signal adds to it', async () => {
    const made = await holding(4, nth('partial-fill', 1));
    await made.signal({ quantity: decimal(1) });
    expect(await made.held()).toEqual({ quantity: '3', open: 1 });
  });
});

describe('an order that ended after its execution', () => {
  it('is booked once, wherever the second delivery of its message dies', async () => {
    for (let at = 1; ; at += 1) {
      const made = await trader();
      const stopLoss = { type: 'price', price: decimal(95) } as const;
      const request = made.request({ quantity: decimal(2), stopLoss });
      await execute(made.engine, request);
      await made.move(90);
      const faulty = faultyLedger(store.ledger, at, 'dies-after');
      await execute(testEngine(faulty.ledger, made.clock), request).catch(() => undefined);
      made.clock.advance(10_000);
      expect(await execute(made.engine, request)).toMatchObject({ execution: { status: 'COMPLETED' } });
      expect(await made.venue(), `call ${at}`).toHaveLength(2);
      const { positions, openOrders } = await made.account();
      expect({ positions, openOrders }, `call ${at}`).toMatchObject({
        positions: { MNQM5: { quantity: '0', realizedPnl: '-40' } },
        openOrders: {},
      });
      if (!faulty.isDead()) {
        break;
      }
    }
  });
});

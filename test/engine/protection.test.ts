import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import { readExecution } from '../../functions/ledger/executions.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { createTrader, nth, type TraderOptions } from '../support/trader.ts';
import { stateOf } from '../support/world.ts';

let store: TestDynamoDb;

beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

const STOP_AT_95 = { type: 'price', price: decimal(95) } as const;

const trader = (options: TraderOptions = {}) => createTrader(store.ledger, options);

describe('an entry with a stop-loss', () => {
  it('is followed by one stop order for exactly what was filled', async () => {
    const { signal, account, venue, accountId } = await trader();
    const execution = await signal({ quantity: decimal(2), stopLoss: STOP_AT_95 });
    expect(execution).toMatchObject({
      status: 'COMPLETED',
      orders: [
        { leg: 'entry', status: 'FILLED' },
        {
          leg: 'stop-loss',
          side: 'sell',
          type: 'stop',
          stopPrice: '95',
          quantity: '2',
          reduceOnly: true,
          status: 'NEW',
        },
      ],
      steps: [{ name: 'reserve' }, { name: 'place' }, { name: 'protect' }, { name: 'settle' }],
    });
    expect(await venue()).toEqual(expect.arrayContaining(['buy market 2 FILLED 2', 'sell stop 2 NEW 0']));
    expect(Object.values((await account()).openOrders)).toMatchObject([{ order: { leg: 'stop-loss' } }]);
    expect(await stateOf(store.ledger, accountId)).toMatchObject({ quantity: '2', lease: undefined });
  });

  it.each([
    [{ type: 'percent', percent: decimal(2) }, '98'],
    [{ type: 'amount', amount: decimal('1.5') }, '98.5'],
  ] as const)('puts it as far from the fill as %j says', async (stopLoss, stopPrice) => {
    const { signal } = await trader();
    expect(await signal({ stopLoss })).toMatchObject({ orders: [{}, { stopPrice }] });
  });

  it('is rolled back when the venue refuses the stop: flattened, released, told', async () => {
    const { signal, account, venue, engine } = await trader({ faults: [nth('reject', 2)] });
    const execution = await signal({ quantity: decimal(2), stopLoss: STOP_AT_95 });
    expect(execution).toMatchObject({
      status: 'ROLLED_BACK',
      reason: { code: 'PROTECTION_REFUSED' },
      orders: [
        { leg: 'entry', status: 'FILLED' },
        { leg: 'stop-loss', status: 'REJECTED' },
        { leg: 'flatten', side: 'sell', quantity: '2', reduceOnly: true, status: 'FILLED' },
      ],
      steps: [
        { name: 'reserve', status: 'COMPENSATED' },
        { name: 'place', status: 'COMPENSATED' },
        { name: 'protect', status: 'FAILED' },
        { name: 'flatten', status: 'COMPLETED' },
      ],
    });
    expect(await venue()).toHaveLength(2);
    expect(await account()).toMatchObject({ positions: { MNQM5: { quantity: '0' } }, openOrders: {} });
    expect(engine.alerts).toMatchObject([{ type: 'ROLLED_BACK', severity: 'MEDIUM' }]);
  });

  it('tries to flatten again, each time by an order of its own', async () => {
    const { signal, account } = await trader({ faults: [2, 3, 4].map((number) => nth('reject', number)) });
    const execution = await signal({ stopLoss: STOP_AT_95 });
    expect(execution).toMatchObject({ status: 'ROLLED_BACK' });
    expect(execution.orders.map(({ leg, status }) => `${leg} ${status}`)).toEqual([
      'entry FILLED',
      'stop-loss REJECTED',
      'flatten REJECTED',
      'flatten-2 REJECTED',
      'flatten-3 FILLED',
    ]);
    expect((await account()).positions).toMatchObject({ MNQM5: { quantity: '0' } });
  });

  it('halts the account with a CRITICAL alert when it cannot be undone (I4)', async () => {
    const { signal, account, engine, accountId } = await trader({
      faults: [2, 3, 4, 5].map((number) => nth('reject', number)),
    });
    expect(await signal({ stopLoss: STOP_AT_95 })).toMatchObject({
      status: 'HALTED',
      reason: { code: 'COMPENSATION_FAILED' },
    });
    expect(await account()).toMatchObject({
      positions: { MNQM5: { quantity: '1' } },
      halt: { scope: 'all', haltedBy: 'onefill' },
    });
    expect(await stateOf(store.ledger, accountId)).toMatchObject({
      lease: undefined,
      activeExecution: undefined,
    });
    expect(engine.alerts).toMatchObject([{ type: 'COMPENSATION_FAILED', severity: 'CRITICAL' }]);
    expect(await signal({ action: 'exit' })).toMatchObject({
      status: 'REJECTED',
      reason: { code: 'ACCOUNT_HALTED' },
    });
  });

  it('cancels what is not filled and protects exactly what is', async () => {
    const { signal, account, venue } = await trader({ faults: [nth('partial-fill', 1)] });
    expect(await signal({ quantity: decimal(4), stopLoss: STOP_AT_95 })).toMatchObject({
      status: 'COMPLETED',
      orders: [
        { leg: 'entry', status: 'CANCELED', filledQuantity: '2' },
        { leg: 'stop-loss', quantity: '2', status: 'NEW' },
      ],
    });
    expect((await account()).positions).toMatchObject({ MNQM5: { quantity: '2' } });
    expect(await venue()).toHaveLength(2);
  });

  it('protects all of it when the rest fills while its cancel is on the way', async () => {
    const faults = [nth('partial-fill', 1), nth('late-fill', 1, 'cancel')];
    const { signal, account } = await trader({ faults });
    expect(await signal({ quantity: decimal(4), stopLoss: STOP_AT_95 })).toMatchObject({
      status: 'COMPLETED',
      orders: [
        { status: 'FILLED', filledQuantity: '4' },
        { leg: 'stop-loss', quantity: '4' },
      ],
    });
    expect((await account()).positions).toMatchObject({ MNQM5: { quantity: '4' } });
  });

  it('does what the strategy wants done beside, and only then gives up the account', async () => {
    const strategy = { cleanup: ['flatten-symbol', 'halt-account'] } as const;
    const { signal, account, clock } = await trader({ faults: [nth('reject', 3)], strategy });
    await signal({ quantity: decimal(3) });
    clock.advance(1_000);
    const execution = await signal({ quantity: decimal(2), stopLoss: STOP_AT_95 });
    expect(execution).toMatchObject({ status: 'ROLLED_BACK' });
    expect(execution.steps.filter(({ name }) => name === 'cleanup')).toMatchObject([
      { detail: 'flatten-symbol', status: 'COMPLETED' },
      { detail: 'halt-account', status: 'COMPLETED' },
    ]);
    expect(await account()).toMatchObject({
      positions: { MNQM5: { quantity: '0' } },
      halt: { haltedBy: 'onefill' },
    });
  });

  it('leaves no stop-loss behind a position that was closed beside', async () => {
    const strategy = { cleanup: ['flatten-symbol'] } as const;
    const { signal, account, venue, clock } = await trader({ faults: [nth('reject', 4)], strategy });
    await signal({ quantity: decimal(1), stopLoss: STOP_AT_95 });
    clock.advance(1_000);
    expect(await signal({ quantity: decimal(2), stopLoss: STOP_AT_95 })).toMatchObject({
      status: 'ROLLED_BACK',
    });
    expect(await venue()).toContain('sell stop 1 CANCELED 0');
    expect(await account()).toMatchObject({ positions: { MNQM5: { quantity: '0' } }, openOrders: {} });
  });
});

describe('a position behind a stop-loss', () => {
  const protectedTrader = async (options: TraderOptions = {}) => {
    const made = await trader(options);
    const { executionId } = await made.signal({ quantity: decimal(2), stopLoss: STOP_AT_95 });
    /** The record of the entry, as it is now. */
    const entry = async () => {
      const recorded = await readExecution(store.ledger, made.accountId, executionId);
      if (!recorded) {
        throw new Error('The entry was not recorded.');
      }
      return recorded.execution;
    };
    return { ...made, entry };
  };

  it('is closed without leaving the stop behind', async () => {
    const { signal, account, venue } = await protectedTrader();
    expect(await signal({ action: 'exit', quantity: undefined as never })).toMatchObject({
      status: 'COMPLETED',
      orders: [{ leg: 'exit', quantity: '2', status: 'FILLED' }],
      steps: [{ name: 'reserve' }, { name: 'clear' }, { name: 'place' }, { name: 'settle' }],
    });
    expect(await account()).toMatchObject({ positions: { MNQM5: { quantity: '0' } }, openOrders: {} });
    expect(await venue()).toContain('sell stop 2 CANCELED 0');
  });

  it('keeps the rest protected when a part of it is closed', async () => {
    const { signal, account, entry } = await protectedTrader();
    expect(await signal({ action: 'exit', quantity: decimal(1) })).toMatchObject({
      status: 'COMPLETED',
      orders: [{ leg: 'exit', quantity: '1', status: 'FILLED' }],
    });
    expect((await entry()).orders).toMatchObject([
      { leg: 'entry' },
      { leg: 'stop-loss', quantity: '2', status: 'CANCELED' },
      { leg: 'stop-loss-2', quantity: '1', stopPrice: '95', status: 'NEW' },
    ]);
    expect(Object.values((await account()).openOrders)).toMatchObject([{ order: { leg: 'stop-loss-2' } }]);
    expect(Object.values((await account()).trades)).toMatchObject([{ openQuantity: '1', legs: 2 }]);
  });

  it('is protected again when the order that the stop made way for is refused', async () => {
    const { signal, account, entry } = await protectedTrader({ faults: [nth('reject', 3)] });
    expect(await signal({ action: 'exit', quantity: decimal(2) })).toMatchObject({
      status: 'REJECTED',
      orders: [{ leg: 'exit', status: 'REJECTED' }],
    });
    expect((await entry()).orders.at(-1)).toMatchObject({ leg: 'stop-loss-2', quantity: '2', status: 'NEW' });
    expect((await account()).positions).toMatchObject({ MNQM5: { quantity: '2' } });
  });

  it('is closed altogether when it cannot be protected again', async () => {
    const { signal, account, entry, engine } = await protectedTrader({
      faults: [nth('reject', 3), nth('reject', 4)],
    });
    expect(await signal({ action: 'exit', quantity: decimal(1) })).toMatchObject({
      status: 'REJECTED',
      orders: [{ leg: 'exit', status: 'REJECTED' }],
    });
    expect((await entry()).orders.slice(2)).toMatchObject([
      { leg: 'stop-loss-2', status: 'REJECTED' },
      { leg: 'close', quantity: '2', status: 'FILLED' },
    ]);
    expect(engine.alerts).toMatchObject([
      { type: 'PROTECTION_REFUSED', severity: 'HIGH' },
      {
        type: 'CLOSED_FOR_SAFETY',
        message: expect.stringMatching(/^Onefill closes 2 MNQM5: REHEARSED_REJECT/),
      },
    ]);
    expect(await account()).toMatchObject({ positions: { MNQM5: { quantity: '0' } }, trades: {} });
  });

  it('is known to be gone once the stop was hit, before anything is decided', async () => {
    const { signal, account, move, accountId } = await protectedTrader();
    const entry = (await account()).openOrders;
    await move(94);
    expect(await signal({ action: 'sell', price: decimal(94) })).toMatchObject({
      status: 'SKIPPED',
      reason: { code: 'NO_LONG_POSITION' },
    });
    expect(await account()).toMatchObject({ positions: { MNQM5: { quantity: '0' } }, openOrders: {} });
    const [open] = Object.values(entry);
    const recorded = open && (await readExecution(store.ledger, accountId, open.executionId));
    expect(recorded?.execution.orders).toMatchObject([
      { leg: 'entry' },
      { leg: 'stop-loss', status: 'FILLED', averageFillPrice: '94' },
    ]);
  });

  it('is not sold twice when the stop fills while it is being cancelled (I8)', async () => {
    const { signal, account, venue } = await protectedTrader({ faults: [nth('late-fill', 1, 'cancel')] });
    expect(await signal({ action: 'exit', quantity: decimal(2) })).toMatchObject({
      status: 'SKIPPED',
      reason: { code: 'NO_POSITION' },
      orders: [{ leg: 'exit', status: 'DENIED' }],
    });
    expect(await account()).toMatchObject({ positions: { MNQM5: { quantity: '0' } }, openOrders: {} });
    expect(await venue()).toHaveLength(2);
  });
});

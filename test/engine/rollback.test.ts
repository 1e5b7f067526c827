import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import type { Execution } from '../../functions/core/execution.ts';
import { TIMING } from '../../functions/core/lease.ts';
import type { OrderIntent } from '../../functions/core/order.ts';
import { execute } from '../../functions/engine/execute.ts';
import { readExecution } from '../../functions/ledger/executions.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { faultyLedger } from '../support/faulty-ledger.ts';
import { createTrader, nth, type TraderOptions } from '../support/trader.ts';
import { testEngine } from '../support/world.ts';
import { type Moods, moodyVenue } from './moody-venue.ts';
import { LOST, REFUSED } from './scripted-venue.ts';

let store: TestDynamoDb;

beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

const STOP_AT_95 = { type: 'price', price: decimal(95) } as const;
const isStop = ({ type }: OrderIntent) => type === 'stop';
const isFlatten = ({ leg }: OrderIntent) => leg.startsWith('flatten');
const refusesStops: NonNullable<Moods['place']> = (intent) => (isStop(intent) ? REFUSED : undefined);

/** A trader at a venue of moods, which may change. */
async function traderAt(moods: Moods, options: TraderOptions = {}) {
  const made = await createTrader(store.ledger, options);
  const venue = moodyVenue(moods);
  const engine = { ...made.engine, createBroker: () => venue.broker };
  const enter = async (signal: Parameters<typeof made.request>[0] = {}): Promise<Execution> => {
    const request = made.request({ quantity: decimal(4), stopLoss: STOP_AT_95, ...signal });
    await execute(engine, request);
    const recorded = await readExecution(store.ledger, made.accountId, request.executionId);
    return recorded?.execution as Execution;
  };
  return { ...made, engine, market: venue, enter };
}

const steps = (execution: Execution) => execution.steps.map(({ name, status }) => `${name} ${status}`);
const legs = (execution: Execution) => execution.orders.map(({ leg, status }) => `${leg} ${status}`);

describe('an entry that is not filled', () => {
  it('is left working when it needs no protection', async () => {
    const { market, enter, account } = await traderAt({ fills: 0 });
    const execution = await enter({ stopLoss: undefined as never });
    expect(execution).toMatchObject({ status: 'COMPLETED', orders: [{ status: 'NEW' }] });
    expect(market.calls).toEqual(['place', ...TIMING.fillPollMs.map(() => 'lookup')]);
    expect(Object.values((await account()).openOrders)).toHaveLength(1);
  });

  it('is cancelled and rolled back when it should have been protected', async () => {
    const { market, enter, account } = await traderAt({ fills: 0 });
    const execution = await enter();
    expect(execution).toMatchObject({ status: 'ROLLED_BACK', reason: { code: 'ENTRY_NOT_FILLED' } });
    expect(legs(execution)).toEqual(['entry CANCELED']);
    expect(market.orders()).toEqual(['buy market 4 CANCELED 0']);
    expect((await account()).openOrders).toEqual({});
  });

  it('and cannot be cancelled at first is cancelled in the rollback, and what it filled is closed', async () => {
    const attempts = TIMING.brokerBackoffMs.length + 1;
    const moods = { fills: 1, ignoresCancel: (number: number) => number <= attempts };
    const { market, enter, account, engine } = await traderAt(moods);
    const execution = await enter();
    expect(execution).toMatchObject({ status: 'ROLLED_BACK', reason: { code: 'PROTECTION_REFUSED' } });
    expect(legs(execution)).toEqual(['entry CANCELED', 'flatten FILLED']);
    expect(steps(execution)).toEqual([
      'reserve COMPENSATED',
      'place COMPENSATED',
      'protect FAILED',
      'cancel COMPLETED',
      'flatten COMPLETED',
    ]);
    expect(market.orders()).toEqual(['buy market 4 CANCELED 1', 'sell market 1 FILLED 1']);
    expect(await account()).toMatchObject({ positions: { MNQM5: { quantity: '0' } }, openOrders: {} });
    expect(engine.alerts).toMatchObject([{ type: 'ROLLED_BACK', subject: execution.executionId }]);
  });

  it('and never can be cancelled halts the account', async () => {
    const { enter, account, engine } = await traderAt({ fills: 1, ignoresCancel: () => true });
    const execution = await enter();
    expect(execution).toMatchObject({
      status: 'HALTED',
      reason: { message: expect.stringContaining('does not say how the entry order ended') },
    });
    expect(steps(execution)).toEqual([
      'reserve COMPLETED',
      'place COMPLETED',
      'protect FAILED',
      'cancel FAILED',
    ]);
    expect(await account()).toMatchObject({ halt: { scope: 'all', reason: execution.reason?.message } });
    expect(engine.alerts).toMatchObject([
      { type: 'COMPENSATION_FAILED', message: execution.reason?.message },
    ]);
  });
});

describe('a stop-loss', () => {
  it('on the wrong side of the fill is not sent, and the entry is undone', async () => {
    const { market, enter } = await traderAt({ price: 94 });
    expect(await enter()).toMatchObject({ status: 'ROLLED_BACK', reason: { code: 'PROTECTION_REFUSED' } });
    expect(market.orders()).toEqual(['buy market 4 FILLED 4', 'sell market 4 FILLED 4']);
  });

  it('that the venue took and ended at once has the entry undone', async () => {
    const { enter } = await traderAt({
      place: (intent) =>
        isStop(intent)
          ? {
              kind: 'accepted',
              order: {
                ...intent,
                brokerOrderId: 'ended' as never,
                status: 'CANCELED',
                filledQuantity: decimal(0),
                createdAtMs: 0,
              },
            }
          : undefined,
    });
    const execution = await enter();
    expect(execution).toMatchObject({ status: 'ROLLED_BACK', reason: { code: 'PROTECTION_REFUSED' } });
    expect(execution.reason?.message).toContain('CANCELED');
    expect(legs(execution)).toEqual(['entry FILLED', 'stop-loss CANCELED', 'flatten FILLED']);
  });

  it('that nobody knows about leaves the execution UNKNOWN, and is found, not sent again', async () => {
    const moods: { place: NonNullable<Moods['place']>; lookup?: NonNullable<Moods['lookup']> } = {
      place: (intent, number) => (isStop(intent) && number === 2 ? LOST : undefined),
      lookup: () => LOST,
    };
    const { engine, request, accountId, market } = await traderAt(moods);
    const asked = request({ quantity: decimal(4), stopLoss: STOP_AT_95 });
    expect(await execute(engine, asked)).toMatchObject({ kind: 'hand-back', code: 'ORDER_UNKNOWN' });
    const recorded = await readExecution(store.ledger, accountId, asked.executionId);
    expect(recorded?.execution).toMatchObject({
      status: 'UNKNOWN',
      reason: { code: 'PROTECTION_UNKNOWN' },
      orders: [{ status: 'FILLED' }, { status: 'UNKNOWN' }],
    });
    expect(engine.alerts).toMatchObject([{ type: 'ORDER_UNKNOWN', subject: asked.executionId }]);
    delete moods.lookup;
    expect(await execute(engine, asked)).toMatchObject({ execution: { status: 'COMPLETED' } });
    expect(market.orders()).toEqual(['buy market 4 FILLED 4', 'sell stop 4 NEW 0']);
  });

  it('of a short is above it, and buys', async () => {
    const { enter, market } = await traderAt({}, { strategy: { allowShort: true } });
    await enter({ action: 'sell', stopLoss: { type: 'amount', amount: decimal(5) } });
    expect(market.orders()).toEqual(['sell market 4 FILLED 4', 'buy stop 4 NEW 0']);
  });

  it('behind an entry that turns a position protects what was opened only', async () => {
    const { signal, account } = await createTrader(store.ledger, { strategy: { allowShort: true } });
    await signal({ action: 'sell', quantity: decimal(2) });
    expect(await signal({ quantity: decimal(5), stopLoss: STOP_AT_95 })).toMatchObject({
      status: 'COMPLETED',
      orders: [{ quantity: '5' }, { leg: 'stop-loss', side: 'sell', quantity: '3' }],
    });
    expect((await account()).positions).toMatchObject({ MNQM5: { quantity: '3' } });
  });

  it('is not needed behind an entry that filled too little to turn the position', async () => {
    const faults = [nth('partial-fill', 2)];
    const { signal, account } = await createTrader(store.ledger, { faults, strategy: { allowShort: true } });
    await signal({ action: 'sell', quantity: decimal(2) });
    expect(legs(await signal({ quantity: decimal(3), stopLoss: STOP_AT_95 }))).toEqual(['entry CANCELED']);
    expect(await account()).toMatchObject({ positions: { MNQM5: { quantity: '-1' } }, openOrders: {} });
  });
});

describe('a rollback', () => {
  it('waits between its attempts', async () => {
    const { enter, clock } = await traderAt({
      place: (intent) => (isStop(intent) || /flatten(-2)?$/.test(intent.leg) ? REFUSED : undefined),
    });
    const startedAtMs = clock.now();
    expect(await enter()).toMatchObject({ status: 'ROLLED_BACK' });
    const [first, second] = TIMING.brokerBackoffMs;
    expect(clock.now() - startedAtMs).toBe(Math.floor((first + second) * 1.25));
  });

  it('begins no attempt after its time is over', async () => {
    const late: { advance?: () => void } = {};
    const made = await traderAt({
      place: (intent) => {
        if (isFlatten(intent)) {
          late.advance?.();
        }
        return isStop(intent) || isFlatten(intent) ? REFUSED : undefined;
      },
    });
    late.advance = () => made.clock.advance(TIMING.rollbackBudgetMs + 1);
    const execution = await made.enter();
    expect(execution).toMatchObject({
      status: 'HALTED',
      reason: { message: expect.stringContaining('4 MNQM5 could not be closed') },
    });
    expect(legs(execution)).toEqual(['entry FILLED', 'stop-loss REJECTED', 'flatten REJECTED']);
    expect(steps(execution).at(-1)).toBe('flatten FAILED');
  });

  it('whose closing order is unknown halts the account and sends no other', async () => {
    const { enter, account } = await traderAt({
      place: (intent) => (isStop(intent) ? REFUSED : isFlatten(intent) ? LOST : undefined),
      lookup: () => LOST,
    });
    const execution = await enter();
    expect(execution.reason?.message).toContain('does not say how the flatten order ended');
    expect(legs(execution)).toEqual(['entry FILLED', 'stop-loss REJECTED', 'flatten UNKNOWN']);
    expect(steps(execution).at(-1)).toBe('flatten FAILED');
    expect((await account()).halt).toMatchObject({ scope: 'all' });
  });
});

describe('a rollback in a process that dies', () => {
  const cleanup = ['cancel-working-orders', 'flatten-symbol'] as const;

  /** Enters, and dies before the nth call to the store of the entry whose stop-loss is refused; then goes on. */
  async function dyingAt(at: number) {
    const made = await traderAt({ place: refusesStops }, { strategy: { cleanup } });
    const request = made.request({ quantity: decimal(4), stopLoss: STOP_AT_95 });
    const faulty = faultyLedger(store.ledger, at, 'dies-before');
    const dying = { ...testEngine(faulty.ledger, made.clock), createBroker: made.engine.createBroker };
    await execute(dying, request).catch(() => undefined);
    made.clock.advance(60_000);
    const result = await execute(made.engine, request);
    return { ...made, isDead: faulty.isDead(), result };
  }

  it('is finished by the next holder, without a second closing order or a step done twice', async () => {
    const stepsAfter: string[][] = [];
    for (let at = 1; ; at += 1) {
      const { result, isDead, market, account } = await dyingAt(at);
      if (!isDead) {
        break;
      }
      const execution = result.kind === 'done' ? result.execution : undefined;
      expect(execution, `call ${at}`).toMatchObject({ status: 'ROLLED_BACK' });
      expect(market.orders(), `call ${at}`).toEqual(['buy market 4 FILLED 4', 'sell market 4 FILLED 4']);
      expect(await account(), `call ${at}`).toMatchObject({ positions: { MNQM5: { quantity: '0' } } });
      const done = execution?.steps.filter(({ name }) => name === 'cleanup') ?? [];
      stepsAfter.push(done.map(({ detail }) => detail ?? ''));
    }
    expect(stepsAfter).toContainEqual([...cleanup]);
    expect(stepsAfter).toContainEqual(['flatten-symbol']);
  });
});

describe('what a strategy wants done beside a rollback', () => {
  const WORKING = { stopLoss: undefined as never };

  /** An order that works in each of two symbols, then an entry whose stop-loss is refused. */
  async function withWorking(ignoresCancel: Moods['ignoresCancel'] = () => false) {
    const moods = { fills: 1 as number | undefined, ignoresCancel, place: refusesStops };
    const cleanup = ['cancel-working-orders'] as const;
    const made = await traderAt(moods as Moods, { strategy: { cleanup } });
    await made.enter(WORKING);
    await made.enter({ ...WORKING, symbol: 'MESM5' });
    moods.fills = undefined;
    return { ...made, execution: await made.enter({ quantity: decimal(2) }) };
  }

  it('cancels what works in the symbol, and nothing else', async () => {
    const { execution, account, market } = await withWorking();
    expect(execution).toMatchObject({ status: 'ROLLED_BACK' });
    expect(execution.steps.at(-1)).toMatchObject({ name: 'cleanup', detail: 'cancel-working-orders' });
    expect(Object.values((await account()).openOrders)).toMatchObject([{ order: { symbol: 'MESM5' } }]);
    expect((await account()).halt).toBeUndefined();
    expect(market.orders().slice(0, 2)).toEqual([
      'buy market 4 CANCELED 1',
      'buy market 4 PARTIALLY_FILLED 1',
    ]);
    expect((await account()).positions).toMatchObject({ MNQM5: { quantity: '1' } });
  });

  it('halts the account when it cannot be done', async () => {
    const { execution, account } = await withWorking(() => true);
    expect(execution).toMatchObject({ status: 'HALTED' });
    expect(execution.reason?.message).toContain('could be cancelled');
    expect(steps(execution).at(-1)).toBe('cleanup FAILED');
    expect((await account()).halt).toMatchObject({ scope: 'all' });
  });

  it('is not done when nothing was undone', async () => {
    const cleanup = ['halt-account'] as const;
    for (const [moods, status] of [
      [{ place: () => REFUSED }, 'REJECTED'],
      [{ fills: 0 }, 'ROLLED_BACK'],
    ] as const) {
      const { enter, account, engine } = await traderAt(moods, { strategy: { cleanup } });
      expect(await enter()).toMatchObject({ status });
      expect((await account()).halt).toBeUndefined();
      expect(engine.alerts).toEqual([]);
    }
  });
});

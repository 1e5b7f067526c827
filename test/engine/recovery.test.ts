import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import { TIMING } from '../../functions/core/lease.ts';
import { execute } from '../../functions/engine/execute.ts';
import { readExecution } from '../../functions/ledger/executions.ts';
import { lockAccount, releaseAccount } from '../../functions/ledger/held-account.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { faultyLedger } from '../support/faulty-ledger.ts';
import { always, createTrader, nth, type TraderOptions } from '../support/trader.ts';
import { testEngine } from '../support/world.ts';
import { moodyVenue } from './moody-venue.ts';
import { LOST } from './scripted-venue.ts';

let store: TestDynamoDb;

beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

const STOP_AT_95 = { type: 'price', price: decimal(95) } as const;
const LATER_MS = 60_000;

type Trader = Awaited<ReturnType<typeof createTrader>>;
const trader = (options: TraderOptions = {}) => createTrader(store.ledger, options);

/** Begins a signal in a process that dies at its nth call to the store; then time passes. */
async function abandon(made: Trader, at: number, fault: 'dies-before' | 'dies-after' = 'dies-before') {
  const { ledger } = faultyLedger(store.ledger, at, fault);
  const request = made.request({ quantity: decimal(2) });
  await execute({ ...testEngine(ledger, made.clock), createBroker: made.engine.createBroker }, request).catch(
    () => undefined,
  );
  made.clock.advance(LATER_MS);
  return request;
}

/** Calls of an entry: read, take with intent (the venue is called then), record, book. */
const [TAKE, RECORD, BOOK] = [2, 3, 4];

describe('an execution that a dead worker left', () => {
  it('before its intent gives way to the next message, and nothing is told', async () => {
    const made = await trader();
    const abandoned = await abandon(made, TAKE);
    expect(await made.signal({})).toMatchObject({ status: 'COMPLETED' });
    expect(await made.account()).toMatchObject({ positions: { MNQM5: { quantity: '1' } } });
    expect((await made.account()).activeExecution).toBeUndefined();
    expect(made.engine.alerts).toEqual([]);
    expect(await readExecution(store.ledger, made.accountId, abandoned.executionId)).toBeUndefined();
  });

  it('at the venue is finished first, booked, and told', async () => {
    const made = await trader();
    const abandoned = await abandon(made, RECORD);
    expect(await made.signal({ action: 'exit', quantity: decimal(5) })).toMatchObject({
      status: 'COMPLETED',
      orders: [{ side: 'sell', quantity: '2' }],
    });
    const recorded = await readExecution(store.ledger, made.accountId, abandoned.executionId);
    expect(recorded?.execution).toMatchObject({ status: 'COMPLETED', orders: [{ status: 'FILLED' }] });
    expect(made.engine.alerts).toMatchObject([
      { type: 'WORKER_CRASHED', severity: 'MEDIUM', subject: abandoned.executionId },
    ]);
    expect(await made.venue()).toHaveLength(2);
  });

  it('recorded but not booked is booked as recorded: the venue is not asked, and nothing is told', async () => {
    const made = await trader();
    const market = moodyVenue();
    const engine = { ...made.engine, createBroker: () => market.broker };
    const abandoned = await abandon({ ...made, engine }, BOOK);
    const recorded = await readExecution(store.ledger, made.accountId, abandoned.executionId);
    expect(recorded?.execution.status).toBe('COMPLETED');
    expect(await execute(engine, made.request({}))).toMatchObject({ execution: { status: 'COMPLETED' } });
    expect((await made.account()).positions).toMatchObject({ MNQM5: { quantity: '3' } });
    expect(market.calls).toEqual(['place', 'place']);
    expect(made.engine.alerts).toEqual([]);
    const again = await readExecution(store.ledger, made.accountId, abandoned.executionId);
    expect(again).toEqual(recorded);
  });

  it('before the venue was called is placed while its signal is young', async () => {
    const made = await trader();
    const abandoned = await abandon(made, TAKE, 'dies-after');
    expect(await made.venue()).toEqual([]);
    expect(await execute(made.engine, abandoned)).toMatchObject({ execution: { status: 'COMPLETED' } });
    expect(await made.venue()).toEqual(['buy market 2 FILLED 2']);
  });

  it('is not placed once its signal is too old, and its order is watched: it may be on its way', async () => {
    const made = await trader();
    const abandoned = await abandon(made, TAKE, 'dies-after');
    made.clock.advance(TIMING.executionAgeSeconds * 1_000);
    const untilMs = made.clock.now() + TIMING.lateOrderWatchMs;
    expect(await execute(made.engine, abandoned)).toMatchObject({
      execution: {
        status: 'ROLLED_BACK',
        reason: { code: 'ORDER_NOT_PLACED' },
        orders: [{ status: 'DENIED' }],
        watched: [{ untilMs }],
      },
    });
    expect(await made.venue()).toEqual([]);
    expect(Object.values((await made.account()).openOrders)).toMatchObject([{ watchUntilMs: untilMs }]);
  });
});

describe('an execution whose order is unknown', () => {
  it('is not told as a crash when it is asked about again, and refuses what comes behind by its id', async () => {
    const faults = [always('unavailable-after-accept'), always('unavailable', 'lookup')];
    const made = await trader({ faults });
    const request = made.request({});
    await execute(made.engine, request);
    await execute(made.engine, request);
    expect(new Set(made.engine.alerts.map(({ type }) => type))).toEqual(new Set(['ORDER_UNKNOWN']));
    const behind = await made.signal({});
    expect(behind).toMatchObject({ status: 'REJECTED', reason: { code: 'EARLIER_ORDER_UNKNOWN' } });
    expect(behind.reason?.message).toContain(request.executionId);
  });
});

describe('an order that others make way for', () => {
  const protectedTrader = async (options: TraderOptions, side: 'buy' | 'sell' = 'buy') => {
    const made = await trader({ ...options, strategy: { allowShort: true } });
    const price = side === 'buy' ? decimal(95) : decimal(105);
    await made.signal({ action: side, quantity: decimal(2), stopLoss: { type: 'price', price } });
    return made;
  };
  const onItsWayOut = { faults: [nth('late-fill', 1, 'cancel')] };

  it.each([
    ['buy', 'sell', '-2'],
    ['sell', 'buy', '2'],
  ] as const)(
    'after a %s leads to the position it was to lead to, whatever filled on its way out',
    async (first, side, position) => {
      const made = await protectedTrader(onItsWayOut, first);
      expect(await made.signal({ action: 'reverse', quantity: decimal(2) })).toMatchObject({
        status: 'COMPLETED',
        orders: [{ side, quantity: '2', status: 'FILLED' }],
      });
      expect((await made.account()).positions).toMatchObject({ MNQM5: { quantity: position } });
    },
  );

  it('is sent as it was decided when nothing filled meanwhile', async () => {
    const made = await protectedTrader({});
    expect(await made.signal({ action: 'reverse', quantity: decimal(2) })).toMatchObject({
      orders: [{ side: 'sell', quantity: '4' }],
    });
    expect((await made.account()).positions).toMatchObject({ MNQM5: { quantity: '-2' } });
  });

  it('is not turned round when more was closed than it was to close', async () => {
    const made = await protectedTrader(onItsWayOut);
    expect(await made.signal({ action: 'exit', quantity: decimal(1) })).toMatchObject({
      status: 'SKIPPED',
      reason: { code: 'NO_POSITION' },
      orders: [{ leg: 'exit', status: 'DENIED' }],
    });
    expect(await made.account()).toMatchObject({ positions: { MNQM5: { quantity: '0' } }, openOrders: {} });
  });

  it('waits while the venue does not say how they ended, and goes on when it does', async () => {
    const made = await trader();
    let isQuiet = false;
    const lookups: string[] = [];
    const venue = moodyVenue({
      lookup: (id) => {
        lookups.push(id);
        return isQuiet && lookups.length > 1 ? LOST : undefined;
      },
    });
    const engine = { ...made.engine, createBroker: () => venue.broker };
    await execute(engine, made.request({ quantity: decimal(2), stopLoss: STOP_AT_95 }));
    lookups.length = 0;
    isQuiet = true;
    const exit = made.request({ action: 'exit', quantity: decimal(2) });
    expect(await execute(engine, exit)).toMatchObject({ kind: 'hand-back', code: 'ORDER_UNKNOWN' });
    const recorded = await readExecution(store.ledger, made.accountId, exit.executionId);
    expect(recorded?.execution).toMatchObject({
      status: 'UNKNOWN',
      reason: { code: 'OPEN_ORDER_UNKNOWN' },
      orders: [{ leg: 'exit', status: 'INTENT' }],
      steps: [{ name: 'reserve' }, { name: 'clear', status: 'FAILED' }],
    });
    isQuiet = false;
    expect(await execute(engine, exit)).toMatchObject({ execution: { status: 'COMPLETED' } });
    expect(venue.orders()).toEqual([
      'buy market 2 FILLED 2',
      'sell stop 2 CANCELED 0',
      'sell market 2 FILLED 2',
    ]);
  });
});

describe('a message whose turn has not come', () => {
  it('is handed back for a second while somebody else has the account', async () => {
    const made = await trader();
    const nowMs = made.clock.now() + LATER_MS;
    await lockAccount(store.ledger, { accountId: made.accountId, ownerId: 'other', nowMs });
    expect(await execute(made.engine, made.request({}))).toEqual({
      kind: 'hand-back',
      code: 'ACCOUNT_LEASED',
      delaySeconds: 1,
    });
  });

  it('is placed late where its webhook allows older signals than usual', async () => {
    const made = await trader();
    const late = { ...made.request({}), maxSignalAgeSeconds: TIMING.executionAgeSeconds * 2 };
    made.clock.advance(TIMING.executionAgeSeconds * 1_000 + 1);
    expect(await execute(made.engine, late)).toMatchObject({ execution: { status: 'COMPLETED' } });
  });

  it('that cancels is handed back while the end of an order is not known', async () => {
    const made = await trader();
    const moods = { fills: 1, ignoresCancel: (): boolean => true };
    const market = moodyVenue(moods);
    const engine = { ...made.engine, createBroker: () => market.broker };
    await execute(engine, made.request({ quantity: decimal(4) }));
    expect(await execute(engine, made.request({ action: 'cancel' }))).toEqual({
      kind: 'hand-back',
      code: 'OPEN_ORDER_UNKNOWN',
      delaySeconds: TIMING.visibilityTimeoutSeconds,
    });
    moods.ignoresCancel = () => false;
    expect(await execute(engine, made.request({ action: 'cancel' }))).toMatchObject({
      execution: { status: 'COMPLETED', reason: { code: 'CANCELED' }, orders: [] },
    });
  });
});

describe('the record of an execution', () => {
  it('counts what was tried again: at the venue, and for the account', async () => {
    const made = await trader({ faults: [nth('rate-limit', 1)] });
    const nowMs = made.clock.now();
    const locked = await lockAccount(store.ledger, { accountId: made.accountId, ownerId: 'other', nowMs });
    const wait = async (durationMs: number) => {
      made.clock.advance(durationMs);
      if (locked.kind === 'locked') {
        await releaseAccount(store.ledger, locked.fence);
      }
    };
    const result = await execute({ ...made.engine, wait }, made.request({}));
    expect(result).toMatchObject({ execution: { status: 'COMPLETED', retries: 2 } });
  });

  it('of one that placed nothing says when it reserved the account, and why that was for nothing', async () => {
    const { signal, clock } = await trader();
    const execution = await signal({ action: 'exit' });
    const atMs = clock.now();
    expect(execution).toMatchObject({ status: 'SKIPPED', orders: [], retries: 0 });
    expect(execution.steps).toEqual([
      {
        name: 'reserve',
        status: 'COMPLETED',
        startedAtMs: atMs,
        endedAtMs: atMs,
        detail: execution.reason?.message,
      },
    ]);
  });

  it.each([
    ['COMPLETED', [], {}, ['reserve COMPLETED', 'place COMPLETED', 'settle COMPLETED']],
    ['REJECTED', [always('reject')], {}, ['reserve COMPENSATED', 'place FAILED']],
    ['ROLLED_BACK', [always('rate-limit')], {}, ['reserve COMPENSATED', 'place FAILED']],
    [
      'HALTED',
      [2, 3, 4, 5].map((number) => nth('reject', number)),
      { stopLoss: STOP_AT_95 },
      ['reserve COMPLETED', 'place COMPLETED', 'protect FAILED', 'flatten FAILED'],
    ],
  ] as const)('that is %s has its steps in order', async (status, faults, signal, expected) => {
    const made = await trader({ faults });
    const execution = await made.signal(signal);
    expect(execution.status).toBe(status);
    expect(execution.steps.map((step) => `${step.name} ${step.status}`)).toEqual(expected);
    expect(execution).not.toHaveProperty('watched');
    const [reserve, ...taken] = execution.steps;
    expect(reserve?.endedAtMs).toBe(taken[0]?.startedAtMs);
  });
});

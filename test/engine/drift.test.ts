import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PositionsOutcome } from '../../functions/brokers/broker.ts';
import { DEFAULT_ACCOUNT_LIMITS } from '../../functions/core/configuration.ts';
import { decimal } from '../../functions/core/decimal.ts';
import type { AccountId, StrategyId } from '../../functions/core/ids.ts';
import { TIMING } from '../../functions/core/lease.ts';
import { createEngine } from '../../functions/engine/create-engine.ts';
import { execute } from '../../functions/engine/execute.ts';
import { reconcileAccount } from '../../functions/engine/reconcile.ts';
import { reportTo } from '../../functions/engine/report-venue.ts';
import { haltAccount } from '../../functions/ledger/account-controls.ts';
import { readCircuit } from '../../functions/ledger/circuits.ts';
import { lockAccount } from '../../functions/ledger/held-account.ts';
import { EXECUTION_ID } from '../core/order-of.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { faultyLedger } from '../support/faulty-ledger.ts';
import { intercepted } from '../support/intercepted-ledger.ts';
import { NO_VENUES } from '../support/no-venues.ts';
import { createTrader, type TraderOptions } from '../support/trader.ts';
import { testEngine } from '../support/world.ts';
import { LOST } from './scripted-venue.ts';

let store: TestDynamoDb;

beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

const HALTING = { account: { limits: { ...DEFAULT_ACCOUNT_LIMITS, haltOnDrift: true } } };

/** A trader who holds one MNQM5, and a broker who says otherwise. */
async function drifting(theirs: PositionsOutcome | Record<string, number>, options: TraderOptions = {}) {
  const made = await createTrader(store.ledger, options);
  await made.signal({});
  const asked = { before: async () => undefined as unknown };
  const outcome =
    'kind' in theirs
      ? (theirs as PositionsOutcome)
      : {
          kind: 'positions' as const,
          quantities: Object.fromEntries(
            Object.entries(theirs).map(([symbol, quantity]) => [symbol, decimal(quantity)]),
          ),
        };
  const engine = {
    ...made.engine,
    createBroker: (...parameters: Parameters<typeof made.engine.createBroker>) => ({
      ...made.engine.createBroker(...parameters),
      positions: async () => {
        await asked.before();
        return outcome;
      },
    }),
  };
  return { ...made, asked, reconcile: () => reconcileAccount(engine, made.accountId) };
}

/** Of a signal that places nothing: it reads, locks the account, and records why. */
const AFTER_LOCK = 3;

describe('positions at the broker', () => {
  it.each([
    [{ MNQM5: 1 }, []],
    [{ MNQM5: 1, MESM5: 0 }, []],
    [{ MNQM5: 1, MESM5: -2 }, [{ symbol: 'MESM5', ours: '0', brokers: '-2' }]],
    [{}, [{ symbol: 'MNQM5', ours: '1', brokers: '0' }]],
  ])('of %j are compared with one MNQM5, symbol by symbol', async (theirs, drift) => {
    const { reconcile, engine, account } = await drifting(theirs);
    const result = await reconcile();
    expect(result.kind === 'reconciled' ? result.drift : []).toEqual(drift);
    expect(result.kind).toBe(drift.length === 0 ? 'idle' : 'reconciled');
    expect(engine.alerts.map(({ type }) => type)).toEqual(drift.map(() => 'POSITION_DRIFT'));
    expect((await account()).halt).toBeUndefined();
  });

  it('are not compared when the broker does not tell', async () => {
    const { reconcile } = await drifting(LOST);
    expect(await reconcile()).toEqual({ kind: 'idle' });
  });

  it('are not compared when somebody worked on the account while the broker was asked', async () => {
    const { reconcile, asked, signal } = await drifting({ MNQM5: 7 });
    asked.before = () => signal({});
    expect(await reconcile()).toEqual({ kind: 'idle' });
  });

  it('are not compared while somebody holds the account', async () => {
    const { reconcile, asked, accountId, clock } = await drifting({ MNQM5: 7 });
    asked.before = () => lockAccount(store.ledger, { accountId, ownerId: 'other', nowMs: clock.now() });
    expect(await reconcile()).toEqual({ kind: 'idle' });
  });

  it('are not compared while an order is open that could fill at this moment', async () => {
    const { reconcile, signal } = await drifting({ MNQM5: 7 });
    await signal({ stopLoss: { type: 'price', price: decimal(95) } });
    expect(await reconcile()).toMatchObject({ kind: 'reconciled', openOrders: 1, drift: [] });
  });

  it('are not compared while an execution is unfinished', async () => {
    const { reconcile, request, clock } = await drifting({ MNQM5: 7 });
    const { ledger } = faultyLedger(store.ledger, AFTER_LOCK, 'dies-before');
    const nothing = request({ action: 'exit', symbol: 'MESM5' });
    await execute(testEngine(ledger, clock), nothing).catch(() => undefined);
    clock.advance(TIMING.abandonedAfterMs);
    expect(await reconcile()).toEqual({ kind: 'idle' });
  });

  it('halt the account if it is to, in place of a halt of entries, and only once', async () => {
    const { reconcile, engine, account, accountId } = await drifting({ MNQM5: 3 }, HALTING);
    const halt = { scope: 'entries', reason: 'Enough.', haltedBy: 'operator', haltedAtMs: 1 } as const;
    await haltAccount(store.ledger, accountId, halt);
    expect(await reconcile()).toMatchObject({ kind: 'reconciled', halted: true });
    expect(await account()).toMatchObject({
      halt: { scope: 'all', haltedBy: 'onefill', reason: expect.stringContaining('MNQM5 1, there 3') },
    });
    expect(engine.alerts.map(({ type }) => type)).toEqual(['POSITION_DRIFT']);
    expect(await reconcile()).toMatchObject({ halted: false });
    const [, drift, halted] = engine.alerts;
    expect(drift).toMatchObject({ type: 'POSITION_DRIFT', severity: 'HIGH', subject: accountId });
    expect(halted).toMatchObject({ type: 'ACCOUNT_HALTED', severity: 'CRITICAL', subject: accountId });
  });

  it('say nothing about a halt of an operator', async () => {
    const { reconcile, engine, accountId } = await drifting({ MNQM5: 1 });
    const halt = { scope: 'all', reason: 'Enough.', haltedBy: 'operator', haltedAtMs: 1 } as const;
    await haltAccount(store.ledger, accountId, halt);
    expect(await reconcile()).toEqual({ kind: 'idle' });
    expect(engine.alerts).toEqual([]);
  });
});

describe('an account that is looked after', () => {
  it('has to be there', async () => {
    const { engine } = await createTrader(store.ledger);
    expect(await reconcileAccount(engine, 'nobody' as AccountId)).toEqual({ kind: 'not-found' });
  });

  it('is left to its holder until the lease has lapsed by more than the clock skew', async () => {
    const made = await createTrader(store.ledger);
    const { accountId, clock, engine } = made;
    await lockAccount(store.ledger, { accountId, ownerId: 'dead', nowMs: clock.now() });
    clock.advance(TIMING.leaseDurationMs + TIMING.clockSkewMs);
    expect(await reconcileAccount(engine, accountId)).toEqual({ kind: 'contended' });
    clock.advance(1);
    expect((await reconcileAccount(engine, accountId)).kind).not.toBe('contended');
  });

  it('is freed of an execution without an intent once its message had time enough to come back', async () => {
    const made = await createTrader(store.ledger);
    const { ledger } = faultyLedger(store.ledger, AFTER_LOCK, 'dies-before');
    await execute(testEngine(ledger, made.clock), made.request({ action: 'exit' })).catch(() => undefined);
    made.clock.advance(TIMING.abandonedAfterMs);
    expect(await reconcileAccount(made.engine, made.accountId)).toEqual({ kind: 'idle' });
    expect((await made.account()).activeExecution).toBeDefined();
    made.clock.advance(1);
    expect(await reconcileAccount(made.engine, made.accountId)).toEqual({
      kind: 'reconciled',
      openOrders: 0,
      changedOrders: 0,
      drift: [],
      halted: false,
    });
    const { activeExecution, lease } = await made.account();
    expect({ activeExecution, lease }).toEqual({ activeExecution: undefined, lease: undefined });
  });
});

describe('how the venue did', () => {
  const REPORT = { executionId: EXECUTION_ID, controls: undefined, outcome: 'failure' } as const;

  it('is told to the circuit: a worker that died on it counts as a crash', async () => {
    const made = await createTrader(store.ledger);
    const { ledger } = faultyLedger(store.ledger, 5, 'dies-before');
    const request = made.request({});
    await execute(testEngine(ledger, made.clock), request).catch(() => undefined);
    made.clock.advance(60_000);
    await execute(made.engine, request);
    const circuit = await readCircuit(store.ledger, made.strategyId as StrategyId);
    expect(Object.values('buckets' in circuit ? circuit.buckets : {})).toMatchObject([{ crashes: 1 }]);
  });

  it('is of no interest once its strategy is gone', async () => {
    const { engine } = await createTrader(store.ledger);
    await reportTo(engine, REPORT);
    await reportTo(engine, { ...REPORT, executionId: 'nonsense' as never });
    expect(engine.alerts).toEqual([]);
    expect(await readCircuit(store.ledger, 'strategy' as StrategyId)).toMatchObject({ epoch: 0 });
  });

  it.each([
    [new Error('Out of reach.'), 'Out of reach.'],
    ['no error', 'no error'],
  ])('fails no execution when it cannot be told (%s): operators hear of it', async (failure, message) => {
    const { engine } = await createTrader(store.ledger);
    const ledger = intercepted(store.ledger, () => Promise.reject(failure));
    await reportTo({ ...engine, ledger }, REPORT);
    expect(engine.alerts).toEqual([
      { type: 'CIRCUIT_UNCOUNTED', severity: 'MEDIUM', subject: 'strategy', message },
    ]);
  });
});

describe('the engine of a deployed function', () => {
  const clock = { now: () => 1 };
  const engineWith = (changes = {}) =>
    createEngine({ ...store.ledger, ...NO_VENUES, clock, alert: () => undefined, ...changes });

  it('waits, and calls back after a while unless it is told not to', async () => {
    const engine = engineWith();
    const called: string[] = [];
    engine.after(1, () => called.push('called'));
    engine.after(1, () => called.push('cancelled'))();
    await engine.wait(20);
    expect(called).toEqual(['called']);
  });

  it('has the venue that the account names, unless it is given another', async () => {
    const { account } = await createTrader(store.ledger);
    const { configuration } = await account();
    expect(engineWith().createBroker(configuration).clientOrderIdGuarantee).toBe('PERMANENT');
    const broker = { clientOrderIdGuarantee: 'NONE' };
    expect(engineWith({ createBroker: () => broker }).createBroker(configuration)).toBe(broker);
  });

  it('names every holder differently', () => {
    const { newOwnerId } = engineWith();
    expect(newOwnerId()).not.toBe(newOwnerId());
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_ACCOUNT_LIMITS } from '../../functions/core/configuration.ts';
import { decimal } from '../../functions/core/decimal.ts';
import { type ClientOrderId, type SignalId, signalIdOf, type WebhookId } from '../../functions/core/ids.ts';
import { execute } from '../../functions/engine/execute.ts';
import { flattenAccount } from '../../functions/engine/flatten.ts';
import { reconcileAccount } from '../../functions/engine/reconcile.ts';
import { resolveExecution } from '../../functions/engine/resolve.ts';
import { haltAccount } from '../../functions/ledger/account-controls.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { faultyLedger } from '../support/faulty-ledger.ts';
import { always, createTrader, nth, type TraderOptions } from '../support/trader.ts';
import { rehearsing, stateOf, testEngine } from '../support/world.ts';

let store: TestDynamoDb;

beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

const trader = (options: TraderOptions = {}) => createTrader(store.ledger, options);
type Trader = Awaited<ReturnType<typeof trader>>;

const STOP_AT_95 = { type: 'price', price: decimal(95) } as const;
/** Longer than any lease and any patience of the reconciler. */
const LATER_MS = 60_000;

/** Executes a signal in a process that dies after its nth call to the store. */
async function abandon(made: Trader, at: number) {
  const faulty = faultyLedger(store.ledger, at, 'dies-after');
  const request = made.request({ quantity: decimal(2), stopLoss: STOP_AT_95 });
  await execute(testEngine(faulty.ledger, made.clock), request).catch(() => undefined);
  return { request, isDead: faulty.isDead() };
}

describe('the reconciler', () => {
  it('finishes whatever a dead worker left, even if its message is gone (B10)', async () => {
    let died = 0;
    for (let at = 1; ; at += 1) {
      const made = await trader();
      const { request, isDead } = await abandon(made, at);
      if (!isDead) {
        break;
      }
      died += 1;
      made.clock.advance(LATER_MS);
      await reconcileAccount(made.engine, made.accountId);
      const { positions } = await made.account();
      expect(await stateOf(store.ledger, made.accountId), `call ${at}`).toMatchObject({
        lease: undefined,
        activeExecution: undefined,
      });
      const quantity = positions.MNQM5?.quantity ?? '0';
      // Before its intent nothing was traded; after it everything is, protection included, while the signal is young.
      expect(
        [[], ['buy market 2 FILLED 2', 'sell stop 2 NEW 0']],
        `call ${at}, execution ${request.executionId}`,
      ).toContainEqual((await made.venue()).sort());
      expect(quantity, `call ${at}`).toBe((await made.venue()).length > 0 ? '2' : '0');
    }
    expect(died).toBeGreaterThan(6);
  });

  it('leaves alone what is held by a living holder', async () => {
    const made = await trader();
    await abandon(made, 4);
    expect(await reconcileAccount(made.engine, made.accountId)).toEqual({ kind: 'contended' });
  });

  it('follows a working order to its end and books its fill once, however often it runs', async () => {
    const made = await trader();
    await made.signal({ quantity: decimal(2), stopLoss: STOP_AT_95 });
    expect(await reconcileAccount(made.engine, made.accountId)).toMatchObject({
      kind: 'reconciled',
      openOrders: 1,
      changedOrders: 0,
    });
    await made.move(90);
    expect(await reconcileAccount(made.engine, made.accountId)).toMatchObject({
      openOrders: 0,
      changedOrders: 1,
    });
    expect(await reconcileAccount(made.engine, made.accountId)).toEqual({ kind: 'idle' });
    expect(await made.account()).toMatchObject({
      positions: { MNQM5: { quantity: '0', realizedPnl: '-40' } },
      daily: { orders: 2, realizedPnl: '-40' },
    });
  });

  it('dies at any call and does the same the next time', async () => {
    for (let at = 1; ; at += 1) {
      const made = await trader();
      await made.signal({ quantity: decimal(2), stopLoss: STOP_AT_95 });
      await made.move(90);
      const faulty = faultyLedger(store.ledger, at, 'dies-after');
      await reconcileAccount(testEngine(faulty.ledger, made.clock), made.accountId).catch(() => undefined);
      if (!faulty.isDead()) {
        break;
      }
      made.clock.advance(LATER_MS);
      await reconcileAccount(made.engine, made.accountId);
      expect(await made.account(), `call ${at}`).toMatchObject({
        positions: { MNQM5: { quantity: '0', realizedPnl: '-40' } },
        openOrders: {},
        daily: { orders: 2, realizedPnl: '-40' },
      });
    }
  });

  it('resolves an unknown order when the venue is back', async () => {
    const made = await trader({ faults: [always('timeout-after-accept'), always('unavailable', 'lookup')] });
    const request = made.request({});
    expect(await execute(made.engine, request)).toMatchObject({ code: 'ORDER_UNKNOWN' });
    expect(made.engine.alerts).toContainEqual(
      expect.objectContaining({ type: 'ORDER_UNKNOWN', severity: 'HIGH', subject: request.executionId }),
    );
    await made.reconfigure({});
    expect(await reconcileAccount(made.engine, made.accountId)).toMatchObject({
      recovered: { executionId: request.executionId, status: 'COMPLETED' },
    });
    expect((await made.account()).positions).toMatchObject({ MNQM5: { quantity: '1' } });
  });

  it('tells of positions that are not the broker’s, and halts the account if it is to', async () => {
    const made = await trader({ account: { limits: { ...DEFAULT_ACCOUNT_LIMITS, haltOnDrift: true } } });
    await made.signal({});
    const engine = {
      ...made.engine,
      createBroker: (...parameters: Parameters<typeof made.engine.createBroker>) => ({
        ...made.engine.createBroker(...parameters),
        positions: async () => ({ kind: 'positions' as const, quantities: { MNQM5: decimal(3) } }),
      }),
    };
    expect(await reconcileAccount(engine, made.accountId)).toMatchObject({
      drift: [{ symbol: 'MNQM5', ours: '1', brokers: '3' }],
      halted: true,
    });
    expect(made.engine.alerts).toContainEqual(
      expect.objectContaining({ type: 'POSITION_DRIFT', severity: 'HIGH' }),
    );
    expect(await made.signal({})).toMatchObject({ reason: { code: 'ACCOUNT_HALTED' } });
  });

  it('watches for an order that was denied as absent, books it when it arrives late, and tells', async () => {
    // Both look-ups miss the order that was placed, and its signal is too old to be placed again.
    const made = await trader({ faults: [always('miss', 'lookup')] });
    const broker = made.engine.createBroker((await made.account()).configuration);
    const request = made.request({});
    const slow = {
      ...made.engine,
      createBroker: () => ({
        ...broker,
        place: async (...parameters: Parameters<typeof broker.place>) => {
          await broker.place(...parameters);
          throw new Error('The connection was reset.');
        },
        lookup: async () => {
          made.clock.advance(400_000);
          throw new Error('The process is paused.');
        },
      }),
    };
    await execute(slow, request);
    expect(await execute(made.engine, request)).toMatchObject({ execution: { status: 'ROLLED_BACK' } });
    expect(Object.values((await made.account()).openOrders)).toMatchObject([
      { order: { status: 'UNKNOWN' } },
    ]);
    await made.reconfigure({});
    await reconcileAccount(made.engine, made.accountId);
    expect(await made.account()).toMatchObject({ positions: { MNQM5: { quantity: '1' } }, openOrders: {} });
    expect(made.engine.alerts).toContainEqual(
      expect.objectContaining({ type: 'LATE_ORDER', severity: 'CRITICAL' }),
    );
  });
});

const commandOf = (made: Trader, signalId: SignalId = signalIdOf('operator' as WebhookId, 'test', 1)) => ({
  accountId: made.accountId,
  signalId,
  correlationId: 'test',
  receivedAtMs: made.clock.now(),
});

describe('flattening an account', () => {
  it('closes every position and cancels every order, halted or not, once', async () => {
    const made = await trader();
    await made.signal({ quantity: decimal(2), stopLoss: STOP_AT_95 });
    await made.signal({ symbol: 'MESM5', quantity: decimal(3) });
    await haltAccount(store.ledger, made.accountId, {
      scope: 'all',
      reason: 'test',
      haltedBy: 'operator',
      haltedAtMs: 1,
    });
    const command = commandOf(made);
    const result = await flattenAccount(made.engine, command);
    expect(result).toMatchObject({ kind: 'done', execution: { status: 'COMPLETED' } });
    expect(await made.account()).toMatchObject({
      positions: { MNQM5: { quantity: '0' }, MESM5: { quantity: '0' } },
      openOrders: {},
    });
    const before = await made.venue();
    expect(await flattenAccount(made.engine, command)).toEqual(result);
    expect(await made.venue()).toEqual(before);
  });

  it('is finished by the next holder wherever it dies', async () => {
    for (let at = 1; ; at += 1) {
      const made = await trader();
      await made.signal({ quantity: decimal(2), stopLoss: STOP_AT_95 });
      const faulty = faultyLedger(store.ledger, at, 'dies-after');
      await flattenAccount(testEngine(faulty.ledger, made.clock), commandOf(made)).catch(() => undefined);
      if (!faulty.isDead()) {
        break;
      }
      made.clock.advance(LATER_MS);
      await reconcileAccount(made.engine, made.accountId);
      const { positions, openOrders } = await made.account();
      expect([0, 1], `call ${at}`).toContain(Object.keys(openOrders).length);
      // Never half: either it was not begun and the position is protected still, or it is closed.
      expect(positions.MNQM5?.quantity, `call ${at}`).toBe(Object.keys(openOrders).length === 1 ? '2' : '0');
    }
  });
});

describe('an operator’s word about an unknown order', () => {
  const silent = {
    simulation: rehearsing([always('unavailable-after-accept')], { guarantee: 'NONE' }),
  } as const;

  async function unknown() {
    const made = await trader(silent);
    const request = made.request({ quantity: decimal(2) });
    expect(await execute(made.engine, request)).toMatchObject({ code: 'ORDER_UNKNOWN' });
    const clientOrderId = (await made.account()).activeExecution?.intent?.orders[0]
      ?.clientOrderId as ClientOrderId;
    const resolve = (word: object) =>
      resolveExecution(made.engine, {
        accountId: made.accountId,
        executionId: request.executionId,
        orders: [{ clientOrderId, ...word } as never],
      });
    return { made, request, resolve };
  }

  it('books what it says was filled', async () => {
    const { made, resolve } = await unknown();
    expect(await resolve({ outcome: 'filled', quantity: decimal(2), price: decimal(101) })).toMatchObject({
      kind: 'done',
      execution: { status: 'COMPLETED' },
    });
    expect((await made.account()).positions).toMatchObject({
      MNQM5: { quantity: '2', averagePrice: '101' },
    });
  });

  it('frees the account when it says that nothing was placed', async () => {
    const { made, resolve } = await unknown();
    expect(await resolve({ outcome: 'not-placed' })).toMatchObject({
      kind: 'done',
      execution: { status: 'ROLLED_BACK' },
    });
    expect(await stateOf(store.ledger, made.accountId)).toMatchObject({
      activeExecution: undefined,
      lease: undefined,
    });
    expect(await resolve({ outcome: 'not-placed' })).toEqual({ kind: 'not-unknown' });
  });

  it('goes on with protection after it', async () => {
    const made = await trader({ faults: [nth('timeout-after-accept', 1), always('unavailable', 'lookup')] });
    const request = made.request({ quantity: decimal(2), stopLoss: STOP_AT_95 });
    await execute(made.engine, request);
    await made.reconfigure({});
    const clientOrderId = (await made.account()).activeExecution?.intent?.orders[0]
      ?.clientOrderId as ClientOrderId;
    expect(
      await resolveExecution(made.engine, {
        accountId: made.accountId,
        executionId: request.executionId,
        orders: [{ clientOrderId, outcome: 'filled', quantity: decimal(2), price: decimal(100) }],
      }),
    ).toMatchObject({
      kind: 'done',
      execution: { status: 'COMPLETED', orders: [{}, { leg: 'stop-loss', status: 'NEW' }] },
    });
  });
});

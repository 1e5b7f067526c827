import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import type { ExecutionId } from '../../functions/core/ids.ts';
import { type AccountId, type ClientOrderId, signalIdOf, type WebhookId } from '../../functions/core/ids.ts';
import { TIMING } from '../../functions/core/lease.ts';
import { execute } from '../../functions/engine/execute.ts';
import { flattenAccount } from '../../functions/engine/flatten.ts';
import { resolveExecution } from '../../functions/engine/resolve.ts';
import { lockAccount } from '../../functions/ledger/held-account.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { faultyLedger } from '../support/faulty-ledger.ts';
import { always, createTrader, nth, type TraderOptions } from '../support/trader.ts';
import { rehearsing, testEngine } from '../support/world.ts';

let store: TestDynamoDb;

beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

const trader = (options: TraderOptions = {}) => createTrader(store.ledger, options);
type Trader = Awaited<ReturnType<typeof trader>>;

const STOP_AT_95 = { type: 'price', price: decimal(95) } as const;
const NOBODY = 'nobody' as AccountId;
const NEVER_ANSWERS = {
  simulation: rehearsing([always('unavailable-after-accept')], { guarantee: 'NONE' }),
} as const;

/** Somebody else has the account, and goes on having it. */
const occupy = ({ accountId, clock }: Trader) =>
  lockAccount(store.ledger, { accountId, ownerId: 'somebody', nowMs: clock.now() + 3_600_000 });

let commands = 0;
const commandFor = ({ accountId, clock }: Trader) => {
  commands += 1;
  const receivedAtMs = clock.now();
  const signalId = signalIdOf('operator' as WebhookId, `command-${commands}`, receivedAtMs);
  return { accountId, signalId, correlationId: 'operator', receivedAtMs };
};

const flatten = (made: Trader, accountId = made.accountId) =>
  flattenAccount(made.engine, { ...commandFor(made), accountId });

describe('an operator’s word to flatten', () => {
  it('is an execution of the operator, with one closing order for each position', async () => {
    const made = await trader({ strategy: { allowShort: true } });
    await made.signal({ quantity: decimal(2) });
    await made.signal({ symbol: 'MESM5', action: 'sell', quantity: decimal(3) });
    expect(await flatten(made)).toMatchObject({
      kind: 'done',
      execution: {
        webhookId: 'operator',
        strategyId: 'operator',
        status: 'COMPLETED',
        orders: expect.toSatisfy((orders: readonly object[]) => {
          expect(orders).toHaveLength(2);
          expect(orders).toContainEqual(
            expect.objectContaining({ leg: 'close-MNQM5', side: 'sell', quantity: '2', reduceOnly: true }),
          );
          expect(orders).toContainEqual(
            expect.objectContaining({ leg: 'close-MESM5', side: 'buy', quantity: '3', reduceOnly: true }),
          );
          return true;
        }),
      },
    });
  });

  it('sends nothing for a symbol that is flat already', async () => {
    const made = await trader();
    await made.signal({ quantity: decimal(2) });
    await made.signal({ action: 'exit', quantity: decimal(2) });
    await made.signal({ symbol: 'MESM5' });
    expect(await flatten(made)).toMatchObject({ execution: { orders: [{ symbol: 'MESM5' }] } });
  });

  it('skips an account that holds nothing, and leaves it free', async () => {
    const made = await trader();
    expect(await flatten(made)).toMatchObject({
      kind: 'done',
      execution: { status: 'SKIPPED', reason: { code: 'NO_POSITION' }, orders: [] },
    });
    const { lease, activeExecution } = await made.account();
    expect({ lease, activeExecution }).toEqual({ lease: undefined, activeExecution: undefined });
  });

  it('ends what still works although there is no position any more', async () => {
    const made = await trader({ faults: [nth('partial-fill', 2)], strategy: { allowShort: true } });
    await made.signal({ action: 'sell', quantity: decimal(2) });
    await made.signal({ quantity: decimal(4) });
    expect(Object.values((await made.account()).openOrders)).toMatchObject([{ order: { leg: 'entry' } }]);
    expect(await flatten(made)).toMatchObject({ execution: { status: 'COMPLETED', orders: [] } });
    expect(await made.account()).toMatchObject({ positions: { MNQM5: { quantity: '0' } }, openOrders: {} });
    expect(await made.venue()).toContain('buy market 4 CANCELED 2');
  });

  it('ends the stop-loss of a position and closes it by as much as is left', async () => {
    const made = await trader({ faults: [nth('late-fill', 1, 'cancel')] });
    await made.signal({ quantity: decimal(2), stopLoss: STOP_AT_95 });
    expect(await flatten(made)).toMatchObject({
      execution: { status: 'SKIPPED', orders: [{ leg: 'close-MNQM5', status: 'DENIED' }] },
    });
    expect(await made.account()).toMatchObject({ positions: { MNQM5: { quantity: '0' } }, openOrders: {} });
    expect(await made.venue()).toHaveLength(2);
  });

  it('is taken up where it was left when the same command is given again', async () => {
    for (let at = 1; ; at += 1) {
      const made = await trader();
      await made.signal({ quantity: decimal(2), stopLoss: STOP_AT_95 });
      const command = commandFor(made);
      const faulty = faultyLedger(store.ledger, at, 'dies-after');
      await flattenAccount(testEngine(faulty.ledger, made.clock), command).catch(() => undefined);
      if (!faulty.isDead()) {
        expect(at).toBeGreaterThan(4);
        break;
      }
      made.clock.advance(30_000);
      expect(await flattenAccount(made.engine, command), `call ${at}`).toMatchObject({
        kind: 'done',
        execution: { orders: [{ side: 'sell', quantity: '2', status: 'FILLED' }] },
      });
      expect((await made.venue()).sort(), `call ${at}`).toEqual([
        'buy market 2 FILLED 2',
        'sell market 2 FILLED 2',
        'sell stop 2 CANCELED 0',
      ]);
    }
  });

  it('says that nothing was done when somebody else has the account, or there is none', async () => {
    const made = await trader();
    await made.signal({});
    expect(await flatten(made, NOBODY)).toEqual({
      kind: 'hand-back',
      code: 'ACCOUNT_NOT_FOUND',
      delaySeconds: 0,
    });
    await occupy(made);
    expect(await flatten(made)).toEqual({ kind: 'hand-back', code: 'ACCOUNT_LEASED', delaySeconds: 0 });
    expect(await made.venue()).toHaveLength(1);
  });

  it('says that nothing was done while an earlier order is unknown, and leaves the account free', async () => {
    const made = await trader(NEVER_ANSWERS);
    await execute(made.engine, made.request({}));
    expect(await flatten(made)).toEqual({
      kind: 'hand-back',
      code: 'EARLIER_ORDER_UNKNOWN',
      delaySeconds: 0,
    });
    expect((await made.account()).lease).toBeUndefined();
  });

  it('finishes what a dead worker left, and closes that, too', async () => {
    const made = await trader();
    await made.signal({});
    const faulty = faultyLedger(store.ledger, 4, 'dies-before');
    await execute(testEngine(faulty.ledger, made.clock), made.request({ quantity: decimal(2) })).catch(
      () => 0,
    );
    expect((await made.account()).activeExecution).toBeDefined();
    made.clock.advance(60_000);
    expect(await flatten(made)).toMatchObject({ execution: { orders: [{ side: 'sell', quantity: '3' }] } });
    expect((await made.account()).positions).toMatchObject({ MNQM5: { quantity: '0' } });
  });
});

describe('an operator’s word about the order of an execution in progress', () => {
  async function unknown() {
    const made = await trader(NEVER_ANSWERS);
    const request = made.request({ quantity: decimal(4) });
    expect(await execute(made.engine, request)).toEqual({
      kind: 'hand-back',
      code: 'ORDER_UNKNOWN',
      delaySeconds: TIMING.visibilityTimeoutSeconds,
    });
    const [order] = (await made.account()).activeExecution?.intent?.orders ?? [];
    const clientOrderId = order?.clientOrderId as ClientOrderId;
    const { executionId } = request;
    const word = { clientOrderId, outcome: 'filled', quantity: decimal(1), price: decimal(100) } as const;
    return { made, word, command: { accountId: made.accountId, executionId, orders: [word] } };
  }

  it('that it filled in part ends it there', async () => {
    const { made, command } = await unknown();
    expect(await resolveExecution(made.engine, command)).toMatchObject({
      kind: 'done',
      execution: { status: 'COMPLETED', orders: [{ status: 'CANCELED', filledQuantity: '1' }] },
    });
    expect((await made.account()).positions).toMatchObject({ MNQM5: { quantity: '1' } });
  });

  it('that it filled as a whole completes it', async () => {
    const { made, command, word } = await unknown();
    const orders = [{ ...word, quantity: decimal(4) }];
    expect(await resolveExecution(made.engine, { ...command, orders })).toMatchObject({
      execution: { status: 'COMPLETED', orders: [{ status: 'FILLED', filledQuantity: '4' }] },
    });
  });

  it('about another order changes nothing and leaves the account free', async () => {
    const { made, command, word } = await unknown();
    const orders = [{ ...word, clientOrderId: 'of-other' as ClientOrderId }];
    expect(await resolveExecution(made.engine, { ...command, orders })).toEqual({ kind: 'not-unknown' });
    expect(await made.account()).toMatchObject({ activeExecution: { executionId: command.executionId } });
    expect((await made.account()).lease).toBeUndefined();
  });

  it('about another execution changes nothing', async () => {
    const { made, command } = await unknown();
    const { executionId } = made.request({});
    expect(await resolveExecution(made.engine, { ...command, executionId })).toEqual({ kind: 'not-unknown' });
    const malformed = 'no execution' as ExecutionId;
    expect(await resolveExecution(made.engine, { ...command, executionId: malformed })).toEqual({
      kind: 'not-unknown',
    });
    expect((await made.account()).positions).toEqual({});
  });

  it('has to be given again when somebody else has the account, and finds no account that is not there', async () => {
    const { made, command } = await unknown();
    expect(await resolveExecution(made.engine, { ...command, accountId: NOBODY })).toEqual({
      kind: 'not-found',
    });
    await occupy(made);
    expect(await resolveExecution(made.engine, command)).toEqual({ kind: 'contended' });
  });
});

describe('an operator’s word about a stop-loss that nobody could confirm', () => {
  it('that it was not placed has the entry undone', async () => {
    const faults = [nth('unavailable-after-accept', 2), always('unavailable', 'lookup')];
    const made = await trader({ faults });
    const request = made.request({ quantity: decimal(2), stopLoss: STOP_AT_95 });
    expect(await execute(made.engine, request)).toMatchObject({ kind: 'hand-back', code: 'ORDER_UNKNOWN' });
    const orders = (await made.account()).activeExecution?.intent?.orders ?? [];
    const stop = orders.find(({ leg }) => leg === 'stop-loss');
    const { accountId } = made;
    const { executionId } = request;
    const word = { clientOrderId: stop?.clientOrderId as ClientOrderId, outcome: 'not-placed' } as const;
    await made.reconfigure({});
    expect(await resolveExecution(made.engine, { accountId, executionId, orders: [word] })).toMatchObject({
      kind: 'done',
      execution: { status: 'ROLLED_BACK', orders: [{}, { status: 'DENIED' }, { leg: 'flatten' }] },
    });
  });
});

describe('an operator’s word about an order that is watched after its execution', () => {
  /** An order that was sent, that the venue denies having, and whose execution was rolled back for it. */
  async function watched() {
    const made = await trader({ faults: [nth('timeout-before-accept', 1)] });
    const broker = made.engine.createBroker((await made.account()).configuration);
    const request = made.request({ quantity: decimal(4) });
    const pausing = async () => {
      made.clock.advance(400_000);
      throw new Error('The process is paused.');
    };
    await execute({ ...made.engine, createBroker: () => ({ ...broker, lookup: pausing }) }, request);
    expect(await execute(made.engine, request)).toMatchObject({ execution: { status: 'ROLLED_BACK' } });
    const [open] = Object.values((await made.account()).openOrders);
    expect(open).toMatchObject({ order: { status: 'UNKNOWN' } });
    const clientOrderId = open?.order.clientOrderId as ClientOrderId;
    const command = { accountId: made.accountId, executionId: request.executionId };
    return { made, clientOrderId, command };
  }

  it('that it was filled books it, for its strategy and in the record of its execution', async () => {
    const { made, clientOrderId, command } = await watched();
    const word = { clientOrderId, outcome: 'filled', quantity: decimal(3), price: decimal(90) } as const;
    expect(await resolveExecution(made.engine, { ...command, orders: [word] })).toMatchObject({
      kind: 'done',
      execution: { status: 'ROLLED_BACK', orders: [{ status: 'CANCELED', filledQuantity: '3' }] },
    });
    const account = await made.account();
    expect(account).toMatchObject({
      positions: { MNQM5: { quantity: '3', averagePrice: '90' } },
      openOrders: {},
    });
    expect(account.lease).toBeUndefined();
    expect(await resolveExecution(made.engine, { ...command, orders: [word] })).toEqual({
      kind: 'not-unknown',
    });
    expect((await made.account()).positions).toEqual(account.positions);
  });

  it('that it was never placed ends the watch', async () => {
    const { made, clientOrderId, command } = await watched();
    const orders = [{ clientOrderId, outcome: 'not-placed' }] as const;
    expect(await resolveExecution(made.engine, { ...command, orders })).toMatchObject({ kind: 'done' });
    expect(await made.account()).toMatchObject({ positions: {}, openOrders: {} });
    expect((await made.account()).lease).toBeUndefined();
  });

  it('counts for the execution that is named, and no other', async () => {
    const { made, clientOrderId, command } = await watched();
    const { executionId } = made.request({});
    const orders = [{ clientOrderId, outcome: 'not-placed' }] as const;
    expect(await resolveExecution(made.engine, { ...command, executionId, orders })).toEqual({
      kind: 'not-unknown',
    });
    expect(Object.keys((await made.account()).openOrders)).toEqual([clientOrderId]);
  });
});

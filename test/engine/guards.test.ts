import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_CIRCUIT_SETTINGS } from '../../functions/core/circuit.ts';
import { DEFAULT_ACCOUNT_LIMITS } from '../../functions/core/configuration.ts';
import { decimal } from '../../functions/core/decimal.ts';
import type { Halt, HaltScope } from '../../functions/core/halt.ts';
import type { StrategyId } from '../../functions/core/ids.ts';
import { execute } from '../../functions/engine/execute.ts';
import { haltAccount, resumeAccount } from '../../functions/ledger/account-controls.ts';
import { controlCircuit, readCircuit } from '../../functions/ledger/circuits.ts';
import {
  haltEverything,
  haltStrategy,
  resumeEverything,
  resumeStrategy,
} from '../../functions/ledger/halts.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { always, createTrader, type TraderOptions } from '../support/trader.ts';

let store: TestDynamoDb;

beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

const trader = (options: TraderOptions = {}) => createTrader(store.ledger, options);
type Trader = Awaited<ReturnType<typeof trader>>;

const haltOf = (scope: HaltScope): Halt => ({
  scope,
  reason: 'Enough.',
  haltedBy: 'operator',
  haltedAtMs: 1,
});

/** Each kill switch: its code, how it is thrown and how it is lifted. */
const SWITCHES: readonly (readonly [
  string,
  (made: Trader, halt: Halt) => Promise<unknown>,
  (made: Trader) => Promise<unknown>,
])[] = [
  [
    'ACCOUNT_HALTED',
    ({ accountId }, halt) => haltAccount(store.ledger, accountId, halt),
    ({ accountId }) => resumeAccount(store.ledger, accountId),
  ],
  [
    'STRATEGY_HALTED',
    ({ strategyId }, halt) => haltStrategy(store.ledger, strategyId as StrategyId, halt),
    ({ strategyId }) => resumeStrategy(store.ledger, strategyId as StrategyId),
  ],
  ['ALL_HALTED', (_, halt) => haltEverything(store.ledger, halt), () => resumeEverything(store.ledger)],
];

describe.each(SWITCHES)('the kill switch %s', (code, halt, resume) => {
  it('stops everything from the very next message on, until it is lifted', async () => {
    const made = await trader();
    await made.signal({ quantity: decimal(2) });
    await halt(made, haltOf('all'));
    const refused = { status: 'REJECTED', reason: { code } };
    expect(await made.signal({})).toMatchObject(refused);
    expect(await made.signal({ action: 'exit', quantity: decimal(2) })).toMatchObject(refused);
    await resume(made);
    expect(await made.signal({})).toMatchObject({ status: 'COMPLETED' });
  });

  it('of entries lets exits pass', async () => {
    const made = await trader();
    await made.signal({ quantity: decimal(2) });
    await halt(made, haltOf('entries'));
    expect(await made.signal({})).toMatchObject({ status: 'REJECTED', reason: { code } });
    expect(await made.signal({ action: 'exit', quantity: decimal(2) })).toMatchObject({
      status: 'COMPLETED',
    });
    await resume(made);
  });
});

describe('limits', () => {
  const account = (limits: object) => ({ account: { limits: { ...DEFAULT_ACCOUNT_LIMITS, ...limits } } });

  it.each([
    ['MAX_POSITION', account({ maxPosition: decimal(2) })],
    ['MAX_ORDERS_PER_DAY', account({ maxOrdersPerDay: 1 })],
    ['MAX_POSITION', { strategy: { limits: { maxPosition: decimal(2) } } }],
    ['MAX_ORDERS_PER_DAY', { strategy: { limits: { maxOrdersPerDay: 1 } } }],
  ] as const)('%s refuses the entry that would break it, not the exit (%j)', async (code, options) => {
    const { signal } = await trader(options);
    expect(await signal({ quantity: decimal(2) })).toMatchObject({ status: 'COMPLETED' });
    expect(await signal({ quantity: decimal(1) })).toMatchObject({ status: 'REJECTED', reason: { code } });
    expect(await signal({ action: 'exit', quantity: decimal(2) })).toMatchObject({ status: 'COMPLETED' });
  });

  it.each([
    ['the account', account({ maxDailyLoss: decimal(10) })],
    ['the strategy', { strategy: { limits: { maxDailyLoss: decimal(10) } } }],
  ])('a loss of the day at the limit of %s ends its entries until the next day', async (_, options) => {
    const { signal, clock, account } = await trader(options);
    await signal({ quantity: decimal(2), price: decimal(100) });
    await signal({ action: 'exit', quantity: decimal(2), price: decimal(95) });
    expect((await account()).daily).toMatchObject({ orders: 2, realizedPnl: '-20' });
    expect(await signal({})).toMatchObject({ status: 'REJECTED', reason: { code: 'MAX_DAILY_LOSS' } });
    clock.advance(2 * 60 * 60 * 1_000);
    expect(await signal({})).toMatchObject({ status: 'COMPLETED' });
    expect((await account()).daily).toMatchObject({ day: '2026-11-22', orders: 1, realizedPnl: '0' });
  });

  it('outside its window a strategy opens nothing and closes what is open', async () => {
    // The test clock begins on a Saturday, at 22:00 UTC.
    const window = { days: ['sat'], from: '21:00', to: '23:00', timeZone: 'UTC' } as const;
    const { signal, clock } = await trader({ strategy: { window } });
    expect(await signal({})).toMatchObject({ status: 'COMPLETED' });
    clock.advance(60 * 60 * 1_000);
    expect(await signal({})).toMatchObject({
      status: 'REJECTED',
      reason: { code: 'OUTSIDE_TRADING_WINDOW' },
    });
    expect(await signal({ action: 'exit', quantity: decimal(1) })).toMatchObject({ status: 'COMPLETED' });
  });

  it.each([
    ['STOP_LOSS_WRONG_SIDE', { type: 'price', price: decimal(101) }],
    ['STOP_LOSS_WRONG_SIDE', { type: 'amount', amount: decimal(100) }],
  ] as const)('%s is refused before the entry', async (code, stopLoss) => {
    const { signal, venue } = await trader();
    expect(await signal({ stopLoss })).toMatchObject({ status: 'REJECTED', reason: { code } });
    expect(await venue()).toEqual([]);
  });
});

describe('a strategy’s circuit (I6)', () => {
  const circuitBreaker = { ...DEFAULT_CIRCUIT_SETTINGS, consecutiveFailures: 3, coolDownSeconds: 30 };
  const dead = [always('unavailable'), always('unavailable', 'lookup')];

  async function opened() {
    const made = await trader({ strategy: { circuitBreaker } });
    await made.signal({ quantity: decimal(5) });
    await made.reconfigure({ strategy: { circuitBreaker }, faults: [always('unavailable')] });
    for (let failures = 0; failures < 3; failures += 1) {
      expect(await made.signal({})).toMatchObject({ status: 'ROLLED_BACK' });
    }
    return made;
  }

  const stateOf = async ({ strategyId }: Trader) =>
    (await readCircuit(store.ledger, strategyId as StrategyId)).state;

  it('opens after failures in a row, refuses entries and lets exits pass', async () => {
    const made = await opened();
    expect(made.engine.alerts.filter(({ type }) => type === 'CIRCUIT_OPENED')).toHaveLength(1);
    await made.reconfigure({ strategy: { circuitBreaker } });
    const before = await made.venue();
    expect(await made.signal({})).toMatchObject({ status: 'REJECTED', reason: { code: 'CIRCUIT_OPEN' } });
    expect(await made.venue()).toEqual(before);
    expect(await made.signal({ action: 'exit', quantity: decimal(2) })).toMatchObject({
      status: 'COMPLETED',
    });
  });

  it('closes by a probe once it has cooled down and the venue is well', async () => {
    const made = await opened();
    await made.reconfigure({ strategy: { circuitBreaker } });
    made.clock.advance(31_000);
    expect(await made.signal({})).toMatchObject({ status: 'COMPLETED' });
    expect(await stateOf(made)).toBe('closed');
    expect(made.engine.alerts.at(-1)).toMatchObject({ type: 'CIRCUIT_CLOSED' });
  });

  it('sends no probe to a venue that does not answer, and cools down longer', async () => {
    const made = await opened();
    await made.reconfigure({ strategy: { circuitBreaker }, faults: dead });
    made.clock.advance(31_000);
    const before = await made.venue();
    expect(await made.signal({})).toMatchObject({ status: 'REJECTED', reason: { code: 'CIRCUIT_OPEN' } });
    expect(await made.venue()).toEqual(before);
    expect(await stateOf(made)).toBe('open');
    await made.reconfigure({ strategy: { circuitBreaker } });
    made.clock.advance(31_000);
    expect(await made.signal({})).toMatchObject({ reason: { code: 'CIRCUIT_OPEN' } });
    made.clock.advance(31_000);
    expect(await made.signal({})).toMatchObject({ status: 'COMPLETED' });
  });

  it('does not count what the venue refuses for good', async () => {
    const made = await trader({ strategy: { circuitBreaker }, faults: [always('reject')] });
    for (let times = 0; times < 5; times += 1) {
      expect(await made.signal({})).toMatchObject({ status: 'REJECTED', reason: { code: 'ORDER_REJECTED' } });
    }
    expect(await stateOf(made)).toBe('closed');
  });

  it('is not written by healthy executions', async () => {
    const made = await trader({ strategy: { circuitBreaker } });
    await made.signal({});
    expect(await readCircuit(store.ledger, made.strategyId as StrategyId)).toMatchObject({ epoch: 0 });
    expect(made.engine.circuitMemory.size).toBe(1);
  });

  it('isolated by an operator lets nothing in until it is closed', async () => {
    const made = await trader({ strategy: { circuitBreaker } });
    const control = (action: 'isolate' | 'close') =>
      controlCircuit(store.ledger, {
        strategyId: made.strategyId as StrategyId,
        action,
        settings: circuitBreaker,
        reason: 'maintenance',
        nowMs: made.clock.now(),
      });
    await control('isolate');
    made.clock.advance(3_600_000);
    expect(await made.signal({})).toMatchObject({ reason: { code: 'CIRCUIT_ISOLATED' } });
    await control('close');
    expect(await made.signal({})).toMatchObject({ status: 'COMPLETED' });
  });
});

describe('working orders', () => {
  it('are cancelled by a signal, and their fills stay booked', async () => {
    const { signal, account, venue } = await trader({
      faults: [{ kind: 'partial-fill', on: 'place', when: { type: 'nth', nth: 1 } }],
    });
    expect(await signal({ quantity: decimal(4) })).toMatchObject({
      status: 'COMPLETED',
      orders: [{ status: 'PARTIALLY_FILLED', filledQuantity: '2' }],
    });
    expect(await signal({ action: 'cancel' })).toMatchObject({ status: 'COMPLETED' });
    expect(await venue()).toEqual(['buy market 4 CANCELED 2']);
    expect(await account()).toMatchObject({ positions: { MNQM5: { quantity: '2' } }, openOrders: {} });
    expect(await signal({ action: 'cancel' })).toMatchObject({
      status: 'SKIPPED',
      reason: { code: 'NO_WORKING_ORDERS' },
    });
  });

  it('that the venue does not tell about keep the next message waiting', async () => {
    const made = await trader({
      faults: [{ kind: 'partial-fill', on: 'place', when: { type: 'nth', nth: 1 } }],
    });
    await made.signal({ quantity: decimal(4) });
    await made.reconfigure({ faults: [always('unavailable', 'lookup')] });
    expect(await execute(made.engine, made.request({ action: 'exit' }))).toMatchObject({
      kind: 'hand-back',
      code: 'OPEN_ORDER_UNKNOWN',
    });
  });
});

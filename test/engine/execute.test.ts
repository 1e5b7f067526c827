import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RehearsalFault } from '../../functions/core/configuration.ts';
import { decimal } from '../../functions/core/decimal.ts';
import type { StrategyId } from '../../functions/core/ids.ts';
import { execute } from '../../functions/engine/execute.ts';
import { deleteAccount } from '../../functions/ledger/accounts.ts';
import { saveStrategy } from '../../functions/ledger/webhooks.ts';
import { carelessVenue } from '../support/careless-venue.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import {
  brokerOrders,
  rehearsing,
  requestOf,
  seed,
  stateOf,
  strategyOf,
  TestClock,
  testEngine,
} from '../support/world.ts';

let store: TestDynamoDb;

beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

const setUp = async (accountId: string, options: Parameters<typeof seed>[2] = {}) => {
  await seed(store.ledger, accountId, options);
  const clock = new TestClock();
  return { clock, engine: testEngine(store.ledger, clock) };
};

describe('a signal on an account', () => {
  it('is executed: the order is filled, the position booked, the account given back', async () => {
    const { engine, clock } = await setUp('plain');
    const request = requestOf('plain', { quantity: decimal(2), price: decimal('21534.25') });

    const result = await execute(engine, request);

    expect(result).toMatchObject({
      kind: 'done',
      execution: {
        status: 'COMPLETED',
        correlationId: request.correlationId,
        orders: [
          { side: 'buy', quantity: '2', status: 'FILLED', filledQuantity: '2', averageFillPrice: '21534.25' },
        ],
        steps: [{ name: 'reserve' }, { name: 'place' }, { name: 'settle' }],
      },
    });
    expect(await stateOf(store.ledger, 'plain')).toEqual({
      quantity: '2',
      lease: undefined,
      activeExecution: undefined,
      fencingToken: 1,
    });
    expect(await brokerOrders(store.ledger, 'plain', clock)).toMatchObject([
      { side: 'buy', quantity: '2', status: 'FILLED' },
    ]);
  });

  it('is executed once however often its message comes', async () => {
    const { engine, clock } = await setUp('again');
    const request = requestOf('again', {});
    const first = await execute(engine, request);
    for (let times = 0; times < 3; times += 1) {
      expect(await execute(engine, request)).toEqual(first);
    }
    expect((await stateOf(store.ledger, 'again')).quantity).toBe('1');
    expect(await brokerOrders(store.ledger, 'again', clock)).toHaveLength(1);
  });

  it('does not trouble the venue again when its message comes again', async () => {
    const { engine } = await setUp('quiet');
    const venue = carelessVenue('LOOKUP_ONLY');
    const request = requestOf('quiet', {});
    await execute({ ...engine, createBroker: () => venue.broker }, request);
    await execute({ ...engine, createBroker: () => venue.broker }, request);
    expect(venue.calls).toEqual(['place']);
  });

  it('is executed once when its message is delivered to ten workers at once', async () => {
    const { clock } = await setUp('crowd');
    const request = requestOf('crowd', {});
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, worker) => {
        const engine = testEngine(store.ledger, clock);
        return execute(
          { ...engine, newOwnerId: () => `worker-${worker}`, wait: async () => undefined },
          request,
        );
      }),
    );
    expect(results.filter(({ kind }) => kind === 'done').length).toBeGreaterThan(0);
    expect((await stateOf(store.ledger, 'crowd')).quantity).toBe('1');
    expect(await brokerOrders(store.ledger, 'crowd', clock)).toHaveLength(1);
  });
});

describe('positions (I8)', () => {
  it('skips a SELL without a long position and places nothing', async () => {
    const { engine, clock } = await setUp('no-long');
    expect(await execute(engine, requestOf('no-long', { action: 'sell' }))).toMatchObject({
      kind: 'done',
      execution: { status: 'SKIPPED', reason: { code: 'NO_LONG_POSITION' }, orders: [] },
    });
    expect(await brokerOrders(store.ledger, 'no-long', clock)).toEqual([]);
  });

  it('opens a short when the strategy may short', async () => {
    const { engine } = await setUp('shorts', { strategy: { allowShort: true } });
    await execute(engine, requestOf('shorts', { action: 'sell', quantity: decimal(2) }));
    expect((await stateOf(store.ledger, 'shorts')).quantity).toBe('-2');
  });

  it('lets a second strategy on the account see the position of the first', async () => {
    const { engine } = await setUp('shared');
    await saveStrategy(store.ledger, strategyOf('second', 'hook', ['shared']));
    await execute(engine, requestOf('shared', { quantity: decimal(3) }));
    const result = await execute(
      engine,
      requestOf('shared', { action: 'sell', quantity: decimal(5) }, { strategyId: 'second' }),
    );
    expect(result).toMatchObject({
      execution: {
        strategyId: 'second' as StrategyId,
        orders: [{ side: 'sell', quantity: '3', reduceOnly: true }],
      },
    });
    expect((await stateOf(store.ledger, 'shared')).quantity).toBe('0');
  });

  it('closes with an exit, at the last price when the signal names none', async () => {
    const { engine } = await setUp('exits');
    await execute(engine, requestOf('exits', { quantity: decimal(4), price: decimal(50) }));
    const { signal, ...rest } = requestOf('exits', { action: 'exit' });
    const { price: _price, quantity: _quantity, ...bare } = signal;
    expect(await execute(engine, { ...rest, signal: bare })).toMatchObject({
      execution: { status: 'COMPLETED', orders: [{ side: 'sell', quantity: '4', averageFillPrice: '50' }] },
    });
    expect((await stateOf(store.ledger, 'exits')).quantity).toBe('0');
  });
});

describe('what cannot be executed', () => {
  it.each([
    ['ACCOUNT_NOT_FOUND', 'REJECTED', () => requestOf('nobody', {})],
    ['STRATEGY_NOT_FOUND', 'SKIPPED', () => requestOf('refuses', {}, { strategyId: 'gone' })],
    [
      'SIGNAL_EXPIRED',
      'SKIPPED',
      () => requestOf('refuses', {}, { receivedAtMs: Date.parse('2026-11-21T21:00:00Z') }),
    ],
  ])('is recorded with the reason %s', async (code, status, request) => {
    const { engine } = await setUp('refuses');
    expect(await execute(engine, request())).toMatchObject({
      kind: 'done',
      execution: { status, reason: { code }, orders: [] },
    });
  });

  it('is recorded when the strategy is disabled', async () => {
    const { engine } = await setUp('disabled', { strategy: { enabled: false } });
    expect(await execute(engine, requestOf('disabled', {}))).toMatchObject({
      execution: { status: 'SKIPPED', reason: { code: 'STRATEGY_DISABLED' } },
    });
  });
});

describe('a venue that misbehaves', () => {
  const rehearse = (kind: RehearsalFault['kind'], when: 'always' | 1) =>
    rehearsing([{ kind, on: 'place', when: when === 1 ? { type: 'nth', nth: 1 } : { type: 'always' } }]);

  it('rejects: the execution is rejected with the venue’s reason', async () => {
    const { engine } = await setUp('rejects', { simulation: rehearse('reject', 'always') });
    expect(await execute(engine, requestOf('rejects', {}))).toMatchObject({
      execution: { status: 'REJECTED', reason: { code: 'ORDER_REJECTED' }, orders: [{ status: 'REJECTED' }] },
    });
    expect(await stateOf(store.ledger, 'rejects')).toMatchObject({
      quantity: '0',
      activeExecution: undefined,
    });
  });

  it.each(['unavailable', 'rate-limit', 'timeout-before-accept', 'timeout-after-accept'] as const)(
    'is %s once: the order is found out about and there is one',
    async (kind) => {
      const { engine, clock } = await setUp(`once-${kind}`, { simulation: rehearse(kind, 1) });
      expect(await execute(engine, requestOf(`once-${kind}`, {}))).toMatchObject({
        execution: { status: 'COMPLETED', orders: [{ status: 'FILLED' }] },
      });
      expect((await stateOf(store.ledger, `once-${kind}`)).quantity).toBe('1');
      expect(await brokerOrders(store.ledger, `once-${kind}`, clock)).toHaveLength(1);
    },
  );

  it.each(['unavailable', 'rate-limit'] as const)(
    'stays %s: the execution is rolled back and nothing is at the venue',
    async (kind) => {
      const { engine, clock } = await setUp(`always-${kind}`, { simulation: rehearse(kind, 'always') });
      expect(await execute(engine, requestOf(`always-${kind}`, {}))).toMatchObject({
        execution: {
          status: 'ROLLED_BACK',
          reason: { code: 'ORDER_NOT_PLACED' },
          orders: [{ status: 'DENIED' }],
        },
      });
      expect(await brokerOrders(store.ledger, `always-${kind}`, clock)).toEqual([]);
    },
  );

  it('answers nothing at all: the order stays UNKNOWN and is resolved when the venue is back', async () => {
    const simulation = rehearsing(
      (['place', 'lookup'] as const).map((on) => ({
        kind: on === 'place' ? 'timeout-after-accept' : 'unavailable',
        on,
        when: { type: 'always' },
      })),
    );
    const { engine, clock } = await setUp('silent', { simulation });
    const request = requestOf('silent', {});
    expect(await execute(engine, request)).toMatchObject({ kind: 'hand-back', code: 'ORDER_UNKNOWN' });
    expect(await stateOf(store.ledger, 'silent')).toMatchObject({
      quantity: '0',
      lease: undefined,
      activeExecution: { executionId: request.executionId },
    });
    // Nothing is decided on a position that nobody knows.
    expect(await execute(engine, requestOf('silent', {}))).toMatchObject({
      execution: { status: 'REJECTED', reason: { code: 'EARLIER_ORDER_UNKNOWN' } },
    });

    // Nor is the account deleted: nobody would book the order.
    await expect(deleteAccount(store.ledger, request.accountId)).rejects.toThrow('is executing a signal');

    await seed(store.ledger, 'silent');
    expect(await execute(engine, request)).toMatchObject({
      kind: 'done',
      execution: { status: 'COMPLETED' },
    });
    expect((await stateOf(store.ledger, 'silent')).quantity).toBe('1');
    expect(await brokerOrders(store.ledger, 'silent', clock)).toHaveLength(1);
  });
});

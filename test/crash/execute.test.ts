import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClientOrderIdGuarantee, Simulation } from '../../functions/core/configuration.ts';
import { decimal } from '../../functions/core/decimal.ts';
import { type ExecuteResult, execute } from '../../functions/engine/execute.ts';
import { configureAccount } from '../../functions/ledger/configure-account.ts';
import { readExecution } from '../../functions/ledger/executions.ts';
import { carelessVenue } from '../support/careless-venue.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { FAULTS, type Fault, faultyLedger } from '../support/faulty-ledger.ts';
import { scaled } from '../support/scale.ts';
import {
  accountOf,
  brokerOrders,
  rehearsing,
  requestOf,
  seed,
  stateOf,
  TestClock,
  testEngine,
} from '../support/world.ts';

/** How long a message stays invisible after a kill, and longer than any lease. */
const REDELIVERY_MS = 4_000;
const DELIVERIES_MAX = 4;
/** Of the first deaths every nth is followed by second ones. */
const FIRST_DEATH_STRIDE = scaled(3, 1);

let store: TestDynamoDb;
let accounts = 0;

beforeAll(async () => {
  store = await startTestDynamoDb();
  // With the strategy that all accounts trade; each case adds an account of its own.
  await seed(store.ledger, 'first');
});
afterAll(() => store.stop());

const newAccount = async (simulation?: Simulation): Promise<string> => {
  accounts += 1;
  const accountId = `crash-${accounts}`;
  await configureAccount(store.ledger, accountOf(accountId, simulation ? { simulation } : {}));
  return accountId;
};

/**
 * Delivers the message until it is done, as the queue would. The first delivery, or the first two, meet a fault.
 *
 * @returns how many calls the last delivery made
 */
async function deliver(
  accountId: string,
  request: ReturnType<typeof requestOf>,
  faults: readonly { at: number; fault: Fault }[],
): Promise<{ result: ExecuteResult | undefined; calls: number }> {
  const clock = new TestClock();
  let calls = 0;
  for (let delivery = 0; delivery < DELIVERIES_MAX; delivery += 1) {
    const { at, fault } = faults[delivery] ?? { at: 0, fault: 'fails' };
    const faulty = faultyLedger(store.ledger, at, fault);
    const result = await execute(testEngine(faulty.ledger, clock), request).catch(() => undefined);
    calls = faulty.calls();
    if (result?.kind === 'done') {
      return { result, calls };
    }
    clock.advance(REDELIVERY_MS);
  }
  throw new Error(`${accountId}: not done after ${DELIVERIES_MAX} deliveries`);
}

async function assertWhole(accountId: string, request: ReturnType<typeof requestOf>): Promise<void> {
  const orders = await brokerOrders(store.ledger, accountId, new TestClock());
  expect(
    orders.map(({ quantity }) => quantity),
    'orders at the venue',
  ).toEqual(['2']);
  expect(await stateOf(store.ledger, accountId)).toMatchObject({
    quantity: '2',
    lease: undefined,
    activeExecution: undefined,
  });
  const recorded = await readExecution(store.ledger, request.accountId, request.executionId);
  expect(recorded?.execution).toMatchObject({ status: 'COMPLETED', orders: [{ status: 'FILLED' }] });
}

/** An execution of its own meets faults, and is whole in the end. @returns how many calls the last delivery made */
async function expectWhole(
  simulation: Simulation | undefined,
  faults: readonly { at: number; fault: Fault }[],
): Promise<number> {
  const accountId = await newAccount(simulation);
  const request = requestOf(accountId, { quantity: decimal(2) });
  const { calls } = await deliver(accountId, request, faults);
  await expect(assertWhole(accountId, request), JSON.stringify(faults)).resolves.toBeUndefined();
  return calls;
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

const SCENARIOS: readonly (readonly [string, Simulation | undefined])[] = [
  ['a healthy venue', undefined],
  [
    'a venue that loses the first answer',
    rehearsing([{ kind: 'timeout-after-accept', on: 'place', when: { type: 'nth', nth: 1 } }]),
  ],
  [
    'a venue that is unavailable at first',
    rehearsing([{ kind: 'unavailable', on: 'place', when: { type: 'nth', nth: 1 } }]),
  ],
];

describe.each(SCENARIOS)('an execution at %s', (_, simulation) => {
  it('ends whole whatever single call fails or kills it (I1, I3, I4, I5)', async () => {
    const dry = await newAccount(simulation);
    const { calls } = await deliver(dry, requestOf(dry, { quantity: decimal(2) }), []);
    expect(calls).toBeGreaterThan(5);
    for (const at of numbers(calls)) {
      await Promise.all(FAULTS.map((fault) => expectWhole(simulation, [{ at, fault }])));
    }
  });

  it('ends whole when the recovery is killed, too', async () => {
    const dry = await newAccount(simulation);
    const { calls } = await deliver(dry, requestOf(dry, { quantity: decimal(2) }), []);
    for (const first of numbers(calls).filter((at) => at % FIRST_DEATH_STRIDE === 0)) {
      const death = { at: first, fault: 'dies-after' } as const;
      const recovery = await expectWhole(simulation, [death]);
      await Promise.all(
        numbers(recovery).map((at) => expectWhole(simulation, [death, { at, fault: 'dies-after' }])),
      );
    }
  });
});

/** Delivers one message to a careless venue, the first time with a fault. */
async function deliverToCareless(guarantee: ClientOrderIdGuarantee, at: number, fault: Fault) {
  const accountId = await newAccount();
  const request = requestOf(accountId, { quantity: decimal(2) });
  const venue = carelessVenue(guarantee);
  const clock = new TestClock();
  let result: ExecuteResult | undefined;
  for (let delivery = 0; delivery < 3 && result?.kind !== 'done'; delivery += 1) {
    const faulty = faultyLedger(store.ledger, delivery === 0 ? at : 0, fault);
    const engine = { ...testEngine(faulty.ledger, clock), createBroker: () => venue.broker };
    result = await execute(engine, request).catch(() => undefined);
    clock.advance(REDELIVERY_MS);
  }
  const places = venue.calls.filter((call) => call === 'place').length;
  const { quantity, activeExecution } = await stateOf(store.ledger, accountId);
  return {
    kind: result?.kind,
    orders: venue.orders.length,
    places,
    quantity,
    open: activeExecution !== undefined,
  };
}

describe.each(['OPEN_ONLY', 'WINDOW', 'LOOKUP_ONLY', 'NONE'] as const)(
  'a venue that duplicates whatever it is sent twice and guarantees %s',
  (guarantee) => {
    it('gets one order at most; what it cannot tell stays UNKNOWN and is not sent again (I1)', async () => {
      const done = { kind: 'done', orders: 1, places: 1, quantity: '2', open: false };
      const ends = new Set<string>();
      for (const at of [0, ...numbers(8)]) {
        const all = FAULTS.map(async (fault) => ({
          fault,
          end: await deliverToCareless(guarantee, at, fault),
        }));
        for (const { fault, end } of await Promise.all(all)) {
          ends.add(end.kind ?? 'none');
          const unknown = { ...end, kind: 'hand-back', quantity: '0', open: true };
          expect([done, unknown], `call ${at} ${fault}`).toContainEqual(end);
          expect(end.orders, `call ${at} ${fault}`).toBeLessThanOrEqual(1);
        }
      }
      // A death between the intent and the venue's answer is the one that such a venue cannot resolve.
      expect([...ends].sort()).toEqual(['done', 'hand-back']);
    });
  },
);

describe('an execution whose message is gone', () => {
  it('is finished by the next message of its account, and both are booked', async () => {
    const dry = await newAccount();
    const { calls } = await deliver(dry, requestOf(dry, { quantity: decimal(2) }), []);
    for (let at = 1; at <= calls; at += 1) {
      const accountId = await newAccount();
      const abandoned = requestOf(accountId, { quantity: decimal(2) });
      const clock = new TestClock();
      const faulty = faultyLedger(store.ledger, at, 'dies-after');
      await execute(testEngine(faulty.ledger, clock), abandoned).catch(() => undefined);
      clock.advance(REDELIVERY_MS);

      await execute(testEngine(store.ledger, clock), requestOf(accountId, { quantity: decimal(1) }));

      const orders = await brokerOrders(store.ledger, accountId, clock);
      const held = orders.map(({ quantity }) => quantity).sort();
      const { quantity, lease, activeExecution } = await stateOf(store.ledger, accountId);
      // Before its intent was durable nothing was traded; after it everything was.
      expect([['1'], ['1', '2']], `call ${at}`).toContainEqual(held);
      expect({ quantity, lease, activeExecution }, `call ${at}`).toEqual({
        quantity: String(held.map(Number).reduce((sum, each) => sum + each, 0)),
        lease: undefined,
        activeExecution: undefined,
      });
    }
  });
});

/** A promise that is kept from outside. */
function signal(): { raised: Promise<void>; raise: () => void } {
  let raise: () => void = () => undefined;
  const raised = new Promise<void>((resolve) => {
    raise = resolve;
  });
  return { raised, raise };
}

describe('a holder that was paused past its lease (I5)', () => {
  it('changes nothing when it wakes up after its call to the venue', async () => {
    const accountId = await newAccount();
    const request = requestOf(accountId, { quantity: decimal(2) });
    const clock = new TestClock();
    const engine = testEngine(store.ledger, clock);
    const [atVenue, awake] = [signal(), signal()];
    const sleepy = execute(
      {
        ...engine,
        newOwnerId: () => 'sleepy',
        createBroker: (account) => {
          const broker = engine.createBroker(account);
          return {
            ...broker,
            place: async (intent) => {
              atVenue.raise();
              await awake.raised;
              return broker.place(intent);
            },
          };
        },
      },
      request,
    );
    await atVenue.raised;
    clock.advance(REDELIVERY_MS);
    await execute(engine, request);
    const before = await stateOf(store.ledger, accountId);
    awake.raise();
    await sleepy.catch(() => undefined);
    expect(await stateOf(store.ledger, accountId)).toEqual(before);
    await assertWhole(accountId, request);
  });

  it('cannot record that nothing was placed while its successor places the order', async () => {
    const accountId = await newAccount();
    const request = requestOf(accountId, { quantity: decimal(2) });
    await seed(store.ledger, accountId, { strategy: { enabled: false } });
    const clock = new TestClock();
    const [deciding, awake] = [signal(), signal()];
    const send = async (command: object) => {
      if (command instanceof TransactWriteCommand) {
        deciding.raise();
        await awake.raised;
      }
      return store.ledger.client.send(command as Parameters<typeof store.ledger.client.send>[0]);
    };
    const client = new Proxy(store.ledger.client, {
      get: (target, property) => (property === 'send' ? send : Reflect.get(target, property)),
    });
    const sleepy = execute(testEngine({ ...store.ledger, client }, clock), request).catch(() => 'fenced out');
    await deciding.raised;
    // Meanwhile the strategy is enabled again, and the message is delivered to a successor.
    await seed(store.ledger, accountId);
    clock.advance(REDELIVERY_MS);
    const engine = testEngine(store.ledger, clock);
    await execute(
      {
        ...engine,
        createBroker: (account) => {
          const broker = engine.createBroker(account);
          return {
            ...broker,
            place: async (intent) => {
              const outcome = await broker.place(intent);
              awake.raise();
              expect(await sleepy).toBe('fenced out');
              return outcome;
            },
          };
        },
      },
      request,
    );
    await assertWhole(accountId, request);
  });
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import type { Execution } from '../../functions/core/execution.ts';
import { type AccountId, type ExecutionId, parseExecutionId, signalIdOf } from '../../functions/core/ids.ts';
import type { Receipt } from '../../functions/core/receipt.ts';
import { recordExecution } from '../../functions/ledger/executions.ts';
import { recordReceipt } from '../../functions/ledger/receipts.ts';
import { type AdminHarness, startAdmin } from './harness.ts';
import {
  beginExecution,
  execution,
  executionId,
  order,
  receipt,
  START_MS,
  sending,
  WEBHOOK,
} from './records-support.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
  for (const accountId of ['done', 'skipped', 'busy', 'locked', 'waiting']) {
    await admin.put(`/accounts/${accountId}`, { broker: 'paper' });
  }
});
afterAll(() => admin.stop());

const done = executionId(0, 'done');
const skipped = executionId(0, 'skipped');
const busy = executionId(0, 'busy');
const locked = executionId(0, 'locked');
const waiting = executionId(0, 'waiting');
const orphan = executionId(0, 'no-such-account');

const begin = (id: ExecutionId, stage: 'locked' | 'sending') => beginExecution(admin.ledger, id, stage);
const record = (written: Execution) => recordExecution(admin.ledger, written, 1);

beforeAll(async () => {
  const reason = { code: 'NO_LONG_POSITION', message: 'There is no long position to sell.' };
  await record(execution(done));
  await record(execution(skipped, { status: 'SKIPPED', reason, orders: [], steps: [] }));
  await begin(busy, 'sending');
  await begin(locked, 'locked');
  await recordReceipt(admin.ledger, receipt([done, skipped, busy, locked, waiting, orphan], done));
});

const shownOrder = (id: ExecutionId) => ({
  orderId: `${id}~entry`,
  clientOrderId: order(id).clientOrderId,
  brokerOrderId: 'broker-1',
  ...parseExecutionId(id),
  leg: 'entry',
  symbol: 'MNQM5',
  side: 'buy',
  type: 'market',
  quantity: '2',
  timeInForce: 'day',
  reduceOnly: false,
  status: 'FILLED',
  filledQuantity: '2',
  averageFillPrice: '23456.25',
  createdAt: '2026-09-15T14:00:00.000Z',
  updatedAt: '2026-09-15T14:00:00.095Z',
});

const shownSending = (id: ExecutionId) => ({
  ...shownOrder(id),
  brokerOrderId: null,
  status: 'SENDING',
  filledQuantity: '0',
  averageFillPrice: null,
  updatedAt: '2026-09-15T14:00:00.010Z',
});

test('a signal tells what became of it, per strategy and account', async () => {
  const { status, body } = await admin.get(`/signals/${parseExecutionId(done)?.signalId}`);
  expect(status).toBe(200);
  const target = (id: ExecutionId, accountId: string) => ({
    executionId: id,
    strategyId: 'trend',
    accountId,
  });
  expect(body).toEqual({
    signalId: parseExecutionId(done)?.signalId,
    webhookId: 'demo',
    receivedAt: '2026-09-15T14:00:00.000Z',
    status: 'accepted',
    duplicates: 3,
    correlationId: 'from-the-sender',
    sourceIp: '203.0.113.7',
    signal: {
      symbol: 'MNQM5',
      action: 'buy',
      quantity: '2',
      timeInForce: 'day',
      price: '23456.25',
      sentAt: '2026-09-15T13:59:59.750Z',
    },
    executionCount: 6,
    executions: [
      { ...target(done, 'done'), status: 'COMPLETED', orders: [shownOrder(done)] },
      {
        ...target(skipped, 'skipped'),
        status: 'SKIPPED',
        reason: 'NO_LONG_POSITION',
        reasonMessage: 'There is no long position to sell.',
        orders: [],
      },
      { ...target(busy, 'busy'), status: 'RUNNING', orders: [shownSending(busy)] },
      { ...target(locked, 'locked'), status: 'RUNNING', orders: [] },
      { ...target(waiting, 'waiting'), status: 'PENDING', orders: [] },
      { ...target(orphan, 'no-such-account'), status: 'PENDING', orders: [] },
    ],
  });
});

test('an execution tells its steps', async () => {
  const { status, body } = await admin.get(`/executions/${encodeURIComponent(done)}`);
  expect(status).toBe(200);
  expect(body).toEqual({
    ...parseExecutionId(done),
    webhookId: 'demo',
    correlationId: `correlation of ${done}`,
    status: 'COMPLETED',
    orders: [shownOrder(done)],
    retries: 0,
    receivedAt: '2026-09-15T14:00:00.000Z',
    startedAt: '2026-09-15T14:00:00.010Z',
    endedAt: '2026-09-15T14:00:00.095Z',
    steps: [
      {
        name: 'reserve',
        status: 'COMPLETED',
        startedAt: '2026-09-15T14:00:00.010Z',
        endedAt: '2026-09-15T14:00:00.020Z',
      },
      {
        name: 'place',
        status: 'COMPLETED',
        startedAt: '2026-09-15T14:00:00.020Z',
        endedAt: '2026-09-15T14:00:00.090Z',
      },
      {
        name: 'settle',
        status: 'COMPLETED',
        startedAt: '2026-09-15T14:00:00.090Z',
        endedAt: '2026-09-15T14:00:00.095Z',
        detail: 'done',
      },
    ],
  });
});

test('a running execution shows the orders of its intent, and its steps as far as its journal tells', async () => {
  const { body } = await admin.get(`/executions/${busy}`);
  expect(body).toEqual({
    ...parseExecutionId(busy),
    webhookId: 'demo',
    correlationId: 'correlation',
    status: 'RUNNING',
    orders: [shownSending(busy)],
    receivedAt: '2026-09-15T14:00:00.000Z',
    startedAt: '2026-09-15T14:00:00.010Z',
    steps: [
      { name: 'reserve', status: 'COMPLETED' },
      { name: 'place', status: 'RUNNING' },
      { name: 'settle', status: 'PENDING' },
    ],
  });
  const [transaction] = await admin.walk('/monitoring/transactions');
  expect(transaction).toMatchObject({ executionId: busy, steps: body.steps });
  const { items } = (await admin.get('/executions?status=RUNNING')).body;
  expect(items).toContainEqual(body);
});

test('a pending execution shows what its signal says', async () => {
  const { body } = await admin.get(`/executions/${waiting}`);
  expect(body).toEqual({
    ...parseExecutionId(waiting),
    webhookId: 'demo',
    correlationId: 'from-the-sender',
    status: 'PENDING',
    orders: [],
    receivedAt: '2026-09-15T14:00:00.000Z',
    steps: [],
  });
});

test('an execution that is recorded as unknown while its account waits shows the record', async () => {
  const id = executionId(7, 'unknown');
  await admin.put('/accounts/unknown', { broker: 'paper' });
  await begin(id, 'sending');
  const reason = { code: 'ORDER_UNKNOWN', message: 'The venue did not answer.' };
  const orders = [{ ...sending(id), status: 'UNKNOWN' as const, reason: 'The venue did not answer.' }];
  await record(execution(id, { status: 'UNKNOWN', reason, orders }));
  const { body } = await admin.get(`/executions/${id}`);
  expect(body).toMatchObject({
    status: 'UNKNOWN',
    reason: 'ORDER_UNKNOWN',
    orders: [{ status: 'UNKNOWN', reasonMessage: 'The venue did not answer.' }],
  });
  const listed = await admin.walk('/orders?accountId=unknown');
  expect(listed).toMatchObject([{ status: 'UNKNOWN' }]);
});

test.each([
  '/signals/absent',
  '/signals/sig_00000000000000000000000000',
  `/signals/${done}`,
  '/executions/absent',
  `/executions/${executionId(0, 'never-asked')}`,
  `/executions/${executionId(99, 'done')}`,
  `/executions/${done}~entry`,
])('%s is 404', async (path) => {
  expect((await admin.get(path)).status).toBe(404);
});

test('a refused signal has a receipt with its reason and no executions', async () => {
  const signalId = signalIdOf(WEBHOOK, 'stale', START_MS + 5_000);
  await recordReceipt(admin.ledger, {
    signalId,
    webhookId: WEBHOOK,
    correlationId: 'c',
    receivedAtMs: START_MS + 5_000,
    sourceIp: '2001:db8::1',
    duplicates: 0,
    status: 'refused',
    reason: { code: 'SIGNAL_STALE', message: 'The signal is 61 s old.' },
  });
  const { body } = await admin.get(`/signals/${signalId}`);
  expect(body).toMatchObject({
    status: 'refused',
    reason: 'SIGNAL_STALE',
    reasonMessage: 'The signal is 61 s old.',
    executionCount: 0,
    executions: [],
  });
  expect(body).not.toHaveProperty('signal');
  expect(await admin.walk('/signals?status=refused')).toMatchObject([{ signalId }]);
});

test('signals are listed newest first, once, with filters', async () => {
  const receipts = Array.from({ length: 60 }, (_, index): Receipt => {
    const signalId = signalIdOf(WEBHOOK, `listed ${index}`, START_MS + 100_000 + index);
    const webhookId = (index % 20 === 0 ? 'rare' : 'frequent') as typeof WEBHOOK;
    return { ...receipt([done], done), signalId, webhookId };
  });
  await Promise.all(receipts.map((written) => recordReceipt(admin.ledger, written)));
  const newest = receipts.map(({ signalId }) => signalId).toReversed();
  for (const limit of [7, 30]) {
    const walked = (await admin.walk(`/signals?limit=${limit}`)).map(({ signalId }) => signalId);
    expect(walked.slice(0, newest.length)).toEqual(newest);
    expect(new Set(walked).size).toBe(walked.length);
  }
  const rare = await admin.walk('/signals?webhookId=rare&status=accepted&limit=1');
  expect(rare.map(({ signalId }) => signalId)).toEqual([newest[19], newest[39], newest[59]]);
});

test('orders are found by account, strategy, symbol, status and time', async () => {
  const account = 'filters' as AccountId;
  const ids = [10, 11, 12, 13].map((seconds) => executionId(seconds, account, seconds % 2 ? 'odd' : 'even'));
  const [first, second, third, fourth] = ids as [ExecutionId, ExecutionId, ExecutionId, ExecutionId];
  await record(execution(first, { orders: [order(first, { symbol: 'ESM5' })] }));
  await record(
    execution(second, { orders: [order(second, { status: 'CANCELED', filledQuantity: decimal(1) })] }),
  );
  await record(
    execution(third, { orders: [order(third), order(third, { leg: 'exit', side: 'sell', symbol: 'ESM5' })] }),
  );
  await record(execution(fourth, { orders: [] }));
  const find = async (query: string) =>
    (await admin.walk(`/orders?accountId=${account}&${query}`)).map(({ orderId }) => orderId);
  const [a, b, c, d] = [`${first}~entry`, `${second}~entry`, `${third}~entry`, `${third}~exit`];

  expect(await find('sort=createdAt')).toEqual([a, b, c, d]);
  expect(await find('sort=-createdAt')).toEqual([d, c, b, a]);
  expect(await find('')).toEqual([d, c, b, a]);
  expect(await find('limit=1')).toEqual([d, c, b, a]);
  expect(await find('sort=createdAt&limit=1')).toEqual([a, b, c, d]);
  expect(await find('symbol=ESM5')).toEqual([d, a]);
  expect(await find('strategyId=odd')).toEqual([b]);
  expect(await find('status=CANCELED')).toEqual([b]);
  expect(await find('status=FILLED&symbol=ESM5&strategyId=even&limit=1')).toEqual([d, a]);
  expect(await find('from=2026-09-15T14:00:11.000Z')).toEqual([d, c, b]);
  expect(await find('to=2026-09-15T14:00:11.000Z')).toEqual([b, a]);
  expect(await find('from=2026-09-15T16:00:11%2B02:00&to=2026-09-15T14:00:11Z')).toEqual([b]);
  expect(await find('from=2026-09-15T14:00:11.001Z&to=2026-09-15T14:00:11.999Z')).toEqual([]);
  expect(await find('from=2027-01-01T00:00:00Z&to=2026-01-01T00:00:00Z')).toEqual([]);
  expect(await find('from=0000-01-01T00:00:00Z&to=9999-12-31T23:59:59Z')).toEqual([d, c, b, a]);
  expect((await admin.get('/orders?accountId=nobody')).body).toEqual({ items: [] });
});

test('orders of all configured accounts include those that are being placed', async () => {
  const all = await admin.walk('/orders?limit=3');
  expect(all).toContainEqual(shownSending(busy));
  expect(all).toContainEqual(shownOrder(done));
  const sending = await admin.walk('/orders?status=SENDING&accountId=busy');
  expect(sending).toEqual([shownSending(busy)]);
});

test('an order that is being placed is in its place, once, and in no other range', async () => {
  await admin.put('/accounts/ahead', { broker: 'paper' });
  const ids = [20, 21, 23].map((seconds) => executionId(seconds, 'ahead')) as [
    ExecutionId,
    ExecutionId,
    ExecutionId,
  ];
  const current = executionId(22, 'ahead');
  await Promise.all(ids.map((id) => record(execution(id))));
  await begin(current, 'sending');
  const newest = [ids[2], current, ids[1], ids[0]];
  for (const limit of [1, 2, 10]) {
    const walked = await admin.walk(`/orders?accountId=ahead&limit=${limit}`);
    expect(walked.map((item) => item.executionId)).toEqual(newest);
    const back = await admin.walk(`/orders?accountId=ahead&sort=createdAt&limit=${limit}`);
    expect(back.map((item) => item.executionId)).toEqual(newest.toReversed());
  }
  const within = async (range: string) =>
    (await admin.walk(`/orders?accountId=ahead&${range}`)).map((item) => item.executionId);
  expect(await within('from=2026-09-15T14:00:23Z')).toEqual([ids[2]]);
  expect(await within('to=2026-09-15T14:00:21Z')).toEqual([ids[1], ids[0]]);
  await record(execution(current));
  expect(await within('')).toEqual(newest);
});

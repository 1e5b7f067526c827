import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AccountId } from '../../functions/core/ids.ts';
import { addFigures } from '../../functions/ledger/figures.ts';
import { lockAccount } from '../../functions/ledger/held-account.ts';
import { saveReconcileCursor } from '../../functions/ledger/reconcile-cursor.ts';
import { type AdminHarness, startAdmin } from './harness.ts';
import { beginExecution, executionId } from './records-support.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.stop());

const NO_LATENCIES = { queue: [], place: [], execution: [], whole: [] };
const MINUTE_MS = 60_000;

test('the worker of a quiet hour has done nothing', async () => {
  const none = { count: 0 };
  const { status, body } = await admin.get('/monitoring/worker');
  expect(status).toBe(200);
  expect(new Set(Object.values(body.counts as object))).toEqual(new Set([0]));
  expect(body.refusals).toEqual({});
  expect(body.latenciesMs).toEqual({ queue: none, place: none, execution: none, whole: none });
  expect(body.now).toEqual({
    accounts: 0,
    areAllAccountsSeen: true,
    accountsHalted: 0,
    accountsLeased: 0,
    transactions: 0,
    strategies: 0,
    areAllStrategiesSeen: true,
    circuitsNotClosed: 0,
  });
});

test('the figures of the minutes asked for are added up, over the full hour too, and no others', async () => {
  const nowMs = Date.now();
  const portion = (place: string, atMs: number, signalsAccepted: number) => ({
    ...{ first: place, last: place, atMs },
    figures: { counts: { signalsAccepted }, refusals: { RATE_LIMITED: 2 }, latenciesMs: NO_LATENCIES },
  });
  const latenciesMs = { queue: [4, 6], place: [40], execution: [80, 210], whole: [84, 216] };
  const figures = { counts: { signalsAccepted: 3 }, refusals: { RATE_LIMITED: 2 }, latenciesMs };
  await addFigures(admin.operations, { first: '1', last: '2', atMs: nowMs, figures });
  await addFigures(admin.operations, portion('3', nowMs, 1));
  await addFigures(admin.operations, portion('0', nowMs - 90 * MINUTE_MS, 100));
  const ofMinutes = async (minutes: number) =>
    (await admin.get(`/monitoring/worker?minutes=${minutes}`)).body;
  expect(await ofMinutes(60)).toMatchObject({
    counts: { signalsAccepted: 4, signalsDuplicated: 0 },
    refusals: { RATE_LIMITED: 4 },
    latenciesMs: {
      queue: { count: 2, mean: 5, p50: 5, p90: 10, p99: 10 },
      place: { count: 1, mean: 40, p50: 50 },
      execution: { count: 2, mean: 145, p50: 100, p99: 250 },
      whole: { count: 2, mean: 150, p50: 100, p99: 250 },
    },
  });
  expect(await ofMinutes(100)).toMatchObject({
    counts: { signalsAccepted: 104 },
    refusals: { RATE_LIMITED: 6 },
  });
});

test.each(['0', '1441', 'all'])('%s minutes are refused by name', async (minutes) => {
  const { status, body } = await admin.get(`/monitoring/worker?minutes=${minutes}`);
  expect(status).toBe(422);
  expect(body.error.details).toEqual([
    { field: 'minutes', message: 'must be a whole number from 1 to 1440' },
  ]);
});

test('the worker tells what stands still now', async () => {
  for (const accountId of ['busy', 'halted', 'idle']) {
    await admin.put(`/accounts/${accountId}`, { broker: 'paper' });
  }
  await admin.put('/webhooks/monitored', { secret: 'a-secret-of-length' });
  await admin.put('/strategies/monitored', { webhookId: 'monitored', accounts: [{ accountId: 'idle' }] });
  await admin.post('/accounts/halted/halt', { reason: 'It is a test.' });
  await admin.post('/monitoring/circuit-breakers/monitored/isolate', { reason: 'It is a test.' });
  await lockAccount(admin.ledger, {
    accountId: 'busy' as AccountId,
    ownerId: 'owner',
    nowMs: Date.now(),
    waited: { contentions: 0, waitMs: 0 },
  });
  const lastRun = { atMs: Date.now(), accounts: 3, left: 1, drifted: 2, failed: 1 };
  await saveReconcileCursor(admin.ledger, { lastRun });
  const { body } = await admin.get('/monitoring/worker');
  expect(body.now).toMatchObject({
    accountsDrifted: 2,
    accountsNotReconciled: 2,
    reconciledAt: new Date(lastRun.atMs).toISOString(),
    accounts: 3,
    accountsHalted: 1,
    accountsLeased: 1,
    strategies: 1,
    circuitsNotClosed: 1,
  });
});

test('executions under way are told with their steps so far', async () => {
  for (const [accountId, stage] of [
    ['deciding', 'locked'],
    ['placing', 'sending'],
  ] as const) {
    await admin.put(`/accounts/${accountId}`, { broker: 'paper' });
    await beginExecution(admin.ledger, executionId(0, accountId), stage);
  }
  const transactions = await admin.walk('/monitoring/transactions');
  expect(transactions.map(({ accountId, steps }) => [accountId, steps])).toEqual([
    ['deciding', [{ name: 'reserve', status: 'RUNNING' }]],
    [
      'placing',
      [
        { name: 'reserve', status: 'COMPLETED' },
        { name: 'place', status: 'RUNNING' },
        { name: 'settle', status: 'PENDING' },
      ],
    ],
  ]);
});

test('the queues tell what waits, what is dead, and what was given up on', async () => {
  await admin.queues.bury('{}', 'one');
  await admin.queues.bury('{}', 'other');
  const { client, url } = admin.queues.activityFailures;
  await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: '{}' }));
  const { status, body } = await admin.get('/monitoring/queues');
  expect(status).toBe(200);
  expect(body.items).toEqual([
    { name: 'accounts', visible: 0, inFlight: 0, delayed: 0, receivesMax: 2 },
    { name: 'deadLetters', visible: 2, inFlight: 0, delayed: 0 },
    { name: 'activityFailures', visible: 1, inFlight: 0, delayed: 0 },
    { name: 'alertFailures', visible: 0, inFlight: 0, delayed: 0 },
  ]);
});

test('everything that answers is healthy, each with its response time', async () => {
  const { status, body } = await admin.get('/monitoring/health');
  expect(status).toBe(200);
  expect(body).toEqual({
    status: 'ok',
    dependencies: ['ledger', 'idempotency', 'accountsQueue', 'deadLetterQueue', 'operations', 'secrets'].map(
      (name) => ({ name, status: 'ok', responseTimeMs: expect.any(Number) }),
    ),
  });
});

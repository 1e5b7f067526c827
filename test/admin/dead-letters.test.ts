import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { ExecutionRequest } from '../../functions/core/execution.ts';
import { execute } from '../../functions/engine/execute.ts';
import { createTrader } from '../support/trader.ts';
import { requestOf } from '../support/world.ts';
import { type AdminHarness, startAdmin } from './harness.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.stop());
afterEach(() => admin.queues.drain(admin.queues.deadLetters));

const BASE = '/monitoring/dead-letters';
const bury = (request: ExecutionRequest) =>
  admin.queues.bury(request, createHash('sha256').update(request.accountId).digest('hex'));

test('there are none', async () => {
  expect((await admin.get(BASE)).body).toEqual({ items: [], total: 0 });
});

test('shows what they are and how their executions stand, and leaves them where they are', async () => {
  const trader = await createTrader(admin.ledger);
  const waiting = requestOf('somebody', {});
  const done = trader.request({ action: 'buy' });
  await execute(trader.engine, done);
  await bury(done);
  await bury(waiting);
  await admin.queues.bury('{"half of a ', 'broken');

  const shown = (request: ExecutionRequest, status: string) => ({
    messageId: expect.any(String),
    receiveCount: expect.any(Number),
    sentAt: expect.stringMatching(/^20.*Z$/),
    executionId: request.executionId,
    signalId: request.signalId,
    strategyId: request.strategyId,
    accountId: request.accountId,
    correlationId: request.correlationId,
    receivedAt: '2026-11-21T22:00:00.000Z',
    status,
  });
  for (let look = 0; look < 3; look += 1) {
    const { status, body } = await admin.get(BASE);
    expect(status).toBe(200);
    expect(body.total).toBe(3);
    expect(body.items).toHaveLength(3);
    expect(body.items).toEqual(
      expect.arrayContaining([
        shown(done, 'COMPLETED'),
        shown(waiting, 'PENDING'),
        {
          messageId: expect.any(String),
          receiveCount: expect.any(Number),
          sentAt: expect.any(String),
          body: '{"half of a ',
        },
      ]),
    );
  }
  expect((await admin.get(`${BASE}?limit=2`)).body.items).toHaveLength(2);
  expect(await admin.queues.drain(admin.queues.deadLetters)).toHaveLength(3);
});

test('cuts a long body that cannot be read', async () => {
  await admin.queues.bury('x'.repeat(2_000), 'broken');
  expect((await admin.get(BASE)).body.items[0]?.body).toBe('x'.repeat(500));
});

test.each([
  ['limit=0', 'limit', 'must be a whole number from 1 to 100'],
  ['limit=101', 'limit', 'must be a whole number from 1 to 100'],
  ['cursor=a', 'cursor', 'is not known here; there is limit'],
])('refuses %s', async (query, field, message) => {
  const { status, body } = await admin.get(`${BASE}?${query}`);
  expect(status).toBe(422);
  expect(body.error.details).toEqual([{ field, message }]);
});

import { randomUUID } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { SignalId, WebhookId } from '../../functions/core/ids.ts';
import { readReceipt } from '../../functions/ledger/receipts.ts';
import { keys } from '../../functions/ledger/table.ts';
import { readRoute, saveStrategy, saveWebhook } from '../../functions/ledger/webhooks.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { ingestEnvironment, startTestQueue, type TestQueue } from '../support/ingest.ts';
import { strategyOf, webhookOf } from '../support/world.ts';

let store: TestDynamoDb;
let queue: TestQueue;
let hook: string;

beforeAll(async () => {
  [store, queue] = await Promise.all([startTestDynamoDb(), startTestQueue()]);
});
afterAll(async () => {
  await Promise.all([store.stop(), queue.stop()]);
});
beforeEach(async () => {
  hook = `hook-${randomUUID().slice(0, 8)}`;
  await saveWebhook(store.ledger, webhookOf(hook, { template: TEMPLATE }));
  await saveStrategy(store.ledger, strategyOf(`s-${hook}`, hook, ['a']));
});

const TEMPLATE = { symbol: 'data.ticker', action: 'data.side', quantity: 'data.size', id: 'data.uuid' };
const order = (part: object = {}) => ({
  event: 'order',
  data: { ticker: 'MNQM5', side: 'buy', size: 2, uuid: 'u-1', ...part },
});
const receipt = (signalId = '') => readReceipt(store.ledger, signalId as SignalId);

it('what a template maps is queued and has a receipt as any signal', async () => {
  const { status, body } = await ingestEnvironment(store, queue).post(hook, order());
  expect(status).toBe(202);
  expect(await queue.drain()).toMatchObject([
    { accountId: 'a', signal: { symbol: 'MNQM5', action: 'buy', quantity: '2', timeInForce: 'day' } },
  ]);
  expect(await receipt(body.signalId)).toMatchObject({ status: 'accepted', signal: { symbol: 'MNQM5' } });
});

it('the id that it maps makes one signal of copies, a conflict of another trade, and signals of other ids', async () => {
  const { post } = ingestEnvironment(store, queue);
  const first = await post(hook, order());
  const again = await post(hook, { ...order(), attempt: 2 });
  expect([again.status, again.headers['idempotent-replayed']]).toEqual([202, 'true']);
  expect(again.body).toEqual(first.body);
  expect((await post(hook, order({ size: 9 }))).status).toBe(409);
  expect((await post(hook, order({ uuid: 'u-2' }))).body.signalId).not.toBe(first.body.signalId);
  expect(await queue.drain()).toHaveLength(2);
});

it('what it cannot map is refused with a receipt that names the field and the expression', async () => {
  const { status, body } = await ingestEnvironment(store, queue).post(hook, order({ size: 'NaN' }));
  expect(status).toBe(422);
  expect(await receipt(body.error?.signalId)).toMatchObject({
    status: 'refused',
    reason: {
      code: 'SIGNAL_INVALID',
      message:
        'The signal is not valid; nothing was traded. ' +
        'quantity must be a plain number such as 2 or "0.5", not "NaN" (template: data.size).',
    },
  });
  expect(await queue.drain()).toEqual([]);
});

it('counts from the very next request when it changes', async () => {
  const { post } = ingestEnvironment(store, queue);
  expect((await post(hook, order())).status).toBe(202);
  await saveWebhook(store.ledger, webhookOf(hook, { template: { ...TEMPLATE, symbol: 'data.name' } }));
  expect((await post(hook, order({ uuid: 'u-2' }))).status).toBe(422);
  await saveWebhook(store.ledger, webhookOf(hook));
  expect((await post(hook, order({ uuid: 'u-3' }))).status).toBe(422);
  expect((await post(hook, { symbol: 'MNQM5', action: 'buy' })).status).toBe(202);
  expect(await queue.drain()).toHaveLength(2);
});

it('a webhook that was stored before there were templates has none', async () => {
  const configuration = {
    webhookId: hook,
    enabled: true,
    hmacSecretCount: 0,
    allowedIps: [],
    rateLimit: { limit: 1, windowSeconds: 1 },
    dedupeWindowSeconds: 300,
    maxSignalAgeSeconds: 60,
  };
  const { client, tableName: TableName } = store.ledger;
  const Item = { ...keys.webhook(hook as WebhookId), version: 7, configuration };
  await client.send(new PutCommand({ TableName, Item }));
  expect((await readRoute(store.ledger, hook as WebhookId))?.webhook).toEqual(configuration);
});

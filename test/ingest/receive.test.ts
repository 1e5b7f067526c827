import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SignalId } from '../../functions/core/ids.ts';
import { readReceipt } from '../../functions/ledger/receipts.ts';
import { deleteStrategy, saveStrategy, saveWebhook } from '../../functions/ledger/webhooks.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { faultyLedger } from '../support/faulty-ledger.ts';
import { CROWDED, ingestEnvironment, startTestQueue, type TestQueue } from '../support/ingest.ts';
import { scaled } from '../support/scale.ts';
import { strategyOf, webhookOf } from '../support/world.ts';

let store: TestDynamoDb;
let queue: TestQueue;

beforeAll(async () => {
  [store, queue] = await Promise.all([startTestDynamoDb(), startTestQueue()]);
});
afterAll(async () => {
  await Promise.all([store.stop(), queue.stop()]);
});

/** Crowds take as long as the machine is busy with other things. */
const CROWD_TIMEOUT_MS = 180_000;

let hook: string;

beforeEach(async () => {
  hook = `hook-${randomUUID().slice(0, 8)}`;
  await saveWebhook(store.ledger, webhookOf(hook));
  await saveStrategy(store.ledger, strategyOf(`s-${hook}`, hook, ['a', 'b']));
});

const buy = (changes: object = {}) => ({ symbol: 'MNQM5', action: 'buy', quantity: 1, ...changes });
const receipt = (signalId: string) => readReceipt(store.ledger, signalId as SignalId);

describe('an accepted signal', () => {
  it('is answered with its executions, queued once per account, and has a receipt', async () => {
    const { post } = ingestEnvironment(store, queue);
    const { status, body } = await post(hook, buy());
    expect(status).toBe(202);
    const target = (accountId: string) => ({
      executionId: `${body.signalId}~s-${hook}~${accountId}`,
      strategyId: `s-${hook}`,
      accountId,
    });
    expect(body).toEqual({
      signalId: body.signalId,
      status: 'accepted',
      executions: [target('a'), target('b')],
    });
    const messages = await queue.drain();
    expect(messages.map(({ executionId }) => executionId).sort()).toEqual(
      body.executions.map(({ executionId }) => executionId).sort(),
    );
    expect(await receipt(body.signalId)).toMatchObject({
      status: 'accepted',
      duplicates: 0,
      targets: [
        { ...target('a'), multiplier: '1' },
        { ...target('b'), multiplier: '1' },
      ],
      maxSignalAgeSeconds: 60,
    });
  });

  it('fans out to 250 accounts of three strategies', async () => {
    const accounts = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => `many-${from + index}`);
    await saveStrategy(store.ledger, strategyOf(`s-${hook}`, hook, accounts(0, 100)));
    await saveStrategy(store.ledger, strategyOf(`t-${hook}`, hook, accounts(100, 100)));
    await saveStrategy(store.ledger, strategyOf(`u-${hook}`, hook, accounts(200, 50)));
    const { post } = ingestEnvironment(store, queue);
    const { status, body } = await post(hook, buy());
    expect(status).toBe(202);
    expect(body.executions).toHaveLength(250);
    expect(new Set((await queue.drain()).map(({ accountId }) => accountId)).size).toBe(250);
  });
});

describe('a signal whose protection cannot be kept', () => {
  it.each([
    ['STOP_LOSS_WRONG_SIDE', { stopLoss: { price: 101 } }],
    ['STOP_LOSS_WRONG_SIDE', { stopLoss: { amount: 100 } }],
    ['ZERO_RISK_DISTANCE', { stopLoss: { price: 100 } }],
    ['TAKE_PROFIT_WRONG_SIDE', { takeProfit: { price: 99 } }],
    ['TAKE_PROFIT_WRONG_SIDE', { action: 'sell', takeProfit: { percent: 100 } }],
  ])('is refused for %s, and its receipt says so: %j', async (code, changes) => {
    const { post } = ingestEnvironment(store, queue);
    const { status, body } = await post(hook, buy({ price: 100, ...changes }));
    expect(status).toBe(422);
    expect(body.error).toMatchObject({ code: 'SIGNAL_INVALID', details: [{ code }] });
    expect(await receipt(body.error?.signalId ?? '')).toMatchObject({ status: 'refused', reason: { code } });
    expect(await queue.drain()).toEqual([]);
  });
});

describe('a duplicate (A3)', () => {
  it('gets the same answer, is marked as replayed, and is counted on the receipt', async () => {
    const first = await ingestEnvironment(store, queue).post(hook, buy());
    const second = await ingestEnvironment(store, queue).post(hook, buy());
    expect(second.status).toBe(202);
    expect(second.body).toEqual(first.body);
    expect(first.headers['idempotent-replayed']).toBeUndefined();
    expect(second.headers['idempotent-replayed']).toBe('true');
    expect(await queue.drain()).toHaveLength(2);
    expect(await receipt(first.body.signalId)).toMatchObject({ duplicates: 1 });
  });

  it('is the same payload however it is written, and whatever secret it carries', async () => {
    const { post } = ingestEnvironment(store, queue);
    const first = await post(hook, { symbol: 'X', action: 'buy', quantity: 1, secret: 'old' });
    const second = await post(hook, { secret: 'new', quantity: 1, action: 'buy', symbol: 'X' });
    expect(second.body.signalId).toBe(first.body.signalId);
    await queue.drain();
  });

  it.each([
    ['the header webhook-id', { headers: { 'webhook-id': 'one' } }, {}],
    ['the header idempotency-key', { headers: { 'idempotency-key': 'one' } }, {}],
    ['the body field id', {}, { id: 'one' }],
  ])('with another payload under %s is a conflict, and the first stands', async (_, options, extra) => {
    const { post } = ingestEnvironment(store, queue);
    const first = await post(hook, buy(extra), options);
    const other = await post(hook, buy({ quantity: 9, ...extra }), options);
    expect(other.status).toBe(409);
    expect(other.body.error).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    expect(await receipt(first.body.signalId)).toMatchObject({ status: 'accepted' });
    expect(await receipt(other.body.error?.signalId ?? '')).toMatchObject({ status: 'refused' });
    expect(await queue.drain()).toHaveLength(2);
  });

  it('is a new signal when the window of its webhook has passed', async () => {
    await saveWebhook(store.ledger, webhookOf(hook, { dedupeWindowSeconds: 1 }));
    const { post } = ingestEnvironment(store, queue);
    const early = await post(hook, buy());
    const later = ingestEnvironment(store, queue, { clock: { now: () => Date.now() + 3_000 } });
    const late = await later.post(hook, buy());
    expect(late.status).toBe(202);
    expect(late.body.signalId).not.toBe(early.body.signalId);
    await queue.drain();
  });

  it('storms of 100 copies over ten environments become one signal', {
    timeout: CROWD_TIMEOUT_MS,
  }, async () => {
    const environments = Array.from({ length: 10 }, () => ingestEnvironment(store, queue, CROWDED));
    for (let round = 0; round < scaled(1, 3); round += 1) {
      const payload = buy({ price: 100 + round });
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, copy) => environments[copy % 10]?.post(hook, payload)),
      );
      expect(answers.map((each) => each?.status)).toEqual(answers.map(() => 202));
      expect(new Set(answers.map((each) => each?.body.signalId)).size).toBe(1);
      expect(answers.filter((each) => each?.headers['idempotent-replayed'] === undefined)).toHaveLength(1);
      expect(await queue.drain()).toHaveLength(2);
    }
  });
});

describe('the rate limit (A4)', () => {
  const limited = (limit: number) =>
    saveWebhook(store.ledger, webhookOf(hook, { rateLimit: { limit, windowSeconds: 60 } }));

  it('refuses what is too much with 429 and retry-after, and keeps a receipt', async () => {
    await limited(1);
    const { post } = ingestEnvironment(store, queue);
    expect((await post(hook, buy({ id: '1' }))).status).toBe(202);
    const refused = await post(hook, buy({ id: '2' }));
    expect(refused).toMatchObject({ status: 429, body: { error: { code: 'RATE_LIMITED' } } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(await receipt(refused.body.error?.signalId ?? '')).toMatchObject({
      status: 'refused',
      reason: { code: 'RATE_LIMITED' },
    });
    expect(await queue.drain()).toHaveLength(2);
  });

  it('does not count duplicates, and does not refuse them', async () => {
    await limited(2);
    const { post } = ingestEnvironment(store, queue);
    const first = await post(hook, buy({ id: '1' }));
    for (let copy = 0; copy < 5; copy += 1) {
      expect((await post(hook, buy({ id: '1' }))).body).toEqual(first.body);
    }
    expect((await post(hook, buy({ id: '2' }))).status).toBe(202);
    expect((await post(hook, buy({ id: '3' }))).status).toBe(429);
    await queue.drain();
  });

  it('takes one call for each signal of a burst that one environment receives', async () => {
    await limited(40);
    const counting = faultyLedger(store.ledger, 0, 'fails');
    // In no time, however long it takes: what an environment remembers does not expire meanwhile.
    const nowMs = Date.now();
    const { post } = ingestEnvironment(store, queue, {
      ledger: counting.ledger,
      clock: { now: () => nowMs },
    });
    await post(hook, buy({ id: '0' }));
    const before = counting.calls();
    for (let id = 1; id < 40; id += 1) {
      expect((await post(hook, buy({ id: `${id}` }))).status).toBe(202);
    }
    // Claim, place, version, receipt: nothing is tried twice.
    expect(counting.calls() - before).toBe(39 * 4);
    expect((await post(hook, buy({ id: '40' }))).status).toBe(429);
    await queue.drain();
  });

  it('counts each client by itself', async () => {
    await limited(1);
    const { post } = ingestEnvironment(store, queue);
    for (const sourceIp of ['203.0.113.1', '203.0.113.2', '2001:db8::1']) {
      expect((await post(hook, buy({ id: sourceIp }), { sourceIp })).status).toBe(202);
    }
    await queue.drain();
  });

  it.each([1, 5, 40])(
    'lets exactly %i of 60 simultaneous signals through',
    { timeout: CROWD_TIMEOUT_MS },
    async (limit) => {
      await limited(limit);
      const { post } = ingestEnvironment(store, queue, CROWDED);
      const answers = await Promise.all(
        Array.from({ length: 60 }, (_, id) => post(hook, buy({ id: `${id}` }))),
      );
      expect(answers.filter(({ status }) => status === 202)).toHaveLength(limit);
      expect(answers.filter(({ status }) => status === 429)).toHaveLength(60 - limit);
      await queue.drain();
    },
  );

  it('lets a refused signal in when it comes again in time', async () => {
    await limited(1);
    const { post } = ingestEnvironment(store, queue);
    await post(hook, buy({ id: '1' }));
    const refused = await post(hook, buy({ id: '2' }));
    await limited(2);
    const accepted = await post(hook, buy({ id: '2' }));
    expect(accepted.status).toBe(202);
    expect(accepted.body.signalId).toBe(refused.body.error?.signalId);
    expect(await receipt(accepted.body.signalId)).toMatchObject({ status: 'accepted' });
    await queue.drain();
  });
});

describe('a changed configuration counts from the very next request', () => {
  it('when the webhook is disabled, or enabled', async () => {
    const { post } = ingestEnvironment(store, queue);
    expect((await post(hook, buy({ id: '1' }))).status).toBe(202);
    await saveWebhook(store.ledger, webhookOf(hook, { enabled: false }));
    expect(await post(hook, buy({ id: '2' }))).toMatchObject({
      status: 404,
      body: { error: { code: 'WEBHOOK_NOT_FOUND' } },
    });
    await saveWebhook(store.ledger, webhookOf(hook));
    expect((await post(hook, buy({ id: '2' }))).status).toBe(202);
    expect(await queue.drain()).toHaveLength(4);
  });

  it('when a strategy is added, and when it is removed', async () => {
    const { post } = ingestEnvironment(store, queue);
    await post(hook, buy({ id: '1' }));
    await saveStrategy(store.ledger, strategyOf(`t-${hook}`, hook, ['c']));
    expect((await post(hook, buy({ id: '2' }))).body.executions).toHaveLength(3);
    await deleteStrategy(store.ledger, strategyOf(`s-${hook}`, hook, []).strategyId);
    expect((await post(hook, buy({ id: '3' }))).body.executions).toHaveLength(1);
    await queue.drain();
  });

  it('when a webhook appears that was asked for before', async () => {
    const { post } = ingestEnvironment(store, queue);
    const late = `late-${hook}`;
    expect((await post(late, buy())).status).toBe(404);
    await saveWebhook(store.ledger, webhookOf(late));
    expect(await post(late, buy())).toMatchObject({ status: 202, body: { executions: [] } });
  });
});

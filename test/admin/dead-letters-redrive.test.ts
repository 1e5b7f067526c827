import { createHash } from 'node:crypto';
import { ChangeMessageVisibilityCommand, type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ExecutionRequest } from '../../functions/core/execution.ts';
import { execute } from '../../functions/engine/execute.ts';
import { enqueue, type Queue } from '../../functions/shared/accounts-queue.ts';
import { createTrader } from '../support/trader.ts';
import { requestOf } from '../support/world.ts';
import { type AdminHarness, startAdmin } from './harness.ts';
import { interceptedAdmin } from './mortal.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.stop());
afterEach(async () => {
  await admin.queues.drain(admin.queues.deadLetters);
  await admin.queues.drain(admin.queues.accounts);
});

const BASE = '/monitoring/dead-letters';
const redrive = (body?: unknown) => admin.post(`${BASE}/redrive`, body);
const groupOf = (accountId: string) => createHash('sha256').update(accountId).digest('hex');
const bury = (request: ExecutionRequest) => admin.queues.bury(request, groupOf(request.accountId));

/** The executions of the messages that are in the accounts queue, in order; the queue is empty afterwards. */
async function queued(): Promise<string[]> {
  const taken = await admin.queues.drain(admin.queues.accounts);
  return taken.map(({ body }) => JSON.parse(body).executionId);
}

describe('the redrive', () => {
  test('of nothing does nothing', async () => {
    expect((await redrive()).body).toEqual({ redriven: 0, remaining: 0, failed: [] });
  });

  test('moves every message, keeps the order of an account, and leaves none behind', async () => {
    const requests = ['a', 'b', 'a', 'a', 'b'].map((accountId) => requestOf(accountId, {}));
    for (const request of requests) {
      await bury(request);
    }
    expect((await redrive({ reason: 'The venue is back.' })).body).toEqual({
      redriven: 5,
      remaining: 0,
      failed: [],
    });
    const taken = await admin.queues.drain(admin.queues.accounts);
    for (const accountId of ['a', 'b']) {
      const bodies = taken.filter(({ groupId }) => groupId === groupOf(accountId)).map(({ body }) => body);
      const sent = requests.filter((request) => request.accountId === accountId);
      expect(bodies.map((body) => JSON.parse(body))).toEqual(sent);
    }
    expect((await admin.get(BASE)).body.total).toBe(0);
  });

  test('moves more than one receive gives', async () => {
    const requests = Array.from({ length: 25 }, (_, index) => requestOf(`account-${index}`, {}));
    for (const request of requests) {
      await bury(request);
    }
    expect((await redrive()).body).toMatchObject({ redriven: 25, remaining: 0 });
    expect((await queued()).toSorted()).toEqual(requests.map(({ executionId }) => executionId).toSorted());
  });

  test('moves only what it is asked for, and says what it did not find', async () => {
    const [wanted, other, absent] = ['a', 'b', 'c'].map((accountId) => requestOf(accountId, {}));
    if (!wanted || !other || !absent) {
      throw new Error('unreachable');
    }
    await bury(other);
    await bury(wanted);
    const { body } = await redrive({ executionIds: [wanted.executionId, absent.executionId] });
    expect(body).toEqual({
      redriven: 1,
      remaining: 1,
      failed: [
        {
          executionId: absent.executionId,
          reason: 'NOT_FOUND',
          reasonMessage: expect.stringContaining('not among the dead letters'),
        },
      ],
    });
    expect(await queued()).toEqual([wanted.executionId]);
    expect((await admin.get(BASE)).body.items).toMatchObject([{ executionId: other.executionId }]);
  });

  test('leaves what cannot be read, and moves the others', async () => {
    await admin.queues.bury('garbage', 'broken');
    await admin.queues.bury({ executionId: 'not a whole request' }, 'broken, too');
    const request = requestOf('a', {});
    await bury(request);
    const { body } = await redrive();
    const left = {
      messageId: expect.any(String),
      reason: 'UNREADABLE',
      reasonMessage: 'It is not an execution request, and stays in the dead-letter queue.',
    };
    expect(body).toEqual({ redriven: 1, remaining: 2, failed: [left, left] });
    expect(await queued()).toEqual([request.executionId]);
    expect((await admin.get(BASE)).body.items).toHaveLength(2);
  });

  test('is not swallowed by SQS as a duplicate of the first message', async () => {
    // The whole life of a message: sent, received too often, dead, redriven; within five minutes of its first send.
    const { accounts } = admin.queues;
    const request = requestOf('a', {});
    await enqueue(accounts, [request]);
    await failUntilDead();
    expect((await redrive()).body).toMatchObject({ redriven: 1, remaining: 0 });
    expect(await queued()).toEqual([request.executionId]);
  });

  test('of a letter that died again is not swallowed either', async () => {
    const request = requestOf('a', {});
    await enqueue(admin.queues.accounts, [request]);
    for (let lives = 0; lives < 3; lives += 1) {
      await failUntilDead();
      expect((await redrive()).body).toMatchObject({ redriven: 1, remaining: 0 });
    }
    expect(await queued()).toEqual([request.executionId]);
  });

  test('that dies at any of its calls is repeated without a trace', async () => {
    let deaths = 0;
    for (let fatal = 1; fatal <= deaths + 1; fatal += 1) {
      const requests = [requestOf('a', {}), requestOf('a', {}), requestOf('b', {})];
      for (const request of requests) {
        await bury(request);
      }
      const { hasDied, received } = await dieWhileRedriving(fatal);
      deaths += hasDied ? 1 : 0;
      for (const receiptHandle of received) {
        await showAgain(admin.queues.deadLetters, receiptHandle).catch(() => undefined);
      }
      expect((await redrive()).body).toMatchObject({ remaining: 0, failed: [] });
      const ids = await queued();
      expect(ids.toSorted()).toEqual(requests.map(({ executionId }) => executionId).toSorted());
      const ofA = ids.filter((id) => id.endsWith('~a'));
      expect(ofA).toEqual([requests[0]?.executionId, requests[1]?.executionId]);
    }
    // Receive, send and delete for each of the two groups, and the same once more for what was behind.
    expect(deaths).toBeGreaterThan(6);
  });

  test('executes nothing twice, however often it sends the same execution', async () => {
    const trader = await createTrader(admin.ledger);
    const request = trader.request({ action: 'buy' });
    await execute(trader.engine, request);
    for (let times = 0; times < 3; times += 1) {
      await bury(request);
      expect((await redrive()).body).toMatchObject({ redriven: 1 });
      for (const { body } of await admin.queues.drain(admin.queues.accounts)) {
        // After hours as well: the record tells.
        trader.clock.advance(3_600_000);
        await execute(trader.engine, JSON.parse(body));
      }
    }
    expect(await trader.venue()).toEqual(['buy market 1 FILLED 1']);
  });

  test('executes nothing that is too old', async () => {
    const trader = await createTrader(admin.ledger);
    const request = trader.request({ action: 'buy' });
    await bury(request);
    await redrive();
    trader.clock.advance(3_600_000);
    const [message] = await admin.queues.drain(admin.queues.accounts);
    expect(await execute(trader.engine, JSON.parse(message?.body ?? ''))).toMatchObject({
      execution: { status: 'SKIPPED', reason: { code: 'SIGNAL_EXPIRED' } },
    });
    expect(await trader.venue()).toEqual([]);
  });

  test('is logged with its reason and what it came to', async () => {
    await bury(requestOf('a', {}));
    const before = admin.said.length;
    await redrive({ reason: 'The venue is back.' });
    const line = admin.said.slice(before).find((said) => said.includes('An operator asked for a change.'));
    expect(JSON.parse(line ?? '')).toMatchObject({
      tokenId: 'abc',
      reason: 'The venue is back.',
      redriven: 1,
      remaining: 0,
      failed: 0,
    });
  });

  const list = 'must be a list of 1 to 100 execution ids';
  const { executionId } = requestOf('a', {});
  test.each([
    ['no execution', { executionIds: [] }, 'executionIds', list],
    ['a text for a list', { executionIds: 'all' }, 'executionIds', list],
    ['too many executions', { executionIds: Array(101).fill(executionId) }, 'executionIds', list],
    [
      'what is no execution id',
      { executionIds: ['sig_1~a~b'] },
      'executionIds[0]',
      'must be an execution id',
    ],
    ['another field', { all: true }, 'all', 'is not known here; there is reason, executionIds'],
  ])('refuses %s', async (_, sent, field, message) => {
    await bury(requestOf('a', {}));
    const { status, body } = await redrive(sent);
    expect(status).toBe(422);
    expect(body.error.details).toContainEqual({ field, message });
    expect((await admin.get(BASE)).body.total).toBe(1);
  });
});

/** Receives the one message of the accounts queue until SQS gives it up. */
async function failUntilDead(): Promise<void> {
  const { accounts } = admin.queues;
  for (;;) {
    const { Messages = [] } = await accounts.client.send(
      new ReceiveMessageCommand({ QueueUrl: accounts.url }),
    );
    const [message] = Messages;
    if (!message) {
      return;
    }
    await showAgain(accounts, message.ReceiptHandle);
  }
}

function showAgain({ client, url }: Queue, ReceiptHandle: string | undefined) {
  return client.send(
    new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle, VisibilityTimeout: 0 }),
  );
}

/** A redrive by a function that dies at its nth call to AWS: that one takes effect and nobody hears of it. */
async function dieWhileRedriving(fatal: number) {
  const received: (string | undefined)[] = [];
  let calls = 0;
  const { ask, destroy } = interceptedAdmin(admin, async (call) => {
    calls += 1;
    if (calls > fatal) {
      throw new Error('The process is dead.');
    }
    const result = await call();
    const { Messages = [] } = (result as { readonly output: { readonly Messages?: Message[] } }).output;
    received.push(...Messages.map(({ ReceiptHandle }) => ReceiptHandle));
    if (calls === fatal) {
      throw new Error('The process is dead.');
    }
    return result;
  });
  await ask({ method: 'POST', path: `${BASE}/redrive` });
  destroy();
  return { hasDied: calls >= fatal, received };
}

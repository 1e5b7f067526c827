import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { signalTimeMsOf } from '../../functions/core/ids.ts';
import type { ReceiptsCursor } from '../../functions/ledger/reconcile-cursor.ts';
import { keys } from '../../functions/ledger/table.ts';
import { sweepReceipts } from '../../functions/reconcile/receipts-sweep.ts';
import { seed } from '../support/world.ts';
import { recordAccepted, recordOrphan, type Scene, SILENT, signalFor, startScene } from './support.ts';

const MINUTE_MS = 60_000;
const ALWAYS = () => true;

let scene: Scene;

beforeEach(async () => {
  scene = await startScene();
  await seed(scene.ledger, 'a');
});
afterEach(() => scene.stop());

const sweep = (cursor?: ReceiptsCursor, hasTime = ALWAYS, changes: Partial<Scene> = {}) =>
  sweepReceipts({ ...scene, ...changes, logger: SILENT }, cursor, hasTime);

const orphan = (ageMs: number, accountIds = ['a'], signal = {}) =>
  recordOrphan(scene, ageMs, accountIds, signal);

describe('the next sweep', () => {
  it('looks at the last five minutes again, for receipts that were written late', async () => {
    const { next } = await sweep();
    expect(next).toEqual({ fromMs: scene.clock.now() - 20_000 - 5 * MINUTE_MS });

    await orphan(5 * MINUTE_MS);

    expect(await sweep(next)).toMatchObject({ receipts: 1, queued: 1 });
  });

  it('goes back to the oldest execution that still has no outcome', async () => {
    const [request] = await orphan(14 * MINUTE_MS);
    await orphan(13 * MINUTE_MS);

    expect(await sweep()).toMatchObject({ next: { fromMs: request?.receivedAtMs } });
  });

  it('goes back a day at most', async () => {
    await orphan(24 * 60 * MINUTE_MS + 1);
    await orphan(24 * 60 * MINUTE_MS - 1);

    expect(await sweep({ fromMs: scene.clock.now() - 48 * 60 * MINUTE_MS })).toMatchObject({
      receipts: 1,
      queued: 1,
    });
  });

  it('finds what an outage of the reconciler left, however long ago it began', async () => {
    await orphan(60 * MINUTE_MS);

    expect(await sweep({ fromMs: scene.clock.now() - 70 * MINUTE_MS })).toMatchObject({
      receipts: 1,
      queued: 1,
    });
  });

  it('has nothing to do where the clock went back', async () => {
    expect(await sweep({ fromMs: scene.clock.now() + MINUTE_MS })).toMatchObject({
      receipts: 0,
      isComplete: true,
      hasFailed: false,
    });
  });

  it('goes on where there was no time for more, and leaves out nothing', async () => {
    const nowMs = scene.clock.now();
    const requests = Array.from({ length: 1_000 }, (_, index) =>
      signalFor([`account-${index}`], nowMs - 10 * MINUTE_MS + 30 * index),
    ).flat();
    await Promise.all(requests.map((request) => recordAccepted(scene.ledger, [request])));
    const { ledger } = scene;
    // As if everything were executed at once: an execution without an outcome would be looked at again.
    const send = async ({ input: { Entries = [] } }: SendMessageBatchCommand) => {
      const records = Entries.map(({ MessageBody = '' }) => JSON.parse(MessageBody)).map((request) =>
        ledger.client.send(
          new PutCommand({
            TableName: ledger.tableName,
            Item: keys.execution(request.accountId, request.executionId),
          }),
        ),
      );
      await Promise.all(records);
      return {};
    };
    const queue = { ...scene.queue, client: { send } as unknown as SQSClient };

    const results: Awaited<ReturnType<typeof sweep>>[] = [];
    do {
      // There is time for one page and for the messages that come of it, which are sent 200 at a time.
      let questions = 0;
      const hasTime = () => {
        questions += 1;
        return questions <= 3;
      };
      results.push(await sweep(results.at(-1)?.next, hasTime, { queue }));
    } while (!results.at(-1)?.isComplete && results.length < 10);

    expect(results.length).toBeGreaterThan(2);
    expect(results.at(-1)?.isComplete).toBe(true);
    expect(results.reduce((sum, { queued }) => sum + queued, 0)).toBe(1_000);
    // Then it goes back to the first of those that had no outcome when they were looked at.
    expect(results.at(-1)?.next).toEqual({ fromMs: nowMs - 10 * MINUTE_MS });
    expect(await sweep()).toMatchObject({ receipts: 1_000, unrecorded: 0 });
  });
});

describe('many messages', () => {
  it('are sent 200 at a time, in batches of ten', async () => {
    await orphan(
      MINUTE_MS,
      Array.from({ length: 250 }, (_, index) => `many-${index}`),
    );
    let [running, peak, sent] = [0, 0, 0];
    const send = async ({ input: { Entries = [] } }: SendMessageBatchCommand) => {
      running += 1;
      peak = Math.max(peak, running);
      await new Promise(setImmediate);
      running -= 1;
      sent += Entries.length;
      return {};
    };
    const queue = { ...scene.queue, client: { send } as unknown as SQSClient };

    expect(await sweep(undefined, ALWAYS, { queue })).toMatchObject({ receipts: 1, queued: 250 });
    expect([peak, sent]).toEqual([20, 250]);
  });

  it('are not passed when there was no time to send them all', async () => {
    const [request] = await orphan(
      10 * MINUTE_MS,
      Array.from({ length: 250 }, (_, index) => `many-${index}`),
    );
    const sent = new Set<string>();
    const send = async ({ input: { Entries = [] } }: SendMessageBatchCommand) => {
      for (const { MessageDeduplicationId = '' } of Entries) {
        sent.add(MessageDeduplicationId);
      }
      return {};
    };
    const queue = { ...scene.queue, client: { send } as unknown as SQSClient };
    let questions = 0;
    const hasTime = () => {
      questions += 1;
      return questions <= 2;
    };

    const first = await sweep(undefined, hasTime, { queue });
    expect(first).toMatchObject({ queued: 200, isComplete: false });
    expect(first.next.fromMs).toBeLessThanOrEqual(request?.receivedAtMs ?? 0);
    await sweep(first.next, ALWAYS, { queue });

    expect(sent.size).toBe(250);
  });
});

describe('what fails', () => {
  it('is not passed: the next sweep begins with the first receipt whose messages could not be sent', async () => {
    const [request] = await orphan(14 * MINUTE_MS);
    const send = () => Promise.reject(new Error('ECONNREFUSED'));
    const queue = { ...scene.queue, client: { send } as unknown as SQSClient };

    const failed = await sweep(undefined, ALWAYS, { queue });

    expect(failed).toMatchObject({ hasFailed: true, isComplete: false, queued: 0 });
    expect(failed.next.fromMs).toBeLessThanOrEqual(signalTimeMsOf(request?.signalId ?? expect.fail()));
    expect(await sweep(failed.next)).toMatchObject({ hasFailed: false, queued: 1 });
  });

  it('stops the sweep before younger signals of an account are sent ahead of an older one', async () => {
    await orphan(3 * MINUTE_MS);
    await orphan(2 * MINUTE_MS);
    const sent: string[] = [];
    const send = async (command: SendMessageBatchCommand) => {
      expect(command).toBeInstanceOf(SendMessageBatchCommand);
      const { Entries = [] } = command.input;
      sent.push(...Entries.map(({ MessageDeduplicationId = '' }) => MessageDeduplicationId));
      return { Failed: Entries.map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false })) };
    };
    const queue = { ...scene.queue, client: { send } as unknown as SQSClient };

    expect(await sweep(undefined, ALWAYS, { queue })).toMatchObject({ hasFailed: true, queued: 0 });
    expect(sent).toHaveLength(1);
  });

  it('for one receipt that cannot be read is said, and the others are looked at', async () => {
    const [broken] = await orphan(2 * MINUTE_MS);
    const [request] = await orphan(MINUTE_MS);
    await scene.ledger.client.send(
      new PutCommand({
        TableName: scene.ledger.tableName,
        Item: { ...keys.receipt(broken?.signalId ?? expect.fail()), status: 'accepted', targets: 'all' },
      }),
    );

    expect(await sweep()).toMatchObject({ receipts: 1, queued: 1, isComplete: true, hasFailed: true });
    expect(await scene.queue.drain()).toEqual([request]);
  });
});

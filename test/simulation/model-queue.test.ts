import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs';
import { beforeEach, describe, expect, it } from 'vitest';
import { TestClock } from '../support/world.ts';
import { type ModelQueue, modelQueue } from './model-queue.ts';

let clock: TestClock;
let queue: ModelQueue;
let deadLetters: ModelQueue;

beforeEach(() => {
  clock = new TestClock();
  deadLetters = modelQueue({ name: 'dead.fifo', clock, visibilityTimeoutSeconds: 30 });
  queue = modelQueue({
    clock,
    visibilityTimeoutSeconds: 30,
    maxReceiveCount: 2,
    deadLetterQueue: deadLetters,
  });
});

const send = (...messages: readonly (readonly [group: string, body: string])[]) =>
  queue.client.send(
    new SendMessageBatchCommand({
      QueueUrl: queue.url,
      Entries: messages.map(([group, body], index) => ({
        Id: String(index),
        MessageBody: body,
        MessageGroupId: group,
        MessageDeduplicationId: body,
      })),
    }),
  );
const bodies = (batchSize?: number) => queue.deliver(batchSize)?.event.Records.map(({ body }) => body) ?? [];
const failing = (...ids: readonly string[]) => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

describe('the model of a FIFO queue', () => {
  it('delivers in order, and nothing of a group of which something is hidden', async () => {
    await send(['a', 'a1'], ['b', 'b1'], ['a', 'a2']);
    expect(bodies(1)).toEqual(['a1']);
    expect(bodies()).toEqual(['b1']);
    clock.advance(30_000);
    expect(bodies()).toEqual(['a1', 'b1', 'a2']);
  });

  it('deletes what a function does not report as failed, and delivers the rest when its time is over', async () => {
    await send(['a', 'a1'], ['a', 'a2']);
    const delivery = queue.deliver();
    const [, second] = delivery?.event.Records ?? [];
    delivery?.answer(failing(second?.messageId ?? ''));
    expect(bodies()).toEqual([]);
    clock.advance(30_000);
    expect(bodies()).toEqual(['a2']);
  });

  it('deletes nothing for an answer that comes after the time of the messages', async () => {
    await send(['a', 'a1']);
    const delivery = queue.deliver();
    clock.advance(30_000);
    delivery?.answer(failing());
    expect(bodies()).toEqual(['a1']);
  });

  it('hides messages for as long as it is told, by the handle of the last receive only', async () => {
    await send(['a', 'a1']);
    const first = queue.deliver()?.event.Records[0]?.receiptHandle ?? '';
    const hide = (ReceiptHandle: string, VisibilityTimeout: number) =>
      queue.client.send(
        new ChangeMessageVisibilityBatchCommand({
          QueueUrl: queue.url,
          Entries: [{ Id: '0', ReceiptHandle, VisibilityTimeout }],
        }),
      );
    expect(await hide(first, 3)).toMatchObject({ Successful: [{ Id: '0' }], Failed: [] });
    expect(queue.nextVisibleAtMs()).toBe(clock.now() + 3_000);
    clock.advance(3_000);
    expect(bodies()).toEqual(['a1']);
    expect(await hide(first, 0)).toMatchObject({ Successful: [], Failed: [{ Id: '0' }] });
  });

  it('takes a deduplication id once in five minutes, even when its message is gone', async () => {
    await send(['a', 'a1']);
    queue.deliver()?.answer(failing());
    await send(['a', 'a1']);
    expect(bodies()).toEqual([]);
    clock.advance(300_000);
    await send(['a', 'a1']);
    expect(bodies()).toEqual(['a1']);
  });

  it('moves a message that was received too often to the dead letters, and goes on with the next', async () => {
    await send(['a', 'a1'], ['a', 'a2']);
    for (const expected of [['a1'], ['a1'], ['a2']]) {
      expect(bodies(1)).toEqual(expected);
      clock.advance(30_000);
    }
    const { Messages } = await deadLetters.client.send(
      new ReceiveMessageCommand({ QueueUrl: deadLetters.url, MaxNumberOfMessages: 10 }),
    );
    expect(Messages?.map(({ Body }) => Body)).toEqual(['a1']);
    const ReceiptHandle = Messages?.[0]?.ReceiptHandle;
    await deadLetters.client.send(new DeleteMessageCommand({ QueueUrl: deadLetters.url, ReceiptHandle }));
    expect(deadLetters.messages()).toEqual([]);
  });

  it('refuses batches and messages that SQS would refuse', async () => {
    const entry = { Id: '0', MessageBody: 'x', MessageGroupId: 'g', MessageDeduplicationId: 'd' };
    for (const Entries of [
      [],
      [entry, entry],
      Array.from({ length: 11 }, (_, index) => ({ ...entry, Id: String(index) })),
      [{ ...entry, MessageGroupId: undefined }],
      [{ ...entry, MessageDeduplicationId: 'x'.repeat(129) }],
    ]) {
      const command = new SendMessageBatchCommand({ QueueUrl: queue.url, Entries });
      await expect(queue.client.send(command)).rejects.toThrow();
    }
    expect(queue.messages()).toEqual([]);
  });
});

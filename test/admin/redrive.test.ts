import { createHash } from 'node:crypto';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { redrive } from '../../functions/admin/redrive.ts';
import type { AdminContext } from '../../functions/admin/route.ts';
import type { ExecutionRequest } from '../../functions/core/execution.ts';
import { requestOf } from '../support/world.ts';

/**
 * What the SQS of the local cloud cannot show: it gives one message of a group at a time and never fails. Here is one
 * that gives up to ten, as AWS does, and fails when it is told to.
 */
function manySqs(letters: readonly ExecutionRequest[], failing: ReadonlySet<string> = new Set()) {
  const visible = letters.map((request, index) => ({ id: `m${index}`, body: JSON.stringify(request) }));
  const seen = { sent: [] as string[], deduplication: [] as string[], shown: [] as string[] };
  let nowMs = 0;
  const hidden = new Map<string, (typeof visible)[number]>();
  const send = async (command: { readonly input: Input }): Promise<unknown> => {
    const { input } = command;
    nowMs += 100;
    switch (command.constructor.name) {
      case 'ReceiveMessageCommand': {
        const taken = visible.splice(0, input.MaxNumberOfMessages);
        for (const message of taken) {
          hidden.set(message.id, message);
        }
        return { Messages: taken.map(({ id, body }) => ({ MessageId: id, ReceiptHandle: id, Body: body })) };
      }
      case 'SendMessageBatchCommand': {
        const [entry] = input.Entries;
        const { executionId } = JSON.parse(entry?.MessageBody ?? '{}');
        if (failing.has(executionId)) {
          return { Failed: [{ Code: 'InternalError' }] };
        }
        seen.sent.push(executionId);
        seen.deduplication.push(entry?.MessageDeduplicationId ?? '');
        return {};
      }
      case 'DeleteMessageCommand':
        hidden.delete(input.ReceiptHandle);
        return {};
      case 'ChangeMessageVisibilityBatchCommand':
        seen.shown.push(...input.Entries.map(({ ReceiptHandle }) => ReceiptHandle ?? ''));
        return {};
      default:
        return {
          Attributes: {
            ApproximateNumberOfMessages: String(visible.length),
            ApproximateNumberOfMessagesNotVisible: String(hidden.size),
          },
        };
    }
  };
  const queue = { client: { send } as unknown as SQSClient, url: 'https://sqs.test/dead.fifo' };
  const context = { accountsQueue: queue, deadLetterQueue: queue, clock: { now: () => nowMs } };
  return { ...seen, context: context as unknown as AdminContext };
}

interface Input {
  readonly MaxNumberOfMessages: number;
  readonly ReceiptHandle: string;
  readonly Entries: readonly {
    readonly MessageBody?: string;
    readonly MessageDeduplicationId?: string;
    readonly ReceiptHandle?: string;
  }[];
}

const idsOf = (requests: readonly ExecutionRequest[]) => requests.map(({ executionId }) => executionId);

describe('several letters of an account in one receive', () => {
  test('are sent one after the other, in order', async () => {
    const letters = Array.from({ length: 12 }, () => requestOf('a', {}));
    const sqs = manySqs(letters);
    expect(await redrive(sqs.context)).toEqual({ redriven: 12, remaining: 0, failed: [] });
    expect(sqs.sent).toEqual(idsOf(letters));
  });

  test('stop at the first that cannot be sent, and those of other accounts do not', async () => {
    const [first, second, third, other] = ['a', 'a', 'a', 'b'].map((accountId) => requestOf(accountId, {}));
    if (!first || !second || !third || !other) {
      throw new Error('unreachable');
    }
    const sqs = manySqs([first, second, third, other], new Set([second.executionId]));
    expect(await redrive(sqs.context)).toEqual({
      redriven: 2,
      remaining: 2,
      failed: [
        {
          executionId: second.executionId,
          messageId: 'm1',
          code: 'NOT_QUEUED',
          message: '1 messages were not queued: InternalError.',
        },
      ],
    });
    expect(sqs.sent.toSorted()).toEqual([first.executionId, other.executionId].toSorted());
    expect(sqs.shown).toEqual(['m1', 'm2']);
  });

  test('are passed over when they are not wanted', async () => {
    const letters = Array.from({ length: 3 }, () => requestOf('a', {}));
    const sqs = manySqs(letters);
    const wanted = new Set([letters[1]?.executionId ?? '']);
    expect(await redrive(sqs.context, wanted)).toEqual({ redriven: 1, remaining: 2, failed: [] });
    expect(sqs.sent).toEqual([letters[1]?.executionId]);
    expect(sqs.shown).toEqual(['m0', 'm2']);
  });
});

test('each letter has a deduplication id of its own, by execution and message', async () => {
  const request = requestOf('a', {});
  const sqs = manySqs([request, request]);
  await redrive(sqs.context);
  const hash = (messageId: string) =>
    createHash('sha256').update(`${request.executionId} ${messageId}`).digest('hex');
  expect(sqs.deduplication).toEqual([hash('m0'), hash('m1')]);
});

test('one request ends in time, and says what is left', async () => {
  // Every call takes 100 ms here; sending and deleting 10 letters takes 2 s.
  const letters = Array.from({ length: 100 }, () => requestOf('a', {}));
  const sqs = manySqs(letters);
  const { redriven, remaining } = await redrive(sqs.context);
  expect(redriven).toBeGreaterThan(20);
  expect(redriven).toBeLessThan(40);
  expect(remaining).toBe(100 - redriven);
});

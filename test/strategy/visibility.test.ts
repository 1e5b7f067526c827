import { Logger } from '@aws-lambda-powertools/logger';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepInvisible } from '../../functions/strategy/visibility.ts';

const NOW_MS = Date.parse('2026-11-22T10:00:00.000Z');

beforeEach(() => {
  vi.useFakeTimers({ now: NOW_MS });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A message that was handed out so long ago, for the nth time. */
const recordOf = (id: string, ageMs: number, receives = 1): SQSRecord =>
  ({
    messageId: id,
    receiptHandle: `handle-${id}`,
    attributes: {
      ApproximateReceiveCount: String(receives),
      ApproximateFirstReceiveTimestamp: String(NOW_MS - ageMs),
    },
  }) as SQSRecord;

/** Holds records; `calls` are the changes of visibility, each as its handles and seconds. */
function hold(...records: SQSRecord[]) {
  const calls: string[] = [];
  const send = async ({
    input,
  }: {
    input: { Entries: { ReceiptHandle: string; VisibilityTimeout: number }[] };
  }) => {
    calls.push(input.Entries.map((each) => `${each.ReceiptHandle} ${each.VisibilityTimeout}`).join(', '));
  };
  const client = { send } as unknown as SQSClient;
  const logger = new Logger({ logLevel: 'SILENT' });
  const visibility = keepInvisible({ client, url: 'queue' }, records, {
    clock: { now: () => Date.now() },
    logger,
  });
  return { ...visibility, calls };
}

describe('messages that are held', () => {
  it('need no call when they were handed out just now, and one each second after', async () => {
    const { calls, stop } = hold(recordOf('a', 0), recordOf('b', 249));
    expect(calls).toEqual([]);
    vi.advanceTimersByTime(999);
    expect(calls).toEqual([]);
    vi.advanceTimersByTime(1_001);
    expect(calls).toEqual(['handle-a 3, handle-b 3', 'handle-a 3, handle-b 3']);
    await stop();
    vi.advanceTimersByTime(5_000);
    expect(calls).toHaveLength(2);
  });

  it.each([
    ['one of them was handed out a while ago', recordOf('b', 250)],
    ['one of them was handed out before: when is not known', recordOf('b', 0, 2)],
    ['our clock is behind by as much', recordOf('b', -250)],
    [
      'the queue does not say when',
      { ...recordOf('b', 0), attributes: { ApproximateReceiveCount: '1' } as never },
    ],
  ])('are renewed at once when %s', (_, record) => {
    expect(hold(recordOf('a', 0), record).calls).toEqual(['handle-a 3, handle-b 3']);
  });

  it('are not renewed any more once they are handed back', async () => {
    const { calls, handBack } = hold(recordOf('a', 0), recordOf('b', 0));
    await handBack([recordOf('a', 0)], 1);
    vi.advanceTimersByTime(1_000);
    expect(calls).toEqual(['handle-a 1', 'handle-b 3']);
  });
});

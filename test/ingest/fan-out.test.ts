import type { SendMessageBatchCommand, SendMessageBatchResult, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import { type AccountId, type StrategyId, signalIdOf, type WebhookId } from '../../functions/core/ids.ts';
import { fanOut, receiptTargetOf, targetOf } from '../../functions/ingest/fan-out.ts';
import { executionRequestShape } from '../../functions/ledger/shapes/signal.ts';
import { enqueue, type Queue } from '../../functions/shared/accounts-queue.ts';
import { webhookOf } from '../support/world.ts';

const SIGNAL_ID = signalIdOf('hook' as WebhookId, 'key', 1);
const ACCEPTED = {
  signalId: SIGNAL_ID,
  signal: { symbol: 'A', action: 'buy', timeInForce: 'day', quantity: decimal(2) },
  correlationId: 'correlation',
  receivedAtMs: 1_000,
} as const;

const routeOf = (accountsByStrategy: Readonly<Record<string, readonly string[]>>) => ({
  webhook: webhookOf('hook', { maxSignalAgeSeconds: 30 }),
  version: 1,
  subscribers: Object.entries(accountsByStrategy).map(([strategyId, accounts]) => ({
    strategyId: strategyId as StrategyId,
    accounts: accounts.map((accountId) => ({
      accountId: accountId as AccountId,
      multiplier: decimal('1.5'),
    })),
  })),
});

const manyAccounts = (count: number) => Array.from({ length: count }, (_, index) => `account-${index}`);

/** A queue that keeps what it is sent, and answers as told. */
function queueThat(answer: (entries: number) => SendMessageBatchResult | Error) {
  const batches: NonNullable<SendMessageBatchCommand['input']['Entries']>[] = [];
  let [running, peak] = [0, 0];
  const send = async (command: SendMessageBatchCommand) => {
    running += 1;
    peak = Math.max(peak, running);
    await new Promise(setImmediate);
    running -= 1;
    batches.push(command.input.Entries ?? []);
    const result = answer(command.input.Entries?.length ?? 0);
    if (result instanceof Error) {
      throw result;
    }
    return result;
  };
  const queue: Queue = { client: { send } as unknown as SQSClient, url: 'http://queue' };
  return { queue, batches, peak: () => peak };
}

const taken = (): SendMessageBatchResult => ({ Successful: [], Failed: [] });

describe('fanning out (A7)', () => {
  it('makes one request per strategy and account, with all that executing needs', () => {
    const requests = fanOut(routeOf({ s1: ['a', 'b'], s2: ['a'] }), ACCEPTED);
    expect(requests.map(targetOf)).toEqual([
      { executionId: `${SIGNAL_ID}~s1~a`, strategyId: 's1', accountId: 'a' },
      { executionId: `${SIGNAL_ID}~s1~b`, strategyId: 's1', accountId: 'b' },
      { executionId: `${SIGNAL_ID}~s2~a`, strategyId: 's2', accountId: 'a' },
    ]);
    expect(requests[0]).toEqual({
      ...ACCEPTED,
      executionId: `${SIGNAL_ID}~s1~a`,
      webhookId: 'hook',
      strategyId: 's1',
      accountId: 'a',
      multiplier: '1.5',
      maxSignalAgeSeconds: 30,
    });
  });

  it('tells the sender ids only, and keeps in the receipt what it takes to send the message again', () => {
    const [request] = fanOut(routeOf({ s1: ['a'] }), ACCEPTED);
    const ids = { executionId: `${SIGNAL_ID}~s1~a`, strategyId: 's1', accountId: 'a' };
    expect(request && targetOf(request)).toEqual(ids);
    expect(request && receiptTargetOf(request)).toEqual({ ...ids, multiplier: '1.5' });
  });

  it('makes none where nobody listens', () => {
    expect(fanOut(routeOf({}), ACCEPTED)).toEqual([]);
    expect(fanOut(routeOf({ s1: [] }), ACCEPTED)).toEqual([]);
  });
});

describe('the queue', () => {
  it.each([
    [0, []],
    [1, [1]],
    [10, [10]],
    [11, [1, 10]],
    [125, [5, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10]],
  ])('is given %i messages in batches of ten, all at once', async (count, sizes) => {
    const { queue, batches, peak } = queueThat(taken);
    await enqueue(queue, fanOut(routeOf({ s: manyAccounts(count) }), ACCEPTED));
    expect(batches.map((batch) => batch.length).sort((left, right) => left - right)).toEqual(sizes);
    expect(peak()).toBe(sizes.length);
    for (const batch of batches) {
      expect(new Set(batch.map(({ Id }) => Id)).size).toBe(batch.length);
    }
  });

  it('groups by account and deduplicates by execution, whatever the strategy', async () => {
    const longest = 'a'.repeat(48);
    const { queue, batches } = queueThat(taken);
    const requests = fanOut(routeOf({ s1: ['a', longest], [longest]: ['a', longest] }), ACCEPTED);
    await enqueue(queue, requests);
    const entries = batches.flat();
    expect(entries.map(({ MessageDeduplicationId }) => MessageDeduplicationId)).toEqual(
      requests.map(({ executionId }) => executionId),
    );
    const groups = entries.map(({ MessageGroupId = '' }) => MessageGroupId);
    expect(groups[0]).toBe(groups[2]);
    expect(groups[1]).toBe(groups[3]);
    expect(new Set(groups).size).toBe(2);
    for (const { MessageGroupId, MessageDeduplicationId, MessageBody } of entries) {
      expect(MessageGroupId).toMatch(/^[!-~]{1,128}$/);
      expect(MessageDeduplicationId).toMatch(/^[!-~]{1,128}$/);
      expect(executionRequestShape.safeParse(JSON.parse(MessageBody ?? '')).success).toBe(true);
    }
  });

  it('is sent the same messages again for the same signal', async () => {
    const [first, second] = [queueThat(taken), queueThat(taken)];
    const route = routeOf({ s1: manyAccounts(12) });
    await enqueue(first.queue, fanOut(route, ACCEPTED));
    await enqueue(second.queue, fanOut(route, ACCEPTED));
    expect(second.batches).toEqual(first.batches);
  });

  it('deduplicates as it is told', async () => {
    const { queue, batches } = queueThat(taken);
    await enqueue(queue, fanOut(routeOf({ s: ['a', 'b'] }), ACCEPTED), {
      deduplication: ({ accountId }) => `again-${accountId}`,
    });
    expect(batches.flat().map(({ MessageDeduplicationId }) => MessageDeduplicationId)).toEqual([
      'again-a',
      'again-b',
    ]);
  });

  it('that does not take every message makes the sender try again', async () => {
    const { queue } = queueThat((entries) => ({
      Successful: [],
      Failed: entries < 10 ? [{ Id: '0', Code: 'InternalError', SenderFault: false }] : [],
    }));
    await expect(enqueue(queue, fanOut(routeOf({ s: manyAccounts(15) }), ACCEPTED))).rejects.toMatchObject({
      code: 'ENQUEUE_FAILED',
      disposition: 'retry',
      message: '1 messages were not queued: InternalError.',
    });
  });

  it('that cannot be reached is an error', async () => {
    const { queue } = queueThat(() => new Error('ECONNREFUSED'));
    await expect(enqueue(queue, fanOut(routeOf({ s: ['a'] }), ACCEPTED))).rejects.toThrow('ECONNREFUSED');
  });
});

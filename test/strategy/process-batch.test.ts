import { Logger } from '@aws-lambda-powertools/logger';
import type { SQSRecord } from 'aws-lambda';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExecutionRequest } from '../../functions/core/execution.ts';
import { TIMING } from '../../functions/core/lease.ts';
import type { ExecuteResult } from '../../functions/engine/execute.ts';
import { type BatchDependencies, processBatch } from '../../functions/strategy/process-batch.ts';
import { requestOf } from '../support/world.ts';

/** What executing one message comes to. */
type Outcome = 'done' | 'hand-back' | 'throw';

/** One message of a test's delivery. */
interface Planned {
  readonly account: string;
  readonly outcome: Outcome;
}

const PLENTY_MS = 15_000;
const HAND_BACK_SECONDS = 1;
const logger = new Logger({ logLevel: 'SILENT' });

function recordOf(request: unknown, messageId: string, group = 'group'): SQSRecord {
  return {
    messageId,
    receiptHandle: `receipt-${messageId}`,
    body: typeof request === 'string' ? request : JSON.stringify(request),
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '0',
      SenderId: 'sender',
      ApproximateFirstReceiveTimestamp: '0',
      MessageGroupId: group,
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:accounts.fifo',
    awsRegion: 'us-east-1',
  };
}

/** A delivery of these messages, ids in order of arrival. */
function deliveryOf(messages: readonly Planned[], prefix = 'm') {
  const requests = messages.map(({ account }) => requestOf(account, {}));
  return {
    records: requests.map((request, index) => recordOf(request, `${prefix}${index}`)),
    outcomes: new Map(requests.map(({ executionId }, index) => [executionId, messages[index]?.outcome])),
    ids: new Map(requests.map(({ executionId }, index) => [executionId, `${prefix}${index}`])),
  };
}

const resultOf = (request: ExecutionRequest, outcome: Outcome | undefined): ExecuteResult => {
  if (outcome === 'throw') {
    throw new Error('The store is down.');
  }
  return outcome === 'hand-back'
    ? { kind: 'hand-back', code: 'ACCOUNT_LEASED', delaySeconds: HAND_BACK_SECONDS }
    : {
        kind: 'done',
        execution: {
          ...request,
          status: 'COMPLETED',
          orders: [],
          steps: [],
          retries: 0,
          startedAtMs: 0,
          endedAtMs: 0,
        },
      };
};

/** Processes deliveries and remembers what was executed and handed back, in order. */
function processor(remainingTimeMs: () => number = () => PLENTY_MS) {
  const executed: string[] = [];
  const handedBack: { readonly ids: readonly string[]; readonly delaySeconds: number }[] = [];
  let running = 0;
  const runningByAccount = new Map<string, number>();
  const peaks = { all: 0, account: 0 };

  const process = async (delivery: ReturnType<typeof deliveryOf>) => {
    const dependencies: BatchDependencies = {
      execute: async (request) => {
        const { accountId, executionId } = request;
        running += 1;
        runningByAccount.set(accountId, (runningByAccount.get(accountId) ?? 0) + 1);
        peaks.all = Math.max(peaks.all, running);
        peaks.account = Math.max(peaks.account, runningByAccount.get(accountId) ?? 0);
        executed.push(delivery.ids.get(executionId) ?? '?');
        await new Promise(setImmediate);
        running -= 1;
        runningByAccount.set(accountId, (runningByAccount.get(accountId) ?? 0) - 1);
        return resultOf(request, delivery.outcomes.get(executionId));
      },
      handBack: async (records, delaySeconds) => {
        handedBack.push({ ids: records.map(({ messageId }) => messageId), delaySeconds });
      },
      remainingTimeMs,
      clock: { now: () => 0 },
      logger,
    };
    const { batchItemFailures } = await processBatch(delivery.records, dependencies);
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
  return { process, executed, handedBack, peaks };
}

/** Written as text, one letter per message: the account, and a mark for what does not work out. */
function planned(text: string): Planned[] {
  const outcomes: Record<string, Outcome> = { '!': 'throw', '?': 'hand-back' };
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => ({ account: word.charAt(0), outcome: outcomes[word.charAt(1)] ?? 'done' }));
}

describe('a delivery', () => {
  it.each([
    ['', [], []],
    ['a', ['m0'], []],
    ['a a a', ['m0', 'm1', 'm2'], []],
    ['a!', ['m0'], ['m0']],
    ['a a! a', ['m0', 'm1'], ['m1', 'm2']],
    ['a? a a', ['m0'], ['m0', 'm1', 'm2']],
    ['a b! a b', ['m0', 'm1', 'm2'], ['m1', 'm3']],
    ['a! b a b c', ['m0', 'm1', 'm3', 'm4'], ['m0', 'm2']],
    ['a? b! c! a b c', ['m0', 'm1', 'm2'], ['m0', 'm3', 'm1', 'm4', 'm2', 'm5']],
  ])('of %j executes %j and reports %j as not done', async (text, executed, failed) => {
    const run = processor();
    expect(await run.process(deliveryOf(planned(text)))).toEqual(failed);
    expect([...run.executed].sort()).toEqual(executed);
  });

  it('hands back after the time that the failure asks for', async () => {
    const run = processor();
    await run.process(deliveryOf(planned('a? a b! b c')));
    expect(run.handedBack).toEqual([
      { ids: ['m0', 'm1'], delaySeconds: HAND_BACK_SECONDS },
      { ids: ['m2', 'm3'], delaySeconds: TIMING.visibilityTimeoutSeconds },
    ]);
  });

  it('executes accounts side by side and one account’s messages one after the other (I2)', async () => {
    const run = processor();
    await run.process(deliveryOf(planned('a b c d e a b c d e')));
    expect(run.peaks).toEqual({ all: 5, account: 1 });
  });
});

describe('messages that are no execution requests', () => {
  const request = requestOf('a', {});

  it.each([
    ['no JSON', 'not json'],
    ['null', 'null'],
    ['a list', '[]'],
    ['text', '"text"'],
    ['an empty object', '{}'],
    ['a request without an account', JSON.stringify({ ...request, accountId: undefined })],
    [
      'a request with an unknown action',
      JSON.stringify({ ...request, signal: { ...request.signal, action: 'hold' } }),
    ],
    ['a request with a quantity that is a number', JSON.stringify({ ...request, multiplier: 1 })],
  ])('such as %s fail by themselves, and never stop an account', async (_, body) => {
    const delivery = deliveryOf(planned('a a'));
    const unreadable = recordOf(body, 'unreadable');
    const [first, second] = delivery.records;
    const run = processor();
    const failed = await run.process({
      ...delivery,
      records: [unreadable, first, second].filter((record) => record !== undefined),
    });
    expect(failed).toEqual(['unreadable']);
    expect(run.executed).toEqual(['m0', 'm1']);
    expect(run.handedBack).toEqual([{ ids: ['unreadable'], delaySeconds: TIMING.visibilityTimeoutSeconds }]);
  });
});

describe('with little time left', () => {
  it('hands everything back at once, without executing any of it', async () => {
    const run = processor(() => TIMING.remainingTimeFloorMs - 1);
    expect(await run.process(deliveryOf(planned('a a b')))).toEqual(['m0', 'm1', 'm2']);
    expect(run.executed).toEqual([]);
    expect(run.handedBack.map(({ delaySeconds }) => delaySeconds)).toEqual([0, 0]);
  });

  it('executes as long as there is enough', async () => {
    const run = processor(() => TIMING.remainingTimeFloorMs);
    expect(await run.process(deliveryOf(planned('a b a')))).toEqual([]);
  });

  it('does what it can and hands back the rest of each account', async () => {
    const eachMs = 1_000;
    let leftMs = TIMING.remainingTimeFloorMs + 3 * eachMs;
    const run = processor(() => {
      leftMs -= eachMs;
      return leftMs;
    });
    // The third has just enough; what comes after is not begun.
    expect(await run.process(deliveryOf(planned('a a a a a')))).toEqual(['m3', 'm4']);
    expect(run.executed).toEqual(['m0', 'm1', 'm2']);
  });
});

describe('any delivery', () => {
  const message: fc.Arbitrary<Planned> = fc.record({
    account: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    outcome: fc.constantFrom<Outcome>('done', 'done', 'done', 'hand-back', 'throw'),
  });
  const delivery = fc.array(message, { maxLength: 30 });

  /** What must be executed and what must be reported, by account. */
  function expectedOf(messages: readonly Planned[], prefix: string) {
    const executed: string[] = [];
    const failed: string[] = [];
    for (const account of new Set(messages.map((each) => each.account))) {
      const group = messages.flatMap((each, index) =>
        each.account === account ? [{ id: `${prefix}${index}`, outcome: each.outcome }] : [],
      );
      const failure = group.findIndex(({ outcome }) => outcome !== 'done');
      const ids = group.map(({ id }) => id);
      executed.push(...(failure < 0 ? ids : ids.slice(0, failure + 1)));
      failed.push(...(failure < 0 ? [] : ids.slice(failure)));
    }
    return { executed: executed.sort(), failed: failed.sort() };
  }

  const inOrder = (ids: readonly string[], messages: readonly Planned[], prefix: string): boolean => {
    const indices = ids.filter((id) => id.startsWith(prefix)).map((id) => Number(id.slice(prefix.length)));
    return [...new Set(messages.map(({ account }) => account))].every((account) => {
      const own = indices.filter((index) => messages[index]?.account === account);
      return own.every((index, position) => position === 0 || index > (own[position - 1] ?? -1));
    });
  };

  it('executes a prefix of each account in order, and hands back the first failure and all behind it (B1)', async () => {
    await fc.assert(
      fc.asyncProperty(delivery, async (messages) => {
        const run = processor();
        const failed = await run.process(deliveryOf(messages));
        const expected = expectedOf(messages, 'm');
        expect([...failed].sort()).toEqual(expected.failed);
        expect([...run.executed].sort()).toEqual(expected.executed);
        expect(inOrder(run.executed, messages, 'm')).toBe(true);
        expect(inOrder(failed, messages, 'm')).toBe(true);
        // What is reported to Lambda and what is made deliverable again are the same.
        expect(run.handedBack.flatMap(({ ids }) => ids).sort()).toEqual(expected.failed);
        expect(run.peaks.account).toBeLessThanOrEqual(1);
      }),
      { numRuns: 200 },
    );
  });

  it('is not influenced by another one on the same instance, before it or beside it', async () => {
    await fc.assert(
      fc.asyncProperty(delivery, delivery, async (first, second) => {
        const one = processor();
        const [before, after] = [
          await one.process(deliveryOf(first, 'f')),
          await one.process(deliveryOf(second, 's')),
        ];
        const other = processor();
        const beside = await Promise.all([
          other.process(deliveryOf(first, 'f')),
          other.process(deliveryOf(second, 's')),
        ]);
        for (const run of [one, other]) {
          expect(inOrder(run.executed, first, 'f')).toBe(true);
          expect(inOrder(run.executed, second, 's')).toBe(true);
        }
        expect([before, after].map((ids) => [...ids].sort())).toEqual([
          expectedOf(first, 'f').failed,
          expectedOf(second, 's').failed,
        ]);
        expect(beside.map((ids) => [...ids].sort())).toEqual([before, after].map((ids) => [...ids].sort()));
      }),
      { numRuns: 100 },
    );
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { execute } from '../../functions/engine/execute.ts';
import type { ReceiptsCursor } from '../../functions/ledger/reconcile-cursor.ts';
import { sweepReceipts } from '../../functions/reconcile/receipts-sweep.ts';
import { enqueue } from '../../functions/shared/accounts-queue.ts';
import { brokerOrders, seed } from '../support/world.ts';
import {
  deliver,
  dieExecuting,
  recordAccepted,
  recordOrphan,
  type Scene,
  SILENT,
  signalFor,
  startScene,
} from './support.ts';

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

const orders = (accountId = 'a') => brokerOrders(scene.ledger, accountId, scene.clock);

describe('an execution whose message is gone (B10)', () => {
  it('is sent as ingest would have sent it, to every account, and executed', async () => {
    await seed(scene.ledger, 'b');
    const requests = await orphan(MINUTE_MS, ['a', 'b', 'c']);

    expect(await sweep()).toMatchObject({ receipts: 1, unrecorded: 3, queued: 3, isComplete: true });

    const sent = await scene.queue.drain();
    expect(sent.toSorted((left, right) => (left.accountId < right.accountId ? -1 : 1))).toEqual(requests);
    for (const request of requests) {
      await execute(scene.engine, request);
    }
    expect(await orders('a')).toHaveLength(1);
    expect(await orders('b')).toHaveLength(1);
    // The account c does not exist, and its execution is rejected for that.
    expect(await sweep()).toMatchObject({ receipts: 1, unrecorded: 0, queued: 0 });
  });

  it('is sent when only some of its signal was, and nothing else is', async () => {
    await seed(scene.ledger, 'b');
    const [first, second] = await orphan(MINUTE_MS, ['a', 'b']);
    await execute(scene.engine, first ?? expect.fail());

    expect(await sweep()).toMatchObject({ unrecorded: 1, queued: 1 });

    expect(await scene.queue.drain()).toEqual([second]);
  });

  it('is sent when its worker died before its intent: nothing can have reached the venue', async () => {
    const [request] = await orphan(MINUTE_MS);
    await dieExecuting(scene, request ?? expect.fail(), 'before-intent');
    scene.clock.advance(MINUTE_MS);

    expect(await sweep()).toMatchObject({ queued: 1 });

    expect(await deliver(scene)).toMatchObject([{ status: 'COMPLETED' }]);
  });

  it('is left to whoever takes its account when its orders are in the journal', async () => {
    const [request] = await orphan(MINUTE_MS);
    await dieExecuting(scene, request ?? expect.fail(), 'after-intent');

    expect(await sweep()).toMatchObject({ unrecorded: 1, queued: 0 });
  });

  it('expires, if nobody found it in time, and is recorded as that', async () => {
    await orphan(6 * MINUTE_MS);

    await sweep();

    expect(await deliver(scene)).toMatchObject([{ status: 'SKIPPED', reason: { code: 'SIGNAL_EXPIRED' } }]);
    expect(await orders()).toEqual([]);
  });
});

describe('sweeping adds nothing', () => {
  it('to what is in the queue', async () => {
    const requests = await orphan(MINUTE_MS);
    await enqueue(scene.queue, requests);

    await Promise.all([sweep(), sweep(), sweep()]);

    expect(await scene.queue.drain()).toEqual(requests);
  });

  it('to what was executed, even when it is sent again after SQS forgot the first message', async () => {
    const [request] = await orphan(MINUTE_MS);
    await execute(scene.engine, request ?? expect.fail());
    await enqueue(scene.queue, [request ?? expect.fail()], { deduplication: () => 'one' });
    await enqueue(scene.queue, [request ?? expect.fail()], { deduplication: () => 'two' });

    expect(await sweep()).toMatchObject({ queued: 0 });

    expect(await deliver(scene)).toHaveLength(2);
    expect(await orders()).toHaveLength(1);
  });

  it('to what is on its way, until that should be over', async () => {
    await orphan(20_000);

    expect(await sweep()).toMatchObject({ receipts: 0, isComplete: true });
    scene.clock.advance(1);
    expect(await sweep()).toMatchObject({ receipts: 1, queued: 1 });
  });

  it('to receipts of version 0.1, which do not say what to send, nor to refused ones', async () => {
    const [request] = signalFor(['a'], scene.clock.now() - MINUTE_MS);
    const { executionId, strategyId, accountId } = request ?? expect.fail();
    await recordAccepted(scene.ledger, [request ?? expect.fail()], {
      targets: [{ executionId, strategyId, accountId }],
    });
    const [refused] = signalFor(['a'], scene.clock.now() - MINUTE_MS);
    const reason = { code: 'RATE_LIMITED', message: 'no' };
    await recordAccepted(scene.ledger, [refused ?? expect.fail()], { status: 'refused', reason } as object);

    expect(await sweep()).toMatchObject({ receipts: 1, unrecorded: 0, queued: 0, stuck: 0 });
  });
});

describe('the order within an account (I2)', () => {
  it('is that of the signals, however many are missing and wherever their receipts are', async () => {
    const requests = [];
    for (let age = 60; age > 20; age -= 1) {
      requests.push(...(await orphan(age * 1_000, ['a', 'b'])));
    }

    expect(await sweep()).toMatchObject({ receipts: 40, queued: 80 });

    const sent = await scene.queue.drain();
    for (const accountId of ['a', 'b']) {
      const idsOf = (list: readonly { accountId: string; executionId: string }[]) =>
        list.filter((each) => each.accountId === accountId).map(({ executionId }) => executionId);
      expect(idsOf(sent)).toEqual(idsOf(requests));
    }
  });

  it('is kept when the account went on: what was overtaken is not traded, but recorded as expired', async () => {
    const [late] = signalFor(['a'], scene.clock.now() - 2 * MINUTE_MS);
    // Its webhook would have it executed within the hour.
    await recordAccepted(scene.ledger, [late ?? expect.fail()], { maxSignalAgeSeconds: 3_600 });
    const [younger] = await orphan(MINUTE_MS, ['a'], { action: 'sell' });
    await execute(scene.engine, younger ?? expect.fail());

    expect(await sweep()).toMatchObject({ unrecorded: 1, queued: 0 });
    scene.clock.advance(3 * MINUTE_MS);
    expect(await sweep()).toMatchObject({ unrecorded: 1, queued: 0 });
    scene.clock.advance(1);
    expect(await sweep()).toMatchObject({ unrecorded: 1, queued: 1 });

    expect(await deliver(scene)).toMatchObject([
      { executionId: late?.executionId, status: 'SKIPPED', reason: { code: 'SIGNAL_EXPIRED' } },
    ]);
    expect(await orders()).toEqual([]);
  });

  it('counts what the account is doing now', async () => {
    await orphan(2 * MINUTE_MS);
    const [younger] = await orphan(MINUTE_MS);
    await dieExecuting(scene, younger ?? expect.fail(), 'after-intent');

    expect(await sweep()).toMatchObject({ unrecorded: 2, queued: 0 });
  });

  it('is not disturbed by another strategy that executed the same signal', async () => {
    const [request] = signalFor(['a'], scene.clock.now() - MINUTE_MS);
    const { signalId } = request ?? expect.fail();
    const other = {
      ...(request ?? expect.fail()),
      strategyId: 'zulu',
      executionId: `${signalId}~zulu~a`,
    } as typeof request & object;
    await recordAccepted(scene.ledger, [request ?? expect.fail(), other]);
    await execute(scene.engine, other);

    expect(await sweep()).toMatchObject({ unrecorded: 1, queued: 1 });
    expect(await deliver(scene)).toMatchObject([{ status: 'COMPLETED' }]);
  });
});

describe('an execution without an outcome after 15 minutes', () => {
  it('is told to operators once, sent a last time, and not looked after any more', async () => {
    const [request] = await orphan(15 * MINUTE_MS - 1);
    const first = await sweep();
    expect(first).toMatchObject({ queued: 1, stuck: 0 });
    expect(scene.engine.alerts).toEqual([]);

    scene.clock.advance(MINUTE_MS);
    const second = await sweep(first.next);
    scene.clock.advance(MINUTE_MS);
    const third = await sweep(second.next);

    expect([second.stuck, third.stuck]).toEqual([1, 0]);
    expect(scene.engine.alerts).toMatchObject([
      { type: 'EXECUTION_STUCK', severity: 'HIGH', subject: request?.executionId },
    ]);
  });
});

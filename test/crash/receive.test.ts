import { randomUUID } from 'node:crypto';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SignalId } from '../../functions/core/ids.ts';
import { readReceipt } from '../../functions/ledger/receipts.ts';
import { saveStrategy, saveWebhook } from '../../functions/ledger/webhooks.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { FAULTS, type Fault, type FaultyLedger, faultyLedger, StoreFault } from '../support/faulty-ledger.ts';
import { ingestEnvironment, startTestQueue, type TestQueue } from '../support/ingest.ts';
import { strategyOf, webhookOf } from '../support/world.ts';

/** A claim of a killed invocation has lapsed after the function's timeout of 5 s, when TradingView sends again. */
const RESEND_MS = 6_000;
const BUY = { symbol: 'MNQM5', action: 'buy', quantity: 1 };

let store: TestDynamoDb;
let queue: TestQueue;

beforeAll(async () => {
  [store, queue] = await Promise.all([startTestDynamoDb(), startTestQueue()]);
});
afterAll(async () => {
  await Promise.all([store.stop(), queue.stop()]);
});

/** Calls to the queue count after those to the store: the fault at `at` meets the queue when the store is through. */
function faultyQueue(faulty: FaultyLedger, meets: Fault | undefined): Pick<TestQueue, 'client' | 'url'> {
  let met = false;
  const send = async (command: unknown) => {
    if (faulty.isDead() || (met && meets?.startsWith('dies'))) {
      throw new StoreFault('The process is dead.');
    }
    if (meets === undefined || met) {
      return queue.client.send(command as Parameters<SQSClient['send']>[0]);
    }
    met = true;
    if (meets === 'dies-after' || meets === 'loses-answer') {
      await queue.client.send(command as Parameters<SQSClient['send']>[0]);
    }
    throw new StoreFault(meets);
  };
  const client = new Proxy(queue.client, {
    get: (target, property) => (property === 'send' ? send : Reflect.get(target, property)),
  });
  return { client, url: queue.url };
}

async function newHook(): Promise<string> {
  const hook = `hook-${randomUUID().slice(0, 8)}`;
  await saveWebhook(store.ledger, webhookOf(hook, { rateLimit: { limit: 1, windowSeconds: 3 } }));
  await saveStrategy(store.ledger, strategyOf(`s-${hook}`, hook, ['a', 'b']));
  return hook;
}

async function assertOneSignal(hook: string): Promise<void> {
  const later = ingestEnvironment(store, queue, { clock: { now: () => Date.now() + RESEND_MS } });
  const again = await later.post(hook, BUY);
  expect(again.status).toBe(202);
  const messages = await queue.drain();
  expect(messages.map(({ executionId }) => executionId).sort()).toEqual(
    again.body.executions.map(({ executionId }) => executionId).sort(),
  );
  expect(new Set(messages.map(({ signalId }) => signalId))).toEqual(new Set([again.body.signalId]));
  expect(await readReceipt(store.ledger, again.body.signalId as SignalId)).toMatchObject({
    status: 'accepted',
  });
}

describe('a webhook whose environment fails or is killed at any call, and is sent again (A3, A9, I7)', () => {
  it('becomes one signal, each of its accounts gets one message', async () => {
    const dry = faultyLedger(store.ledger, 0, 'fails');
    await ingestEnvironment(store, queue, { ledger: dry.ledger }).post(await newHook(), BUY);
    await queue.drain();
    expect(dry.calls()).toBeGreaterThan(4);
    for (let at = 1; at <= dry.calls(); at += 1) {
      for (const fault of FAULTS) {
        const hook = await newHook();
        const faulty = faultyLedger(store.ledger, at, fault);
        const environment = ingestEnvironment(store, faultyQueue(faulty, undefined), {
          ledger: faulty.ledger,
        });
        const status = await environment.post(hook, BUY).then(
          (answer) => answer.status,
          () => 503,
        );
        expect([202, 503], `call ${at} ${fault}`).toContain(status);
        await expect(assertOneSignal(hook), `call ${at} ${fault}`).resolves.toBeUndefined();
      }
    }
  });

  it.each(FAULTS)('the same when it is the queue that %s', async (fault) => {
    const hook = await newHook();
    const faulty = faultyLedger(store.ledger, 0, 'fails');
    const environment = ingestEnvironment(store, faultyQueue(faulty, fault), { ledger: faulty.ledger });
    await expect(environment.post(hook, BUY)).rejects.toThrow();
    await assertOneSignal(hook);
  });

  it('is not refused for its rate when its configuration changes while it is taken over', async () => {
    const hook = await newHook();
    const limited = webhookOf(hook, { rateLimit: { limit: 1, windowSeconds: 60 } });
    await saveWebhook(store.ledger, limited);
    const warm = ingestEnvironment(store, queue);
    await warm.post(hook, { ...BUY, id: 'before' }, { sourceIp: '203.0.113.99' });
    await queue.drain();
    const faulty = faultyLedger(store.ledger, 0, 'fails');
    const first = ingestEnvironment(store, faultyQueue(faulty, 'loses-answer'), { ledger: faulty.ledger });
    await expect(first.post(hook, BUY)).rejects.toThrow();
    await saveWebhook(store.ledger, limited);

    expect((await warm.post(hook, BUY)).status).toBe(202);
    expect(await queue.drain()).toHaveLength(2);
  });
});

import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { admission, type Circuit, CLOSED_CIRCUIT, callsInWindow } from '../../functions/core/circuit.ts';
import { keys } from '../../functions/ledger/table.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { faultyLedger, StoreFault } from '../support/faulty-ledger.ts';
import { scaled } from '../support/scale.ts';
import { CircuitCase, counting, losesFirstAnswers, NEVER_OPENS, NOW_MS } from './circuits-case.ts';

let store: TestDynamoDb;

beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

/** At the same time; 1,000 at full scale. */
const CALLERS = scaled(200, 1_000);

const windowOf = (subject: CircuitCase, circuit: Circuit) =>
  circuit.state === 'closed' ? callsInWindow(circuit, subject.settings, subject.nowMs) : undefined;

async function itemOf(subject: CircuitCase): Promise<Record<string, unknown> | undefined> {
  const { client, tableName } = store.ledger;
  const { Item } = await client.send(
    new GetCommand({ TableName: tableName, Key: keys.circuit(subject.strategyId), ConsistentRead: true }),
  );
  return Item;
}

describe('a success', () => {
  it('costs no call while nothing has failed', async () => {
    const { ledger, calls } = counting(store.ledger);
    const subject = new CircuitCase(ledger);
    for (let reported = 0; reported < 50; reported += 1) {
      await subject.report('success', { circuit: CLOSED_CIRCUIT });
    }
    expect(calls()).toBe(0);
    expect(await itemOf(subject)).toBeUndefined();
  });

  it('is counted with the next failure of its environment, once, in the bucket in which it was', async () => {
    const subject = new CircuitCase(store.ledger);
    await subject.report('success');
    await subject.report('success');
    subject.nowMs = NOW_MS + 6_000;
    await subject.report('success');
    await subject.report('failure');
    await subject.report('failure');
    expect(await subject.read()).toEqual({
      ...CLOSED_CIRCUIT,
      consecutiveFailures: 2,
      buckets: {
        [NOW_MS]: { failures: 0, successes: 2, crashes: 0 },
        [NOW_MS + 6_000]: { failures: 2, successes: 1, crashes: 0 },
      },
    });
  });

  it('that is written takes those along that were only remembered', async () => {
    const subject = new CircuitCase(store.ledger);
    await subject.report('success');
    await subject.report('success');
    await subject.elsewhere().report('failure');
    await subject.report('success');
    expect(windowOf(subject, await subject.read())).toEqual({ failures: 1, successes: 3, crashes: 0 });
  });

  it('is forgotten when it has left the window, or when the circuit has changed its state since', async () => {
    const subject = new CircuitCase(store.ledger);
    await subject.report('success');
    subject.nowMs += 120_000;
    await subject.report('failure');
    expect(windowOf(subject, await subject.read())).toEqual({ failures: 1, successes: 0, crashes: 0 });
    const before = await subject.read();
    await subject.control('close');
    await subject.report('success');
    await subject.report('success', { circuit: before });
    await subject.control('close');
    await subject.report('failure');
    expect(windowOf(subject, await subject.read())).toEqual({ failures: 1, successes: 0, crashes: 0 });
  });

  it('of an older epoch does not make the environment forget those of the present one', async () => {
    const subject = new CircuitCase(store.ledger);
    await subject.control('close');
    await subject.report('success');
    await subject.report('success', { circuit: CLOSED_CIRCUIT });
    await subject.report('failure', { circuit: { ...CLOSED_CIRCUIT, consecutiveFailures: 1 } });
    await subject.report('failure');
    expect(windowOf(subject, await subject.read())).toEqual({ failures: 1, successes: 1, crashes: 0 });
  });

  it('is known to all at once while a failure is in the window', async () => {
    const subject = new CircuitCase(store.ledger);
    for (const outcome of ['failure', 'success', 'success'] as const) {
      await subject.elsewhere().report(outcome);
    }
    expect(windowOf(subject, await subject.read())).toEqual({ failures: 1, successes: 2, crashes: 0 });
  });

  it('ends a row of failures, whichever environment saw them', async () => {
    const subject = new CircuitCase(store.ledger);
    for (const outcome of ['failure', 'failure', 'failure', 'failure', 'success', 'failure'] as const) {
      expect(await subject.elsewhere().report(outcome)).toBeUndefined();
    }
    expect(await subject.read()).toMatchObject({ state: 'closed', epoch: 0, consecutiveFailures: 1 });
    expect(windowOf(subject, await subject.read())).toEqual({ failures: 5, successes: 1, crashes: 0 });
  });

  it('ends a row of failures that has left the window', async () => {
    const subject = new CircuitCase(store.ledger);
    await subject.report('failure');
    subject.nowMs += 3_600_000;
    await subject.report('success');
    expect(await subject.read()).toMatchObject({ consecutiveFailures: 0 });
  });

  it('can complete the calls that the failure rate needs', async () => {
    const subject = new CircuitCase(store.ledger, { consecutiveFailures: 100, minimumCalls: 4 });
    for (const outcome of ['failure', 'failure', 'failure'] as const) {
      expect(await subject.report(outcome)).toBeUndefined();
    }
    expect(await subject.report('success')).toEqual({
      kind: 'opened',
      reason: '3 of 4 calls within 60 s failed',
    });
  });
});

describe('failures', () => {
  it('in a row open the circuit, once', async () => {
    const subject = new CircuitCase(store.ledger, { consecutiveFailures: 3 });
    expect(await subject.report('failure')).toBeUndefined();
    expect(await subject.report('failure')).toBeUndefined();
    expect(await subject.report('failure')).toEqual({ kind: 'opened', reason: '3 failures in a row' });
    expect(await subject.report('failure')).toBeUndefined();
    expect(await subject.read()).toEqual({
      state: 'open',
      epoch: 1,
      openings: 1,
      probes: [],
      openUntilMs: NOW_MS + 30_000,
      reason: '3 failures in a row',
      probeSuccesses: 0,
    });
  });

  it(`are all counted when ${CALLERS} callers report at once`, { timeout: 120_000 }, async () => {
    const subject = new CircuitCase(store.ledger, NEVER_OPENS);
    const changes = await Promise.all(
      Array.from({ length: CALLERS }, () =>
        subject.elsewhere().report('failure', { circuit: CLOSED_CIRCUIT }),
      ),
    );
    expect(changes.filter(Boolean)).toEqual([]);
    expect(await subject.read()).toEqual({
      ...CLOSED_CIRCUIT,
      consecutiveFailures: CALLERS,
      buckets: { [NOW_MS]: { failures: CALLERS, successes: 0, crashes: 0 } },
    });
  });

  it(`open the circuit exactly once when ${CALLERS} callers report at once`, {
    timeout: 120_000,
  }, async () => {
    const subject = new CircuitCase(store.ledger);
    const changes = await Promise.all(
      Array.from({ length: CALLERS }, (_, caller) =>
        subject.elsewhere().report('failure', { circuit: CLOSED_CIRCUIT, executionId: `caller-${caller}` }),
      ),
    );
    expect(changes.filter(Boolean)).toHaveLength(1);
    expect(await subject.read()).toMatchObject({ state: 'open', epoch: 1, openings: 1 });
  });

  it('that were begun before the state changed are void', async () => {
    const subject = new CircuitCase(store.ledger);
    await subject.control('close');
    const closed = await subject.read();
    await subject.control('isolate');
    await subject.control('reset');
    for (const outcome of ['failure', 'success', 'crash'] as const) {
      await subject.report(outcome, { circuit: CLOSED_CIRCUIT });
      await subject.report(outcome, { circuit: closed });
      await subject.report(outcome, {
        circuit: { ...CLOSED_CIRCUIT, epoch: closed.epoch, consecutiveFailures: 4 },
      });
    }
    expect(await subject.read()).toEqual({ ...CLOSED_CIRCUIT, epoch: 3 });
  });

  it('of an isolated circuit cost no call', async () => {
    const subject = new CircuitCase(store.ledger);
    const isolated = await subject.control('isolate');
    const { ledger, calls } = counting(store.ledger);
    await subject.elsewhere(ledger).report('failure', { circuit: isolated });
    expect(calls()).toBe(0);
  });

  it('of clocks a quarter of a second apart are all counted, whoever writes last', async () => {
    const subject = new CircuitCase(store.ledger, { ...NEVER_OPENS, windowSeconds: 1 });
    const ahead = subject.elsewhere();
    for (let reported = 0; reported < 12; reported += 1) {
      subject.nowMs = NOW_MS + reported * 75;
      ahead.nowMs = subject.nowMs + 250;
      await ahead.report('failure');
      await subject.report('failure');
    }
    expect(windowOf(subject, await subject.read())).toMatchObject({ failures: 24 });
  });

  it('leave no more in the item than a window of them', async () => {
    const subject = new CircuitCase(store.ledger, NEVER_OPENS);
    let attributes = 0;
    for (let reported = 0; reported < 60; reported += 1) {
      subject.nowMs += 10_000;
      await subject.report(reported % 3 === 0 ? 'crash' : 'failure');
      await subject.report('success');
      attributes = Math.max(attributes, Object.keys((await itemOf(subject)) ?? {}).length);
    }
    // Key, state and row, and of the seven buckets that ten seconds apart fall into 60 s: f and s, some c.
    expect(attributes).toBeLessThanOrEqual(4 + 7 * 3);
    expect(JSON.stringify(await itemOf(subject)).length).toBeLessThan(1_024);
  });

  it('stay counted when the window gets longer or shorter', async () => {
    const subject = new CircuitCase(store.ledger, NEVER_OPENS);
    await subject.report('failure');
    const longer = subject.elsewhere(store.ledger, { windowSeconds: 3_600 });
    await longer.report('failure');
    const shorter = subject.elsewhere(store.ledger, { windowSeconds: 7 });
    await shorter.report('failure');
    expect(windowOf(subject, await subject.read())).toMatchObject({ failures: 3 });
  });
});

describe('a crash', () => {
  it('is a failure that doubles the cool-down as long as it is in the window', async () => {
    const subject = new CircuitCase(store.ledger, { consecutiveFailures: 2 });
    await subject.report('crash');
    subject.nowMs += 30_000;
    expect(await subject.report('failure')).toMatchObject({ kind: 'opened' });
    expect(await subject.read()).toMatchObject({ openUntilMs: subject.nowMs + 60_000 });
  });
});

describe('when a process dies or an answer is lost', () => {
  it('between the deciding failure and the opening, only probes pass until an outcome decides', async () => {
    const subject = new CircuitCase(store.ledger, { consecutiveFailures: 2 });
    await subject.report('failure');
    const { ledger } = faultyLedger(store.ledger, 1, 'dies-after');
    const circuit = await subject.read();
    await expect(subject.elsewhere(ledger).report('failure', { circuit })).rejects.toThrow(StoreFault);
    const left = await subject.read();
    expect(left).toMatchObject({ state: 'closed', epoch: 0, consecutiveFailures: 2 });
    expect(admission(left, subject.settings, subject.nowMs)).toEqual({ kind: 'probe' });
    const ids = ['a', 'b', 'c'];
    const acquired = await Promise.all(ids.map((id) => subject.acquire(id, left)));
    const [probe, ...others] = ids.filter((_, index) => acquired[index]);
    expect(others).toEqual([]);
    expect(await subject.report('failure', { executionId: probe ?? 'none' })).toMatchObject({
      kind: 'opened',
    });
    expect(await subject.read()).toMatchObject({ state: 'open', epoch: 1, probes: [] });
  });

  it('before the failure was counted, a repeated report counts it once', async () => {
    const subject = new CircuitCase(store.ledger, NEVER_OPENS);
    const { ledger } = faultyLedger(store.ledger, 1, 'dies-before');
    const report = { circuit: CLOSED_CIRCUIT, executionId: 'e' };
    await expect(subject.elsewhere(ledger).report('failure', report)).rejects.toThrow(StoreFault);
    await subject.report('failure', report);
    expect(await subject.read()).toMatchObject({ consecutiveFailures: 1 });
  });

  it('after the opening, the same execution finds it done', async () => {
    const subject = new CircuitCase(store.ledger, { consecutiveFailures: 1 });
    const { ledger } = faultyLedger(store.ledger, 2, 'dies-after');
    const report = { circuit: CLOSED_CIRCUIT, executionId: 'e' };
    await expect(subject.elsewhere(ledger).report('failure', report)).rejects.toThrow(StoreFault);
    expect(await subject.report('failure', report)).toBeUndefined();
    expect(await subject.report('failure', { executionId: 'e' })).toBeUndefined();
    expect(await subject.read()).toMatchObject({ state: 'open', epoch: 1, openings: 1 });
  });

  it('the SDK repeats the call: a failure may count twice, the circuit opens once and says so', async () => {
    const subject = new CircuitCase(losesFirstAnswers(store.ledger), { consecutiveFailures: 4 });
    expect(await subject.report('failure')).toBeUndefined();
    expect(await subject.read()).toMatchObject({ consecutiveFailures: 2 });
    expect(await subject.report('failure')).toEqual({ kind: 'opened', reason: '4 failures in a row' });
    expect(await subject.read()).toMatchObject({ state: 'open', epoch: 1, openings: 1 });
  });
});

it('is read as an error, never as a closed circuit, when the item is not a circuit', async () => {
  const subject = new CircuitCase(store.ledger);
  await store.ledger.client.send(
    new PutCommand({
      TableName: store.ledger.tableName,
      Item: { ...keys.circuit(subject.strategyId), state: 'open', epoch: 1 },
    }),
  );
  await expect(subject.read()).rejects.toThrow('openUntilMs');
});

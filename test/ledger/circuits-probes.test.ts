import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLOSED_CIRCUIT, PROBE_DURATION_MS } from '../../functions/core/circuit.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { faultyLedger, StoreFault } from '../support/faulty-ledger.ts';
import { CircuitCase, counting, losesFirstAnswers, NOW_MS } from './circuits-case.ts';

let store: TestDynamoDb;

beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

/** Longer than this after it was taken, a slot is free again. */
const EXPIRY_MS = PROBE_DURATION_MS + 250;

async function halfOpen(halfOpenProbes = 1, ledger = store.ledger) {
  const subject = new CircuitCase(ledger, { halfOpenProbes });
  return { subject, circuit: await subject.halfOpen() };
}

describe('probe slots', () => {
  it.each([1, 3])(
    'let %i of 200 concurrent callers through',
    { timeout: 120_000 },
    async (halfOpenProbes) => {
      const { subject, circuit } = await halfOpen(halfOpenProbes);
      const callers = Array.from({ length: 200 }, (_, caller) => `caller-${caller}`);
      const acquired = await Promise.all(callers.map((caller) => subject.acquire(caller, circuit)));
      const passed = callers.filter((_, caller) => acquired[caller]);
      expect(passed).toHaveLength(halfOpenProbes);
      const { probes } = await subject.read();
      expect(probes.map(({ executionId }) => executionId).sort()).toEqual(passed.sort());
      expect(probes.every(({ expiresAtMs }) => expiresAtMs === subject.nowMs + PROBE_DURATION_MS)).toBe(true);
    },
  );

  it('are given to the same execution again, and only one of them', async () => {
    const { subject, circuit } = await halfOpen(3);
    await subject.acquire('first', circuit);
    await subject.acquire('second', circuit);
    await subject.report('success', { executionId: 'first' });
    // As it was read before anybody had a slot, and as it is now: slot 0 is free, slot 1 is its own.
    expect(await subject.acquire('second', circuit)).toBe(true);
    expect(await subject.acquire('second')).toBe(true);
    expect((await subject.read()).probes).toEqual([
      { slot: 1, executionId: 'second', expiresAtMs: subject.nowMs + PROBE_DURATION_MS },
    ]);
  });

  it('are taken once when the SDK repeats the call', async () => {
    const { subject, circuit } = await halfOpen(2, losesFirstAnswers(store.ledger));
    expect(await subject.acquire('me', circuit)).toBe(true);
    expect((await subject.read()).probes).toHaveLength(1);
  });

  it('of a process that died go to another when they have expired, and its late report is void', async () => {
    const { subject, circuit } = await halfOpen();
    await subject.acquire('dead', circuit);
    subject.nowMs += EXPIRY_MS - 1;
    expect(await subject.acquire('heir', circuit)).toBe(false);
    subject.nowMs += 1;
    expect(await subject.acquire('heir', circuit)).toBe(true);
    for (const outcome of ['success', 'failure', 'crash'] as const) {
      expect(await subject.report(outcome, { circuit, executionId: 'dead' })).toBeUndefined();
    }
    expect(await subject.read()).toMatchObject({
      epoch: circuit.epoch,
      probeSuccesses: 0,
      probes: [{ executionId: 'heir' }],
    });
  });

  it('are found by a reader of an older state, who then takes the one that is left', async () => {
    const { subject, circuit } = await halfOpen(2);
    await subject.acquire('first', circuit);
    expect(await subject.acquire('second', circuit)).toBe(true);
    expect(await subject.acquire('third', circuit)).toBe(false);
  });

  it('are not for the taking, and cost no call, while the circuit admits no probes', async () => {
    const { ledger, calls } = counting(store.ledger);
    const subject = new CircuitCase(store.ledger);
    const states = [CLOSED_CIRCUIT, await subject.control('open'), await subject.control('isolate')];
    for (const circuit of states) {
      expect(await subject.elsewhere(ledger).acquire('me', circuit)).toBe(false);
    }
    expect(calls()).toBe(0);
  });

  it('are gone when the state has changed since it was read', async () => {
    const { subject, circuit } = await halfOpen();
    const { ledger, calls } = counting(store.ledger);
    await subject.control('close');
    expect(await subject.elsewhere(ledger).acquire('late', circuit)).toBe(false);
    expect(await subject.read()).toMatchObject({ state: 'closed', probes: [] });
    await subject.halfOpen();
    expect(await subject.elsewhere(ledger).acquire('late', circuit)).toBe(false);
    expect((await subject.read()).probes).toEqual([]);
    expect(calls()).toBe(2);
  });
});

describe('the outcome of a probe', () => {
  it('closes the circuit when as many as it takes went well, and frees each slot', async () => {
    const { subject, circuit } = await halfOpen(3);
    for (const id of ['a', 'b', 'c']) {
      await subject.acquire(id, circuit);
    }
    expect(await subject.report('success', { circuit, executionId: 'a' })).toBeUndefined();
    expect(await subject.report('success', { circuit, executionId: 'b' })).toBeUndefined();
    expect(await subject.read()).toMatchObject({
      state: 'open',
      epoch: circuit.epoch,
      probeSuccesses: 2,
      probes: [{ slot: 2, executionId: 'c' }],
    });
    expect(await subject.report('success', { circuit, executionId: 'c' })).toEqual({
      kind: 'closed',
      reason: 'probes that went well: 3',
    });
    expect(await subject.read()).toEqual({ ...CLOSED_CIRCUIT, epoch: circuit.epoch + 1 });
  });

  it('closes nothing when the same probe reports again and again', async () => {
    const { subject, circuit } = await halfOpen(2);
    await subject.acquire('a', circuit);
    for (let reported = 0; reported < 5; reported += 1) {
      expect(await subject.report('success', { circuit, executionId: 'a' })).toBeUndefined();
    }
    expect(await subject.read()).toMatchObject({ state: 'open', probeSuccesses: 1 });
  });

  it('opens the circuit again at once when it failed, for longer each time, and longer still for a crash', async () => {
    const subject = new CircuitCase(store.ledger, { consecutiveFailures: 1, halfOpenProbes: 3 });
    await subject.report('failure');
    const reopen = async (outcome: 'failure' | 'crash', coolDownMs: number, openings: number) => {
      const before = await subject.read();
      subject.nowMs = before.state === 'open' ? before.openUntilMs : Number.NaN;
      await subject.acquire('good', before);
      await subject.acquire('bad', before);
      await subject.report('success', { circuit: before, executionId: 'good' });
      expect(await subject.report(outcome, { circuit: before, executionId: 'bad' })).toEqual({
        kind: 'opened',
        reason: outcome === 'crash' ? 'a probe crashed' : 'a probe failed',
      });
      expect(await subject.read()).toMatchObject({
        state: 'open',
        epoch: before.epoch + 1,
        openings,
        openUntilMs: subject.nowMs + coolDownMs,
        probes: [],
        probeSuccesses: 0,
      });
    };
    await reopen('failure', 60_000, 2);
    await reopen('failure', 120_000, 3);
    await reopen('crash', 480_000, 4);
    await reopen('failure', 240_000, 5);
  });

  it('reports once that it opened the circuit when all probes fail at once', async () => {
    const { subject, circuit } = await halfOpen(8);
    const ids = Array.from({ length: 8 }, (_, id) => `probe-${id}`);
    await Promise.all(ids.map((id) => subject.acquire(id, circuit)));
    const changes = await Promise.all(
      ids.map((executionId) => subject.report('failure', { circuit, executionId })),
    );
    expect(changes.filter(Boolean)).toHaveLength(1);
    expect(await subject.read()).toMatchObject({ epoch: circuit.epoch + 1, openings: 1 });
  });

  it('reports once that it closed the circuit when all probes go well at once', async () => {
    const { subject, circuit } = await halfOpen(8);
    const ids = Array.from({ length: 8 }, (_, id) => `probe-${id}`);
    const acquired = await Promise.all(ids.map((id) => subject.acquire(id, circuit)));
    expect(acquired).toEqual(ids.map(() => true));
    const changes = await Promise.all(
      ids.map((executionId) => subject.report('success', { circuit, executionId })),
    );
    expect(changes.filter(Boolean)).toHaveLength(1);
    expect(await subject.read()).toMatchObject({ state: 'closed', epoch: circuit.epoch + 1 });
  });

  it('decides once when the SDK repeats every call', async () => {
    const { subject, circuit } = await halfOpen(2, losesFirstAnswers(store.ledger));
    await subject.acquire('a', circuit);
    await subject.acquire('b', circuit);
    expect(await subject.report('success', { circuit, executionId: 'a' })).toBeUndefined();
    expect(await subject.read()).toMatchObject({ state: 'open', probeSuccesses: 1 });
    expect(await subject.report('success', { circuit, executionId: 'b' })).toMatchObject({ kind: 'closed' });
    const again = await subject.halfOpen();
    await subject.acquire('c', again);
    expect(await subject.report('failure', { circuit: again, executionId: 'c' })).toMatchObject({
      kind: 'opened',
    });
    expect(await subject.read()).toMatchObject({ epoch: again.epoch + 1, openings: 1 });
  });

  it('closes the circuit by the next report when the process that counted the last one died', async () => {
    const { subject, circuit } = await halfOpen();
    await subject.acquire('a', circuit);
    const { ledger } = faultyLedger(store.ledger, 2, 'dies-after');
    const report = { circuit, executionId: 'a' };
    await expect(subject.elsewhere(ledger).report('success', report)).rejects.toThrow(StoreFault);
    expect(await subject.read()).toMatchObject({ state: 'open', probeSuccesses: 1, probes: [] });
    expect(await subject.report('success', report)).toMatchObject({ kind: 'closed' });
  });

  it('of an execution that has no slot is void, and writes nothing', async () => {
    const { subject, circuit } = await halfOpen();
    await subject.acquire('probe', circuit);
    const { ledger, calls } = counting(store.ledger);
    const before = await subject.read();
    for (const outcome of ['success', 'failure', 'crash'] as const) {
      expect(
        await subject.elsewhere(ledger).report(outcome, { circuit, executionId: 'exit' }),
      ).toBeUndefined();
    }
    expect(await subject.read()).toEqual(before);
    expect(calls()).toBe(3);
  });

  it('is void when an operator changed the circuit meanwhile', async () => {
    const { subject, circuit } = await halfOpen();
    await subject.acquire('a', circuit);
    await subject.control('isolate');
    expect(await subject.report('success', { circuit, executionId: 'a' })).toBeUndefined();
    expect(await subject.report('failure', { circuit, executionId: 'a' })).toBeUndefined();
    expect(await subject.read()).toMatchObject({ state: 'isolated', epoch: circuit.epoch + 1 });
  });

  it('is void when it is that of an earlier probe of the same execution', async () => {
    const { subject, circuit } = await halfOpen();
    await subject.acquire('a', circuit);
    const again = await subject.halfOpen();
    await subject.acquire('a', again);
    const before = await subject.read();
    for (const outcome of ['failure', 'success'] as const) {
      expect(await subject.report(outcome, { circuit, executionId: 'a' })).toBeUndefined();
    }
    expect(await subject.read()).toEqual(before);
  });

  it('that goes well on a circuit that should have opened ends its row of failures', async () => {
    const subject = new CircuitCase(store.ledger);
    for (let reported = 0; reported < 4; reported += 1) {
      await subject.report('failure');
    }
    const stricter = subject.elsewhere(store.ledger, { consecutiveFailures: 3 });
    const circuit = await stricter.read();
    expect(await stricter.acquire('a', circuit)).toBe(true);
    expect(await stricter.acquire('b', circuit)).toBe(false);
    expect(await stricter.report('success', { circuit, executionId: 'a' })).toBeUndefined();
    expect(await stricter.read()).toMatchObject({ state: 'closed', consecutiveFailures: 0 });
  });
});

it('a circuit that failed, cooled down and was probed well is as good as new', async () => {
  const subject = new CircuitCase(store.ledger, { consecutiveFailures: 2 });
  await subject.report('failure');
  await subject.report('failure');
  subject.nowMs = NOW_MS + 30_000;
  const circuit = await subject.read();
  await subject.acquire('a', circuit);
  await subject.report('success', { circuit, executionId: 'a' });
  const { ledger, calls } = counting(store.ledger);
  const fresh = await subject.read();
  expect(fresh).toEqual({ ...CLOSED_CIRCUIT, epoch: 2 });
  await subject.elsewhere(ledger).report('success', { circuit: fresh });
  expect(calls()).toBe(0);
});

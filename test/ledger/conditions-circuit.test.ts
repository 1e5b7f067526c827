import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROBE_DURATION_MS } from '../../functions/core/circuit.ts';
import type { ExecutionId } from '../../functions/core/ids.ts';
import { TIMING } from '../../functions/core/lease.ts';
import { countProbe, takeSlot } from '../../functions/ledger/circuit-writes.ts';
import { keys } from '../../functions/ledger/table.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { CircuitCase } from './circuits-case.ts';

let store: TestDynamoDb;

beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

/** A circuit with so many probe slots, as it is before it was ever written or when it was just opened. */
async function circuitOf(halfOpenProbes: number, isWritten: boolean) {
  const subject = new CircuitCase(store.ledger, { halfOpenProbes });
  const circuit = isWritten ? await subject.halfOpen() : await subject.read();
  const { strategyId, settings } = subject;
  const by = (executionId: string, laterMs = 0) => ({
    strategyId,
    settings,
    circuit,
    executionId: executionId as ExecutionId,
    nowMs: subject.nowMs + laterMs,
  });
  return { subject, by };
}

const CASES = [1, 2].flatMap((probes) => [
  { probes, isWritten: false },
  { probes, isWritten: true },
]);

describe.each(CASES)('a probe slot of $probes (circuit written: $isWritten)', ({ probes, isWritten }) => {
  it('goes to one execution, and to that one as often as it asks', async () => {
    const { subject, by } = await circuitOf(probes, isWritten);
    expect(await takeSlot(store.ledger, by('me'), 0)).toMatchObject({ written: true });
    expect(await takeSlot(store.ledger, by('other'), 0)).toMatchObject({ written: false });
    expect(await takeSlot(store.ledger, by('me'), 0)).toMatchObject({ written: true });
    expect(await slots(subject)).toMatchObject({ probe0: { executionId: 'me' } });
  });

  it('is free again a clock’s skew after it expired', async () => {
    const { by } = await circuitOf(probes, isWritten);
    const freeAfterMs = PROBE_DURATION_MS + TIMING.clockSkewMs;
    await takeSlot(store.ledger, by('dead'), 0);
    expect(await takeSlot(store.ledger, by('next', freeAfterMs - 1), 0)).toMatchObject({ written: false });
    expect(await takeSlot(store.ledger, by('next', freeAfterMs), 0)).toMatchObject({ written: true });
  });

  it('is not taken by who has seen the circuit before its state changed', async () => {
    const { subject, by } = await circuitOf(probes, isWritten);
    await subject.control('isolate');
    expect(await takeSlot(store.ledger, by('late'), 0)).toMatchObject({ written: false });
    expect(await slots(subject)).toEqual({});
  });
});

it.each([false, true])(
  'an execution with a slot takes no other one (circuit written: %s)',
  async (isWritten) => {
    const { by } = await circuitOf(2, isWritten);
    await takeSlot(store.ledger, by('me'), 0);
    expect(await takeSlot(store.ledger, by('me'), 1)).toMatchObject({ written: false });
    expect(await takeSlot(store.ledger, by('other'), 1)).toMatchObject({ written: true });
  },
);

it('a probe counts in the epoch it was begun in, although its execution has a slot in the next one, too', async () => {
  const { subject, by } = await circuitOf(1, true);
  await takeSlot(store.ledger, by('me'), 0);
  const report = { ...by('me'), outcome: 'success' } as const;
  const reopened = await subject.halfOpen();
  await takeSlot(store.ledger, { ...by('me'), circuit: reopened, nowMs: subject.nowMs }, 0);
  expect(await countProbe(store.ledger, report, 0)).toMatchObject({ written: false });
  expect(await subject.read()).toMatchObject({ probeSuccesses: 0, probes: [{ executionId: 'me' }] });
});

/** The slots of a circuit that are taken, as they are stored. */
async function slots({ strategyId }: CircuitCase): Promise<Record<string, unknown>> {
  const { Item = {} } = await store.ledger.client.send(
    new GetCommand({ TableName: store.ledger.tableName, Key: keys.circuit(strategyId) }),
  );
  return Object.fromEntries(
    Object.entries(Item).filter(([name]) => name.startsWith('probe') && name !== 'probeSuccesses'),
  );
}

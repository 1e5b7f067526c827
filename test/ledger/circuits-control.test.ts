import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { admission, CIRCUIT_ACTIONS, CLOSED_CIRCUIT, closedByProbes } from '../../functions/core/circuit.ts';
import { changeState } from '../../functions/ledger/circuit-writes.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { CircuitCase, losesFirstAnswers, NOW_MS } from './circuits-case.ts';

let store: TestDynamoDb;

beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

const STATES = { open: 'open', close: 'closed', isolate: 'isolated', reset: 'closed' } as const;

describe.each(CIRCUIT_ACTIONS)('an operator who says %s', (action) => {
  it('gets it on a circuit that was never written', async () => {
    const subject = new CircuitCase(store.ledger);
    const circuit = await subject.control(action);
    expect(circuit).toMatchObject({ state: STATES[action], epoch: 1 });
    expect(await subject.read()).toEqual(circuit);
  });

  it('gets the same by saying it again, in another epoch', async () => {
    const subject = new CircuitCase(store.ledger);
    const once = await subject.control(action);
    const twice = await subject.control(action);
    expect(twice).toEqual({ ...once, epoch: 2 });
  });

  it('gets it once when the SDK repeats every call', async () => {
    const subject = new CircuitCase(losesFirstAnswers(store.ledger));
    const circuit = await subject.control(action);
    expect(circuit).toMatchObject({ state: STATES[action], epoch: 1 });
    expect(await subject.read()).toEqual(circuit);
  });

  it('gets it while others report, and makes what they began before void', async () => {
    const subject = new CircuitCase(store.ledger);
    const [circuit] = await Promise.all([
      subject.control(action),
      ...Array.from({ length: 20 }, () => subject.elsewhere().report('failure', { circuit: CLOSED_CIRCUIT })),
    ]);
    expect(circuit.state).toBe(STATES[action]);
    expect(await subject.read()).toEqual(circuit);
    await subject.report('crash', { circuit: CLOSED_CIRCUIT });
    expect(await subject.read()).toEqual(circuit);
  });
});

describe('operators', () => {
  it('at odds with each other each get what they said, one after the other', {
    timeout: 120_000,
  }, async () => {
    const subject = new CircuitCase(store.ledger);
    const said = Array.from({ length: 12 }, (_, index) => CIRCUIT_ACTIONS[index % 4] ?? 'reset');
    const circuits = await Promise.all(said.map((action) => subject.elsewhere().control(action)));
    expect(circuits.map(({ state }) => state)).toEqual(said.map((action) => STATES[action]));
    const last = await subject.read();
    expect(circuits).toContainEqual(last);
    expect(last.epoch).toBe(Math.max(...circuits.map(({ epoch }) => epoch)));
  });

  it('are not told that they changed a circuit that they changed at another time', async () => {
    const subject = new CircuitCase(store.ledger);
    const { strategyId } = subject;
    const first = { from: CLOSED_CIRCUIT, to: closedByProbes(CLOSED_CIRCUIT), mark: 'me' };
    const second = { from: first.to, to: closedByProbes(first.to), mark: 'me' };
    await changeState(store.ledger, strategyId, first);
    await changeState(store.ledger, strategyId, second);
    expect(await changeState(store.ledger, strategyId, second)).toEqual({ made: true, current: second.to });
    expect(await changeState(store.ledger, strategyId, first)).toEqual({ made: false, current: second.to });
  });

  it('are told when a circuit keeps changing under their hands', async () => {
    const subject = new CircuitCase(store.ledger);
    const restless = new Proxy(store.ledger.client, {
      get: (target, property) =>
        property === 'send'
          ? async (command: Parameters<typeof target.send>[0]) => {
              if (command.constructor.name === 'PutCommand') {
                subject.nowMs += 1;
                await subject.control('reset');
              }
              return target.send(command);
            }
          : Reflect.get(target, property),
    });
    const operator = subject.elsewhere({ ...store.ledger, client: restless });
    await expect(operator.control('isolate')).rejects.toMatchObject({
      code: 'CONFLICT',
      disposition: 'retry',
    });
  });

  it('isolate for good: neither time nor probes nor reports end it', async () => {
    const subject = new CircuitCase(store.ledger);
    await subject.control('isolate', 'bad fills');
    subject.nowMs += 1e12;
    const circuit = await subject.read();
    expect(admission(circuit, subject.settings, subject.nowMs)).toMatchObject({
      kind: 'refuse',
      reason: { code: 'CIRCUIT_ISOLATED' },
    });
    await subject.acquire('a');
    await subject.report('success', { executionId: 'a' });
    expect(await subject.read()).toEqual(circuit);
  });

  it('who close keep the openings in mind, who reset forget them', async () => {
    const subject = new CircuitCase(store.ledger, { consecutiveFailures: 1 });
    await subject.report('failure');
    await subject.control('close');
    await subject.report('failure');
    expect(await subject.read()).toMatchObject({ openings: 2, openUntilMs: NOW_MS + 60_000 });
    await subject.control('reset');
    await subject.report('failure');
    expect(await subject.read()).toMatchObject({ openings: 1, openUntilMs: NOW_MS + 30_000 });
  });

  it('clear what was counted, so that a closed circuit does not open by old failures', async () => {
    const subject = new CircuitCase(store.ledger);
    for (let reported = 0; reported < 4; reported += 1) {
      await subject.report('failure');
    }
    await subject.control('close');
    expect(await subject.report('failure')).toBeUndefined();
    expect(await subject.read()).toMatchObject({ state: 'closed', consecutiveFailures: 1 });
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CIRCUIT_ACTIONS, DEFAULT_CIRCUIT_SETTINGS } from '../../functions/core/circuit.ts';
import type { ExecutionId, StrategyId } from '../../functions/core/ids.ts';
import { acquireProbe, readCircuit, reportOutcome } from '../../functions/ledger/circuits.ts';
import { always, createTrader } from '../support/trader.ts';
import { type AdminHarness, startAdmin } from './harness.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.stop());

const BASE = '/monitoring/circuit-breakers';
const control = (id: string, action: string, body?: unknown) => admin.post(`${BASE}/${id}/${action}`, body);

async function shown(strategyId: string) {
  const items = await admin.walk(`${BASE}?limit=2`);
  return items.find((item) => item.strategyId === strategyId);
}

let strategies = 0;
let strategyId: StrategyId;
beforeEach(async () => {
  strategies += 1;
  strategyId = `strategy-${strategies}` as StrategyId;
  await admin.put(`/strategies/${strategyId}`, { webhookId: 'demo', accounts: [] });
});

async function report(outcome: 'success' | 'failure' | 'crash', number: number): Promise<void> {
  await reportOutcome(admin.ledger, new Map(), {
    strategyId,
    executionId: `execution-${number}` as ExecutionId,
    circuit: await readCircuit(admin.ledger, strategyId),
    settings: DEFAULT_CIRCUIT_SETTINGS,
    outcome,
    nowMs: Date.now(),
  });
}

test('a circuit that never failed is closed', async () => {
  expect(await shown(strategyId)).toEqual({
    strategyId,
    state: 'closed',
    openings: 0,
    probes: [],
    consecutiveFailures: 0,
    failures: 0,
    successes: 0,
    crashes: 0,
  });
});

test('failures are counted, and after five in a row the circuit is open until its cool-down is over', async () => {
  await report('failure', 1);
  await report('crash', 2);
  expect(await shown(strategyId)).toMatchObject({
    state: 'closed',
    consecutiveFailures: 2,
    failures: 2,
    crashes: 1,
  });
  for (const number of [3, 4, 5]) {
    await report('failure', number);
  }
  const open = await shown(strategyId);
  expect(open).toEqual({
    strategyId,
    state: 'open',
    openings: 1,
    probes: [],
    openUntil: expect.any(String),
    probeSuccesses: 0,
    reasonMessage: expect.stringContaining('5 failures in a row'),
  });
  // Thirty seconds, twice as long after a crash.
  const openForMs = Date.parse(String(open?.openUntil)) - Date.now();
  expect(openForMs).toBeGreaterThan(50_000);
  expect(openForMs).toBeLessThanOrEqual(60_000);
});

test('probes that are under way are shown', async () => {
  await control(strategyId, 'open');
  const circuit = await readCircuit(admin.ledger, strategyId);
  const nowMs = Date.now() + DEFAULT_CIRCUIT_SETTINGS.coolDownSeconds * 1_000 + 1;
  const executionId = 'sig_01m8qqn9ey0000000000000000~strategy~account' as ExecutionId;
  const probe = { strategyId, executionId, circuit, settings: DEFAULT_CIRCUIT_SETTINGS, nowMs };
  expect(await acquireProbe(admin.ledger, probe)).toBe(true);
  expect((await shown(strategyId))?.probes).toEqual([{ executionId, expiresAt: expect.any(String) }]);
});

describe('what operators do with a circuit', () => {
  test.each([
    { action: 'open', state: 'open', reasonMessage: 'Maintenance.' },
    { action: 'isolate', state: 'isolated', reasonMessage: 'Maintenance.' },
    { action: 'close', state: 'closed', reasonMessage: undefined },
    { action: 'reset', state: 'closed', reasonMessage: undefined },
  ])('$action makes it $state', async ({ action, state, reasonMessage }) => {
    const { status, body } = await control(strategyId, action, { reason: 'Maintenance.' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ strategyId, state });
    expect(body.reasonMessage).toBe(reasonMessage);
    expect(await shown(strategyId)).toEqual(body);
    expect((await control(strategyId, action, { reason: 'Maintenance.' })).body).toMatchObject({ state });
  });

  test('an isolated circuit refuses entries and lets exits through, until it is closed', async () => {
    const trader = await createTrader(admin.ledger);
    await trader.signal({ action: 'buy', quantity: '2' as never });
    await control(trader.strategyId, 'isolate', { reason: 'Not today.' });
    expect(await trader.signal({ action: 'buy' })).toMatchObject({
      status: 'REJECTED',
      reason: { code: 'CIRCUIT_ISOLATED', message: expect.stringContaining('Not today.') },
    });
    expect(await trader.signal({ action: 'exit' })).toMatchObject({ status: 'COMPLETED' });
    await control(trader.strategyId, 'close');
    expect(await trader.signal({ action: 'buy' })).toMatchObject({ status: 'COMPLETED' });
  });

  test('a circuit that the venue opened is closed by hand', async () => {
    const circuitBreaker = { ...DEFAULT_CIRCUIT_SETTINGS, consecutiveFailures: 1 };
    const trader = await createTrader(admin.ledger, {
      faults: [always('unavailable')],
      strategy: { circuitBreaker },
    });
    await trader.signal({ action: 'buy' });
    expect(await trader.signal({ action: 'buy' })).toMatchObject({ reason: { code: 'CIRCUIT_OPEN' } });
    await trader.reconfigure({ strategy: { circuitBreaker } });
    await control(trader.strategyId, 'reset');
    expect(await trader.signal({ action: 'buy' })).toMatchObject({ status: 'COMPLETED' });
  });

  test.each(CIRCUIT_ACTIONS)('%s refuses what is not there and what it does not know', async (action) => {
    for (const id of ['absent', '~']) {
      expect((await control(id, action)).status).toBe(404);
    }
    const { status, body } = await control(strategyId, action, { seconds: 5 });
    expect(status).toBe(422);
    expect(body.error.details).toEqual([{ field: 'seconds', message: 'is not known here; there is reason' }]);
    expect(
      (await admin.call({ method: 'POST', path: `${BASE}/${strategyId}/${action}`, rawBody: '{' })).status,
    ).toBe(400);
  });

  test('there is no other action', async () => {
    expect((await control(strategyId, 'break')).status).toBe(404);
  });
});

import { describe, expect, it } from 'vitest';
import {
  admission,
  bucketStartMs,
  type Circuit,
  CLOSED_CIRCUIT,
  type ClosedCircuit,
  circuitStateAt,
  closedByProbes,
  controlled,
  coolDownMs,
  DEFAULT_CIRCUIT_SETTINGS,
  isStaleBucket,
  type OpenCircuit,
  opened,
  probeSlotFor,
  shouldOpen,
} from '../../functions/core/circuit.ts';

const NOW_MS = Date.parse('2026-11-22T10:00:00.000Z');
const SETTINGS = DEFAULT_CIRCUIT_SETTINGS;

/** A closed circuit with these calls, each at so many seconds before now. */
function closedWith(
  calls: readonly { ago: number; failures?: number; successes?: number; crashes?: number }[],
  consecutiveFailures = 0,
): ClosedCircuit {
  return {
    ...CLOSED_CIRCUIT,
    epoch: 4,
    consecutiveFailures,
    buckets: Object.fromEntries(
      calls.map(({ ago, failures = 0, successes = 0, crashes = 0 }) => [
        bucketStartMs(SETTINGS, NOW_MS - ago * 1_000),
        { failures, successes, crashes },
      ]),
    ),
  };
}

const openUntil = (openUntilMs: number, changes: Partial<OpenCircuit> = {}): OpenCircuit => ({
  state: 'open',
  epoch: 5,
  openings: 1,
  probes: [],
  openUntilMs,
  reason: '5 failures in a row',
  probeSuccesses: 0,
  ...changes,
});

const ISOLATED: Circuit = { state: 'isolated', epoch: 9, openings: 0, probes: [], reason: 'bad fills' };

describe('a closed circuit should open', () => {
  it.each([
    { failures: 4, reason: undefined },
    { failures: 5, reason: '5 failures in a row' },
    { failures: 6, reason: '6 failures in a row' },
  ])('after so many failures in a row, of which it has seen $failures', ({ failures, reason }) => {
    expect(shouldOpen(closedWith([], failures), SETTINGS, NOW_MS)).toBe(reason);
  });

  it.each([
    { failures: 5, successes: 5, reason: '5 of 10 calls within 60 s failed' },
    { failures: 4, successes: 6, reason: undefined },
    { failures: 9, successes: 0, reason: undefined },
    { failures: 10, successes: 0, reason: '10 of 10 calls within 60 s failed' },
    { failures: 0, successes: 100, reason: undefined },
  ])('by its failure rate, of $failures failures and $successes successes', ({ reason, ...calls }) => {
    expect(shouldOpen(closedWith([{ ago: 1, ...calls }]), SETTINGS, NOW_MS)).toBe(reason);
  });

  it('by a rate that binary fractions do not hold exactly', () => {
    const settings = { ...SETTINGS, failureRate: 0.1 };
    const circuit = closedWith([{ ago: 1, failures: 3, successes: 27 }]);
    expect(shouldOpen(circuit, settings, NOW_MS)).toBe('3 of 30 calls within 60 s failed');
  });

  it('by the calls of its whole window, and by none before', () => {
    const failing = (ago: number) =>
      closedWith([
        { ago, failures: 5 },
        { ago: 0, successes: 5 },
      ]);
    expect(shouldOpen(failing(54), SETTINGS, NOW_MS)).toBe('5 of 10 calls within 60 s failed');
    expect(shouldOpen(failing(60), SETTINGS, NOW_MS)).toBeUndefined();
  });

  it('by what a clock ahead of this one counted, too', () => {
    expect(shouldOpen(closedWith([{ ago: -6, failures: 10 }]), SETTINGS, NOW_MS)).toBeDefined();
  });

  it('only while it is closed', () => {
    const counted = { consecutiveFailures: 99 };
    expect(shouldOpen({ ...openUntil(0), ...counted }, SETTINGS, NOW_MS)).toBeUndefined();
    expect(shouldOpen({ ...ISOLATED, ...counted }, SETTINGS, NOW_MS)).toBeUndefined();
  });
});

describe('buckets', () => {
  it('are a tenth of the window, and known by when they begin', () => {
    expect(bucketStartMs(SETTINGS, NOW_MS)).toBe(NOW_MS);
    expect(bucketStartMs(SETTINGS, NOW_MS + 5_999)).toBe(NOW_MS);
    expect(bucketStartMs(SETTINGS, NOW_MS + 6_000)).toBe(NOW_MS + 6_000);
    expect(bucketStartMs({ ...SETTINGS, windowSeconds: 1 }, NOW_MS + 250)).toBe(NOW_MS + 200);
  });

  it('are stale only when no clock within the skew margin still counts them', () => {
    expect(isStaleBucket(NOW_MS - 60_249, SETTINGS, NOW_MS)).toBe(false);
    expect(isStaleBucket(NOW_MS - 60_250, SETTINGS, NOW_MS)).toBe(true);
  });
});

describe('an entry', () => {
  it('passes a closed circuit', () => {
    expect(admission(CLOSED_CIRCUIT, SETTINGS, NOW_MS)).toEqual({ kind: 'pass' });
  });

  it('must be a probe when the circuit is closed though it should be open: who saw the failures may have died', () => {
    expect(admission(closedWith([], 5), SETTINGS, NOW_MS)).toEqual({ kind: 'probe' });
  });

  it('is refused by an open circuit until its cool-down is over, and must be a probe from then on', () => {
    const circuit = openUntil(NOW_MS);
    expect(admission(circuit, SETTINGS, NOW_MS - 1)).toEqual({
      kind: 'refuse',
      reason: {
        code: 'CIRCUIT_OPEN',
        message: "The strategy's circuit is open until 2026-11-22T10:00:00.000Z: 5 failures in a row",
      },
    });
    expect(circuitStateAt(circuit, NOW_MS - 1)).toBe('open');
    expect(admission(circuit, SETTINGS, NOW_MS)).toEqual({ kind: 'probe' });
    expect(circuitStateAt(circuit, NOW_MS)).toBe('halfOpen');
  });

  it('is refused by an isolated circuit, however late it is', () => {
    expect(admission(ISOLATED, SETTINGS, NOW_MS + 1e12)).toEqual({
      kind: 'refuse',
      reason: {
        code: 'CIRCUIT_ISOLATED',
        message: "The strategy's circuit is isolated by an operator: bad fills",
      },
    });
    expect(circuitStateAt(ISOLATED, NOW_MS)).toBe('isolated');
  });
});

describe('the cool-down', () => {
  it.each([
    { openings: 0, crashed: false, seconds: 30 },
    { openings: 1, crashed: false, seconds: 60 },
    { openings: 2, crashed: false, seconds: 120 },
    { openings: 3, crashed: false, seconds: 240 },
    { openings: 4, crashed: false, seconds: 240 },
    { openings: 5_000, crashed: false, seconds: 240 },
    { openings: 0, crashed: true, seconds: 60 },
    { openings: 9, crashed: true, seconds: 480 },
  ])('after $openings openings, crashed: $crashed, is $seconds s', ({ openings, crashed, seconds }) => {
    expect(coolDownMs(SETTINGS, openings, crashed)).toBe(seconds * 1_000);
  });

  it('begins when the circuit opens, in a new epoch in which nothing is counted yet', () => {
    const opening = { reason: '5 failures in a row', crashed: false, nowMs: NOW_MS };
    expect(opened(closedWith([{ ago: 1, failures: 5 }], 5), SETTINGS, opening)).toEqual(
      openUntil(NOW_MS + 30_000),
    );
  });

  it('doubles when a probe fails, and when a crash is in the window', () => {
    const opening = { reason: 'a probe failed', crashed: false, nowMs: NOW_MS };
    expect(opened(openUntil(0), SETTINGS, opening)).toMatchObject({
      epoch: 6,
      openings: 2,
      openUntilMs: NOW_MS + 60_000,
    });
    expect(opened(openUntil(0), SETTINGS, { ...opening, crashed: true })).toMatchObject({
      openUntilMs: NOW_MS + 120_000,
    });
    const crashed = closedWith([{ ago: 50, failures: 1, crashes: 1 }], 5);
    expect(opened(crashed, SETTINGS, opening)).toMatchObject({ openUntilMs: NOW_MS + 60_000 });
    const longAgo = closedWith([{ ago: 61, failures: 1, crashes: 1 }], 5);
    expect(opened(longAgo, SETTINGS, opening)).toMatchObject({ openUntilMs: NOW_MS + 30_000 });
  });

  it('starts from the beginning after probes closed the circuit', () => {
    expect(closedByProbes(openUntil(0, { openings: 3 }))).toEqual({ ...CLOSED_CIRCUIT, epoch: 6 });
  });
});

describe('an operator', () => {
  const control = { reason: 'maintenance', nowMs: NOW_MS };
  const states = [CLOSED_CIRCUIT, closedWith([{ ago: 1, failures: 4 }], 4), openUntil(0), ISOLATED];

  it.each(states)('opens a circuit in state $state for its cool-down, however often', (circuit) => {
    const once = controlled(circuit, SETTINGS, { ...control, action: 'open' });
    expect(once).toEqual({
      state: 'open',
      epoch: circuit.epoch + 1,
      openings: circuit.openings,
      probes: [],
      openUntilMs: NOW_MS + (circuit.openings === 1 ? 60_000 : 30_000),
      reason: 'maintenance',
      probeSuccesses: 0,
    });
    const twice = controlled(once, SETTINGS, { ...control, action: 'open' });
    expect(twice).toEqual({ ...once, epoch: circuit.epoch + 2 });
  });

  it.each(states)('closes a circuit in state $state, and it starts counting anew', (circuit) => {
    expect(controlled(circuit, SETTINGS, { ...control, action: 'close' })).toEqual({
      ...CLOSED_CIRCUIT,
      epoch: circuit.epoch + 1,
      openings: circuit.openings,
    });
  });

  it.each(states)('isolates a circuit in state $state', (circuit) => {
    expect(controlled(circuit, SETTINGS, { ...control, action: 'isolate' })).toEqual({
      state: 'isolated',
      epoch: circuit.epoch + 1,
      openings: circuit.openings,
      probes: [],
      reason: 'maintenance',
    });
  });

  it.each(states)('resets a circuit in state $state, and it has forgotten its openings', (circuit) => {
    expect(controlled(circuit, SETTINGS, { ...control, action: 'reset' })).toEqual({
      ...CLOSED_CIRCUIT,
      epoch: circuit.epoch + 1,
    });
  });
});

describe('a probe', () => {
  const probe = (slot: number, executionId: string, expiresAtMs = NOW_MS + 1) => ({
    slot,
    executionId,
    expiresAtMs,
  });
  const slotFor = (probes: OpenCircuit['probes'], halfOpenProbes: number) =>
    probeSlotFor(
      openUntil(0, { probes }),
      { ...SETTINGS, halfOpenProbes },
      { executionId: 'me', nowMs: NOW_MS },
    );

  it('gets the first slot that nobody holds', () => {
    expect(slotFor([], 1)).toBe(0);
    expect(slotFor([probe(0, 'a')], 3)).toBe(1);
    expect(slotFor([probe(1, 'a')], 3)).toBe(0);
    expect(slotFor([probe(0, 'a'), probe(1, 'b')], 2)).toBeUndefined();
  });

  it('gets its own slot again, expired or not', () => {
    expect(slotFor([probe(1, 'me')], 2)).toBe(1);
    expect(slotFor([probe(1, 'me', 0)], 2)).toBe(1);
  });

  it('gets the slot of a probe that expired longer ago than clocks may differ', () => {
    expect(slotFor([probe(0, 'a', NOW_MS - 249)], 1)).toBeUndefined();
    expect(slotFor([probe(0, 'a', NOW_MS - 250)], 1)).toBe(0);
  });
});

import { isoTime } from './clock.ts';
import type { CircuitSettings } from './configuration.ts';
import { assertNever } from './errors.ts';
import type { Reason } from './execution.ts';
import { TIMING } from './lease.ts';

/** Calls of one part of the window, counted. A crash is a failure, too. */
export interface CircuitBucket {
  readonly failures: number;
  readonly successes: number;
  readonly crashes: number;
}

/** One execution that may pass although the circuit is not to be trusted, until its slot expires. */
export interface CircuitProbe {
  /** From 0; there are as many slots as probes may be under way at once. */
  readonly slot: number;
  readonly executionId: string;
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number;
}

/** What every circuit has. */
interface CircuitFields {
  /**
   * Grows by one with every change of state, and is never started over: every count and every change is conditioned
   * on it, so that a report that was begun before the state changed is void.
   */
  readonly epoch: number;
  /** How often it opened by itself without having been closed by probes between: cool-downs grow with it. */
  readonly openings: number;
  readonly probes: readonly CircuitProbe[];
}

/** A circuit that lets entries through and counts how they end. */
export type ClosedCircuit = CircuitFields & {
  readonly state: 'closed';
  readonly consecutiveFailures: number;
  /** By the time the bucket begins, milliseconds since the epoch: see `bucketStartMs`. */
  readonly buckets: Readonly<Record<number, CircuitBucket>>;
};

/** A circuit that lets no entry through until its cool-down is over, and from then on only probes: half-open. */
export type OpenCircuit = CircuitFields & {
  readonly state: 'open';
  /** When the cool-down is over, milliseconds since the epoch. */
  readonly openUntilMs: number;
  readonly reason: string;
  /** Probes of this epoch that went well. */
  readonly probeSuccesses: number;
};

/** An operator's word that nothing may be entered; it stays until an operator changes it. */
export type IsolatedCircuit = CircuitFields & { readonly state: 'isolated'; readonly reason: string };

/** A strategy's circuit as it is stored. Half-open is not stored: `open` turns into it by time. */
export type Circuit = ClosedCircuit | OpenCircuit | IsolatedCircuit;

/** What a circuit is at a moment, as operators see it. */
export type CircuitState = 'closed' | 'open' | 'halfOpen' | 'isolated';

/** How a call to the venue ended, for the circuit. Business rejections say nothing about it and are not reported. */
export type CircuitOutcome = 'success' | 'failure' | 'crash';

/** What an operator can have done with a circuit. */
export const CIRCUIT_ACTIONS = ['open', 'close', 'isolate', 'reset'] as const;
export type CircuitAction = (typeof CIRCUIT_ACTIONS)[number];

/** Whether an entry may go on; `probe`: only when it gets a slot. */
export type CircuitAdmission =
  | { readonly kind: 'pass' }
  | { readonly kind: 'probe' }
  | { readonly kind: 'refuse'; readonly reason: Reason };

/** A circuit that was never written: nothing failed yet. */
export const CLOSED_CIRCUIT: ClosedCircuit = {
  state: 'closed',
  epoch: 0,
  openings: 0,
  probes: [],
  consecutiveFailures: 0,
  buckets: {},
};

/** The settings of a strategy that says nothing about its circuit. */
export const DEFAULT_CIRCUIT_SETTINGS: CircuitSettings = {
  consecutiveFailures: 5,
  failureRate: 0.5,
  windowSeconds: 60,
  minimumCalls: 10,
  coolDownSeconds: 30,
  halfOpenProbes: 1,
};

/** A probe whose process died blocks its slot no longer than this. */
export const PROBE_DURATION_MS = 30_000;

const MILLISECONDS = 1_000;
const BUCKETS_PER_WINDOW = 10;
const COOL_DOWN_FACTOR_MAX = 8;
const COOL_DOWN_FACTOR_AFTER_CRASH = 2;

/** What a circuit is at a moment. */
export function circuitStateAt(circuit: Circuit, nowMs: number): CircuitState {
  return circuit.state === 'open' && circuit.openUntilMs <= nowMs ? 'halfOpen' : circuit.state;
}

/**
 * Whether an entry may go on. Exits, cancels and flattening are never asked about.
 *
 * A closed circuit that should be open has lost the process that was about to open it, has got stricter settings, or
 * its successes left the window before its failures. It admits probes only, so that their outcomes decide and no
 * crowd slips through.
 */
export function admission(circuit: Circuit, settings: CircuitSettings, nowMs: number): CircuitAdmission {
  switch (circuit.state) {
    case 'closed':
      return { kind: shouldOpen(circuit, settings, nowMs) === undefined ? 'pass' : 'probe' };
    case 'open':
      return circuit.openUntilMs <= nowMs
        ? { kind: 'probe' }
        : refuse('CIRCUIT_OPEN', `open until ${isoTime(circuit.openUntilMs)}: ${circuit.reason}`);
    case 'isolated':
      return refuse('CIRCUIT_ISOLATED', `isolated by an operator: ${circuit.reason}`);
    default:
      return assertNever(circuit);
  }
}

function refuse(code: string, state: string): CircuitAdmission {
  return { kind: 'refuse', reason: { code, message: `The strategy's circuit is ${state}` } };
}

/** When the bucket begins that a call at this time is counted in. */
export function bucketStartMs(settings: CircuitSettings, epochMs: number): number {
  const durationMs = bucketDurationMs(settings);
  return Math.floor(epochMs / durationMs) * durationMs;
}

function bucketDurationMs(settings: CircuitSettings): number {
  return Math.ceil((settings.windowSeconds * MILLISECONDS) / BUCKETS_PER_WINDOW);
}

/**
 * The calls in the window that ends now. A call counts for at least nine tenths of the window and never longer than
 * the window; what a clock ahead of ours counted is in it.
 */
export function callsInWindow(
  circuit: ClosedCircuit,
  settings: CircuitSettings,
  nowMs: number,
): CircuitBucket {
  const windowStartMs = nowMs - settings.windowSeconds * MILLISECONDS;
  const sum = { failures: 0, successes: 0, crashes: 0 };
  for (const [startMs, bucket] of Object.entries(circuit.buckets)) {
    if (Number(startMs) > windowStartMs) {
      sum.failures += bucket.failures;
      sum.successes += bucket.successes;
      sum.crashes += bucket.crashes;
    }
  }
  return sum;
}

/** Whether no clock that agrees with ours within the skew margin has this bucket in its window. */
export function isStaleBucket(startMs: number, settings: CircuitSettings, nowMs: number): boolean {
  return startMs <= nowMs - settings.windowSeconds * MILLISECONDS - TIMING.clockSkewMs;
}

/** Why a circuit should open now, in words for a person, or `undefined` when it should not or is not closed. */
export function shouldOpen(circuit: Circuit, settings: CircuitSettings, nowMs: number): string | undefined {
  if (circuit.state !== 'closed') {
    return undefined;
  }
  if (circuit.consecutiveFailures >= settings.consecutiveFailures) {
    return `${circuit.consecutiveFailures} failures in a row`;
  }
  const { failures, successes } = callsInWindow(circuit, settings, nowMs);
  const calls = failures + successes;
  return calls >= settings.minimumCalls && failures / calls >= settings.failureRate
    ? `${failures} of ${calls} calls within ${settings.windowSeconds} s failed`
    : undefined;
}

/** How long a circuit stays open that opened so often before, and after a crash twice as long. */
export function coolDownMs(settings: CircuitSettings, openings: number, crashed: boolean): number {
  const factor = Math.min(2 ** openings, COOL_DOWN_FACTOR_MAX);
  return settings.coolDownSeconds * MILLISECONDS * factor * (crashed ? COOL_DOWN_FACTOR_AFTER_CRASH : 1);
}

/** The circuit after it opened, or opened again, by itself. What was counted ends with the epoch. */
export function opened(
  circuit: Circuit,
  settings: CircuitSettings,
  opening: { readonly reason: string; readonly crashed: boolean; readonly nowMs: number },
): OpenCircuit {
  return { ...openedFor(circuit, settings, opening), openings: circuit.openings + 1 };
}

function openedFor(
  circuit: Circuit,
  settings: CircuitSettings,
  { reason, crashed, nowMs }: Parameters<typeof opened>[2],
): OpenCircuit {
  const crashInWindow = circuit.state === 'closed' && callsInWindow(circuit, settings, nowMs).crashes > 0;
  return {
    state: 'open',
    epoch: circuit.epoch + 1,
    openings: circuit.openings,
    probes: [],
    openUntilMs: nowMs + coolDownMs(settings, circuit.openings, crashed || crashInWindow),
    reason,
    probeSuccesses: 0,
  };
}

/** The circuit after enough probes went well: as if it had never opened, but for the epoch. */
export function closedByProbes(circuit: Circuit): ClosedCircuit {
  return { ...CLOSED_CIRCUIT, epoch: circuit.epoch + 1 };
}

/**
 * The circuit after an operator's action. `open` is for one cool-down and does not lengthen the next one, so that it
 * can be repeated; `close` keeps the openings, so that a circuit that opens again at once stays open longer.
 */
export function controlled(
  circuit: Circuit,
  settings: CircuitSettings,
  control: { readonly action: CircuitAction; readonly reason: string; readonly nowMs: number },
): Circuit {
  const { action, reason, nowMs } = control;
  const epoch = circuit.epoch + 1;
  switch (action) {
    case 'open':
      return openedFor(circuit, settings, { reason, crashed: false, nowMs });
    case 'close':
      return { ...CLOSED_CIRCUIT, epoch, openings: circuit.openings };
    case 'isolate':
      return { state: 'isolated', epoch, openings: circuit.openings, probes: [], reason };
    case 'reset':
      return { ...CLOSED_CIRCUIT, epoch };
    default:
      return assertNever(action);
  }
}

/**
 * The slot that an execution may take: its own if it has one, else the first that nobody holds. A slot is free again
 * only a clock's skew after it expired.
 */
export function probeSlotFor(
  circuit: Circuit,
  settings: CircuitSettings,
  request: { readonly executionId: string; readonly nowMs: number },
): number | undefined {
  const own = circuit.probes.find(({ executionId }) => executionId === request.executionId);
  if (own) {
    return own.slot;
  }
  const lapsedMs = request.nowMs - TIMING.clockSkewMs;
  const taken = new Set(
    circuit.probes.filter(({ expiresAtMs }) => expiresAtMs > lapsedMs).map(({ slot }) => slot),
  );
  const slots = Array.from({ length: settings.halfOpenProbes }, (_, slot) => slot);
  return slots.find((slot) => !taken.has(slot));
}

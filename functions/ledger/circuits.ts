import {
  admission,
  type Circuit,
  type CircuitAction,
  type ClosedCircuit,
  callsInWindow,
  closedByProbes,
  controlled,
  opened,
  probeSlotFor,
  shouldOpen,
} from '../core/circuit.ts';
import type { CircuitSettings } from '../core/configuration.ts';
import { OnefillError } from '../core/errors.ts';
import type { StrategyId } from '../core/ids.ts';
import { readCircuitItem } from './circuit-item.ts';
import { type CircuitMemory, rememberSuccess, takeSuccesses } from './circuit-memory.ts';
import {
  type CircuitReport,
  type CircuitSubject,
  changeState,
  countCall,
  countProbe,
  readCircuit,
  takeSlot,
} from './circuit-writes.ts';
import type { Ledger } from './table.ts';

export type { CircuitMemory, CircuitReport, CircuitSubject };
export { readCircuit, readCircuitItem };

/** That a report changed the state, and why, in words for a person. Exactly one report says so. */
export interface CircuitChange {
  readonly kind: 'opened' | 'closed';
  readonly reason: string;
}

/** Losing this often to other changes of one circuit means that something is wrong. */
const CONTROL_ATTEMPTS_MAX = 16;

/**
 * Takes a probe slot: there are `halfOpenProbes` of them, each guarded by a condition on its own attribute, so that
 * no more executions than that pass at once, in however many environments. An execution that has a slot gets the
 * same one again. A slot whose holder died is free when it has expired. A change of state clears all slots: a probe
 * that is under way then has no say any more.
 *
 * @param request.circuit as it was read; it must admit probes
 * @returns whether the execution has a slot; without one it is refused
 */
export async function acquireProbe(ledger: Ledger, request: CircuitSubject): Promise<boolean> {
  const { circuit, settings, nowMs } = request;
  if (admission(circuit, settings, nowMs).kind !== 'probe') {
    return false;
  }
  let current = circuit;
  // Every lost attempt shows a slot that somebody else took; the others are for slots that come and go meanwhile.
  for (let made = 0; made < 2 * settings.halfOpenProbes + 1; made += 1) {
    const slot = probeSlotFor(current, settings, request);
    if (slot === undefined) {
      return false;
    }
    const result = await takeSlot(ledger, request, slot);
    if (result.written) {
      return true;
    }
    current = readCircuitItem(result.current);
    if (current.epoch !== circuit.epoch) {
      return false;
    }
  }
  return false;
}

/**
 * Reports how a call ended, and opens or closes the circuit when that decides it. A report that was begun before the
 * circuit last changed its state is void; so is one by an execution that passed an open circuit without a slot.
 *
 * Closed: a success on a clean circuit is remembered and costs no write. Everything else is one atomic ADD, so that
 * however many report at once, none is missed. A failure that is reported again, because an answer was lost or the
 * execution was redelivered, counts again: that opens the circuit too early, never too late. Successes that are
 * added again after a lost answer lower the failure rate for a window, and hide no failures in a row.
 *
 * Half-open: only the report of an execution with a slot counts. A failure opens the circuit again at once.
 *
 * @param report.circuit as it was read before the call
 * @returns the change that this report made: of all that decide the same, exactly one says so
 */
export function reportOutcome(
  ledger: Ledger,
  memory: CircuitMemory,
  report: CircuitReport,
): Promise<CircuitChange | undefined> {
  const { circuit } = report;
  switch (circuit.state) {
    case 'closed':
      return reportToClosed(ledger, memory, { ...report, circuit });
    case 'open':
      return reportProbe(ledger, report);
    case 'isolated':
      return Promise.resolve(undefined);
  }
}

async function reportToClosed(
  ledger: Ledger,
  memory: CircuitMemory,
  report: CircuitReport & { readonly circuit: ClosedCircuit },
): Promise<CircuitChange | undefined> {
  const { circuit, settings, outcome, nowMs } = report;
  const isClean = circuit.consecutiveFailures === 0 && callsInWindow(circuit, settings, nowMs).failures === 0;
  if (outcome === 'success' && isClean) {
    rememberSuccess(memory, report);
    return undefined;
  }
  const counted = await countCall(ledger, report, takeSuccesses(memory, report));
  if (!counted.written) {
    return undefined;
  }
  const current = readCircuitItem(counted.value.Attributes);
  const reason = shouldOpen(current, settings, nowMs);
  return reason === undefined ? undefined : open(ledger, report, current, reason);
}

async function reportProbe(ledger: Ledger, report: CircuitReport): Promise<CircuitChange | undefined> {
  const { circuit, executionId, outcome } = report;
  let current = await readCircuit(ledger, report.strategyId);
  if (current.epoch !== circuit.epoch) {
    return undefined;
  }
  const probe = current.probes.find((each) => each.executionId === executionId);
  if (probe && outcome !== 'success') {
    return open(ledger, report, current, outcome === 'crash' ? 'a probe crashed' : 'a probe failed');
  }
  if (probe) {
    const result = await countProbe(ledger, report, probe.slot);
    current = readCircuitItem(result.written ? result.value.Attributes : result.current);
  }
  return closeWhenProven(ledger, report, current);
}

async function open(
  ledger: Ledger,
  report: CircuitReport,
  from: Circuit,
  reason: string,
): Promise<CircuitChange | undefined> {
  const { strategyId, settings, outcome, nowMs } = report;
  const to = opened(from, settings, { reason, crashed: outcome === 'crash', nowMs });
  const { made } = await changeState(ledger, strategyId, { from, to, mark: report.executionId });
  return made ? { kind: 'opened', reason } : undefined;
}

/** Whoever sees that enough probes went well closes the circuit: the one that counted the last of them may have died. */
async function closeWhenProven(
  ledger: Ledger,
  report: CircuitReport,
  from: Circuit,
): Promise<CircuitChange | undefined> {
  if (from.state !== 'open' || from.probeSuccesses < report.settings.halfOpenProbes) {
    return undefined;
  }
  const { made } = await changeState(ledger, report.strategyId, {
    from,
    to: closedByProbes(from),
    mark: report.executionId,
  });
  return made ? { kind: 'closed', reason: `probes that went well: ${from.probeSuccesses}` } : undefined;
}

/**
 * An operator's word: `open` for one cool-down, `close`, `isolate` until further notice, or `reset`, which closes and
 * forgets everything. Each raises the epoch, so that reports that are under way are void, and works on a circuit that
 * was never written. Doing it again leads to the same state.
 *
 * @param command.reason in words for a person; kept while the circuit is open or isolated
 * @returns the circuit as it is now
 * @throws OnefillError CONFLICT when others kept changing the circuit
 */
export async function controlCircuit(
  ledger: Ledger,
  command: {
    readonly strategyId: StrategyId;
    readonly action: CircuitAction;
    readonly settings: CircuitSettings;
    readonly reason: string;
    readonly nowMs: number;
  },
): Promise<Circuit> {
  const { strategyId, action, settings, nowMs } = command;
  const mark = `operator:${action}:${nowMs}`;
  let current = await readCircuit(ledger, strategyId);
  for (let made = 0; made < CONTROL_ATTEMPTS_MAX; made += 1) {
    const to = controlled(current, settings, command);
    const result = await changeState(ledger, strategyId, { from: current, to, mark });
    if (result.made) {
      return result.current;
    }
    current = result.current;
  }
  throw new OnefillError(
    'CONFLICT',
    'retry',
    `The circuit of strategy ${strategyId} kept changing; see what it is now before trying again.`,
  );
}

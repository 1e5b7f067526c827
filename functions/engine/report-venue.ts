import type { Alert } from '../core/alert.ts';
import type { CircuitOutcome } from '../core/circuit.ts';
import { type ExecutionId, parseExecutionId } from '../core/ids.ts';
import { type CircuitChange, reportOutcome } from '../ledger/circuits.ts';
import { type Controls, readControls } from '../ledger/controls.ts';
import type { Engine } from './engine.ts';
import type { Saga } from './saga.ts';

/** How the venue did for one execution. */
export interface VenueReport {
  readonly executionId: ExecutionId;
  /** The strategy's controls as they were read for this execution, if they were. */
  readonly controls: Controls | undefined;
  readonly outcome: CircuitOutcome;
}

/** Tells the strategy's circuit how the venue did for a saga. */
export function reportVenue(saga: Saga): Promise<void> {
  const { executionId } = saga.journal;
  return reportTo(saga.engine, { executionId, controls: saga.controls, outcome: outcomeOf(saga) });
}

/**
 * Tells the strategy's circuit how the venue did. A healthy venue costs no write. Never fails the execution: the
 * outcome of an order is recorded whether or not it could be counted.
 */
export async function reportTo(engine: Engine, report: VenueReport): Promise<void> {
  const { executionId, outcome } = report;
  const strategyId = parseExecutionId(executionId)?.strategyId;
  if (strategyId === undefined) {
    return;
  }
  try {
    const { strategy, circuit } = report.controls ?? (await readControls(engine.ledger, strategyId));
    if (!strategy) {
      return;
    }
    const change = await reportOutcome(engine.ledger, engine.circuitMemory, {
      strategyId,
      executionId,
      circuit,
      settings: strategy.circuitBreaker,
      outcome,
      nowMs: engine.clock.now(),
    });
    if (change) {
      engine.alert(circuitAlert(strategyId, change));
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    engine.alert({ type: 'CIRCUIT_UNCOUNTED', severity: 'MEDIUM', subject: strategyId, message });
  }
}

function outcomeOf({ hasCrashed, venue }: Saga): CircuitOutcome {
  if (hasCrashed) {
    return 'crash';
  }
  return venue.calls.failures > 0 ? 'failure' : 'success';
}

/** What operators are told when a circuit changes. */
function circuitAlert(strategyId: string, { kind, reason }: CircuitChange): Alert {
  return kind === 'opened'
    ? { type: 'CIRCUIT_OPENED', severity: 'HIGH', subject: strategyId, message: reason }
    : { type: 'CIRCUIT_CLOSED', severity: 'LOW', subject: strategyId, message: reason };
}

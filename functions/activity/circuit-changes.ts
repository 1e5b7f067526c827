import type { ActivityEntry } from '../core/activity.ts';
import { CIRCUIT_ACTIONS, type Circuit } from '../core/circuit.ts';
import { type ExecutionId, parseExecutionId, type StrategyId } from '../core/ids.ts';
import { readCircuitItem } from '../ledger/circuits.ts';
import type { Item, LedgerChange } from './stream-record.ts';

/** What a circuit's item tells. Counted calls are no activity: their executions are. */
export function circuitChanges(strategyId: StrategyId, { before, after }: LedgerChange): ActivityEntry[] {
  const now = readCircuitItem(after);
  const then = readCircuitItem(before);
  return now.epoch === then.epoch
    ? probeChanges(strategyId, then, now)
    : [changed(strategyId, then, now, after ?? {})];
}

function changed(strategyId: StrategyId, then: Circuit, now: Circuit, { changedBy }: Item): ActivityEntry {
  return {
    type: 'CIRCUIT_CHANGED',
    strategyId,
    state: now.state,
    from: isProbed(then) ? 'halfOpen' : then.state,
    ...(now.state === 'closed' ? {} : { reason: now.reason }),
    ...(now.state === 'open' ? { openUntilMs: now.openUntilMs } : {}),
    ...causeOf(String(changedBy)),
  };
}

/** By which execution a circuit changed, or at which operator's word. */
function causeOf(changedBy: string) {
  const [by, action] = changedBy.split(':');
  const ordered = CIRCUIT_ACTIONS.find((each) => by === 'operator' && each === action);
  const executionId = parseExecutionId(changedBy)?.executionId;
  return { ...(ordered ? { action: ordered } : {}), ...(executionId ? { executionId } : {}) };
}

function probeChanges(strategyId: StrategyId, then: Circuit, now: Circuit): ActivityEntry[] {
  const taken = now.probes.filter(
    (probe) =>
      !then.probes.some(({ slot, executionId }) => slot === probe.slot && executionId === probe.executionId),
  );
  // Half-open is not stored: the first probe that passes an open circuit shows that its cool-down is over.
  const isHalfOpen = taken.length > 0 && then.state === 'open' && !isProbed(then);
  const succeeded = now.state === 'open' && then.state === 'open' && now.probeSuccesses > then.probeSuccesses;
  return [
    ...(isHalfOpen
      ? [{ type: 'CIRCUIT_CHANGED', strategyId, state: 'halfOpen', from: 'open' } as const]
      : []),
    ...taken.map(({ slot, executionId }): ActivityEntry => {
      return { type: 'CIRCUIT_PROBE_TAKEN', strategyId, slot, executionId: executionId as ExecutionId };
    }),
    ...(succeeded
      ? [{ type: 'CIRCUIT_PROBE_SUCCEEDED', strategyId, probeSuccesses: now.probeSuccesses } as const]
      : []),
  ];
}

function isProbed(circuit: Circuit): boolean {
  return circuit.state === 'open' && (circuit.probes.length > 0 || circuit.probeSuccesses > 0);
}

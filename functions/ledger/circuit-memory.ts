import { bucketStartMs, type ClosedCircuit, isStaleBucket } from '../core/circuit.ts';
import type { CircuitSettings } from '../core/configuration.ts';
import type { StrategyId } from '../core/ids.ts';

/** Successes by the time their bucket begins. */
type Successes = Readonly<Record<number, number>>;

/**
 * The successes that this environment has seen and not yet written, by strategy. A healthy call costs no write: it is
 * counted here, and added to the environment's next write. What an environment forgets when it ends were successes,
 * so that it errs on the side of opening.
 */
export type CircuitMemory = Map<StrategyId, { readonly epoch: number; readonly successes: Successes }>;

const STRATEGIES_MAX = 1_000;

/** Who remembers what, and about which circuit. */
interface Subject {
  readonly strategyId: StrategyId;
  readonly circuit: ClosedCircuit;
  readonly settings: CircuitSettings;
  readonly nowMs: number;
}

/** Counts a success; it is void when the circuit has changed its state since it was begun. */
export function rememberSuccess(memory: CircuitMemory, subject: Subject): void {
  const { strategyId, circuit, settings, nowMs } = subject;
  if (circuit.epoch < (memory.get(strategyId)?.epoch ?? 0)) {
    return;
  }
  const successes = currentSuccesses(memory, subject);
  const startMs = bucketStartMs(settings, nowMs);
  if (memory.size >= STRATEGIES_MAX && !memory.has(strategyId)) {
    memory.clear();
  }
  memory.set(strategyId, {
    epoch: circuit.epoch,
    successes: { ...successes, [startMs]: (successes[startMs] ?? 0) + 1 },
  });
}

/**
 * Hands out what was counted since the last write, once: two writes at the same time do not both add it, and one
 * whose answer is lost does not add it again.
 */
export function takeSuccesses(memory: CircuitMemory, subject: Subject): Successes {
  const successes = currentSuccesses(memory, subject);
  if ((memory.get(subject.strategyId)?.epoch ?? 0) <= subject.circuit.epoch) {
    memory.delete(subject.strategyId);
  }
  return successes;
}

/** Those of the circuit's epoch that are still in the window, so that no more than a window's buckets are kept. */
function currentSuccesses(
  memory: CircuitMemory,
  { strategyId, circuit, settings, nowMs }: Subject,
): Successes {
  const remembered = memory.get(strategyId);
  if (remembered?.epoch !== circuit.epoch) {
    return {};
  }
  return Object.fromEntries(
    Object.entries(remembered.successes).filter(
      ([startMs]) => !isStaleBucket(Number(startMs), settings, nowMs),
    ),
  );
}

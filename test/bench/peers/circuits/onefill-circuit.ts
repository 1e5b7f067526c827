import { randomUUID } from 'node:crypto';
import { admission, DEFAULT_CIRCUIT_SETTINGS } from '../../../../functions/core/circuit.ts';
import type { ExecutionId, StrategyId } from '../../../../functions/core/ids.ts';
import {
  acquireProbe,
  type CircuitMemory,
  readCircuit,
  reportOutcome,
} from '../../../../functions/ledger/circuits.ts';
import type { Ledger } from '../../../../functions/ledger/table.ts';
import { type CircuitPeer, COOL_DOWN_SECONDS, WINDOW_SECONDS } from './circuit-peer.ts';

const STRATEGY = 'strategy' as StrategyId;

/** Onefill's, by itself: in an execution it is read with everything else, in one call. */
export const onefillCircuit: CircuitPeer = {
  name: "Onefill's circuit by itself",
  environment: (ledger, opensAfter) => {
    const memory: CircuitMemory = new Map();
    return (venue) => callVenue(ledger, memory, opensAfter, venue);
  },
  countedFailures: async (ledger) => {
    const circuit = await readCircuit(ledger, STRATEGY);
    return circuit.state === 'closed' ? circuit.consecutiveFailures : Number.NaN;
  },
};

async function callVenue(
  ledger: Ledger,
  memory: CircuitMemory,
  opensAfter: number,
  venue: () => Promise<void>,
): Promise<boolean> {
  const circuit = await readCircuit(ledger, STRATEGY);
  const settings = {
    ...DEFAULT_CIRCUIT_SETTINGS,
    consecutiveFailures: opensAfter,
    minimumCalls: opensAfter,
    windowSeconds: WINDOW_SECONDS,
    coolDownSeconds: COOL_DOWN_SECONDS,
  };
  const subject = {
    strategyId: STRATEGY,
    executionId: randomUUID() as string as ExecutionId,
    circuit,
    settings,
  };
  const { kind } = admission(circuit, settings, Date.now());
  if (
    kind === 'refuse' ||
    (kind === 'probe' && !(await acquireProbe(ledger, { ...subject, nowMs: Date.now() })))
  ) {
    return false;
  }
  const outcome = await venue().then(
    () => 'success' as const,
    () => 'failure' as const,
  );
  await reportOutcome(ledger, memory, { ...subject, outcome, nowMs: Date.now() });
  return true;
}

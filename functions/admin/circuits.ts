import * as z from 'zod/mini';
import {
  CIRCUIT_ACTIONS,
  type Circuit,
  type CircuitAction,
  callsInWindow,
  circuitStateAt,
} from '../core/circuit.ts';
import { isoTime } from '../core/clock.ts';
import type { CircuitSettings, Strategy } from '../core/configuration.ts';
import type { StrategyId } from '../core/ids.ts';
import { controlCircuit } from '../ledger/circuits.ts';
import { readControls } from '../ledger/controls.ts';
import type { Ledger } from '../ledger/table.ts';
import { readStrategy } from '../ledger/webhooks.ts';
import { answer } from '../shared/http.ts';
import { catalogPages } from './catalog-pages.ts';
import { configuredIdIn, readCommand, reason } from './command.ts';
import { fields } from './fields.ts';
import { notFound } from './refusals.ts';
import type { AdminContext, AdminHandle, Route } from './route.ts';

const BASE = '/monitoring/circuit-breakers';

/** `/api/v1/monitoring/circuit-breakers`: each strategy's circuit, and what operators do with it. */
export const CIRCUIT_ROUTES: readonly Route[] = [
  { method: 'GET', path: BASE, access: 'viewer', handle: catalogPages('STRATEGY', showOne) },
  ...CIRCUIT_ACTIONS.map((action): Route => {
    return {
      method: 'POST',
      path: `${BASE}/{id}/${action}`,
      access: 'operator',
      scope: 'operate',
      handle: controlOf(action),
    };
  }),
];

const controlInput = fields({ reason: z.exactOptional(reason) });

async function showOne({ ledger, clock }: AdminContext, strategyId: StrategyId) {
  const found = await readCircuit(ledger, strategyId);
  return found && showCircuit(found.strategy, found.circuit, clock.now());
}

function controlOf(action: CircuitAction): AdminHandle {
  return async ({ ledger, clock }, request) => {
    const input = readCommand(request, controlInput);
    if (!input.ok) {
      return input.answer;
    }
    const strategyId = configuredIdIn<StrategyId>(request);
    const strategy = strategyId && (await readStrategy(ledger, strategyId));
    if (!strategy) {
      return notFound(request, `There is no strategy ${request.parameters.id}.`);
    }
    const circuit = await controlCircuit(ledger, {
      strategyId: strategy.strategyId,
      action,
      settings: strategy.circuitBreaker,
      reason: input.value.reason ?? `${request.tokenId} gave no reason.`,
      nowMs: clock.now(),
    });
    return answer(200, showCircuit(strategy, circuit, clock.now()));
  };
}

async function readCircuit(
  ledger: Ledger,
  strategyId: StrategyId,
): Promise<{ readonly strategy: Strategy; readonly circuit: Circuit } | undefined> {
  const { strategy, circuit } = await readControls(ledger, strategyId);
  return strategy && { strategy, circuit };
}

function showCircuit({ strategyId, circuitBreaker }: Strategy, circuit: Circuit, nowMs: number) {
  return {
    strategyId,
    state: circuitStateAt(circuit, nowMs),
    openings: circuit.openings,
    probes: circuit.probes.map(({ executionId, expiresAtMs }) => ({
      executionId,
      expiresAt: isoTime(expiresAtMs),
    })),
    ...showCounts(circuit, circuitBreaker, nowMs),
  };
}

function showCounts(circuit: Circuit, settings: CircuitSettings, nowMs: number) {
  switch (circuit.state) {
    case 'closed':
      return {
        consecutiveFailures: circuit.consecutiveFailures,
        ...callsInWindow(circuit, settings, nowMs),
      };
    case 'open':
      return {
        openUntil: isoTime(circuit.openUntilMs),
        reasonMessage: circuit.reason,
        probeSuccesses: circuit.probeSuccesses,
      };
    case 'isolated':
      return { reasonMessage: circuit.reason };
  }
}

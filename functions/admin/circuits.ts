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
import { CONFIGURED_ID, type StrategyId } from '../core/ids.ts';
import { listIds } from '../ledger/catalog.ts';
import { controlCircuit } from '../ledger/circuits.ts';
import { readControls } from '../ledger/controls.ts';
import type { Ledger } from '../ledger/table.ts';
import { readStrategy } from '../ledger/webhooks.ts';
import { answer } from '../shared/http.ts';
import { configuredIdIn, readCommand, reason } from './command.ts';
import { fields } from './fields.ts';
import { pageOf, pageParameters } from './pages.ts';
import { mapInParallel, READ_WIDTH } from './parallel.ts';
import { readQuery } from './read-request.ts';
import { notFound } from './refusals.ts';
import type { AdminContext, AdminHandle, AdminRequest, Route } from './route.ts';

const BASE = '/monitoring/circuit-breakers';

/** `/api/v1/monitoring/circuit-breakers`: each strategy's circuit, and what operators do with it. */
export const CIRCUIT_ROUTES: readonly Route[] = [
  { method: 'GET', path: BASE, access: 'viewer', handle: listCircuits },
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

async function listCircuits({ ledger, clock }: AdminContext, request: AdminRequest) {
  const query = readQuery(
    request,
    pageParameters((after) => CONFIGURED_ID.test(after)),
  );
  if (!query.ok) {
    return query.answer;
  }
  const { limit, cursor } = query.value;
  // One more than asked for tells whether another page is worth a cursor.
  const ids = await listIds(ledger, 'STRATEGY', { ...cursor, limit: limit + 1 });
  const page = ids.slice(0, limit);
  const found = await mapInParallel(page, READ_WIDTH, (id) => readCircuit(ledger, id as StrategyId));
  const items = found.flatMap((one) => (one ? showCircuit(one.strategy, one.circuit, clock.now()) : []));
  return answer(200, pageOf(items, ids.length > limit ? page.at(-1) : undefined));
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

import * as z from 'zod/mini';
import { circuitStateAt } from '../core/circuit.ts';
import { isoTime } from '../core/clock.ts';
import type { AccountId, StrategyId } from '../core/ids.ts';
import { LATENCY_STAGES, percentileMs } from '../core/latency.ts';
import { readAccount } from '../ledger/accounts.ts';
import { listIds } from '../ledger/catalog.ts';
import { readCircuit } from '../ledger/circuits.ts';
import { type FiguresSum, sumFigures } from '../ledger/figures.ts';
import { readReconcileCursor } from '../ledger/reconcile-cursor.ts';
import type { CatalogKind } from '../ledger/table.ts';
import { answer } from '../shared/http.ts';
import { integerText } from './fields.ts';
import { isLeased } from './locks.ts';
import { mapInParallel, READ_WIDTH } from './parallel.ts';
import { readQuery } from './read-request.ts';
import type { AdminContext, AdminRequest, Route } from './route.ts';

/** `/api/v1/monitoring/worker`: how much was done lately and how fast, and what is open or stands still at this moment. */
export const WORKER_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/monitoring/worker', access: 'viewer', handle: getWorker },
];

const MINUTE_MS = 60_000;
const MINUTES_MAX = 1_440;
const MINUTES_DEFAULT = 60;
/** How many accounts, and how many strategies, are looked at. */
const LOOKED_AT_MAX = 500;

const parameters = { minutes: z._default(integerText(1, MINUTES_MAX), MINUTES_DEFAULT) };

async function getWorker(context: AdminContext, request: AdminRequest) {
  const query = readQuery(request, parameters);
  if (!query.ok) {
    return query.answer;
  }
  const toMs = context.clock.now();
  // This minute is one of them, as far as it has come.
  const fromMs = toMs - (toMs % MINUTE_MS) - (query.value.minutes - 1) * MINUTE_MS;
  const [sum, accounts, circuits, reconciler] = await Promise.all([
    sumFigures(context.operations, fromMs, toMs),
    lookAtAccounts(context, toMs),
    lookAtCircuits(context, toMs),
    lookAtReconciler(context),
  ]);
  return answer(200, {
    from: isoTime(fromMs),
    to: isoTime(toMs),
    ...showFigures(sum),
    now: { ...accounts, ...circuits, ...reconciler },
  });
}

function showFigures({ counts, refusals, latencies }: FiguresSum) {
  return {
    counts,
    refusals,
    latenciesMs: Object.fromEntries(
      LATENCY_STAGES.map((stage) => {
        const { histogram, sumMs } = latencies[stage];
        const count = histogram.reduce((sum, each) => sum + each, 0);
        return [
          stage,
          count === 0
            ? { count }
            : {
                count,
                mean: Math.round(sumMs / count),
                p50: percentileMs(histogram, 0.5),
                p90: percentileMs(histogram, 0.9),
                p99: percentileMs(histogram, 0.99),
              },
        ];
      }),
    ),
  };
}

async function lookAtAccounts({ ledger }: AdminContext, nowMs: number) {
  const { ids, isAll } = await idsOf({ ledger }, 'ACCOUNT');
  const accounts = await mapInParallel(ids, READ_WIDTH, (id) => readAccount(ledger, id as AccountId));
  const known = accounts.flatMap((account) => account ?? []);
  return {
    accounts: known.length,
    areAllAccountsSeen: isAll,
    accountsHalted: known.filter(({ halt }) => halt !== undefined).length,
    accountsLeased: known.filter((account) => isLeased(account, nowMs)).length,
    transactions: known.filter(({ activeExecution }) => activeExecution !== undefined).length,
  };
}

async function lookAtCircuits({ ledger }: AdminContext, nowMs: number) {
  const { ids, isAll } = await idsOf({ ledger }, 'STRATEGY');
  const circuits = await mapInParallel(ids, READ_WIDTH, (id) => readCircuit(ledger, id as StrategyId));
  return {
    strategies: ids.length,
    areAllStrategiesSeen: isAll,
    circuitsNotClosed: circuits.filter((circuit) => circuitStateAt(circuit, nowMs) !== 'closed').length,
  };
}

/** As its last run has left it: drift is known to who has asked the venues. Nothing, before the first one. */
async function lookAtReconciler({ ledger }: AdminContext) {
  const { lastRun } = await readReconcileCursor(ledger);
  if (lastRun === undefined) {
    return {};
  }
  const { atMs, drifted, failed, left } = lastRun;
  return { reconciledAt: isoTime(atMs), accountsDrifted: drifted, accountsNotReconciled: failed + left };
}

async function idsOf({ ledger }: Pick<AdminContext, 'ledger'>, kind: CatalogKind) {
  // One more than are looked at tells whether these are all.
  const ids = await listIds(ledger, kind, { limit: LOOKED_AT_MAX + 1 });
  return { ids: ids.slice(0, LOOKED_AT_MAX), isAll: ids.length <= LOOKED_AT_MAX };
}

import type { Execution } from '../../../functions/core/execution.ts';
import { isProtective } from '../../../functions/core/protection.ts';
import { type Evidence, isPlannedBy, legsOf } from './judging.ts';
import type { Kill } from './killing.ts';

/** How long something was held that was not protected as it was to be, by the venue's own times. */
export interface Unprotected {
  readonly executionId: string;
  /** Whether an entry opened it, or an exit left it over. */
  readonly isEntry: boolean;
  /** From the fill until the last order that protects it was there; infinite: it never was. */
  readonly durationMs: number;
  /** As long, but from the last kill of whoever was at work on it. */
  readonly sinceKillMs: number;
}

/** An order of a signal, and when the next signal's came. */
interface Turn {
  readonly execution: Execution;
  readonly filledAtMs: number;
  readonly nextAtMs: number;
}

/** How long the fills of an account were without protection. */
export function unprotectedIn(evidence: Evidence, kills: readonly Kill[]): Unprotected[] {
  return turnsOf(evidence).flatMap((turn) => {
    const { execution, filledAtMs } = turn;
    const isEntry = execution.orders.some(isProtective);
    const protectedAtMs = isEntry ? protectedAt(evidence, execution) : protectedAnewAt(evidence, turn);
    if (protectedAtMs === undefined) {
      return [];
    }
    const hits = kills
      .filter(({ atMs, accountIds }) => accountIds.includes(evidence.trader.id) && atMs < protectedAtMs)
      .map(({ atMs }) => atMs);
    return [
      {
        executionId: execution.executionId,
        isEntry,
        durationMs: protectedAtMs - filledAtMs,
        sinceKillMs: protectedAtMs - Math.max(filledAtMs, ...hits),
      },
    ];
  });
}

function turnsOf({ executions, venue }: Evidence): Turn[] {
  const planned = venue.orders.flatMap((order) => {
    const execution = executions.find((each) => isPlannedBy(each, order));
    return execution ? [{ execution, filledAtMs: order.createdAtMs }] : [];
  });
  return planned.map((turn, index) => ({
    ...turn,
    nextAtMs: planned[index + 1]?.filledAtMs ?? Number.POSITIVE_INFINITY,
  }));
}

/** When the first take-profit and the first stop-loss of what an entry opened were both there. */
function protectedAt({ venue }: Evidence, { orders }: Execution): number {
  const cameAtMs = (leg: string) => {
    const own = orders.find((order) => order.leg === leg);
    const held = venue.orders.find(({ clientOrderId }) => clientOrderId === own?.clientOrderId);
    return held?.createdAtMs ?? Number.POSITIVE_INFINITY;
  };
  return Math.max(cameAtMs('take-profit'), cameAtMs('stop-loss'));
}

/** When the last of the orders came that protect what an exit left over; those before had to go. */
function protectedAnewAt(evidence: Evidence, { filledAtMs, nextAtMs }: Turn): number | undefined {
  return legsOf(evidence).findLast(({ createdAtMs }) => createdAtMs >= filledAtMs && createdAtMs < nextAtMs)
    ?.createdAtMs;
}

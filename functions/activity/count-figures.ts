import type { ActivityRecord } from '../core/activity.ts';
import { type Figures, figuresOf } from '../core/figures.ts';
import { addFigures } from '../ledger/figures.ts';
import type { Operations } from '../ledger/operations-table.ts';
import type { ActivityConsumer } from './record-activity.ts';

const MINUTE_MS = 60_000;

/**
 * Counts what happened, by the minute it happened in: into the operations table first, then as metrics. What was counted
 * before is told neither.
 *
 * Dying in between loses metrics; dying before it, or a table that refuses, loses figures of one delivery. Neither is ever
 * counted twice, unless a delivery is cut in pieces twice after it was counted.
 */
export function countFigures(operations: Operations, emit: (figures: Figures) => void): ActivityConsumer {
  return async function figures(records) {
    for (const [atMs, ofMinute] of byMinute(records)) {
      const [first, last] = [ofMinute.at(0), ofMinute.at(-1)];
      const figures = figuresOf(ofMinute);
      if (
        first &&
        last &&
        (await addFigures(operations, { atMs, first: first.place, last: last.place, figures }))
      ) {
        emit(figures);
      }
    }
  };
}

function byMinute(records: readonly ActivityRecord[]): ReadonlyMap<number, readonly ActivityRecord[]> {
  const minutes = new Map<number, ActivityRecord[]>();
  for (const record of records) {
    const minuteMs = record.atMs - (record.atMs % MINUTE_MS);
    minutes.set(minuteMs, [...(minutes.get(minuteMs) ?? []), record]);
  }
  return minutes;
}

import type { ActivityRecord } from '../core/activity.ts';
import { type Figures, figuresOf } from '../core/figures.ts';
import type { ActivityFailure } from '../ledger/activity-log.ts';
import { addFigures } from '../ledger/figures.ts';
import type { Operations } from '../ledger/operations-table.ts';
import { isInvalid } from '../ledger/table.ts';
import type { ActivityConsumer } from './record-activity.ts';

const MINUTE_MS = 60_000;

/**
 * Counts what happened, by the minute it happened in: into the operations table first, then as metrics. What was counted
 * before is told neither.
 *
 * What the table did not take fails, so that it is delivered again and none of it is missing. Dying after the write loses
 * metrics. Nothing is counted twice, unless a delivery is cut in pieces twice after it was counted.
 */
export function countFigures(operations: Operations, emit: (figures: Figures) => void): ActivityConsumer {
  return async function figures(records) {
    const failures: ActivityFailure[] = [];
    for (const [atMs, ofMinute] of byMinute(records)) {
      const [first, last] = [ofMinute[0], ofMinute.at(-1) ?? ofMinute[0]];
      const figures = figuresOf(ofMinute);
      try {
        if (await addFigures(operations, { atMs, first: first.place, last: last.place, figures })) {
          emit(figures);
        }
      } catch (error) {
        if (isInvalid(error)) {
          // Delivered again and again it would hold up the log.
          throw error;
        }
        failures.push({ record: first, error });
      }
    }
    return failures;
  };
}

type OfMinute = readonly [ActivityRecord, ...ActivityRecord[]];

function byMinute(records: readonly ActivityRecord[]): ReadonlyMap<number, OfMinute> {
  const minutes = new Map<number, OfMinute>();
  for (const record of records) {
    const minuteMs = record.atMs - (record.atMs % MINUTE_MS);
    const before = minutes.get(minuteMs);
    minutes.set(minuteMs, before ? [...before, record] : [record]);
  }
  return minutes;
}

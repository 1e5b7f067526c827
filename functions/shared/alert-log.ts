import type { Logger } from '@aws-lambda-powertools/logger';
import type { Alert, AlertSeverity } from '../core/alert.ts';

/** How alerts are raised: what is given to whoever raises them. Neither throws nor makes a call (I10). */
export type RaiseAlert = (alert: Alert) => void;

/** An environment says the same no more often than this: an alert in a loop must not flood the log of the path. */
const REPEATED_AFTER_MS = 10_000;

/** How many different alerts an environment remembers to have raised; then it forgets all of them. */
const REMEMBERED_MAX = 500;

const LEVEL = { LOW: 'info', MEDIUM: 'warn', HIGH: 'error', CRITICAL: 'error' } as const satisfies Record<
  AlertSeverity,
  keyof Logger
>;

/** What was said last, and how often it would have been said since. */
interface Said {
  atMs: number;
  unsaid: number;
}

/**
 * Raises alerts as lines of the log, which reach the function `alerts` by a subscription: it adds no call to the path, and
 * does not fail it (I10).
 *
 * What is repeated within ten seconds, type, severity and subject alike, is only counted: the next line says how many
 * `occurrences` it stands for.
 */
export function alertInLog(logger: Logger, nowMs: () => number = Date.now): RaiseAlert {
  const said = new Map<string, Said>();
  return (alert) => {
    try {
      const occurrences = occurrencesToSay(said, alert, nowMs());
      if (occurrences > 0) {
        logger[LEVEL[alert.severity]]('Alert.', {
          alert: { ...alert, ...(occurrences > 1 ? { occurrences } : {}) },
        });
      }
    } catch {
      // Whoever raises an alert has more important things to do than to hear that nobody listens.
    }
  };
}

/** @returns 0 when it is not to be said now */
function occurrencesToSay(
  said: Map<string, Said>,
  { type, severity, subject }: Alert,
  nowMs: number,
): number {
  const key = `${type} ${severity} ${subject}`;
  const last = said.get(key);
  if (last !== undefined && nowMs - last.atMs < REPEATED_AFTER_MS) {
    last.unsaid += 1;
    return 0;
  }
  if (said.size >= REMEMBERED_MAX) {
    said.clear();
  }
  said.set(key, { atMs: nowMs, unsaid: 0 });
  return 1 + (last?.unsaid ?? 0);
}

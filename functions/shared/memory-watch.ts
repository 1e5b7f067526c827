import type { Context } from 'aws-lambda';
import type { RaiseAlert } from './alert-log.ts';

/** Above this share of its limit a function is near to being killed in the middle of its work. */
const SHARE_MAX = 0.8;
/** Memory grows slowly, and looking at it costs some time of the processor. */
const LOOK_EVERY_MS = 10_000;
/** Lines are paid by their bytes: one in so long tells as much as one for each invocation. */
const REPORT_EVERY_MS = 300_000;
const BYTES_PER_MB = 1_048_576;

/** What an environment says of itself; metrics are made of it (`lib/constructs/log-metrics.ts`). */
export interface EnvironmentReport {
  /** The process, all of it. */
  readonly memoryUsedMb: number;
  /** Whether this is its first invocation. */
  readonly coldStart?: true;
}

/**
 * Looks at the memory of this environment when an invocation begins. It makes no call, and throws only what `alert` and
 * `report` do (I10).
 *
 * @param report hears of it with the first invocation, and then every five minutes
 */
export function watchMemory(
  alert: RaiseAlert,
  report: (environment: EnvironmentReport) => void,
  memoryBytes: () => number = process.memoryUsage.rss,
): (context: Context) => void {
  let lookedAtMs = 0;
  let reportedAtMs = 0;
  return ({ functionName, memoryLimitInMB }) => {
    const nowMs = Date.now();
    if (nowMs - lookedAtMs < LOOK_EVERY_MS) {
      return;
    }
    const isFirst = lookedAtMs === 0;
    lookedAtMs = nowMs;
    const usedMb = Math.round(memoryBytes() / BYTES_PER_MB);
    if (nowMs - reportedAtMs >= REPORT_EVERY_MS) {
      reportedAtMs = nowMs;
      report({ memoryUsedMb: usedMb, ...(isFirst ? { coldStart: true } : {}) });
    }
    if (usedMb >= SHARE_MAX * Number(memoryLimitInMB)) {
      alert({
        type: 'MEMORY_HIGH',
        severity: 'MEDIUM',
        subject: functionName,
        message: `The function ${functionName} uses ${usedMb} MB; above ${memoryLimitInMB} MB it is killed, whatever it is doing.`,
      });
    }
  };
}

import type { Context } from 'aws-lambda';
import type { RaiseAlert } from './alert-log.ts';

/** Above this share of its limit a function is near to being killed in the middle of its work. */
const SHARE_MAX = 0.8;
/** Memory grows slowly, and looking at it costs some time of the processor. */
const LOOK_EVERY_MS = 10_000;
const BYTES_PER_MB = 1_048_576;

/** Looks at the memory of this environment when an invocation begins. Neither throws nor makes a call (I10). */
export function watchMemory(
  alert: RaiseAlert,
  memoryBytes: () => number = process.memoryUsage.rss,
): (context: Context) => void {
  let lookedAtMs = 0;
  return ({ functionName, memoryLimitInMB }) => {
    const nowMs = Date.now();
    if (nowMs - lookedAtMs < LOOK_EVERY_MS) {
      return;
    }
    lookedAtMs = nowMs;
    const usedMb = Math.round(memoryBytes() / BYTES_PER_MB);
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

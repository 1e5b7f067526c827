import { setTimeout as wait } from 'node:timers/promises';
import { CommandError, RefusedError } from '../cli/errors.ts';
import type { AcceptedSignal } from '../cli/webhook-client.ts';
import type { RecordedSignal } from './recording.ts';

/** When each signal is due. */
export type Pace =
  | { readonly kind: 'recorded'; readonly speed: number }
  | { readonly kind: 'rate'; readonly perSecond: number };

/** How a recording is replayed. */
export interface ReplayOptions {
  readonly pace: Pace;
  /** How many may be under way at once; with one they arrive in their order. */
  readonly concurrency: number;
  /** Ends it: what is under way is finished, nothing more is begun. */
  readonly stopping: AbortSignal;
  send(signal: RecordedSignal): Promise<AcceptedSignal>;
  onProgress(report: ReplayReport): void;
}

/** What became of the signals that were sent. */
export interface ReplayReport {
  /** By what was answered, for example `202 accepted`, `202 duplicate`, `422 SIGNAL_STALE`, `no answer`. */
  readonly outcomes: ReadonlyMap<string, number>;
  readonly latenciesMs: readonly number[];
  readonly sent: number;
  readonly failed: number;
  /** The first that was not taken, and why. */
  readonly firstFailure?: { readonly number: number; readonly message: string };
  /** By how much the one that was latest was behind its time. */
  readonly behindMs: number;
  /** All before it were taken: where to go on from. */
  readonly nextNumber: number;
}

/** Sends the signals in their order at a pace, and counts what is answered. Never throws what one of them ended with. */
export async function replaySignals(
  signals: readonly RecordedSignal[],
  { pace, concurrency, stopping, send, onProgress }: ReplayOptions,
): Promise<ReplayReport> {
  const outcomes = new Map<string, number>();
  const latenciesMs: number[] = [];
  const open = new Set(signals.map(({ number }) => number));
  let failed = 0;
  let behindMs = 0;
  let firstFailure: ReplayReport['firstFailure'];
  const afterLast = (signals.at(-1)?.number ?? 0) + 1;
  const report = (): ReplayReport => ({
    outcomes,
    latenciesMs,
    sent: latenciesMs.length,
    failed,
    behindMs,
    // A set keeps the order in which things were put into it.
    nextNumber: open.values().next().value ?? afterLast,
    ...(firstFailure === undefined ? {} : { firstFailure }),
  });

  const startedAtMs = performance.now();
  const base = signals[0]?.offsetMs ?? 0;
  const queue = signals.entries();
  const work = async () => {
    for (const [index, signal] of queue) {
      const dueMs = startedAtMs + dueAfterMs(signal, index, base, pace);
      await waitUntil(dueMs, stopping);
      if (stopping.aborted) {
        return;
      }
      const begunAtMs = performance.now();
      behindMs = Math.max(behindMs, begunAtMs - dueMs);
      const { outcome, failure } = await attempt(() => send(signal));
      latenciesMs.push(performance.now() - begunAtMs);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      if (failure === undefined) {
        open.delete(signal.number);
      } else {
        failed += 1;
        if (firstFailure === undefined || signal.number < firstFailure.number) {
          firstFailure = { number: signal.number, message: failure };
        }
      }
      onProgress(report());
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, signals.length) }, work));
  return report();
}

function dueAfterMs({ offsetMs }: RecordedSignal, index: number, base: number, pace: Pace): number {
  return pace.kind === 'rate'
    ? (index * 1_000) / pace.perSecond
    : Math.max(0, (offsetMs ?? 0) - base) / pace.speed;
}

async function waitUntil(dueMs: number, stopping: AbortSignal): Promise<void> {
  const restMs = dueMs - performance.now();
  if (restMs > 0) {
    // Rejects when it is aborted, which the caller looks at.
    await wait(restMs, undefined, { signal: stopping }).catch(() => undefined);
  }
}

async function attempt(send: () => Promise<AcceptedSignal>) {
  try {
    const { isDuplicate } = await send();
    return { outcome: isDuplicate ? '202 duplicate' : '202 accepted' };
  } catch (error) {
    if (!(error instanceof CommandError)) {
      throw error;
    }
    const outcome = error instanceof RefusedError ? `${error.status} ${error.code}` : 'no answer';
    return { outcome, failure: error.message };
  }
}

/** The value below which a share of the sorted values lies. @param share from 0 to 1 */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

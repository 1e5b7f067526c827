/**
 * What is measured of an execution, from the times in its record: `queue`, from the webhook to the execution's start;
 * `place`, how long its orders took to place at the venue; `execution`, from its start to its end, which has that in it;
 * `whole`, from the webhook to the end.
 */
export const LATENCY_STAGES = ['queue', 'place', 'execution', 'whole'] as const;
export type LatencyStage = (typeof LATENCY_STAGES)[number];

/** A bucket of a histogram holds what took longer than the bound before, and no longer than its own; the last, the rest. */
export const LATENCY_BOUNDS_MS = [
  5, 10, 20, 35, 50, 75, 100, 150, 200, 250, 300, 400, 500, 750, 1_000, 1_500, 2_000, 3_000, 5_000, 10_000,
  30_000, 60_000, 300_000,
] as const;

/** How many there are in each bucket: one bucket more than there are bounds. */
export type Histogram = readonly number[];

/** The bucket of a latency, counted from 0. */
export function bucketOf(latencyMs: number): number {
  const bucket = LATENCY_BOUNDS_MS.findIndex((boundMs) => latencyMs <= boundMs);
  return bucket < 0 ? LATENCY_BOUNDS_MS.length : bucket;
}

/**
 * The bound below or at which the given share of all values are. A value in the last bucket is only known to be above the
 * last bound, which is then what is answered.
 *
 * @param share above 0 and at most 1: 0.99
 * @returns milliseconds; `undefined` when there are no values
 */
export function percentileMs(histogram: Histogram, share: number): number | undefined {
  const count = histogram.reduce((sum, each) => sum + each, 0);
  let rank = Math.ceil(count * share);
  for (const [bucket, each] of histogram.entries()) {
    rank -= each;
    if (count > 0 && rank <= 0) {
      return LATENCY_BOUNDS_MS[bucket] ?? LATENCY_BOUNDS_MS.at(-1);
    }
  }
  return undefined;
}

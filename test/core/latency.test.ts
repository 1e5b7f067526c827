import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketOf, LATENCY_BOUNDS_MS, percentileMs } from '../../functions/core/latency.ts';

function histogramOf(latenciesMs: readonly number[]): number[] {
  const histogram = Array.from({ length: LATENCY_BOUNDS_MS.length + 1 }, () => 0);
  for (const latencyMs of latenciesMs) {
    const bucket = bucketOf(latencyMs);
    histogram[bucket] = (histogram[bucket] ?? 0) + 1;
  }
  return histogram;
}

describe('a percentile', () => {
  it.each([
    [[], 0.5, undefined],
    [[0], 0.99, 5],
    [[5], 0.5, 5],
    [[6], 0.5, 10],
    [[6, 80], 0.5, 10],
    [[6, 80], 0.51, 100],
    [[900_000], 0.5, 300_000],
  ])('of %j at %d is at most %s ms', (latenciesMs, share, expected) => {
    expect(percentileMs(histogramOf(latenciesMs), share)).toBe(expected);
  });

  it('is the bound of the bucket that the exact one is in', () => {
    const latencies = fc.array(fc.nat({ max: 400_000 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(latencies, fc.integer({ min: 1, max: 100 }), (latenciesMs, percent) => {
        const sorted = latenciesMs.toSorted((left, right) => left - right);
        const exact = sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? 0;
        const bound = LATENCY_BOUNDS_MS[bucketOf(exact)] ?? LATENCY_BOUNDS_MS.at(-1);
        expect(percentileMs(histogramOf(latenciesMs), percent / 100)).toBe(bound);
      }),
    );
  });
});

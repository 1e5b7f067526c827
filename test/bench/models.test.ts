import { describe, expect, it } from 'vitest';
import { seededRandom } from '../simulation/random.ts';
import { meanMs, PUBLISHED, percentile, sampleMs } from './model/latencies.ts';
import { priceOfMillion } from './model/prices.ts';
import { atLeast, atMost, type Row, tableOf, verdictOf } from './rows.ts';
import { countRows, countSignal } from './sections/counts.ts';

describe('sampled latencies', () => {
  it.each(Object.entries(PUBLISHED))('of %s have the percentiles that were published', (_, published) => {
    const random = seededRandom(1);
    const sorted = Array.from({ length: 40_000 }, () => sampleMs(published, random)).toSorted(
      (one, other) => one - other,
    );
    const mean = sorted.reduce((total, each) => total + each, 0) / sorted.length;
    expect(percentile(sorted, 0.5) / published.p50Ms).toBeCloseTo(1, 1);
    expect(percentile(sorted, 0.99) / published.p99Ms).toBeCloseTo(1, 1);
    expect(mean / meanMs(published)).toBeCloseTo(1, 1);
  });
});

describe('the price of a million', () => {
  it.each([
    [{ httpApiRequests: 1 }, 1],
    [{ lambdaInvocations: 2 }, 0.4],
    // 100 ms of 512 MB are 0.05 gigabyte-seconds.
    [{ megabyteMilliseconds: 51_200 }, 0.67],
    [{ sqsFifoRequests: 3 }, 1.5],
    [{ writeUnits: 6, readUnits: 7 }, 4.625],
    [{ logBytes: 1_000 }, 0.5],
    [{ durableOperations: 4 }, 32],
    [{ stateTransitions: 4 }, 100],
  ])('%j is %d USD', (usage, usd) => {
    expect(priceOfMillion(usage).totalUsd).toBeCloseTo(usd, 2);
  });
});

describe('a row', () => {
  const row = (figure: number, changes: Partial<Row> = {}): Row => ({
    id: 'row',
    what: 'a row',
    source: 'counted',
    figure,
    ...changes,
  });

  it.each([
    [row(3), ''],
    [row(3, { target: atMost(3) }), 'met'],
    [row(3.1, { target: atMost(3) }), 'MISSED'],
    [row(3.1, { target: atMost(3), knownMiss: 3.1 }), 'known miss'],
    [row(3.2, { target: atMost(3), knownMiss: 3.1 }), 'MISSED'],
    [row(0.9, { target: atLeast(0.9) }), 'met'],
    [row(0.8, { target: atLeast(0.9) }), 'MISSED'],
    [row(0.8, { target: atLeast(0.9), knownMiss: 0.8 }), 'known miss'],
  ])('%j is judged as %s', (one, verdict) => {
    expect(verdictOf(one)).toBe(verdict);
    expect(tableOf([one])).toContain(verdict);
  });
});

describe('the counts of a signal', () => {
  it('are the same every time, and know a duplicate from a signal', async () => {
    const first = await countSignal();
    expect(countRows(await countSignal())).toEqual(countRows(first));
    expect(first.signal).toMatchObject({
      ingestDepth: 2,
      beforeVenueDepth: 2,
      afterVenueDepth: 2,
      venueCalls: 1,
    });
    expect(first.duplicate).toMatchObject({ ingestDepth: 2, venueCalls: 0 });
  });
});

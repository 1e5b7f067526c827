import type { Random } from '../../simulation/random.ts';

/** A hop whose latency is known by two percentiles, milliseconds. */
export interface Published {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/**
 * Latencies that others measured on AWS in us-east-1 (`reference/performance.md` names each source). Reads are taken to
 * be as slow as writes, for want of a figure of the same source; SQS's own API as DynamoDB's.
 */
export const PUBLISHED = {
  dynamodb: { p50Ms: 7.55, p99Ms: 16.2 },
  transaction: { p50Ms: 25.3, p99Ms: 92.5 },
  sqs: { p50Ms: 7.55, p99Ms: 16.2 },
  /** From the answer to a send until the handler begins. */
  fifo: { p50Ms: 28.1, p99Ms: 645 },
  httpApi: { p50Ms: 5, p99Ms: 10 },
  lambda: { p50Ms: 3.5, p99Ms: 10 },
  /** Of a durable function; no percentile beyond the median was published. */
  checkpoint: { p50Ms: 41, p99Ms: 41 },
} as const satisfies Record<string, Published>;

/** The 99th percentile of the standard normal distribution. */
const Z99 = 2.326_347_9;

/** A latency of a log-normal distribution with these percentiles: the usual shape of what cannot be negative. */
export function sampleMs({ p50Ms, p99Ms }: Published, random: Random): number {
  return p50Ms * Math.exp((Math.log(p99Ms / p50Ms) / Z99) * normal(random));
}

/** The mean of that distribution. */
export function meanMs({ p50Ms, p99Ms }: Published): number {
  return p50Ms * Math.exp((Math.log(p99Ms / p50Ms) / Z99) ** 2 / 2);
}

/** Box and Muller's. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** The value that a share of sorted values does not exceed. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

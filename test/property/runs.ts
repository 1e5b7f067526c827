import type { Parameters } from 'fast-check';
import { scaled } from '../support/scale.ts';

/** Long enough for 100,000 schedules on a busy machine with two cores. */
export const TIMEOUT_MS = 900_000;

/**
 * How often fast-check tries a property: so often in `npm test`, 100,000 times in `npm run proof`.
 *
 * A failure prints a seed and a path. `SEED=<seed> SEED_PATH=<path>` runs the one schedule that failed, already
 * shrunk; `SEED` alone runs all of them again in the same order.
 */
export function runs<Ts = unknown>(inSuite: number, full = 100_000): Parameters<Ts> {
  const { SEED, SEED_PATH } = process.env;
  return {
    numRuns: scaled(inSuite, full),
    ...(SEED === undefined ? {} : { seed: Number(SEED) }),
    ...(SEED_PATH === undefined ? {} : { path: SEED_PATH, endOnFailure: true }),
  };
}

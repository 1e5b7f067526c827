import { describe, expect, it } from 'vitest';
import { scaled } from '../support/scale.ts';
import { judge } from './seeds/judge.ts';
import { play } from './seeds/play.ts';

const SEEDS = scaled(60, 10_000);
const TIMEOUT_MS = scaled(120_000, 3_600_000);

/** Replays one seed: `SEED=17 npx vitest run test/simulation/seeds.test.ts`. */
const ONLY = process.env.SEED === undefined ? undefined : Number(process.env.SEED);

/** Plays a seed and gives what does not hold. All that happened is told of the first seed only: it is long. */
async function failureOf(seed: number, isFirst: boolean): Promise<string | undefined> {
  try {
    const played = await play(seed);
    const problems = await judge(played);
    const told = [`seed ${seed} (${played.scenario.guarantee}):`, ...problems];
    return problems.length === 0
      ? undefined
      : [...told, ...(isFirst ? [played.world.trace.show()] : [])].join('\n');
  } catch (error) {
    return `seed ${seed}: ${error instanceof Error ? error.stack : String(error)}`;
  }
}

describe('the simulated world', () => {
  it(
    'ends whole whatever a seed makes of it',
    async () => {
      const seeds = ONLY === undefined ? Array.from({ length: SEEDS }, (_, index) => index + 1) : [ONLY];
      const failures: string[] = [];
      for (const seed of seeds) {
        const failure = await failureOf(seed, failures.length === 0);
        failures.push(...(failure === undefined ? [] : [failure]));
      }
      expect(failures.toReversed().join('\n\n')).toBe('');
    },
    TIMEOUT_MS,
  );

  it('does the same every time', async () => {
    const [first, second] = [await play(ONLY ?? 7), await play(ONLY ?? 7)];
    expect(second.world.trace.show()).toBe(first.world.trace.show());
  });
});

import { describe, expect, it } from 'vitest';
import {
  CLIENT_ORDER_ID_GUARANTEES,
  type ClientOrderIdGuarantee,
} from '../../functions/core/configuration.ts';
import { scaled } from '../support/scale.ts';
import { explore, nameOf, type Run } from './explore.ts';
import { DEATHS } from './process.ts';
import type { Scenario } from './scenarios.ts';

/** Of the second deaths of a pair every nth is tried, from a different one on for each first. */
const PAIR_STRIDE = scaled(211, 1);

/** A venue that cannot be asked about orders gets no protected entry: the signal is refused before it. */
function isPossible({ before, signal }: Scenario, guarantee: ClientOrderIdGuarantee): boolean {
  return guarantee !== 'NONE' || [...before, signal].every((each) => !('stopLoss' in each));
}

/** What was explored in one test. */
class Tally {
  runs = 0;
  pairs = 0;
  unknown = 0;
  readonly #failures: string[] = [];

  async run(run: Run): Promise<number> {
    const { problems, callsAfter, isUnknown, isMissed } = await explore(run);
    this.runs += 1;
    this.pairs += run.deaths.length === 2 ? 1 : 0;
    this.unknown += isUnknown ? 1 : 0;
    const all = isMissed ? [...problems, 'a death was planned that never came'] : problems;
    if (all.length > 0) {
      this.#failures.push(`EXPLORE='${nameOf(run)}'\n    ${all.join('\n    ')}`);
    }
    return callsAfter;
  }

  report(what: string, calls: number): void {
    const failed = this.#failures.length;
    console.info(
      `${what}: ${calls} calls, ${this.runs} runs, ${this.pairs} of them with two deaths, ${this.unknown} ended UNKNOWN, ${failed} failed`,
    );
    expect(this.#failures.slice(0, 5).join('\n')).toBe('');
  }
}

/** One test for each scenario and each class of venue at which it is possible. */
export function exploreAll(scenarios: readonly Scenario[]): void {
  describe.each(scenarios)('$name', (scenario) => {
    it.each(CLIENT_ORDER_ID_GUARANTEES.filter((guarantee) => isPossible(scenario, guarantee)))(
      'ends whole at a venue of %s whatever dies where (I1, I3, I4, I5, I7)',
      async (guarantee) => {
        const tally = new Tally();
        const calls = await tally.run({ scenario, guarantee, deaths: [] });
        expect(calls).toBeGreaterThan(10);
        for (let at = 1; at <= calls; at += 1) {
          for (const death of DEATHS) {
            const callsAfter = await tally.run({ scenario, guarantee, deaths: [{ at, death }] });
            const first = (at * DEATHS.length + DEATHS.indexOf(death)) % PAIR_STRIDE;
            for (let second = first; second < callsAfter * DEATHS.length; second += PAIR_STRIDE) {
              const next = {
                at: Math.floor(second / DEATHS.length) + 1,
                death: DEATHS[second % DEATHS.length] ?? 'before-send',
              };
              await tally.run({ scenario, guarantee, deaths: [{ at, death }, next] });
            }
          }
        }
        tally.report(`${scenario.name}, ${guarantee}`, calls);
      },
      1_800_000,
    );
  });
}

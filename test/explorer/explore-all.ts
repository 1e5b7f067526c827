import { describe, expect, it } from 'vitest';
import {
  CLIENT_ORDER_ID_GUARANTEES,
  type ClientOrderIdGuarantee,
} from '../../functions/core/configuration.ts';
import { scaled } from '../support/scale.ts';
import { DEATHS, type PlannedDeath } from './calls.ts';
import { begin, type Explored, explore, nameOf, type Run } from './explore.ts';
import { type Scenario, WORKING } from './scenarios.ts';

/** Of the second deaths every nth is tried, from a different one on for each world that a first one leaves. */
const PAIR_STRIDE = scaled(97, 1);
const TIMEOUT_MS = scaled(60_000, 600_000);

/**
 * A venue that cannot be asked about orders gets no protected entry: the signal is refused before it. And as long as an
 * order works there, which is for ever then, no signal is decided.
 */
function isPossible(scenario: Scenario, guarantee: ClientOrderIdGuarantee): boolean {
  const signals = [...scenario.before, scenario.signal];
  const isWanted = scenario.guarantees?.includes(guarantee) ?? true;
  const needsLookups = WORKING.includes(scenario) || signals.some((each) => 'stopLoss' in each);
  return isWanted && (guarantee !== 'NONE' || !needsLookups);
}

/** What was explored in one test. */
class Tally {
  /** Ways to die, and how many different journeys they leave. */
  singles = 0;
  pairs = 0;
  journeys = 0;
  unknown = 0;
  readonly #failures: string[] = [];

  /** Enters a journey that was taken to its end. @param ways how many ways of dying come to it */
  enter(run: Run, { problems, isUnknown }: Explored, ways: number): void {
    this.journeys += 1;
    this.singles += run.deaths.length === 1 ? ways : 0;
    this.pairs += run.deaths.length === 2 ? ways : 0;
    this.unknown += isUnknown ? ways : 0;
    if (problems.length > 0) {
      this.#failures.push(`EXPLORE='${nameOf(run)}'\n    ${problems.join('\n    ')}`);
    }
  }

  report(what: string, calls: number): void {
    const failed = this.#failures.length;
    console.info(
      `${what}: ${calls} calls, ${this.singles} deaths and ${this.pairs} pairs of deaths that leave ${this.journeys} different worlds, ${this.unknown} ended UNKNOWN, ${failed} failed`,
    );
    expect(this.#failures.slice(0, 5).join('\n')).toBe('');
  }
}

/** The place of a moment among all at which a process could die. */
function placeOf({ at, death }: PlannedDeath): number {
  return (at - 1) * DEATHS.length + DEATHS.indexOf(death);
}

/** Every death on the way of a scenario, and after each of them every second death that is to be tried. */
async function exploreScenario(
  scenario: Scenario,
  guarantee: ClientOrderIdGuarantee,
  stride: number,
): Promise<void> {
  const tally = new Tally();
  const whole: Run = { scenario, guarantee, deaths: [] };
  const explored = await explore(await begin(whole), whole, () => true);
  tally.enter(whole, explored, 1);
  const calls = explored.trace.length;
  expect(calls).toBeGreaterThan(10);
  for (const { deaths: firsts, journey } of explored.left) {
    const [first] = firsts;
    const once: Run = { ...whole, deaths: [first] };
    const isTried = (second: PlannedDeath) => (placeOf(second) - placeOf(first)) % stride === 0;
    const afterOne = await explore(journey, once, isTried);
    tally.enter(once, afterOne, firsts.length);
    for (const { deaths: seconds, journey: afterTwo } of afterOne.left) {
      const twice: Run = { ...whole, deaths: [first, seconds[0]] };
      tally.enter(twice, await explore(afterTwo, twice), firsts.length * seconds.length);
    }
  }
  expect(tally.singles).toBe(calls * DEATHS.length);
  tally.report(`${scenario.name}, ${guarantee}`, calls);
}

/**
 * One test for each scenario and each class of venue at which it is possible.
 *
 * @param stride of the second deaths
 */
export function exploreAll(scenarios: readonly Scenario[], stride: number = PAIR_STRIDE): void {
  describe.each(scenarios)('$name', (scenario) => {
    it.each(CLIENT_ORDER_ID_GUARANTEES.filter((guarantee) => isPossible(scenario, guarantee)))(
      'ends whole at a venue of %s whatever dies where (I1, I3, I4, I5, I7)',
      (guarantee) => exploreScenario(scenario, guarantee, stride),
      TIMEOUT_MS,
    );
  });
}

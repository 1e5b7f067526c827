import { decimal } from '../../../functions/core/decimal.ts';
import { FATAL_FAULTS, type Fault, type Latency, SURVIVED_FAULTS } from '../life.ts';
import type { VenueCall, VenueFault } from '../model-venue.ts';
import type { Random } from '../random.ts';
import type { Call } from '../trace.ts';
import type { Scenario } from './scenario.ts';

/** What goes wrong, decided call by call; nothing once it is calm. */
export interface WeatherReport {
  readonly meets: (call: Call) => Fault | undefined;
  readonly latency: (call: Call) => Latency;
  readonly script: (call: VenueCall) => VenueFault | undefined;
}

export function weatherReport(scenario: Scenario, random: Random, sinceStartMs: () => number): WeatherReport {
  const { weather, calmAtMs } = scenario;
  let faults = 0;
  const isRough = () => sinceStartMs() < calmAtMs;
  return {
    meets: ({ service }) => {
      if (!isRough() || faults >= weather.processFaultsMax || !random.chance(weather.processFault)) {
        return undefined;
      }
      faults += 1;
      const fault = random.pick([...FATAL_FAULTS, ...FATAL_FAULTS, ...SURVIVED_FAULTS]);
      return service === 'broker' && fault === 'repeats' ? 'loses-answer' : fault;
    },
    latency: ({ service }) => {
      const usual = service === 'broker' ? random.between(20, 150) : random.between(2, 12);
      const extra = () => (isRough() && random.chance(weather.spike) ? random.between(100, 4_000) : 0);
      return { toMs: usual + extra(), backMs: usual + extra() };
    },
    script: ({ call }) =>
      isRough() && random.chance(weather.venueFault) ? venueFault(random, call) : undefined,
  };
}

function venueFault(random: Random, call: VenueCall['call']): VenueFault {
  const late = (): VenueFault => ({ kind: 'late', afterMs: random.between(100, 8_000) });
  switch (call) {
    case 'place':
      return random.pick<() => VenueFault>([
        () => ({ kind: 'reject' }),
        () => ({ kind: 'busy' }),
        () => ({ kind: 'no-answer' }),
        () => ({ kind: 'done-no-answer' }),
        late,
        () => ({ kind: 'partial-fill', share: decimal(0.5) }),
        () => ({ kind: 'no-fill' }),
        () => ({ kind: 'no-fill', fillsAtLookup: random.between(1, 3) }),
      ])();
    case 'cancel':
      return random.pick<() => VenueFault>([
        () => ({ kind: 'reject' }),
        () => ({ kind: 'busy' }),
        () => ({ kind: 'no-answer' }),
        () => ({ kind: 'done-no-answer' }),
        () => ({ kind: 'fills-first' }),
        late,
      ])();
    case 'lookup':
      return random.pick<VenueFault>([{ kind: 'no-answer' }, { kind: 'miss' }]);
    default:
      return { kind: 'no-answer' };
  }
}

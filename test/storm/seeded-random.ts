/** Randomness that a seed gives again, the same whatever the machine. */
export interface SeededRandom {
  readonly seed: number;
  /** From 0 up to 1. */
  fraction(): number;
  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number;
  pick<Value>(values: readonly [Value, ...Value[]]): Value;
  /** True in so large a share of all cases. */
  chance(share: number): boolean;
}

const SEEDS = 2 ** 31;

/** The seed of `SEED`, or one of its own; printed, so that a failure can be replayed. */
export function announcedSeed(proof: string): number {
  const { SEED } = process.env;
  const seed = SEED === undefined ? Math.floor(Math.random() * SEEDS) : Number(SEED);
  console.info(`${proof}: SEED=${seed}`);
  return seed;
}

/** Mulberry32: 32 bits of state, and good enough to mix schedules. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (min: number, max: number) => min + Math.floor(fraction() * (max - min + 1));
  return {
    seed,
    fraction,
    integer,
    pick: (values) => values[integer(0, values.length - 1)] ?? values[0],
    chance: (share) => fraction() < share,
  };
}

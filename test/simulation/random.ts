/** Random numbers that a seed decides: the same seed gives the same ones. */
export interface Random {
  /** From 0 up to 1. */
  (): number;
  /** A whole number, both bounds included. */
  between(lowest: number, highest: number): number;
  /** Whether something of this probability happens. */
  chance(probability: number): boolean;
  /** One of the values. */
  pick<Value>(values: readonly [Value, ...Value[]]): Value;
  /** Random numbers that do not depend on how many were taken from these since. */
  fork(): Random;
}

const TWO_TO_32 = 4_294_967_296;

/** Mulberry32: small, fast and good enough to choose schedules. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / TWO_TO_32;
  };
  const between = (lowest: number, highest: number) => lowest + Math.floor(next() * (highest - lowest + 1));
  return Object.assign(next, {
    between,
    chance: (probability: number) => next() < probability,
    pick: <Value>(values: readonly [Value, ...Value[]]): Value =>
      values[between(0, values.length - 1)] ?? values[0],
    fork: () => seededRandom(between(0, TWO_TO_32 - 1)),
  });
}

const SEEDS = 2 ** 31;

/** The seed of `SEED`, or one of its own; printed, so that a failure can be replayed. */
export function announcedSeed(proof: string): number {
  const { SEED } = process.env;
  const seed = SEED === undefined ? Math.floor(Math.random() * SEEDS) : Number(SEED);
  console.info(`${proof}: SEED=${seed}`);
  return seed;
}

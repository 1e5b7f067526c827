import { createCredentialsStore } from '../../functions/brokers/credentials.ts';
import { createTradovateMemory } from '../../functions/brokers/tradovate/memory.ts';
import type { VenueAccess } from '../../functions/brokers/venue-access.ts';

/** The way to venues of a test that knows paper accounts only: there is none. */
export const NO_VENUES: VenueAccess = {
  fetch: async (input) => {
    throw new Error(`${input} was called; the test knows paper accounts only.`);
  },
  credentials: createCredentialsStore('none/', async () => undefined, Date),
  endpoints: {},
  tradovateMemory: createTradovateMemory(),
};

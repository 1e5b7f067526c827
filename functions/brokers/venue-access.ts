import type { Clock } from '../core/clock.ts';
import { readVenueEndpoints, type VenueEndpoints } from '../shared/environment.ts';
import { createSecretReader } from '../shared/secret-reader.ts';
import { type CredentialsStore, createCredentialsStore } from './credentials.ts';
import { createTradovateMemory, type TradovateMemory } from './tradovate/memory.ts';

/** How adapters reach their venues. */
export interface VenueAccess {
  readonly fetch: typeof fetch;
  readonly credentials: CredentialsStore;
  /**
   * Where venues are, in place of their own addresses: fakes, of tests and of the local cloud. Never from an account's
   * configuration, which could then have its credentials sent anywhere.
   */
  readonly endpoints: VenueEndpoints;
  /** What this environment remembers of its sessions with Tradovate. */
  readonly tradovateMemory: TradovateMemory;
}

/**
 * The way to venues that deployed functions take. Costs nothing before the first call.
 *
 * @param prefix the start of the names of this stage's secrets
 * @param variables the function's environment
 */
export function createVenueAccess(
  prefix: string,
  clock: Clock,
  variables: Readonly<Record<string, string | undefined>>,
): VenueAccess {
  return {
    fetch,
    credentials: createCredentialsStore(prefix, createSecretReader(), clock),
    endpoints: readVenueEndpoints(variables),
    tradovateMemory: createTradovateMemory(),
  };
}

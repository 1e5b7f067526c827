import type { Broker } from '../brokers/broker.ts';
import type { Clock } from '../core/clock.ts';
import type { Account } from '../core/configuration.ts';
import type { Ledger } from '../ledger/table.ts';

/** What executing needs from the outside; everything else the engine decides by itself. */
export interface Engine {
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** From 0 up to 1, for jitter. */
  readonly random: () => number;
  /** Unique text per call, to tell one holder of a lease from every other. */
  readonly newOwnerId: () => string;
  readonly wait: (durationMs: number) => Promise<void>;
  readonly createBroker: (account: Account) => Broker;
}

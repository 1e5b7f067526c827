import type { Broker } from '../brokers/broker.ts';
import type { Alert } from '../core/alert.ts';
import type { Clock } from '../core/clock.ts';
import type { Account } from '../core/configuration.ts';
import type { CircuitMemory } from '../ledger/circuits.ts';
import type { Ledger } from '../ledger/table.ts';

/** What executing needs from the outside; everything else the engine decides by itself. */
export interface Engine {
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** From 0 up to 1, for jitter. */
  readonly random: () => number;
  /** Unique text per call, to tell one holder of a lease from every other. */
  readonly newOwnerId: () => string;
  /** Backoff: the caller goes on when it is over. */
  readonly wait: (durationMs: number) => Promise<void>;
  /** Calls back once, after the duration, unless what it returns is called before: renewals and time limits. */
  readonly after: (durationMs: number, callback: () => void) => () => void;
  /** What is left of the invocation: no call to a venue begins that could outlast it. */
  readonly remainingTimeMs: () => number;
  /** Tells operators. Must neither throw nor make a call (I10). */
  readonly alert: (alert: Alert) => void;
  /** Successes that circuits have not been told yet; kept as long as the environment lives. */
  readonly circuitMemory: CircuitMemory;
  readonly createBroker: (account: Account) => Broker;
}

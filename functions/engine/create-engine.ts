import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Broker } from '../brokers/broker.ts';
import { type BrokerDependencies, createBroker } from '../brokers/create-broker.ts';
import type { Alert } from '../core/alert.ts';
import type { Account } from '../core/configuration.ts';
import type { Engine } from './engine.ts';

/** What a function that executes brings along. */
export interface EngineDependencies extends BrokerDependencies {
  /** Must neither throw nor make a call. */
  readonly alert: (alert: Alert) => void;
  /**
   * The adapter for an account's venue.
   *
   * @default the adapter that the account's configuration names
   */
  readonly createBroker?: (account: Account) => Broker;
}

/**
 * The engine as deployed functions run it, with this machine's timers and randomness, and all the time in the world:
 * whoever serves an invocation that ends says so in `remainingTimeMs`.
 */
export function createEngine(dependencies: EngineDependencies): Engine {
  const { client, tableName, clock, alert } = dependencies;
  return {
    ledger: { client, tableName },
    clock,
    random: Math.random,
    newOwnerId: randomUUID,
    wait: (durationMs) => wait(durationMs),
    after(durationMs, callback) {
      const timer = setTimeout(callback, durationMs);
      return () => clearTimeout(timer);
    },
    remainingTimeMs: () => Number.POSITIVE_INFINITY,
    alert,
    circuitMemory: new Map(),
    createBroker: dependencies.createBroker ?? ((account) => createBroker(account, dependencies)),
  };
}

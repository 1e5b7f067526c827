import { setTimeout as wait } from 'node:timers/promises';
import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { AccountId } from '../../functions/core/ids.ts';
import { TIMING } from '../../functions/core/lease.ts';
import { type AccountState, accountStateShape } from '../../functions/ledger/shapes/account.ts';
import { keys, type Ledger } from '../../functions/ledger/table.ts';

/** An account as it was first seen. Times in milliseconds since the epoch. */
interface Sighting {
  /** It became so between these two: at the first it was still as before. */
  readonly notYetAtMs: number;
  readonly seenAtMs: number;
  readonly state: AccountState;
}

/** A lease whose holder never gave it back: somebody else took the account after it had lapsed. */
export interface AbandonedLease {
  readonly accountId: AccountId;
  /** The holder did something at some time between these two, and nothing that could be seen after it. */
  readonly lastActedAfterMs: number;
  readonly lastActedBeforeMs: number;
  readonly executionId: string;
  /** Whether its orders were journaled: they may be at the venue. */
  readonly hasIntent: boolean;
  /** When the execution was first seen to be over and booked. */
  readonly settledAtMs: number | undefined;
  /** Whether whoever took the account next abandoned it in its turn, with the execution unfinished. */
  readonly isAbandonedAgain: boolean;
}

const POLL_MS = 10;

/**
 * Watches account items from outside, as often as it can, and tells afterwards who held what for how long. Between
 * two looks a lease may come and go; one that was abandoned stays for seconds and is never missed.
 */
export class AccountTimeline {
  readonly #ledger: Ledger;
  readonly #accountIds: readonly AccountId[];
  /** Only what differs from the sighting before. */
  readonly #sightings = new Map<AccountId, Sighting[]>();
  readonly #watching: Promise<void>;
  #lookedAtMs = 0;
  #isStopped = false;

  /** Starts at once. */
  constructor(ledger: Ledger, accountIds: readonly AccountId[]) {
    this.#ledger = ledger;
    this.#accountIds = accountIds;
    this.#watching = this.#watch();
  }

  /** Ends the watch. @throws whatever ended it before */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#watching;
  }

  abandonedLeases(): AbandonedLease[] {
    return [...this.#sightings].flatMap(([accountId, sightings]) => abandonedIn(accountId, sightings));
  }

  async #watch(): Promise<void> {
    while (!this.#isStopped) {
      await this.#look();
      await wait(POLL_MS);
    }
    // What happened since the last look.
    await this.#look();
  }

  async #look(): Promise<void> {
    const { client, tableName } = this.#ledger;
    const Keys = this.#accountIds.map((accountId) => keys.account(accountId));
    const notYetAtMs = this.#lookedAtMs;
    this.#lookedAtMs = Date.now();
    const { Responses } = await client.send(
      new BatchGetCommand({ RequestItems: { [tableName]: { Keys, ConsistentRead: true } } }),
    );
    const seenAtMs = Date.now();
    for (const item of Responses?.[tableName] ?? []) {
      const state = z.parse(accountStateShape, item);
      const { accountId } = state.configuration;
      const before = this.#sightings.get(accountId) ?? [];
      if (whatMatters(before.at(-1)?.state) !== whatMatters(state)) {
        this.#sightings.set(accountId, [...before, { notYetAtMs, seenAtMs, state }]);
      }
    }
  }
}

/** What a holder changes. */
function whatMatters(state: AccountState | undefined): string {
  const { fencingToken, lease, activeExecution } = state ?? {};
  return JSON.stringify([fencingToken, lease, activeExecution?.executionId, activeExecution?.intent]);
}

function abandonedIn(accountId: AccountId, sightings: readonly Sighting[]): AbandonedLease[] {
  return sightings.flatMap((sighting, index) => {
    const { lease, activeExecution } = sighting.state;
    const next = sightings[index + 1];
    if (!lease || !activeExecution || !next || !isTakenAfterLapse(sighting, next)) {
      return [];
    }
    const { executionId, intent } = activeExecution;
    const later = sightings.slice(index + 1);
    const settledIndex = later.findIndex(({ state }) => state.activeExecution?.executionId !== executionId);
    const untilSettled = settledIndex < 0 ? later : later.slice(0, settledIndex + 1);
    const isAbandonedAgain = untilSettled.some((each, position) =>
      isTakenAfterLapse(each, untilSettled[position + 1]),
    );
    return [
      {
        accountId,
        lastActedAfterMs: sighting.notYetAtMs,
        lastActedBeforeMs: sighting.seenAtMs,
        executionId,
        hasIntent: intent !== undefined,
        settledAtMs: later[settledIndex]?.seenAtMs,
        isAbandonedAgain,
      },
    ];
  });
}

/** Whether the lease was still there when it had lapsed, and then somebody else had the account. */
function isTakenAfterLapse({ state }: Sighting, next: Sighting | undefined): boolean {
  return (
    state.lease !== undefined &&
    next !== undefined &&
    next.state.fencingToken > state.fencingToken &&
    next.seenAtMs > state.lease.expiresAtMs + TIMING.clockSkewMs
  );
}

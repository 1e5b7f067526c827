import type { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Scheduler } from 'fast-check';
import { expect } from 'vitest';
import type { AccountId } from '../../functions/core/ids.ts';
import { TIMING } from '../../functions/core/lease.ts';
import { FLAT, type Position } from '../../functions/core/position.ts';
import { readAccount } from '../../functions/ledger/accounts.ts';
import type { AccountState } from '../../functions/ledger/shapes/account.ts';
import type { Ledger } from '../../functions/ledger/table.ts';
import { LOG, logAfter } from '../storm/contest.ts';

/**
 * What becomes of a call: it is answered; its answer is lost and the SDK sends it again; its answer is lost for good,
 * so that the caller never learns whether it took effect.
 */
export type Fate = 'answered' | 'sent-again' | 'unanswered';

/** The answer of the store was lost. */
export class AnswerLost extends Error {}

/** The account as all see it, and how every write to it is looked at when it takes effect. */
export class WatchedAccount {
  readonly #ledger: Ledger;
  readonly #accountId: AccountId;
  readonly #scheduler: Scheduler;
  #state: AccountState;
  /** Tokens of the entries in the log, in the order in which they took effect. */
  readonly entries: number[] = [];

  private constructor(ledger: Ledger, state: AccountState, scheduler: Scheduler) {
    this.#ledger = ledger;
    this.#accountId = state.configuration.accountId;
    this.#scheduler = scheduler;
    this.#state = state;
  }

  static async of(ledger: Ledger, accountId: AccountId, scheduler: Scheduler): Promise<WatchedAccount> {
    const state = await readAccount(ledger, accountId);
    if (!state) {
      throw new Error(`There is no account ${accountId}.`);
    }
    return new WatchedAccount(ledger, state, scheduler);
  }

  get fencingToken(): number {
    return this.#state.fencingToken;
  }

  get log(): Position | undefined {
    return this.#state.positions[LOG];
  }

  /** The ledger as one caller has it: the scheduler decides when its requests and their answers arrive. */
  ledgerOf(fates: readonly Fate[]): Ledger {
    let calls = 0;
    const send = async (command: UpdateCommand): Promise<unknown> => {
      const fate = fates[calls % fates.length] ?? 'answered';
      calls += 1;
      await this.#scheduler.schedule(Promise.resolve(), 'request');
      const answer = this.#apply(command);
      answer.catch(() => undefined);
      await this.#scheduler.schedule(Promise.resolve(), fate);
      if (fate === 'unanswered') {
        throw new AnswerLost('The answer was lost.');
      }
      return fate === 'answered' ? answer : this.#apply(command);
    };
    return { ...this.#ledger, client: Object.create(this.#ledger.client, { send: { value: send } }) };
  }

  /** Everything must be as it was left: nobody writes but through here. */
  expectLog(): void {
    expect(this.log).toEqual(this.entries.length === 0 ? undefined : this.entries.reduce(logAfter, FLAT));
    expect(this.entries).toEqual(this.entries.toSorted((left, right) => left - right));
  }

  /** The model takes effect before it gives its promise back: nothing comes between the write and the look at it. */
  async #apply(command: UpdateCommand): Promise<unknown> {
    const answering = this.#ledger.client.send(command);
    const looking = readAccount(this.#ledger, this.#accountId);
    const outcome = await answering.then(
      (value) => ({ isWritten: true, settle: () => value }),
      (error: unknown) => ({
        isWritten: false,
        settle: () => {
          throw error;
        },
      }),
    );
    const after = await looking;
    if (after && command.input.UpdateExpression !== undefined) {
      this.#expectRight(command.input.ExpressionAttributeValues ?? {}, after, outcome.isWritten);
    }
    return outcome.settle();
  }

  #expectRight(values: Record<string, unknown>, after: AccountState, isWritten: boolean): void {
    const before = this.#state;
    this.#state = after;
    if (!isWritten) {
      expect(after).toEqual(before);
    }
    if (':fence' in values) {
      this.#expectFenced(before, after, { fence: values[':fence'], owner: values[':owner'], isWritten });
    } else if (':lapsed' in values) {
      const lapsedMs = values[':lapsed'] as number;
      const { lease } = before;
      const isFree = !lease || lease.expiresAtMs < lapsedMs || lease.ownerId === values[':owner'];
      // The account is given exactly when it is free, or its lease has lapsed by the taker's clock.
      expect(isWritten).toBe(isFree);
      expect(after.fencingToken - before.fencingToken).toBe(isWritten ? 1 : 0);
      expect(after.positions).toEqual(before.positions);
    } else {
      // A forced unlock.
      expect(after.fencingToken - before.fencingToken).toBe(isWritten ? 1 : 0);
      expect(isWritten && after.lease !== undefined).toBe(false);
    }
  }

  /** I5: only the holder of the current lease changes anything. */
  #expectFenced(
    before: AccountState,
    after: AccountState,
    write: { readonly fence: unknown; readonly owner: unknown; readonly isWritten: boolean },
  ): void {
    const isHolder = before.fencingToken === write.fence && before.lease?.ownerId === write.owner;
    expect(write.isWritten && !isHolder).toBe(false);
    expect(after.fencingToken).toBe(before.fencingToken);
    if (after.positions[LOG]?.quantity !== before.positions[LOG]?.quantity) {
      this.entries.push(before.fencingToken);
    }
  }
}

/** When everybody sees a lease as lapsed, whoever wrote it: by the clock that is ahead most and the one behind most. */
export const lapsedForAllAfterMs = (skewMaxMs: number): number =>
  TIMING.leaseDurationMs + TIMING.clockSkewMs + 2 * skewMaxMs + 1;

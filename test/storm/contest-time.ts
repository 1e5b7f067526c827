import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Ledger } from '../../functions/ledger/table.ts';

interface Sleeper {
  readonly untilMs: number;
  wake(): void;
}

/** How long a call takes in the time of the contest. */
const CALL_MS = 5;

/**
 * The true time of a contest, of which each contender's clock shows a wrong one. It passes with every call to the
 * store, and jumps to the next who wants to go on when all others wait: so hours of waiting take no time, and those
 * who wake up together still meet at a real store.
 */
export class ContestTime {
  #nowMs = Date.parse('2026-11-22T00:00:00.000Z');
  #sleepers: Sleeper[] = [];
  #calls = 0;

  now(): number {
    return this.#nowMs;
  }

  sleep(durationMs: number): Promise<void> {
    return new Promise((wake) => {
      this.#sleepers.push({ untilMs: this.#nowMs + durationMs, wake });
      this.#jumpIfAllSleep();
    });
  }

  /**
   * The ledger, whose calls take time.
   *
   * @param travelMs how long the next request, or the next answer, is on its way
   */
  watch(ledger: Ledger, travelMs: () => number): Ledger {
    const { client } = ledger;
    const send = async (command: Parameters<DynamoDBDocumentClient['send']>[0]): Promise<unknown> => {
      await this.sleep(travelMs());
      try {
        return await this.#call(() => client.send(command));
      } finally {
        await this.sleep(travelMs());
      }
    };
    return { ...ledger, client: Object.create(client, { send: { value: send } }) };
  }

  async #call<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    this.#calls += 1;
    try {
      return await call();
    } finally {
      this.#calls -= 1;
      this.#passTo(this.#nowMs + CALL_MS);
      this.#jumpIfAllSleep();
    }
  }

  /** After those who are awake have asked for something or gone to sleep. */
  #jumpIfAllSleep(): void {
    setImmediate(() => {
      if (this.#calls === 0 && this.#sleepers.length > 0) {
        this.#passTo(Math.min(...this.#sleepers.map(({ untilMs }) => untilMs)));
      }
    });
  }

  #passTo(timeMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, timeMs);
    const due = this.#sleepers.filter(({ untilMs }) => untilMs <= this.#nowMs);
    if (due.length > 0) {
      this.#sleepers = this.#sleepers.filter(({ untilMs }) => untilMs > this.#nowMs);
      for (const { wake } of due) {
        wake();
      }
      // Whoever woke up may have nothing left to do.
      this.#jumpIfAllSleep();
    }
  }
}

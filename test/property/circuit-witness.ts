import { expect } from 'vitest';
import type { Circuit } from '../../functions/core/circuit.ts';
import type { CircuitChange } from '../../functions/ledger/circuits.ts';

/** What happened in one epoch, as those saw it who took part. */
class EpochRecord {
  failuresSent = 0;
  failuresDone = 0;
  changesSaid = 0;
  /** Who asked for a slot, having read the circuit in this epoch. */
  readonly askedBy = new Set<string>();
  /** By execution: until when it may pass. */
  readonly granted = new Map<string, number>();
  /** Probes with a slot that went well, from when their report was sent. */
  readonly provedBy = new Set<string>();
}

export const failuresOf = (circuit: Circuit): number =>
  circuit.state === 'closed'
    ? Object.values(circuit.buckets).reduce((sum, { failures }) => sum + failures, 0)
    : 0;

/**
 * Sees every state that the store goes through and everything that callers are told, and fails as soon as the two
 * cannot both be true.
 */
export class Witness {
  readonly #probesMax: number;
  readonly #epochs = new Map<number, EpochRecord>();
  #last: Circuit | undefined;

  constructor(probesMax: number) {
    this.#probesMax = probesMax;
  }

  of(epoch: number): EpochRecord {
    const record = this.#epochs.get(epoch) ?? new EpochRecord();
    this.#epochs.set(epoch, record);
    return record;
  }

  /** @param isOperators whether an operator's write led to this state */
  sees(circuit: Circuit, isOperators: boolean): void {
    const before = this.#last;
    this.#last = circuit;
    expect(circuit.probes.length).toBeLessThanOrEqual(this.#probesMax);
    for (const { executionId } of circuit.probes) {
      expect(this.of(circuit.epoch).askedBy).toContain(executionId);
    }
    expect(new Set(circuit.probes.map(({ executionId }) => executionId)).size).toBe(circuit.probes.length);
    if (circuit.state === 'open') {
      expect(circuit.probeSuccesses).toBeLessThanOrEqual(this.of(circuit.epoch).provedBy.size);
    }
    if (before === undefined || before.epoch === circuit.epoch) {
      expect(circuit.state).toBe(before?.state ?? 'closed');
      return;
    }
    expect(circuit.epoch).toBe(before.epoch + 1);
    if (isOperators) {
      return;
    }
    // By itself a circuit only opens, opens again, or closes when it was proven.
    expect([before.state, circuit.state]).not.toContain('isolated');
    if (circuit.state === 'closed') {
      expect(before.state).toBe('open');
      expect(this.of(before.epoch).provedBy.size).toBeGreaterThanOrEqual(this.#probesMax);
    }
  }

  /** Someone was let through as a probe, and may go on until its slot expires. */
  granted(
    epoch: number,
    executionId: string,
    clock: { readonly nowMs: number; readonly untilMs: number },
  ): void {
    const { granted } = this.of(epoch);
    granted.set(executionId, clock.untilMs);
    const live = [...granted.values()].filter((untilMs) => untilMs > clock.nowMs);
    expect(live.length).toBeLessThanOrEqual(this.#probesMax);
  }

  /** A report was answered. While the epoch lasts, the store must have all of its failures. */
  answered(epoch: number, change: CircuitChange | undefined, circuit: Circuit): void {
    const record = this.of(epoch);
    if (change) {
      record.changesSaid += 1;
      expect(circuit.epoch).toBeGreaterThan(epoch);
    }
    expect(record.changesSaid).toBeLessThanOrEqual(1);
    if (circuit.epoch === epoch && circuit.state === 'closed') {
      expect(failuresOf(circuit)).toBeGreaterThanOrEqual(record.failuresDone);
    }
  }
}

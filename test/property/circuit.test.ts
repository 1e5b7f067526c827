import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  admission,
  CIRCUIT_ACTIONS,
  type Circuit,
  type CircuitAction,
  type CircuitOutcome,
  callsInWindow,
  circuitStateAt,
} from '../../functions/core/circuit.ts';
import type { CircuitSettings } from '../../functions/core/configuration.ts';
import { CircuitCase } from '../ledger/circuits-case.ts';
import { modelLedger } from '../simulation/model-table.ts';
import { type Begun, ReferenceCircuit } from './circuit-reference.ts';
import { runs, TIMEOUT_MS } from './runs.ts';

/** What happens to a circuit, one thing after the other. */
type Step =
  | { readonly do: 'wait'; readonly durationMs: number }
  | { readonly do: 'begin' }
  | { readonly do: 'end' | 'again'; readonly which: number; readonly outcome: CircuitOutcome }
  | { readonly do: 'control'; readonly action: CircuitAction };

const settings: fc.Arbitrary<CircuitSettings> = fc.record({
  consecutiveFailures: fc.integer({ min: 1, max: 4 }),
  failureRate: fc.constantFrom(0.1, 0.3, 0.5, 0.6, 1),
  windowSeconds: fc.constantFrom(1, 7, 10),
  minimumCalls: fc.integer({ min: 1, max: 6 }),
  coolDownSeconds: fc.integer({ min: 1, max: 6 }),
  halfOpenProbes: fc.integer({ min: 1, max: 3 }),
});

const outcome = fc.constantFrom<CircuitOutcome>('success', 'success', 'failure', 'failure', 'crash');
const which = fc.nat(9);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      durationMs: fc.oneof(fc.nat(900), fc.nat(7_000), fc.constant(31_000)),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('begin' as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom('end' as const, 'again' as const), which, outcome }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('control' as const),
      action: fc.constantFrom(...CIRCUIT_ACTIONS),
    }),
  },
);

/** An execution that goes on, as both see it. */
interface Running {
  readonly begun: Begun;
  readonly circuit: Circuit;
}

/** The circuit in the store and the reference, going through the same. */
class Comparison {
  readonly #subject: CircuitCase;
  readonly #reference: ReferenceCircuit;
  readonly #running: Running[] = [];
  #executions = 0;

  constructor(chosen: CircuitSettings) {
    this.#subject = new CircuitCase(modelLedger().ledger, chosen);
    this.#reference = new ReferenceCircuit(chosen);
  }

  async take(next: Step): Promise<void> {
    const subject = this.#subject;
    switch (next.do) {
      case 'wait':
        subject.nowMs += next.durationMs;
        break;
      case 'control':
        this.#reference.control(next.action, subject.nowMs);
        await subject.control(next.action);
        break;
      case 'begin':
        await this.#begin();
        break;
      case 'end':
      case 'again':
        await this.#end(next);
    }
    await this.#compare();
  }

  async #begin(): Promise<void> {
    const subject = this.#subject;
    this.#executions += 1;
    const id = `execution-${this.#executions}`;
    const circuit = await subject.read();
    const begun = this.#reference.begin(id);
    const admitted = admission(circuit, subject.settings, subject.nowMs).kind;
    expect(admitted).toBe(this.#reference.admits(subject.nowMs));
    if (admitted === 'probe') {
      expect(await subject.acquire(id, circuit)).toBe(this.#reference.takeSlot(id, subject.nowMs));
    }
    // One that was refused goes on, too, as exits do: its report must change nothing.
    this.#running.push({ begun, circuit });
  }

  async #end(next: Extract<Step, { which: number }>): Promise<void> {
    const index = next.which % (this.#running.length || 1);
    const running = this.#running[index];
    if (!running) {
      return;
    }
    if (next.do === 'end') {
      this.#running.splice(index, 1);
    }
    const { begun, circuit } = running;
    const change = await this.#subject.report(next.outcome, { circuit, executionId: begun.id });
    expect(change?.kind).toBe(this.#reference.report(begun, next.outcome, this.#subject.nowMs));
  }

  async #compare(): Promise<void> {
    const { nowMs, settings: chosen } = this.#subject;
    const reference = this.#reference;
    const circuit = await this.#subject.read();
    expect([circuitStateAt(circuit, nowMs), circuit.epoch, circuit.openings]).toEqual([
      reference.stateAt(nowMs),
      reference.epoch,
      reference.openings,
    ]);
    expect(circuit.probes.map(({ executionId }) => executionId)).toEqual(
      reference.slots.flatMap((slot) => (slot ? [slot.id] : [])),
    );
    if (circuit.state === 'open') {
      expect(circuit.openUntilMs).toBe(reference.openUntilMs);
    } else if (circuit.state === 'closed') {
      expect(circuit.consecutiveFailures).toBe(reference.row);
      expect(callsInWindow(circuit, chosen, nowMs)).toEqual(reference.countsInWindow(nowMs));
    }
  }
}

it('a circuit does what a list of calls says, whatever happens to it', { timeout: TIMEOUT_MS }, async () => {
  await fc.assert(
    fc.asyncProperty(settings, fc.array(step, { maxLength: 40, size: 'max' }), async (chosen, steps) => {
      const comparison = new Comparison(chosen);
      for (const next of steps) {
        await comparison.take(next);
      }
    }),
    runs(300, 20_000),
  );
});

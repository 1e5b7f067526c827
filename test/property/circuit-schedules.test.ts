import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import fc, { type Scheduler } from 'fast-check';
import { expect, it } from 'vitest';
import {
  admission,
  CIRCUIT_ACTIONS,
  type Circuit,
  type CircuitAction,
  type CircuitOutcome,
  DEFAULT_CIRCUIT_SETTINGS,
  PROBE_DURATION_MS,
} from '../../functions/core/circuit.ts';
import type { CircuitSettings } from '../../functions/core/configuration.ts';
import { readCircuitItem } from '../../functions/ledger/circuits.ts';
import type { Ledger } from '../../functions/ledger/table.ts';
import { CircuitCase, NOW_MS } from '../ledger/circuits-case.ts';
import { modelLedger } from '../simulation/model-table.ts';
import { failuresOf, Witness } from './circuit-witness.ts';
import { runs, TIMEOUT_MS } from './runs.ts';

/** An environment: what its executions come to, one after the other, on a clock of its own. */
interface Environment {
  readonly outcomes: readonly CircuitOutcome[];
  readonly clockAheadMs: number;
  /** Which of its calls to the store lose their first answer, so that the SDK sends them again. */
  readonly repeats: readonly boolean[];
  /** It dies before this call to the store, or after it has taken effect: never when there are fewer. */
  readonly dies: { readonly atCall: number; readonly after: boolean } | undefined;
}

interface Story {
  readonly settings: CircuitSettings;
  readonly environments: readonly Environment[];
  readonly operators: readonly CircuitAction[];
  /** How time passes, in steps. */
  readonly ticksMs: readonly number[];
}

const environment: fc.Arbitrary<Environment> = fc.record({
  outcomes: fc.array(fc.constantFrom<CircuitOutcome>('failure', 'failure', 'failure', 'success', 'crash'), {
    minLength: 1,
    maxLength: 4,
  }),
  clockAheadMs: fc.nat(250),
  repeats: fc.array(
    fc.nat(9).map((number) => number === 0),
    { maxLength: 12 },
  ),
  dies: fc.option(fc.record({ atCall: fc.integer({ min: 1, max: 10 }), after: fc.boolean() }), {
    freq: 4,
    nil: undefined,
  }),
});

const story: fc.Arbitrary<Story> = fc.record({
  settings: fc.record({
    ...Object.fromEntries(
      Object.entries(DEFAULT_CIRCUIT_SETTINGS).map(([name, value]) => [name, fc.constant(value)]),
    ),
    consecutiveFailures: fc.integer({ min: 1, max: 4 }),
    // Nothing that is counted leaves this window, so that every failure can be accounted for to the end.
    windowSeconds: fc.constant(3_600),
    minimumCalls: fc.integer({ min: 2, max: 8 }),
    coolDownSeconds: fc.constant(1),
    halfOpenProbes: fc.integer({ min: 1, max: 3 }),
  }) as fc.Arbitrary<CircuitSettings>,
  environments: fc.array(environment, { minLength: 2, maxLength: 5 }),
  operators: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.constantFrom(...CIRCUIT_ACTIONS), { maxLength: 2 }) },
  ),
  ticksMs: fc.array(fc.constantFrom(100, 1_000, 2_000, 8_000, 31_000), { maxLength: 10 }),
});

class Dead extends Error {}

type Command = Parameters<DynamoDBDocumentClient['send']>[0];

/** Many environments on one circuit; the scheduler says whose call reaches the store next and whose answer comes. */
class Run {
  readonly #scheduler: Scheduler;
  readonly #story: Story;
  readonly #model = modelLedger();
  readonly #witness: Witness;
  readonly #truth: CircuitCase;
  #nowMs = NOW_MS;

  constructor(scheduler: Scheduler, told: Story) {
    this.#scheduler = scheduler;
    this.#story = told;
    this.#witness = new Witness(told.settings.halfOpenProbes);
    this.#truth = new CircuitCase(this.#model.ledger, told.settings);
  }

  async toTheEnd(): Promise<void> {
    const { environments, operators, ticksMs } = this.#story;
    await this.#scheduler.waitFor(
      Promise.all([
        this.#pass(ticksMs),
        ...operators.map((action) => this.#operate(action)),
        ...environments.map((each, index) => this.#execute(each, `environment-${index}`)),
      ]),
    );
    expect(this.#model.refused).toEqual([]);
    this.#judge(this.#current());
  }

  /** Without deaths nobody leaves a circuit closed that has seen as many failures in a row as open it. */
  #judge(circuit: Circuit): void {
    const { environments, settings } = this.#story;
    if (circuit.state !== 'closed' || environments.some(({ dies }) => dies)) {
      return;
    }
    expect(circuit.consecutiveFailures).toBeLessThan(settings.consecutiveFailures);
    const { failuresSent } = this.#witness.of(circuit.epoch);
    if (environments.some(({ repeats }) => repeats.includes(true))) {
      expect(failuresOf(circuit)).toBeGreaterThanOrEqual(failuresSent);
    } else {
      expect(failuresOf(circuit)).toBe(failuresSent);
    }
  }

  async #pass(ticksMs: readonly number[]): Promise<void> {
    for (const durationMs of ticksMs) {
      await this.#turn('time');
      this.#nowMs += durationMs;
    }
  }

  async #operate(action: CircuitAction): Promise<void> {
    const operator = this.#truth.elsewhere(this.#scheduled('operator', { repeats: [] }, true));
    operator.nowMs = this.#nowMs;
    await operator.control(action);
  }

  async #execute(which: Environment, name: string): Promise<void> {
    const subject = this.#truth.elsewhere(this.#scheduled(name, which, false));
    try {
      for (const [index, outcome] of which.outcomes.entries()) {
        subject.nowMs = this.#nowMs + which.clockAheadMs;
        await this.#executeOne(subject, `${name}/${index}`, outcome, which.clockAheadMs);
      }
    } catch (error) {
      if (!(error instanceof Dead)) {
        throw error;
      }
    }
  }

  async #executeOne(
    subject: CircuitCase,
    executionId: string,
    outcome: CircuitOutcome,
    clockAheadMs: number,
  ): Promise<void> {
    const circuit = await subject.read();
    const admitted = admission(circuit, subject.settings, subject.nowMs);
    if (admitted.kind === 'probe') {
      this.#witness.of(circuit.epoch).askedBy.add(executionId);
      if (!(await subject.acquire(executionId, circuit))) {
        return;
      }
      const untilMs = subject.nowMs - clockAheadMs + PROBE_DURATION_MS;
      this.#witness.granted(circuit.epoch, executionId, { nowMs: this.#nowMs, untilMs });
    }
    // A refused entry goes on, as an exit does: its report must not move the circuit.
    await this.#turn(`${executionId} at the venue`);
    subject.nowMs = this.#nowMs + clockAheadMs;
    const record = this.#witness.of(circuit.epoch);
    const isCounted = circuit.state === 'closed' && outcome !== 'success';
    record.failuresSent += isCounted ? 1 : 0;
    if (admitted.kind === 'probe') {
      record.granted.delete(executionId);
      if (outcome === 'success') {
        record.provedBy.add(executionId);
      }
    }
    const change = await subject.report(outcome, { circuit, executionId });
    record.failuresDone += isCounted ? 1 : 0;
    this.#witness.answered(circuit.epoch, change, this.#current());
  }

  /** A client whose calls reach the store, and whose answers come back, when the scheduler says so. */
  #scheduled(
    name: string,
    { repeats, dies }: Pick<Environment, 'repeats'> & Partial<Environment>,
    isOperators: boolean,
  ): Ledger {
    const { ledger } = this.#model;
    let calls = 0;
    const send = async (command: Command): Promise<unknown> => {
      calls += 1;
      const label = `${name} ${calls}`;
      const isRepeated = repeats[calls - 1] === true;
      const death = dies?.atCall === calls ? dies : undefined;
      if (death && !death.after) {
        throw new Dead();
      }
      if (isRepeated) {
        await this.#reach(command, label, isOperators);
      }
      const answer = await this.#reach(command, label, isOperators);
      if (death) {
        throw new Dead();
      }
      if (answer.status === 'rejected') {
        throw answer.reason;
      }
      return answer.value;
    };
    return { ...ledger, client: Object.create(ledger.client, { send: { value: send } }) };
  }

  async #reach(
    command: Command,
    label: string,
    isOperators: boolean,
  ): Promise<PromiseSettledResult<unknown>> {
    await this.#turn(`call ${label}`);
    const [answer] = await Promise.allSettled([this.#model.ledger.client.send(command)]);
    this.#witness.sees(this.#current(), isOperators);
    await this.#turn(`answer ${label}`);
    return answer;
  }

  #turn(label: string): Promise<void> {
    return this.#scheduler.schedule(Promise.resolve(), label);
  }

  /** What the store has at this very moment. */
  #current(): Circuit {
    return readCircuitItem(this.#model.items(this.#model.ledger.tableName)[0]);
  }
}

it('a circuit keeps its promises in every order of calls and answers', { timeout: TIMEOUT_MS }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), story, (scheduler, told) => new Run(scheduler, told).toTheEnd()),
    runs(400),
  );
});

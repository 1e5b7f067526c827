import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type Circuit, type CircuitOutcome, DEFAULT_CIRCUIT_SETTINGS } from '../../functions/core/circuit.ts';
import type { CircuitSettings } from '../../functions/core/configuration.ts';
import type { ExecutionId, StrategyId } from '../../functions/core/ids.ts';
import {
  acquireProbe,
  type CircuitMemory,
  controlCircuit,
  readCircuit,
  reportOutcome,
} from '../../functions/ledger/circuits.ts';
import type { Ledger } from '../../functions/ledger/table.ts';

/** The beginning of a bucket of the default window. */
export const NOW_MS = Date.parse('2026-11-22T10:00:00.000Z');

/** Settings under which nothing opens by itself. */
export const NEVER_OPENS = { consecutiveFailures: 1e9, minimumCalls: 1e9 };

let circuits = 0;

/** A circuit of a test's own, seen from one environment whose clock the test sets. */
export class CircuitCase {
  readonly strategyId: StrategyId;
  readonly settings: CircuitSettings;
  memory: CircuitMemory = new Map();
  nowMs = NOW_MS;
  private readonly ledger: Ledger;
  private executions = 0;

  constructor(ledger: Ledger, settings: Partial<CircuitSettings> = {}, strategyId?: StrategyId) {
    circuits += 1;
    this.ledger = ledger;
    this.settings = { ...DEFAULT_CIRCUIT_SETTINGS, ...settings };
    this.strategyId = strategyId ?? (`strategy-${circuits}` as StrategyId);
  }

  /** The same circuit from another environment, or through another client. */
  elsewhere(ledger = this.ledger, settings: Partial<CircuitSettings> = {}): CircuitCase {
    const other = new CircuitCase(ledger, { ...this.settings, ...settings }, this.strategyId);
    other.nowMs = this.nowMs;
    return other;
  }

  read(): Promise<Circuit> {
    return readCircuit(this.ledger, this.strategyId);
  }

  newExecution(): ExecutionId {
    this.executions += 1;
    return `execution-${this.executions}` as ExecutionId;
  }

  /** Reports of an execution of its own, which read the circuit just now unless the test says otherwise. */
  async report(outcome: CircuitOutcome, as: { circuit?: Circuit; executionId?: string } = {}) {
    return reportOutcome(this.ledger, this.memory, {
      strategyId: this.strategyId,
      executionId: (as.executionId ?? this.newExecution()) as ExecutionId,
      circuit: as.circuit ?? (await this.read()),
      settings: this.settings,
      outcome,
      nowMs: this.nowMs,
    });
  }

  async acquire(executionId: string, circuit?: Circuit): Promise<boolean> {
    return acquireProbe(this.ledger, {
      strategyId: this.strategyId,
      executionId: executionId as ExecutionId,
      circuit: circuit ?? (await this.read()),
      settings: this.settings,
      nowMs: this.nowMs,
    });
  }

  control(action: 'open' | 'close' | 'isolate' | 'reset', reason = 'maintenance'): Promise<Circuit> {
    const { strategyId, settings, nowMs } = this;
    return controlCircuit(this.ledger, { strategyId, action, settings, reason, nowMs });
  }

  /** Opens it by an operator and lets the cool-down pass. */
  async halfOpen(): Promise<Circuit> {
    await this.control('open');
    const circuit = await this.read();
    this.nowMs = circuit.state === 'open' ? circuit.openUntilMs : this.nowMs;
    return circuit;
  }
}

type Send = DynamoDBDocumentClient['send'];

function through(ledger: Ledger, send: (command: Parameters<Send>[0]) => Promise<unknown>): Ledger {
  const client = new Proxy(ledger.client, {
    get: (target, property) => (property === 'send' ? send : Reflect.get(target, property)),
  });
  return { ...ledger, client };
}

/** As if the first answer to every call were lost and the SDK sent it once more. */
export function losesFirstAnswers(ledger: Ledger): Ledger {
  return through(ledger, async (command) => {
    await ledger.client.send(command).catch(() => undefined);
    return ledger.client.send(command);
  });
}

/** Counts calls. */
export function counting(ledger: Ledger): { readonly ledger: Ledger; readonly calls: () => number } {
  let calls = 0;
  const counted = through(ledger, (command) => {
    calls += 1;
    return ledger.client.send(command);
  });
  return { ledger: counted, calls: () => calls };
}

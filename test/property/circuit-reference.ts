import type { CircuitAction, CircuitOutcome, CircuitState } from '../../functions/core/circuit.ts';
import type { CircuitSettings } from '../../functions/core/configuration.ts';

/** One call with the time at which it was reported. */
interface Call {
  readonly outcome: CircuitOutcome;
  readonly atMs: number;
}

/** What an execution knew of the circuit when it began. */
export interface Begun {
  readonly id: string;
  readonly epoch: number;
  readonly state: 'closed' | 'open' | 'isolated';
  readonly row: number;
  readonly calls: readonly Call[];
}

const PROBE_MS = 30_000;
const SKEW_MS = 250;

/**
 * What a circuit breaker is, told as simply as possible: a list of calls with their times, seen by one environment.
 * There is no store, no bucket and no counter; only a call's time is rounded down to a tenth of the window.
 */
export class ReferenceCircuit {
  state: Begun['state'] = 'closed';
  epoch = 0;
  openings = 0;
  openUntilMs = 0;
  row = 0;
  calls: Call[] = [];
  slots: ({ readonly id: string; readonly expiresAtMs: number } | undefined)[] = [];
  private proven = 0;
  /** Successes that the environment has not told anybody yet. */
  private untold: { readonly epoch: number; readonly calls: readonly Call[] } = { epoch: 0, calls: [] };
  private readonly settings: CircuitSettings;

  constructor(settings: CircuitSettings) {
    this.settings = settings;
  }

  stateAt(nowMs: number): CircuitState {
    return this.state === 'open' && this.openUntilMs <= nowMs ? 'halfOpen' : this.state;
  }

  begin(id: string): Begun {
    return { id, epoch: this.epoch, state: this.state, row: this.row, calls: [...this.calls] };
  }

  admits(nowMs: number): 'pass' | 'probe' | 'refuse' {
    switch (this.stateAt(nowMs)) {
      case 'closed':
        return this.isBad(nowMs) ? 'probe' : 'pass';
      case 'halfOpen':
        return 'probe';
      default:
        return 'refuse';
    }
  }

  takeSlot(id: string, nowMs: number): boolean {
    const slots = Array.from({ length: this.settings.halfOpenProbes }, (_, slot) => this.slots[slot]);
    const own = slots.findIndex((slot) => slot?.id === id);
    const free = slots.findIndex((slot) => slot === undefined || slot.expiresAtMs + SKEW_MS <= nowMs);
    const slot = own >= 0 ? own : free;
    if (slot >= 0) {
      this.slots[slot] = { id, expiresAtMs: nowMs + PROBE_MS };
    }
    return slot >= 0;
  }

  report(begun: Begun, outcome: CircuitOutcome, nowMs: number): 'opened' | 'closed' | undefined {
    switch (begun.state) {
      case 'closed':
        return this.reportCall(begun, { outcome, atMs: nowMs });
      case 'open':
        return begun.epoch === this.epoch ? this.reportProbe(begun.id, outcome, nowMs) : undefined;
      case 'isolated':
        return undefined;
    }
  }

  control(action: CircuitAction, nowMs: number): void {
    if (action === 'open') {
      this.openFor(this.inWindow(this.calls, nowMs), false, nowMs);
      return;
    }
    this.change(action === 'isolate' ? 'isolated' : 'closed');
    this.openings = action === 'reset' ? 0 : this.openings;
  }

  countsInWindow(nowMs: number) {
    const outcomes = this.inWindow(this.calls, nowMs).map(({ outcome }) => outcome);
    const crashes = outcomes.filter((outcome) => outcome === 'crash').length;
    const successes = outcomes.filter((outcome) => outcome === 'success').length;
    return { failures: outcomes.length - successes, successes, crashes };
  }

  private reportCall(begun: Begun, call: Call): 'opened' | undefined {
    const sawFailures = this.inWindow(begun.calls, call.atMs).some(({ outcome }) => outcome !== 'success');
    if (call.outcome === 'success' && begun.row === 0 && !sawFailures) {
      this.keep(begun.epoch, call);
      return undefined;
    }
    if (begun.epoch !== this.epoch) {
      return undefined;
    }
    this.calls.push(...(this.untold.epoch === this.epoch ? this.untold.calls : []), call);
    this.untold = { epoch: this.epoch, calls: [] };
    this.row = call.outcome === 'success' ? 0 : this.row + 1;
    return this.isBad(call.atMs) ? this.open(call.outcome === 'crash', call.atMs) : undefined;
  }

  private keep(epoch: number, call: Call): void {
    if (epoch >= this.untold.epoch) {
      const calls = epoch === this.untold.epoch ? this.untold.calls : [];
      this.untold = { epoch, calls: [...calls, call] };
    }
  }

  private reportProbe(id: string, outcome: CircuitOutcome, nowMs: number): 'opened' | 'closed' | undefined {
    const slot = this.slots.findIndex((each) => each?.id === id);
    if (slot < 0) {
      return undefined;
    }
    if (outcome !== 'success') {
      return this.open(outcome === 'crash', nowMs);
    }
    this.slots[slot] = undefined;
    this.proven += 1;
    if (this.proven < this.settings.halfOpenProbes) {
      return undefined;
    }
    this.change('closed');
    this.openings = 0;
    return 'closed';
  }

  private isBad(nowMs: number): boolean {
    const { failures, successes } = this.countsInWindow(nowMs);
    const calls = failures + successes;
    const { consecutiveFailures, minimumCalls, failureRate } = this.settings;
    const rate = calls === 0 ? 0 : failures / calls;
    return this.row >= consecutiveFailures || (calls >= minimumCalls && rate >= failureRate);
  }

  private inWindow(calls: readonly Call[], nowMs: number): Call[] {
    const windowMs = this.settings.windowSeconds * 1_000;
    return calls.filter(({ atMs }) => atMs - (atMs % (windowMs / 10)) > nowMs - windowMs);
  }

  private open(crashed: boolean, nowMs: number): 'opened' {
    this.openFor(this.inWindow(this.calls, nowMs), crashed, nowMs);
    this.openings += 1;
    return 'opened';
  }

  private openFor(recent: readonly Call[], crashed: boolean, nowMs: number): void {
    const afterCrash = crashed || recent.some(({ outcome }) => outcome === 'crash');
    const factor = ([1, 2, 4][this.openings] ?? 8) * (afterCrash ? 2 : 1);
    this.change('open');
    this.openUntilMs = nowMs + this.settings.coolDownSeconds * 1_000 * factor;
  }

  private change(state: Begun['state']): void {
    this.state = state;
    this.epoch += 1;
    this.calls = [];
    this.row = 0;
    this.slots = [];
    this.proven = 0;
  }
}

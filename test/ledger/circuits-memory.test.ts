import { expect, it } from 'vitest';
import { CLOSED_CIRCUIT, DEFAULT_CIRCUIT_SETTINGS } from '../../functions/core/circuit.ts';
import type { StrategyId } from '../../functions/core/ids.ts';
import { type CircuitMemory, rememberSuccess } from '../../functions/ledger/circuit-memory.ts';
import { NOW_MS } from './circuits-case.ts';

const success = (strategyId: string, nowMs = NOW_MS) => ({
  strategyId: strategyId as StrategyId,
  circuit: CLOSED_CIRCUIT,
  settings: DEFAULT_CIRCUIT_SETTINGS,
  nowMs,
});

it('an environment remembers so many strategies and forgets them all rather than grow', () => {
  const memory: CircuitMemory = new Map();
  for (let index = 0; index < 1_000; index += 1) {
    rememberSuccess(memory, success(`strategy-${index}`));
  }
  rememberSuccess(memory, success('strategy-0'));
  expect(memory.size).toBe(1_000);
  rememberSuccess(memory, success('strategy-1000'));
  expect([...memory.keys()]).toEqual(['strategy-1000']);
});

it('an environment that goes on for an hour remembers one window of them', () => {
  const memory: CircuitMemory = new Map();
  for (let minutes = 0; minutes < 60; minutes += 1) {
    for (let seconds = 0; seconds < 60; seconds += 2) {
      rememberSuccess(memory, success('strategy', NOW_MS + (minutes * 60 + seconds) * 1_000));
    }
  }
  const { successes } = memory.get('strategy' as StrategyId) ?? { successes: {} };
  expect(Object.values(successes)).toEqual([3, 3, 3, 3, 3, 3, 3, 3, 3, 3]);
});

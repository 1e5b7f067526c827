import { describe, expect, it } from 'vitest';
import { REHEARSABLE, rehearsedFault } from '../../functions/brokers/paper/rehearsal.ts';
import {
  REHEARSAL_FAULT_KINDS,
  REHEARSED_CALLS,
  type RehearsalFault,
} from '../../functions/core/configuration.ts';

const always = (kind: RehearsalFault['kind'], on: RehearsalFault['on']): RehearsalFault => ({
  kind,
  on,
  when: { type: 'always' },
});

describe('which calls a fault meets', () => {
  it.each<[string, RehearsalFault['when'], readonly number[]]>([
    ['the second', { type: 'nth', nth: 2 }, [2]],
    ['every third', { type: 'every', every: 3 }, [3, 6]],
    ['all', { type: 'always' }, [1, 2, 3, 4, 5, 6]],
  ])('%s of its kind', (_, when, expected) => {
    const faults = [{ kind: 'reset', on: 'place', when } as const];
    const met = [1, 2, 3, 4, 5, 6].filter(
      (number) => rehearsedFault(faults, { call: 'place', number }) === 'reset',
    );
    expect(met).toEqual(expected);
    expect(rehearsedFault(faults, { call: 'cancel', number: 2 })).toBeUndefined();
  });

  it('those of its symbol, when it names one', () => {
    const faults = [{ ...always('reject', 'place'), symbol: 'MNQM5' }];
    expect(rehearsedFault(faults, { call: 'place', number: 1, symbol: 'MNQM5' })).toBe('reject');
    expect(rehearsedFault(faults, { call: 'place', number: 1, symbol: 'MESM5' })).toBeUndefined();
  });

  it('is decided by the first fault that names the call', () => {
    const later: RehearsalFault = { kind: 'reject', on: 'place', when: { type: 'nth', nth: 2 } };
    const faults = [later, always('reset', 'place'), always('reject', 'place')];
    expect(rehearsedFault(faults, { call: 'place', number: 1 })).toBe('reset');
    expect(rehearsedFault(faults, { call: 'place', number: 2 })).toBe('reject');
  });
});

describe('the table of what can be rehearsed', () => {
  const pairs = REHEARSAL_FAULT_KINDS.flatMap((kind) => REHEARSED_CALLS.map((call) => ({ kind, call })));

  it.each(pairs)('decides whether $kind meets a $call', ({ kind, call }) => {
    expect(rehearsedFault([always(kind, call)], { call, number: 1 })).toBe(
      REHEARSABLE[kind].includes(call) ? kind : undefined,
    );
  });

  it('lets a fault without meaning stand in nobody’s way', () => {
    const faults = [always('miss', 'place'), always('reset', 'place')];
    expect(rehearsedFault(faults, { call: 'place', number: 1 })).toBe('reset');
  });
});

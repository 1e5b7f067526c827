import { describe, expect, it } from 'vitest';
import type { ActivityEntry, ActivityRecord, ActivityScope } from '../../functions/core/activity.ts';
import { figuresOf } from '../../functions/core/figures.ts';
import type { ExecutionId, SignalId, WebhookId } from '../../functions/core/ids.ts';

const EXECUTION = { executionId: 'sig~s~a' as ExecutionId } as const;
const SIGNAL = { signalId: 'sig' as SignalId, webhookId: 'w' as WebhookId } as const;
const TIMES = {
  receivedAtMs: 1_000,
  startedAtMs: 1_030,
  endedAtMs: 1_250,
  correlationId: 'c',
  retries: 0,
} as const;

function record(entries: readonly ActivityEntry[], scope: ActivityScope = 'ACCOUNT#a'): ActivityRecord {
  return { scope, place: '2026-11-22T10:00:00#1', atMs: 1_000, entries };
}

const countsOf = (...entries: readonly ActivityEntry[]) => figuresOf([record(entries)]).counts;

function order(status: 'FILLED' | 'NEW' | 'REJECTED' | 'UNKNOWN' | 'SENDING', from?: 'UNKNOWN' | 'NEW') {
  return {
    ...EXECUTION,
    type: 'ORDER_CHANGED',
    clientOrderId: status,
    status,
    ...(from ? { from } : {}),
  } as unknown as ActivityEntry;
}

const recorded = (
  status: 'COMPLETED' | 'UNKNOWN' | 'ROLLED_BACK',
  from?: 'UNKNOWN' | 'COMPLETED',
): ActivityEntry => ({
  type: 'EXECUTION_RECORDED',
  ...EXECUTION,
  ...TIMES,
  status,
  ...(from ? { from } : {}),
});

describe('figures', () => {
  it('count signals by what they became, refused ones by their reason', () => {
    const refused = (code: string): ActivityEntry => ({
      type: 'SIGNAL_REFUSED',
      ...SIGNAL,
      correlationId: 'c',
      reason: { code, message: '' },
    });
    const figures = figuresOf([
      record([{ type: 'SIGNAL_DUPLICATED', ...SIGNAL, duplicates: 7 }], 'WEBHOOK#w'),
      record([refused('RATE_LIMITED')], 'WEBHOOK#w'),
      record([refused('RATE_LIMITED')], 'WEBHOOK#w'),
      record([refused('whatever #1')], 'WEBHOOK#w'),
    ]);
    expect(figures.counts).toEqual({ signalsDuplicated: 1, signalsRefused: 3 });
    expect(figures.refusals).toEqual({ RATE_LIMITED: 2, OTHER: 1 });
  });

  it('measure an execution when it is first recorded, and never again', () => {
    const first = figuresOf([
      record([{ ...recorded('UNKNOWN'), placeMs: 120, retries: 2 } as ActivityEntry]),
    ]);
    expect(first.latenciesMs).toEqual({ queue: [30], place: [120], execution: [220], whole: [250] });
    expect(first.counts).toEqual({ executionsUnknown: 1, retries: 2 });
    const resolved = figuresOf([record([recorded('COMPLETED', 'UNKNOWN')])]);
    expect(resolved.latenciesMs).toEqual({ queue: [], place: [], execution: [], whole: [] });
    expect(resolved.counts).toEqual({ executionsCompleted: 1, executionsResolved: 1 });
  });

  it('do not count a record that is written again with the same status', () => {
    expect(countsOf(recorded('COMPLETED', 'COMPLETED'))).toEqual({});
  });

  it('take no time to be less than none, whatever two clocks say', () => {
    const early = { ...recorded('COMPLETED'), startedAtMs: 990 } as ActivityEntry;
    expect(figuresOf([record([early])]).latenciesMs.queue).toEqual([0]);
  });

  it('count orders where they are recorded, not where the journal tells of them', () => {
    expect(countsOf(order('SENDING'), order('NEW'))).toEqual({});
    expect(countsOf(recorded('COMPLETED'), order('FILLED'), order('NEW'), order('REJECTED'))).toEqual({
      executionsCompleted: 1,
      ordersFilled: 1,
      ordersWorking: 1,
      ordersRefused: 1,
    });
    expect(countsOf(recorded('COMPLETED', 'UNKNOWN'), order('FILLED', 'UNKNOWN'))).toMatchObject({
      ordersFilled: 1,
    });
  });

  it('count locks, crashes, circuits and kill switches', () => {
    const circuit = { type: 'CIRCUIT_CHANGED', strategyId: 's' };
    expect(
      countsOf(
        { type: 'LEASE_CONTENDED', contentions: 3, waitMs: 450 },
        { type: 'LEASE_TIMED_OUT', timeouts: 1 },
        { type: 'LEASE_TAKEN_OVER', ownerId: 'b', fromOwnerId: 'a', fencingToken: 4 },
        { ...circuit, state: 'open', from: 'closed' } as unknown as ActivityEntry,
        { ...circuit, state: 'closed', from: 'open' } as unknown as ActivityEntry,
        { type: 'HALTED', subject: 'everything', scope: 'all', reason: '', haltedBy: 'o' },
        { type: 'RESUMED', subject: 'everything', scope: 'all' },
      ),
    ).toEqual({
      lockContentions: 3,
      lockWaitMs: 450,
      lockTimeouts: 1,
      crashesRecovered: 1,
      circuitsOpened: 1,
      circuitsClosed: 1,
      halts: 1,
    });
  });

  it.each(['ACCOUNT', 'WEBHOOK', 'STRATEGY'] as const)(
    "leave out what is in the log of the canary's %s",
    (kind) => {
      expect(figuresOf([record([recorded('COMPLETED')], `${kind}#onefill-canary`)]).counts).toEqual({});
    },
  );
});

import { expect, it } from 'vitest';
import { raiseAlerts } from '../../functions/activity/raise-alerts.ts';
import type { ActivityEntry, ActivityRecord } from '../../functions/core/activity.ts';
import type { Alert } from '../../functions/core/alert.ts';

const executionId = 'sig_01m4z3t9zg0000000000000000~trend~paper-1';

function raisedBy(...entries: object[]): string[] {
  const alerts: Alert[] = [];
  const record: ActivityRecord = {
    scope: 'ACCOUNT#paper-1',
    place: '1',
    atMs: 0,
    entries: entries as ActivityEntry[],
  };
  void raiseAlerts((alert) => alerts.push(alert))([record]);
  return alerts.map(({ type, severity, subject }) => `${severity} ${type} ${subject}`);
}

const recorded = (status: string) => ({ type: 'EXECUTION_RECORDED', executionId, status });
const order = (status: string) => ({ type: 'ORDER_CHANGED', executionId, status });

it.each([
  ['HALTED', [recorded('HALTED')], [`CRITICAL COMPENSATION_FAILED ${executionId}`]],
  ['UNKNOWN', [recorded('UNKNOWN')], [`HIGH ORDER_UNKNOWN ${executionId}`]],
  ['undone', [recorded('ROLLED_BACK'), order('FILLED')], [`MEDIUM ROLLED_BACK ${executionId}`]],
  ['not placed', [recorded('ROLLED_BACK'), order('DENIED')], []],
  ['COMPLETED', [recorded('COMPLETED'), order('FILLED')], []],
  [
    'an account that Onefill halts',
    [
      {
        type: 'HALTED',
        subject: 'account',
        accountId: 'paper-1',
        scope: 'all',
        reason: 'r',
        haltedBy: 'onefill',
      },
    ],
    ['CRITICAL ACCOUNT_HALTED paper-1'],
  ],
  [
    'an account that an operator halts',
    [
      {
        type: 'HALTED',
        subject: 'account',
        accountId: 'paper-1',
        scope: 'all',
        reason: 'r',
        haltedBy: 'abc',
      },
    ],
    [],
  ],
  [
    'a circuit that opens',
    [{ type: 'CIRCUIT_CHANGED', strategyId: 's', state: 'open', from: 'closed' }],
    ['HIGH CIRCUIT_OPENED s'],
  ],
  [
    'a circuit that closes',
    [{ type: 'CIRCUIT_CHANGED', strategyId: 's', state: 'closed', from: 'open' }],
    ['LOW CIRCUIT_CLOSED s'],
  ],
  [
    'a circuit that an operator opens',
    [{ type: 'CIRCUIT_CHANGED', strategyId: 's', state: 'open', from: 'closed', action: 'open' }],
    [],
  ],
])('what the ledger says of %s is told', (_, entries, expected) => {
  expect(raisedBy(...entries)).toEqual(expected);
});

import type { ActivityEntry, ActivityRecord } from '../core/activity.ts';
import type { Alert } from '../core/alert.ts';
import { ONEFILL } from '../core/halt.ts';
import type { RaiseAlert } from '../shared/alert-log.ts';
import type { ActivityConsumer } from './record-activity.ts';

/**
 * Raises an alert for what became durable and operators have to hear of. The engine raises it as well, with the same type
 * and subject, but can die after its write and before its line.
 */
export function raiseAlerts(alert: RaiseAlert): ActivityConsumer {
  return (records) => {
    for (const record of records) {
      for (const raised of record.entries.flatMap((entry) => alertsOf(entry, record))) {
        alert(raised);
      }
    }
    return undefined;
  };
}

function alertsOf(entry: ActivityEntry, record: ActivityRecord): Alert[] {
  switch (entry.type) {
    case 'EXECUTION_RECORDED':
      return executionAlerts(entry, record);
    case 'CIRCUIT_CHANGED':
      return circuitAlerts(entry);
    case 'HALTED':
      return entry.subject === 'account' && entry.haltedBy === ONEFILL
        ? [
            {
              type: 'ACCOUNT_HALTED',
              severity: 'CRITICAL',
              subject: entry.accountId,
              message: entry.reason,
            },
          ]
        : [];
    default:
      return [];
  }
}

function executionAlerts(
  { executionId: subject, status, reason }: Extract<ActivityEntry, { type: 'EXECUTION_RECORDED' }>,
  { entries }: ActivityRecord,
): Alert[] {
  const message = reason?.message ?? status;
  switch (status) {
    case 'HALTED':
      return [{ type: 'COMPENSATION_FAILED', severity: 'CRITICAL', subject, message }];
    case 'UNKNOWN':
      return [{ type: 'ORDER_UNKNOWN', severity: 'HIGH', subject, message }];
    case 'ROLLED_BACK': {
      // One whose order never was at the venue was not placed rather than undone.
      const isUndone = entries.some(
        (entry) =>
          entry.type === 'ORDER_CHANGED' && entry.executionId === subject && entry.status !== 'DENIED',
      );
      return isUndone ? [{ type: 'ROLLED_BACK', severity: 'MEDIUM', subject, message }] : [];
    }
    default:
      return [];
  }
}

/** What operators did themselves they need not be told. */
function circuitAlerts({
  strategyId: subject,
  state,
  action,
  reason,
}: Extract<ActivityEntry, { type: 'CIRCUIT_CHANGED' }>): Alert[] {
  if (action !== undefined) {
    return [];
  }
  switch (state) {
    case 'open':
      return [
        {
          type: 'CIRCUIT_OPENED',
          severity: 'HIGH',
          subject,
          message: reason ?? 'The venue failed too often.',
        },
      ];
    case 'closed':
      return [{ type: 'CIRCUIT_CLOSED', severity: 'LOW', subject, message: 'The venue is well again.' }];
    default:
      return [];
  }
}

import { gzipSync } from 'node:zlib';
import type { LogsEvent } from '../../functions/alerts/log-events.ts';
import type { Alert } from '../../functions/core/alert.ts';

let lines = 0;

/** A line of a log, as CloudWatch Logs delivers it. */
export function lineOf(message: unknown, timestamp: number) {
  lines += 1;
  return {
    id: String(lines).padStart(56, '0'),
    timestamp,
    message: typeof message === 'string' ? message : JSON.stringify(message),
  };
}

/** A line with an alert in it. */
export const alertLine = (alert: Partial<Alert> & { readonly occurrences?: number }, timestamp: number) =>
  lineOf({ level: 'ERROR', message: 'Alert.', alert: { ...DRIFT, ...alert } }, timestamp);

const DRIFT: Alert = {
  type: 'POSITION_DRIFT',
  severity: 'HIGH',
  subject: 'paper-1',
  message: "Positions are not the broker's: MNQ 1, there 0.",
};

/** One delivery of a subscription. */
export function delivery(
  logEvents: readonly ReturnType<typeof lineOf>[],
  messageType: 'DATA_MESSAGE' | 'CONTROL_MESSAGE' = 'DATA_MESSAGE',
): LogsEvent {
  const data = {
    messageType,
    owner: '000000000000',
    logGroup: 'reconcile',
    logStream: 'a',
    subscriptionFilters: ['alerts'],
    logEvents,
  };
  return { awslogs: { data: gzipSync(JSON.stringify(data)).toString('base64') } };
}

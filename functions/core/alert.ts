/** How urgent an alert is, the least urgent first: CRITICAL means that money is at risk now. */
export const ALERT_SEVERITIES = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;
export type AlertSeverity = (typeof ALERT_SEVERITIES)[number];

/** What operators are told about. docs/alerts.md has a heading for each: what it means, what to check, what to do. */
export const ALERT_TYPES = [
  'ORDER_UNKNOWN',
  'COMPENSATION_FAILED',
  'ROLLED_BACK',
  'WORKER_CRASHED',
  'CIRCUIT_OPENED',
  'CIRCUIT_CLOSED',
  'CIRCUIT_UNCOUNTED',
  'LATE_ORDER',
  'PROTECTION_REFUSED',
  'PROTECTION_UNKNOWN',
  'CLOSED_FOR_SAFETY',
  'POSITION_DRIFT',
  'EXECUTION_STUCK',
  'LOCK_CONTENTION',
  'LOCK_TIMEOUT',
  'ACCOUNT_HALTED',
  'DAILY_LOSS_REACHED',
  'SIGNAL_MISSED',
  'DEAD_LETTERS',
  'DUPLICATE_CONFLICT',
  'RATE_LIMITED',
  'SECRETS_REFUSED',
  'MEMORY_HIGH',
] as const;
export type AlertType = (typeof ALERT_TYPES)[number];

/** Something that operators must hear of. Raising it adds no call and cannot fail (I10). */
export interface Alert {
  readonly type: AlertType;
  readonly severity: AlertSeverity;
  /**
   * What it is about: the id of an account, strategy, execution or webhook, or the name of a queue or function. With the type
   * it tells repetitions.
   */
  readonly subject: string;
  /** One sentence or two for a trader or an operator. No secrets. */
  readonly message: string;
}

/** Whether one alert is more urgent than another. */
export function isGraver(severity: AlertSeverity, than: AlertSeverity): boolean {
  return ALERT_SEVERITIES.indexOf(severity) > ALERT_SEVERITIES.indexOf(than);
}

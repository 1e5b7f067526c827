/** How urgent an alert is: CRITICAL means that money is at risk now. */
export type AlertSeverity = 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL';

/** What operators are told about. */
export type AlertType =
  | 'ORDER_UNKNOWN'
  | 'COMPENSATION_FAILED'
  | 'ROLLED_BACK'
  | 'WORKER_CRASHED'
  | 'CIRCUIT_OPENED'
  | 'CIRCUIT_CLOSED'
  | 'CIRCUIT_UNCOUNTED'
  | 'LATE_ORDER'
  | 'PROTECTION_REFUSED'
  | 'PROTECTION_UNKNOWN'
  | 'CLOSED_FOR_SAFETY'
  | 'POSITION_DRIFT'
  | 'EXECUTION_STUCK'
  | 'LOCK_TIMEOUT'
  | 'ACCOUNT_HALTED';

/** Something that operators must hear of. Raising it adds no call and cannot fail (I10). */
export interface Alert {
  readonly type: AlertType;
  readonly severity: AlertSeverity;
  /** What it is about: an account, strategy or execution id. With the type it tells repetitions. */
  readonly subject: string;
  readonly message: string;
}

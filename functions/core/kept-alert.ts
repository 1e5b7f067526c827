import { type Alert, type AlertSeverity, type AlertType, isGraver } from './alert.ts';
import { type AlertId, alertIdOf } from './ids.ts';

/** Who has seen an alert, and said so. */
export interface Acknowledgement {
  /** The operator's token id. */
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly reason?: string;
}

/** A notification that is due: somebody is sending it, and anybody may from `untilMs` on. */
export interface DueNotification {
  readonly ownerId: string;
  /** Milliseconds since the epoch. */
  readonly untilMs: number;
}

/** An alert as operators see it: all that happened of one type about one subject, until somebody acknowledged it. */
export interface KeptAlert {
  readonly alertId: AlertId;
  readonly type: AlertType;
  /** The gravest so far. */
  readonly severity: AlertSeverity;
  readonly subject: string;
  /** Of the last occurrence. */
  readonly message: string;
  /** How often it happened; at least, because some repetitions are not said. */
  readonly occurrences: number;
  /** Milliseconds since the epoch. */
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** How often operators were told. */
  readonly notifications: number;
  /** When they were told last. Milliseconds since the epoch. */
  readonly notifiedAtMs?: number;
  readonly due?: DueNotification;
  readonly acknowledged?: Acknowledgement;
  /** The deliveries that it was counted from lately: one that comes again adds nothing. */
  readonly deliveries: readonly string[];
  /** Grows with every change. */
  readonly version: number;
}

/** What one delivery of log lines says about one type and subject. */
export interface Occurrences extends Alert {
  readonly occurrences: number;
  /** Milliseconds since the epoch. */
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** The same whenever the same lines are delivered, and for no others. */
  readonly delivery: string;
}

/**
 * What is to become of an alert. `nothing`: the delivery was counted before, and operators were told. `wait`: it was counted
 * before, by somebody who may still be telling them, or has died over it.
 */
export type AlertChange =
  | { readonly kind: 'begin' | 'go-on'; readonly alert: KeptAlert }
  | { readonly kind: 'nothing' | 'wait' };

const MINUTE_MS = 60_000;

/** How long operators are not told again of the same. */
const QUIET_MS: Readonly<Record<AlertSeverity, number>> = {
  LOW: 5 * MINUTE_MS,
  MEDIUM: 5 * MINUTE_MS,
  HIGH: 5 * MINUTE_MS,
  CRITICAL: MINUTE_MS,
};

/** What happens again after so long is another alert: nobody would look for it where the first one is. */
const OVER_AFTER_MS = 60 * MINUTE_MS;
/** However often it happens, after so long it is another alert. */
const LASTS_AT_MOST_MS = 24 * 60 * MINUTE_MS;

/** How long one who has said that he will tell operators is believed; above what the function may take. */
export const DUE_FOR_MS = 30_000;

const DELIVERIES_MAX = 20;

/**
 * Counts what was delivered, and decides whether operators are told now: at once what is new or graver than before, and
 * again what goes on, no more than once in five minutes, or in one while money is at risk.
 *
 * @param kept the last alert of this type and subject
 * @param turn who would tell them, and when that is
 */
export function countOccurrences(
  kept: KeptAlert | undefined,
  counted: Occurrences,
  turn: { readonly ownerId: string; readonly nowMs: number },
): AlertChange {
  const due = { ownerId: turn.ownerId, untilMs: turn.nowMs + DUE_FOR_MS };
  if (kept?.deliveries.includes(counted.delivery)) {
    return repeated(kept, due, turn.nowMs);
  }
  if (kept === undefined || isOver(kept, counted)) {
    return { kind: 'begin', alert: begin(counted, due) };
  }
  const severity = isGraver(counted.severity, kept.severity) ? counted.severity : kept.severity;
  const isLater = counted.lastAtMs >= kept.lastAtMs;
  const { due: before, ...unchanged } = kept;
  const alert: KeptAlert = {
    ...unchanged,
    severity,
    message: isLater ? counted.message : kept.message,
    occurrences: kept.occurrences + counted.occurrences,
    firstAtMs: Math.min(kept.firstAtMs, counted.firstAtMs),
    lastAtMs: Math.max(kept.lastAtMs, counted.lastAtMs),
    deliveries: [...kept.deliveries, counted.delivery].slice(-DELIVERIES_MAX),
    version: kept.version + 1,
  };
  if (isDue(kept, severity, turn.nowMs)) {
    return { kind: 'go-on', alert: { ...alert, due } };
  }
  return { kind: 'go-on', alert: before === undefined ? alert : { ...alert, due: before } };
}

/** The alert once operators were told of it. */
export function notified({ due: _, ...kept }: KeptAlert, nowMs: number): KeptAlert {
  return {
    ...kept,
    notifications: kept.notifications + 1,
    notifiedAtMs: nowMs,
    version: kept.version + 1,
  };
}

/** The same delivery once more: whoever counted it may have died before operators were told. */
function repeated(kept: KeptAlert, due: DueNotification, nowMs: number): AlertChange {
  if (kept.due === undefined || kept.acknowledged !== undefined) {
    return { kind: 'nothing' };
  }
  // Our own: the answer to our write was lost.
  return kept.due.untilMs > nowMs && kept.due.ownerId !== due.ownerId
    ? { kind: 'wait' }
    : { kind: 'go-on', alert: { ...kept, due, version: kept.version + 1 } };
}

function isOver({ acknowledged, firstAtMs, lastAtMs }: KeptAlert, counted: Occurrences): boolean {
  if (acknowledged !== undefined) {
    // What happened before somebody looked, and was only delivered late, is what was looked at.
    return counted.lastAtMs > acknowledged.atMs;
  }
  return counted.firstAtMs - lastAtMs > OVER_AFTER_MS || counted.lastAtMs - firstAtMs > LASTS_AT_MOST_MS;
}

function isDue(kept: KeptAlert, severity: AlertSeverity, nowMs: number): boolean {
  if (kept.acknowledged !== undefined) {
    return false;
  }
  if (isGraver(severity, kept.severity)) {
    return true;
  }
  if (kept.due !== undefined) {
    return kept.due.untilMs <= nowMs;
  }
  return kept.notifiedAtMs === undefined || nowMs - kept.notifiedAtMs >= QUIET_MS[severity];
}

function begin({ delivery, ...counted }: Occurrences, due: DueNotification): KeptAlert {
  const { type, subject, firstAtMs } = counted;
  return {
    alertId: alertIdOf(firstAtMs, [type, subject, delivery]),
    ...counted,
    notifications: 0,
    due,
    deliveries: [delivery],
    version: 1,
  };
}

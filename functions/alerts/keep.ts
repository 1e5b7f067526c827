import type { Clock } from '../core/clock.ts';
import { OnefillError } from '../core/errors.ts';
import { countOccurrences, type KeptAlert, notified, type Occurrences } from '../core/kept-alert.ts';
import { beginAlert, changeAlert, readAlert, readLastAlert } from '../ledger/alerts.ts';
import type { Operations } from '../ledger/operations-table.ts';

/** What handling alerts needs. */
export interface AlertsContext {
  readonly operations: Operations;
  readonly clock: Clock;
  /** Sends a notification to whoever subscribed. */
  readonly publish: (alert: KeptAlert) => Promise<void>;
}

/** How often a change is decided anew because somebody else was faster. */
const ATTEMPTS_MAX = 8;

/**
 * Keeps what happened and, if it is time, tells operators. At least once: who dies between the write and the notification
 * leaves it due, and the redelivery sends it; who dies after it repeats it once. Of two at once only the one whose write
 * made it due sends it.
 *
 * @param ownerId of this attempt alone
 * @throws OnefillError ALERT_PENDING when the delivery has to come again: somebody else was about to tell operators, and may
 * have died
 */
export async function handleOccurrences(
  context: AlertsContext,
  counted: Occurrences,
  ownerId: string,
): Promise<void> {
  const alert = await keep(context, counted, ownerId);
  if (alert?.due?.ownerId !== ownerId) {
    return;
  }
  await context.publish(alert);
  await markNotified(context, alert, ownerId);
}

async function keep(
  { operations, clock }: AlertsContext,
  counted: Occurrences,
  ownerId: string,
): Promise<KeptAlert | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const last = await readLastAlert(operations, counted.type, counted.subject);
    const change = countOccurrences(last.alert, counted, { ownerId, nowMs: clock.now() });
    switch (change.kind) {
      case 'begin':
        if (await beginAlert(operations, change.alert, last.alertId)) {
          return change.alert;
        }
        break;
      case 'go-on':
        if (await changeAlert(operations, change.alert)) {
          return change.alert;
        }
        break;
      case 'nothing':
        return undefined;
      case 'wait':
        throw new OnefillError(
          'ALERT_PENDING',
          'retry',
          'Somebody else is about to tell operators, or has died over it.',
        );
    }
  }
  throw new OnefillError('ALERT_CONTENDED', 'retry', 'An alert changes faster than it can be counted.');
}

/** What is not marked is repeated once: operators hear twice rather than never. */
async function markNotified(
  { operations, clock }: AlertsContext,
  sent: KeptAlert,
  ownerId: string,
): Promise<void> {
  let alert: KeptAlert | undefined = sent;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    if (alert?.due?.ownerId !== ownerId || (await changeAlert(operations, notified(alert, clock.now())))) {
      return;
    }
    alert = await readAlert(operations, sent.alertId);
  }
}

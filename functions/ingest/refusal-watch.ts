import type { Alert } from '../core/alert.ts';
import type { WebhookId } from '../core/ids.ts';
import type { RaiseAlert } from '../shared/alert-log.ts';

/** A refusal as it was answered. */
export interface WatchedRefusal {
  readonly webhookId: WebhookId;
  readonly code: string;
  readonly sourceIp: string;
  readonly nowMs: number;
}

/** Looks at every refusal of a webhook that exists. Neither throws nor makes a call (I10). */
export type RefusalWatch = (refusal: WatchedRefusal) => void;

/** So many refusals of one kind within a minute are no accident any more. */
const STORM = { refusals: 10, windowMs: 60_000 } as const;

/** How many webhooks and kinds an environment remembers; then it forgets all of them. */
const REMEMBERED_MAX = 500;

interface Counted {
  readonly sinceMs: number;
  refusals: number;
}

/**
 * Tells operators of refusals that somebody should look at: a signal that reuses the id of another, at once; too many signals
 * and wrong secrets, when there are many of them. Each environment counts for itself, in memory, by webhook: whoever guesses
 * secrets from many addresses is one storm.
 */
export function watchRefusals(alert: RaiseAlert): RefusalWatch {
  const counts = new Map<string, Counted>();
  return (refusal) => {
    switch (refusal.code) {
      case 'IDEMPOTENCY_CONFLICT':
        alert(conflict(refusal));
        return;
      case 'RATE_LIMITED':
      case 'UNAUTHENTICATED': {
        const refusals = count(counts, refusal);
        if (refusals >= STORM.refusals) {
          alert(refusal.code === 'RATE_LIMITED' ? tooMany(refusal, refusals) : guessed(refusal, refusals));
        }
        return;
      }
      default:
    }
  };
}

function count(counts: Map<string, Counted>, { code, webhookId, nowMs }: WatchedRefusal): number {
  const key = `${code} ${webhookId}`;
  const counted = counts.get(key);
  if (counted !== undefined && nowMs - counted.sinceMs < STORM.windowMs) {
    counted.refusals += 1;
    return counted.refusals;
  }
  if (counts.size >= REMEMBERED_MAX) {
    counts.clear();
  }
  counts.set(key, { sinceMs: nowMs, refusals: 1 });
  return 1;
}

function conflict({ webhookId }: WatchedRefusal): Alert {
  return {
    type: 'DUPLICATE_CONFLICT',
    severity: 'HIGH',
    subject: webhookId,
    message:
      `The webhook ${webhookId} received a signal with the id of an earlier one and another payload. The later one was ` +
      'not traded.',
  };
}

function tooMany({ webhookId, sourceIp }: WatchedRefusal, refusals: number): Alert {
  return {
    type: 'RATE_LIMITED',
    severity: 'MEDIUM',
    subject: webhookId,
    message:
      `The webhook ${webhookId} refused ${refusals} signals within a minute because they came too fast, the last one from ` +
      `${sourceIp}. They were not traded.`,
  };
}

function guessed({ webhookId, sourceIp }: WatchedRefusal, refusals: number): Alert {
  return {
    type: 'SECRETS_REFUSED',
    severity: 'HIGH',
    subject: webhookId,
    message:
      `The webhook ${webhookId} refused ${refusals} requests within a minute because they showed no valid secret, the last ` +
      `one from ${sourceIp}.`,
  };
}

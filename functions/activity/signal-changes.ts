import * as z from 'zod/mini';
import type { ActivityEntry, ScopedEntries } from '../core/activity.ts';
import { OPERATOR } from '../core/operator.ts';
import type { Receipt } from '../core/receipt.ts';
import { receiptShape } from '../ledger/shapes/receipt.ts';
import type { LedgerChange } from './stream-record.ts';

/** What became of a signal. An operator's command has a receipt, too: it is in the log of the account it went to. */
export function signalChanges({ before, after }: LedgerChange): ScopedEntries | undefined {
  if (after === undefined) {
    return undefined;
  }
  const now = z.parse(receiptShape, after);
  const then = before && z.parse(receiptShape, before);
  return { scope: scopeOf(now, then), entries: entriesOf(now, then) };
}

function entriesOf(now: Receipt, then: Receipt | undefined): ActivityEntry[] {
  const { signalId, webhookId, correlationId, duplicates } = now;
  const subject = { signalId, webhookId };
  const entries: ActivityEntry[] = [];
  if (now.status === 'accepted' && then?.status !== 'accepted') {
    const { action, symbol } = now.signal;
    const executions = now.targets.length;
    entries.push({ type: 'SIGNAL_ACCEPTED', ...subject, correlationId, action, symbol, executions });
  }
  if (now.status === 'refused' && then?.status !== 'refused') {
    entries.push({ type: 'SIGNAL_REFUSED', ...subject, correlationId, reason: now.reason });
  }
  if (duplicates > (then?.duplicates ?? 0)) {
    entries.push({ type: 'SIGNAL_DUPLICATED', ...subject, duplicates });
  }
  return entries;
}

function scopeOf(now: Receipt, then: Receipt | undefined): ScopedEntries['scope'] {
  if (now.webhookId !== OPERATOR.webhookId) {
    return `WEBHOOK#${now.webhookId}`;
  }
  const accepted = [now, then].find((receipt) => receipt?.status === 'accepted');
  const [target] = accepted?.status === 'accepted' ? accepted.targets : [];
  return target ? `ACCOUNT#${target.accountId}` : 'SYSTEM';
}

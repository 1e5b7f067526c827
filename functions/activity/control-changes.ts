import * as z from 'zod/mini';
import type { ActivityEntry } from '../core/activity.ts';
import type { Halt } from '../core/halt.ts';
import type { AccountId, StrategyId, WebhookId } from '../core/ids.ts';
import { haltShape } from '../ledger/shapes/halt.ts';
import { text } from '../shared/shapes.ts';
import { configurationChanges } from './configuration-changes.ts';
import type { Item, LedgerChange } from './stream-record.ts';

/** What a kill switch stops, as entries name it. */
type HaltSubject =
  | { readonly subject: 'account'; readonly accountId: AccountId }
  | { readonly subject: 'strategy'; readonly strategyId: StrategyId }
  | { readonly subject: 'everything' };

/** What the item of a kill switch tells. */
export function haltChanges(subject: HaltSubject, { before, after }: LedgerChange): ActivityEntry[] {
  const read = (item: Item | undefined) => item && z.parse(haltShape, item);
  return switched(subject, read(before), read(after));
}

/** What became of a kill switch; a halt that is widened is told as a halt. */
export function switched(
  subject: HaltSubject,
  then: Halt | undefined,
  now: Halt | undefined,
): ActivityEntry[] {
  if (now) {
    const { scope, reason, haltedBy, haltedAtMs } = now;
    const isNew = then?.haltedAtMs !== haltedAtMs || then.scope !== scope;
    return isNew ? [{ type: 'HALTED', ...subject, scope, reason, haltedBy }] : [];
  }
  return then ? [{ type: 'RESUMED', ...subject, scope: then.scope }] : [];
}

/** What a webhook's item tells: its version also grows with its strategies, which is no change of its own. */
export function webhookChanges(id: WebhookId, { before, after }: LedgerChange): ActivityEntry[] {
  return configurationChanges('webhook', id, configurationIn(before), configurationIn(after));
}

/** The configuration in an item that has other things, too; absent when there is none any more. */
export function configurationIn(item: Item | undefined): Item | undefined {
  return item && z.parse(configuredShape, item).configuration;
}

const configuredShape = z.object({ configuration: z.optional(z.record(text, z.unknown())) });

/** What a strategy's item tells. */
export function strategyChanges(id: StrategyId, { before, after }: LedgerChange): ActivityEntry[] {
  return configurationChanges('strategy', id, before, after);
}

const tokenShape = z.object({ tokenId: text, role: text });

/** What a token's item tells: its id and role. The key is its hash, and stays out. */
export function tokenChanges({ before, after }: LedgerChange): ActivityEntry[] {
  const { tokenId, role } = z.parse(tokenShape, after ?? before);
  if (after === undefined) {
    return [{ type: 'TOKEN_REVOKED', tokenId, role }];
  }
  if (before === undefined) {
    return [{ type: 'TOKEN_ISSUED', tokenId, role }];
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ type: 'TOKEN_CHANGED', tokenId, role }];
}

import * as z from 'zod/mini';
import type { ActivityEntry, ActivityRecord, ActivityScope, ScopedEntries } from '../core/activity.ts';
import type { AccountId, StrategyId, WebhookId } from '../core/ids.ts';
import { number, text } from '../shared/shapes.ts';
import { accountChanges } from './account-changes.ts';
import { circuitChanges } from './circuit-changes.ts';
import { haltChanges, strategyChanges, tokenChanges, webhookChanges } from './control-changes.ts';
import { executionChanges, tradeChanges } from './execution-changes.ts';
import { signalChanges } from './signal-changes.ts';
import type { LedgerChange } from './stream-record.ts';

/** Far below what an item has room for, 400 KB. */
const ENTRIES_PER_RECORD_MAX = 100;
const ISSUES_MAX = 5;

/**
 * What a change of the ledger came to: pure, so that a record that is delivered again says the same. One that cannot be
 * read is told as such: to try again would not help, and those behind it must not wait.
 *
 * @returns nothing for what is no activity: renewed leases, rate windows, lists, sessions, the paper venue's own book;
 * more than one record for what one item has no room for
 */
export function activityOf(change: LedgerChange): ActivityRecord[] {
  const { place, atMs } = change;
  const told = read(change);
  if (told === undefined) {
    return [];
  }
  const { scope, entries } = told;
  return Array.from({ length: Math.ceil(entries.length / ENTRIES_PER_RECORD_MAX) }, (_, index) => {
    const start = index * ENTRIES_PER_RECORD_MAX;
    return {
      scope,
      place: index === 0 ? place : `${place}.${index}`,
      atMs,
      entries: entries.slice(start, start + ENTRIES_PER_RECORD_MAX),
    };
  });
}

function read(change: LedgerChange): ScopedEntries | undefined {
  try {
    return changesOf(change);
  } catch (error) {
    const { pk, sk } = change;
    return {
      scope: scopeOf(change),
      entries: [{ type: 'UNREADABLE', pk: shownKey(pk), sk, problem: problemOf(error) }],
    };
  }
}

function changesOf(change: LedgerChange): ScopedEntries | undefined {
  const { kind, id } = partsOf(change);
  switch (kind) {
    case 'ACCOUNT':
      return { scope: scopeOf(change), entries: accountItemChanges(id as AccountId, change) };
    case 'STRATEGY':
      return { scope: scopeOf(change), entries: strategyItemChanges(id as StrategyId, change) };
    case 'WEBHOOK':
      return {
        scope: scopeOf(change),
        entries: change.sk === 'CONFIGURATION' ? webhookChanges(id as WebhookId, change) : [],
      };
    case 'SIGNAL':
      return signalChanges(change);
    case 'CONTROL':
      return {
        scope: 'SYSTEM',
        entries: change.sk === 'HALT' ? haltChanges({ subject: 'everything' }, change) : [],
      };
    case 'TOKEN':
      return { scope: 'SYSTEM', entries: change.sk === 'TOKEN' ? tokenChanges(change) : [] };
    default:
      return undefined;
  }
}

function accountItemChanges(accountId: AccountId, change: LedgerChange): readonly ActivityEntry[] {
  const { sk } = change;
  if (sk === 'STATE') {
    return accountChanges(accountId, change);
  }
  if (sk.startsWith('EXECUTION#')) {
    return executionChanges(change);
  }
  return sk.startsWith('TRADE#') ? tradeChanges(change) : [];
}

function strategyItemChanges(strategyId: StrategyId, change: LedgerChange): readonly ActivityEntry[] {
  switch (change.sk) {
    case 'CONFIGURATION':
      return strategyChanges(strategyId, change);
    case 'CIRCUIT':
      return circuitChanges(strategyId, change);
    case 'HALT':
      return haltChanges({ subject: 'strategy', strategyId }, change);
    default:
      return [];
  }
}

function partsOf({ pk }: LedgerChange): { readonly kind: string; readonly id: string } {
  const end = pk.indexOf('#');
  return end === -1 ? { kind: pk, id: '' } : { kind: pk.slice(0, end), id: pk.slice(end + 1) };
}

function scopeOf(change: LedgerChange): ActivityScope {
  const { kind, id } = partsOf(change);
  return kind === 'ACCOUNT' || kind === 'STRATEGY' || kind === 'WEBHOOK' ? `${kind}#${id}` : 'SYSTEM';
}

/** The key of a token's item is its hash, which stays out. */
function shownKey(pk: string): string {
  return pk.startsWith('TOKEN#') ? 'TOKEN#***' : pk;
}

/** What zod throws, read without its class: that would bring all of zod into the bundle. */
const misfitShape = z.object({
  issues: z.array(z.object({ path: z.array(z.union([text, number])), code: text })),
});

/** Where an item does not fit, without what is there: that may be secret. */
function problemOf(error: unknown): string {
  const misfit = z.safeParse(misfitShape, error);
  if (misfit.success) {
    return misfit.data.issues
      .slice(0, ISSUES_MAX)
      .map(({ path, code }) => `${path.join('.')}: ${code}`)
      .join('; ');
  }
  return error instanceof Error ? error.name : 'unknown';
}

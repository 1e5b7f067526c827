import type { ActivityEntry, ConfiguredKind } from '../core/activity.ts';
import { canonicalJson } from '../shared/json.ts';
import type { Item } from './stream-record.ts';

/** What an entry of the log has room for; more of them changed when there are as many. */
const FIELDS_MAX = 20;

/** Which fields of a configuration changed: by name, since some of what they say is secret. */
export function configurationChanges(
  kind: ConfiguredKind,
  id: string,
  before: Item | undefined,
  after: Item | undefined,
): ActivityEntry[] {
  if (after === undefined) {
    return before === undefined ? [] : [{ type: 'CONFIGURATION_CHANGED', kind, id, change: 'deleted' }];
  }
  if (before === undefined) {
    return [{ type: 'CONFIGURATION_CHANGED', kind, id, change: 'created' }];
  }
  const fields = changedFields(before, after).slice(0, FIELDS_MAX);
  return fields.length === 0 ? [] : [{ type: 'CONFIGURATION_CHANGED', kind, id, change: 'changed', fields }];
}

function changedFields(before: Item, after: Item, prefix = ''): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return names.flatMap((name) => {
    const [then, now] = [before[name], after[name]];
    if (canonicalJson(then) === canonicalJson(now)) {
      return [];
    }
    return prefix === '' && isGroup(then) && isGroup(now)
      ? changedFields(then, now, `${name}.`)
      : [`${prefix}${name}`];
  });
}

function isGroup(value: unknown): value is Item {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

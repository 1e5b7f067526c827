import * as z from 'zod/mini';
import {
  ACTIVITY_TYPES,
  type ActivityEntry,
  type ActivityRecord,
  type ActivityScope,
  PLACE,
  placePrefixAt,
} from '../core/activity.ts';
import { isoTime } from '../core/clock.ts';
import { parseExecutionId, signalTimeMsOf } from '../core/ids.ts';
import { listActivity } from '../ledger/activity-log.ts';
import { listAllIds } from '../ledger/catalog.ts';
import type { Operations } from '../ledger/operations-table.ts';
import type { CatalogKind, Ledger } from '../ledger/table.ts';
import { ACTIVITY_COLUMNS } from './activity-columns.ts';
import { configuredId, time } from './fields.ts';
import type { IdRange } from './list-range.ts';
import type { Part } from './look-up.ts';
import { FIRST_ID, LAST_ID } from './pages.ts';
import { answerRecords, readListQuery, recordParameters } from './record-pages.ts';
import { invalid } from './refusals.ts';
import type { AdminHandle } from './route.ts';
import { type Position, readSizeOf, type Source, walk } from './walk.ts';

const SORTS = ['at', '-at'] as const;

/** More than of other lists: records are small. */
const RECORDS_AT_ONCE = 200;

/** The clocks of who took the signal and of the stream may differ. */
const CLOCK_SKEW_MS = 60_000;

const executionId = z.pipe(
  z.custom<string>(
    (id) => typeof id === 'string' && parseExecutionId(id) !== undefined,
    'must be the id of an execution',
  ),
  z.transform(parseExecutionId),
);

const listParameters = {
  accountId: z.optional(configuredId),
  strategyId: z.optional(configuredId),
  webhookId: z.optional(configuredId),
  executionId: z.optional(executionId),
  type: z.optional(z.enum(ACTIVITY_TYPES, `must be one of ${ACTIVITY_TYPES.join(', ')}`)),
  from: z.optional(time),
  to: z.optional(time),
  sort: z._default(z.enum(SORTS, 'must be at, or -at for the newest first'), '-at'),
  ...recordParameters((after) => parsePosition(after) !== undefined),
};

/** `GET /activity`: a page of the log. */
export async function listActivities(...[{ ledger, operations }, request]: Parameters<AdminHandle>) {
  const query = readListQuery(request, listParameters);
  if (!query.ok) {
    return query.answer;
  }
  const { type, from, to, sort, limit, cursor, format: _, ...filters } = query.value;
  if (filters.webhookId !== undefined && (filters.accountId ?? filters.strategyId ?? filters.executionId)) {
    const message = 'cannot be combined with accountId, strategyId or executionId';
    return invalid(request, [{ field: 'webhookId', message }]);
  }
  const fromMs =
    from ?? (filters.executionId && signalTimeMsOf(filters.executionId.signalId) - CLOCK_SKEW_MS);
  const range: IdRange = {
    from: fromMs === undefined ? FIRST_ID : placePrefixAt(fromMs),
    to: to === undefined ? LAST_ID : `${placePrefixAt(to)}${LAST_ID}`,
    order: sort === 'at' ? 'oldest-first' : 'newest-first',
  };
  const { found, next } = await walk([logsOf(operations, await scopesOf(ledger, filters), range)], {
    order: range.order,
    after: cursor && parsePosition(cursor.after),
    limit,
    idOf: ({ place }) => place,
    entriesOf: (record) =>
      record.entries.map((entry) => {
        const isWanted = (type === undefined || entry.type === type) && isAbout(filters, record, entry);
        return isWanted ? { record, entry } : undefined;
      }),
  });
  const rows = found.map(({ position, entry: { record, entry } }) => ({
    item: showEntry(record, position, entry),
    position: textOf(position),
  }));
  return answerRecords(request, query.value, { rows, next: next && textOf(next) }, ACTIVITY_COLUMNS);
}

/** The logs of several scopes. Places of two of them may be the same, and then the scope decides. */
export function logsOf(
  operations: Operations,
  scopes: readonly ActivityScope[],
  range: Part,
  readSize = readSizeOf(scopes.length, RECORDS_AT_ONCE),
): Source<ActivityRecord>[] {
  return scopes.map((scope) => ({
    scope,
    range,
    async page(rest) {
      const { records, hasMore } = await listActivity(operations, scope, { ...rest, limit: readSize });
      return { items: records, end: records.at(-1)?.place, hasMore };
    },
  }));
}

/** What the log is to be about; all of it has to hold. */
interface Filters {
  readonly accountId?: string | undefined;
  readonly strategyId?: string | undefined;
  readonly webhookId?: string | undefined;
  readonly executionId?: ReturnType<typeof parseExecutionId>;
}

/** The logs in which something about it may be. What a strategy did is in those of its accounts, whichever they were. */
async function scopesOf(ledger: Ledger, filters: Filters): Promise<ActivityScope[]> {
  const { accountId, strategyId, webhookId, executionId } = filters;
  if (webhookId !== undefined) {
    return [`WEBHOOK#${webhookId}`];
  }
  if (executionId) {
    return [`ACCOUNT#${executionId.accountId}`, `STRATEGY#${executionId.strategyId}`];
  }
  if (accountId !== undefined) {
    return [`ACCOUNT#${accountId}`];
  }
  if (strategyId !== undefined) {
    return [`STRATEGY#${strategyId}`, ...(await scopesOfAll(ledger, 'ACCOUNT'))];
  }
  const kinds = ['ACCOUNT', 'STRATEGY', 'WEBHOOK'] as const;
  const scopes = await Promise.all(kinds.map((kind) => scopesOfAll(ledger, kind)));
  return ['SYSTEM', ...scopes.flat()];
}

async function scopesOfAll(ledger: Ledger, kind: Exclude<CatalogKind, 'TOKEN'>): Promise<ActivityScope[]> {
  return (await listAllIds(ledger, kind)).map((id) => `${kind}#${id}` as const);
}

function isAbout(filters: Filters, { scope }: ActivityRecord, entry: ActivityEntry): boolean {
  const { accountId, strategyId, executionId } = filters;
  const ids = idsOf(scope, entry);
  return (
    (accountId === undefined || ids.accountId === accountId) &&
    (strategyId === undefined || ids.strategyId === strategyId) &&
    (executionId === undefined || ids.executionId === executionId.executionId)
  );
}

/** What an entry is about: by whose log it is in, and by what it says itself. */
function idsOf(scope: ActivityScope, entry: ActivityEntry) {
  const [kind, id] = scope.split('#');
  const execution = 'executionId' in entry ? parseExecutionId(entry.executionId ?? '') : undefined;
  return {
    ...(kind === 'ACCOUNT' ? { accountId: id } : {}),
    ...(kind === 'STRATEGY' ? { strategyId: id } : {}),
    ...(kind === 'WEBHOOK' ? { webhookId: id } : {}),
    ...execution,
  };
}

function showEntry({ scope, atMs }: ActivityRecord, position: Position, entry: ActivityEntry) {
  return {
    activityId: textOf(position),
    at: isoTime(atMs),
    ...idsOf(scope, entry),
    ...Object.fromEntries(Object.entries(entry).flatMap(([name, value]) => showField(name, value))),
  };
}

const TIME_IN_MS = /^(.*(?:At|Until))Ms$/;

/** As in other answers: times as ISO 8601, a reason as its code and its words. */
function showField(name: string, value: unknown): [string, unknown][] {
  const time = TIME_IN_MS.exec(name)?.[1];
  if (time !== undefined && typeof value === 'number') {
    return [[time, isoTime(value)]];
  }
  if (name !== 'reason') {
    return [[name, value]];
  }
  const { code, message } = z.parse(reasonShape, value);
  return [...(code === undefined ? [] : [['reason', code] as [string, unknown]]), ['reasonMessage', message]];
}

const reasonShape = z.union([
  z.pipe(
    z.string(),
    z.transform((message) => ({ code: undefined, message })),
  ),
  z.object({ code: z.string(), message: z.string() }),
]);

function textOf({ id, scope, index }: Position): string {
  return `${id}|${scope}|${index}`;
}

/** Reads a position out of a cursor; `undefined` when it is none of ours. */
function parsePosition(text: string): Position | undefined {
  const [id = '', scope = '', index = '', ...rest] = text.split('|');
  const isOne = PLACE.test(id) && scope !== '' && /^\d{1,4}$/.test(index) && rest.length === 0;
  return isOne ? { id, scope, index: Number(index) } : undefined;
}

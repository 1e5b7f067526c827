import * as z from 'zod/mini';
import { answer } from '../shared/http.ts';
import { ACCOUNTS } from './accounts.ts';
import { fields, flag } from './fields.ts';
import {
  failed,
  type Importer,
  type ImportPolicy,
  type ImportResult,
  importerOf,
  invalidItem,
  ON_CONFLICT,
} from './import-item.ts';
import { mapInParallel } from './parallel.ts';
import { check, readJson } from './read-request.ts';
import type { AdminContext, AdminHandle, AdminRequest } from './route.ts';
import { STRATEGIES } from './strategies.ts';
import { WEBHOOKS } from './webhooks.ts';

/** How many items one request may have. With the largest of them it takes a fraction of the function's time. */
const IMPORT_ITEMS_MAX = 200;
/** After this long no further item is begun: what is left of the function's 20 s is enough to end those begun. */
const BEGIN_WITHIN_MS = 12_000;
const WIDTH = 10;

/** In the order in which they are stored: by the time a strategy listens, its webhook and accounts are there. */
const IMPORTERS = {
  accounts: importerOf(ACCOUNTS),
  webhooks: importerOf(WEBHOOKS),
  strategies: importerOf(STRATEGIES),
} as const satisfies Readonly<Record<string, Importer>>;

type Collection = keyof typeof IMPORTERS;
const COLLECTIONS = Object.keys(IMPORTERS) as Collection[];

const listMessage = 'must be a list of what GET of one answers, each with its id';
const items = z._default(z.array(z.unknown(), listMessage), []);

const importInput = fields({
  accounts: items,
  webhooks: items,
  strategies: items,
  onConflict: z._default(z.enum(ON_CONFLICT, `must be one of ${ON_CONFLICT.join(', ')}`), 'fail'),
  dryRun: z._default(flag, false),
}).check(
  z.refine(
    (input) => COLLECTIONS.reduce((total, name) => total + input[name].length, 0) <= IMPORT_ITEMS_MAX,
    `may have at most ${IMPORT_ITEMS_MAX} items in all; send the others in further requests`,
  ),
);

/** One item to import, and where it stands in the request. */
interface Item {
  readonly collection: Collection;
  readonly index: number;
  readonly id: string | undefined;
  readonly sent: unknown;
}

/**
 * `POST /api/v1/configuration/import`: stores many items, each as its PUT would, and says of each what became of it. They do
 * not depend on each other: one that fails keeps none of the others from being stored. Sent again, also after it died
 * half-way, it ends the same.
 */
export async function importConfiguration(...[context, request]: Parameters<AdminHandle>) {
  const sent = readJson(request);
  if (!sent.ok) {
    return sent.answer;
  }
  const input = check(request, importInput, sent.value);
  if (!input.ok) {
    return input.answer;
  }
  const { onConflict, dryRun } = input.value;
  const beginUntilMs = context.clock.now() + BEGIN_WITHIN_MS;
  const results = new Map<Item, ImportResult>();
  const importOne = async (item: Item) => {
    const isLate = context.clock.now() > beginUntilMs;
    results.set(item, isLate ? notBegun() : await tryItem(context, request, item, { onConflict, dryRun }));
  };
  const all: Item[] = [];
  for (const collection of COLLECTIONS) {
    const { idOf } = IMPORTERS[collection];
    const listed = input.value[collection].map((one, index) => ({
      collection,
      index,
      id: idOf(one),
      sent: one,
    }));
    all.push(...listed);
    const known = new Set<string | undefined>();
    const first = listed.filter(({ id }) => id === undefined || (!known.has(id) && known.add(id)));
    for (const item of listed.filter((one) => !first.includes(one))) {
      results.set(item, invalidItem([{ field: idNameOf(collection), message: 'is listed already' }]));
    }
    await mapInParallel(lanesOf(first), WIDTH, async (lane) => {
      for (const item of lane) {
        await importOne(item);
      }
    });
  }
  const counts = countsOf([...results.values()]);
  request.note({ onConflict, dryRun, ...counts });
  return answer(200, {
    onConflict,
    dryRun,
    counts,
    results: all.map((item) => ({
      collection: item.collection,
      index: item.index,
      ...(item.id === undefined ? {} : { id: item.id }),
      ...results.get(item),
    })),
  });
}

/**
 * What is stored one after the other: strategies of one webhook, since each storing changes the webhook's version. Lanes
 * are independent of each other.
 */
function lanesOf(listed: readonly Item[]): Item[][] {
  const lanes = Object.groupBy(listed, ({ collection, index, sent }) =>
    collection === 'strategies' ? `of ${webhookOf(sent)}` : String(index),
  );
  return Object.values(lanes).flatMap((lane) => (lane ? [lane] : []));
}

function webhookOf(sent: unknown): string {
  return typeof sent === 'object' && sent !== null && 'webhookId' in sent ? String(sent.webhookId) : '';
}

async function tryItem(
  context: AdminContext,
  request: AdminRequest,
  { collection, sent }: Item,
  policy: ImportPolicy,
): Promise<ImportResult> {
  try {
    return await IMPORTERS[collection].importItem(context, sent, policy);
  } catch (error) {
    // Its name only: what an error says may hold what was sent, and that may be a secret.
    request.note({ lastError: error instanceof Error ? error.name : 'unknown' });
    return failed({ code: 'UNAVAILABLE', message: 'It could not be stored, or not wholly; send it again.' });
  }
}

function notBegun(): ImportResult {
  return failed({ code: 'UNAVAILABLE', message: 'There was no time for it; send it again.' });
}

function idNameOf(collection: Collection): string {
  return { accounts: ACCOUNTS, webhooks: WEBHOOKS, strategies: STRATEGIES }[collection].idName;
}

function countsOf(results: readonly ImportResult[]) {
  const counts = { created: 0, replaced: 0, unchanged: 0, skipped: 0, failed: 0 };
  for (const { result } of results) {
    counts[result] += 1;
  }
  return counts;
}

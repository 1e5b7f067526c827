import { CONFIGURED_ID } from '../core/ids.ts';
import { listIds } from '../ledger/catalog.ts';
import { answer } from '../shared/http.ts';
import { ACCOUNTS } from './accounts.ts';
import type { ConfigurationKind } from './configuration-kind.ts';
import { encodeCursor, pageParameters } from './pages.ts';
import { mapInParallel, READ_WIDTH } from './parallel.ts';
import { readQuery } from './read-request.ts';
import type { AdminContext, AdminHandle } from './route.ts';
import { STRATEGIES } from './strategies.ts';
import { WEBHOOKS } from './webhooks.ts';

/** A page is to fit into a request to import it, whose body may have 256 KB. */
const PAGE_BYTES_MAX = 200_000;

/** One thing that is configured, and where it stands among all of them. */
interface Exported {
  readonly collection: string;
  readonly id: string;
  readonly shown: Readonly<Record<string, unknown>>;
}

/** What walks through a collection, from behind an id on. */
interface Exporter {
  readonly collection: string;
  walk(context: AdminContext, start: string | undefined, readSize: number): AsyncIterable<Exported>;
}

/** In the order in which an import stores them. */
const EXPORTERS = [exporterOf(ACCOUNTS), exporterOf(WEBHOOKS), exporterOf(STRATEGIES)];

/**
 * `GET /api/v1/configuration/export`: everything that is configured, in pages that can be imported as they are. Secrets are
 * not in it: "***" stands for one that there is.
 */
export async function exportConfiguration(...[context, request]: Parameters<AdminHandle>) {
  const query = readQuery(
    request,
    pageParameters((after) => parsePosition(after) !== undefined),
  );
  if (!query.ok) {
    return query.answer;
  }
  const { limit, cursor } = query.value;
  const page: Exported[] = [];
  let bytes = 0;
  for await (const exported of walkAll(context, parsePosition(cursor?.after ?? ''), limit + 1)) {
    bytes += Buffer.byteLength(JSON.stringify(exported.shown));
    const last = page.at(-1);
    if (last && (page.length === limit || bytes > PAGE_BYTES_MAX)) {
      return answer(200, { ...groupsOf(page), nextCursor: encodeCursor(`${last.collection}#${last.id}`) });
    }
    page.push(exported);
  }
  return answer(200, groupsOf(page));
}

async function* walkAll(context: AdminContext, start: Place | undefined, readSize: number) {
  for (const exporter of EXPORTERS.slice(start?.index ?? 0)) {
    const isStart = exporter === EXPORTERS[start?.index ?? 0];
    yield* exporter.walk(context, isStart ? start?.after : undefined, readSize);
  }
}

function exporterOf<Id extends string, Input, Stored>(kind: ConfigurationKind<Id, Input, Stored>): Exporter {
  const { collection } = kind;
  return {
    collection,
    async *walk(context, start, readSize) {
      let after = start;
      let ids: string[];
      do {
        const page = { limit: readSize, ...(after === undefined ? {} : { after }) };
        ids = await listIds(context.ledger, kind.catalog, page);
        const stored = await mapInParallel(ids, READ_WIDTH, (id) => kind.read(context, id as Id));
        for (const [index, id] of ids.entries()) {
          const one = stored[index];
          if (one !== undefined) {
            yield { collection, id, shown: shownOf(kind.show(one)) };
          }
        }
        after = ids.at(-1);
      } while (ids.length === readSize);
    },
  };
}

function groupsOf(page: readonly Exported[]) {
  const groups = EXPORTERS.map(({ collection }) => [
    collection,
    page.filter((one) => one.collection === collection).map(({ shown }) => shown),
  ]);
  return Object.fromEntries(groups) as Record<string, unknown>;
}

/** What GET answers, without what nobody can send. */
function shownOf({ warnings: _, ...shown }: Readonly<Record<string, unknown>>) {
  return shown;
}

/** How far a walk has come: which collection, and the id behind which it goes on. */
interface Place {
  readonly index: number;
  readonly after: string;
}

/** Reads a place out of a cursor; `undefined` when it is none of ours. */
function parsePosition(text: string): Place | undefined {
  const [collection, after = '', ...rest] = text.split('#');
  const index = EXPORTERS.findIndex((exporter) => exporter.collection === collection);
  return index < 0 || rest.length > 0 || !CONFIGURED_ID.test(after) ? undefined : { index, after };
}

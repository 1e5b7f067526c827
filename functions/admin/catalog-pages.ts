import { CONFIGURED_ID } from '../core/ids.ts';
import { listIds } from '../ledger/catalog.ts';
import type { CatalogKind } from '../ledger/table.ts';
import { answer } from '../shared/http.ts';
import { pageOf, pageParameters } from './pages.ts';
import { mapInParallel, READ_WIDTH } from './parallel.ts';
import { readQuery } from './read-request.ts';
import type { AdminContext, AdminHandle } from './route.ts';

/**
 * Answers with those of a kind that there is something to say of. The pages are those of all ids of the kind, so one may hold
 * fewer items than asked for, or none, and still have a cursor.
 *
 * @param read what to say of one, or `undefined`
 */
export function catalogPages<Id extends string>(
  kind: CatalogKind,
  read: (context: AdminContext, id: Id) => Promise<object | undefined>,
): AdminHandle {
  return async (context, request) => {
    const query = readQuery(
      request,
      pageParameters((after) => CONFIGURED_ID.test(after)),
    );
    if (!query.ok) {
      return query.answer;
    }
    const { limit, cursor } = query.value;
    // One more than asked for tells whether another page is worth a cursor.
    const ids = await listIds(context.ledger, kind, { ...cursor, limit: limit + 1 });
    const page = ids.slice(0, limit);
    const found = await mapInParallel(page, READ_WIDTH, (id) => read(context, id as Id));
    const items = found.filter((one) => one !== undefined);
    return answer(200, pageOf(items, ids.length > limit ? page.at(-1) : undefined));
  };
}

import { type AccountId, CONFIGURED_ID } from '../core/ids.ts';
import { readAccount } from '../ledger/accounts.ts';
import { listIds } from '../ledger/catalog.ts';
import type { AccountState } from '../ledger/shapes/account.ts';
import { answer } from '../shared/http.ts';
import { pageOf, pageParameters } from './pages.ts';
import { mapInParallel, READ_WIDTH } from './parallel.ts';
import { readQuery } from './read-request.ts';
import type { AdminHandle } from './route.ts';

/**
 * Answers with those accounts that there is something to say of. The pages are those of all accounts, so one may hold
 * fewer items than asked for, or none, and still have a cursor.
 *
 * @param show what to say of an account, or `undefined`
 */
export function accountPages(
  show: (account: AccountState, nowMs: number) => object | undefined,
): AdminHandle {
  return async ({ ledger, clock }, request) => {
    const query = readQuery(
      request,
      pageParameters((after) => CONFIGURED_ID.test(after)),
    );
    if (!query.ok) {
      return query.answer;
    }
    const { limit, cursor } = query.value;
    // One more than asked for tells whether another page is worth a cursor.
    const ids = await listIds(ledger, 'ACCOUNT', { ...cursor, limit: limit + 1 });
    const page = ids.slice(0, limit);
    const accounts = await mapInParallel(page, READ_WIDTH, (id) => readAccount(ledger, id as AccountId));
    const items = accounts.flatMap((account) => (account && show(account, clock.now())) ?? []);
    return answer(200, pageOf(items, ids.length > limit ? page.at(-1) : undefined));
  };
}

import type { AccountId } from '../core/ids.ts';
import { readAccount } from '../ledger/accounts.ts';
import type { AccountState } from '../ledger/shapes/account.ts';
import { catalogPages } from './catalog-pages.ts';
import type { AdminHandle } from './route.ts';

/**
 * Answers with those accounts that there is something to say of.
 *
 * @param show what to say of an account, or `undefined`
 */
export function accountPages(
  show: (account: AccountState, nowMs: number) => object | undefined,
): AdminHandle {
  return catalogPages('ACCOUNT', async ({ ledger, clock }, id: AccountId) => {
    const account = await readAccount(ledger, id);
    return account && show(account, clock.now());
  });
}

import type { AccountId } from '../../../functions/core/ids.ts';
import { readAccount } from '../../../functions/ledger/accounts.ts';
import { judgeTrades, recordedIn } from '../judge-trades.ts';
import type { World } from '../world.ts';
import type { Scenario } from './scenario.ts';

/** What a moment at which nobody is at work has to say of trades and what protects them. */
export interface QuietMoment {
  readonly atMs: number;
  readonly problems: readonly string[];
}

/** Looks at every account at which nobody is at work, in the books and at the venue. */
export async function quietMoment(
  { store, venue, alerts, time }: World,
  { accountIds, guarantee, enforcesReduceOnly: onlyReduces }: Scenario,
): Promise<QuietMoment> {
  const problems: string[] = [];
  for (const accountId of accountIds as AccountId[]) {
    const account = await readAccount(store.ledger, accountId);
    const isOpenTo = guarantee !== 'NONE' || Object.keys(account?.openOrders ?? {}).length === 0;
    if (account && !account.lease && !account.activeExecution && isOpenTo) {
      judgeTrades(
        { ...recordedIn(store, accountId), account, orders: venue.orders(accountId), alerts, onlyReduces },
        (holds, what) => (holds ? undefined : problems.push(what)),
      );
    }
  }
  return { atMs: time.now(), problems };
}

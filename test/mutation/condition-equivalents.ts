import type { Removal } from './condition-removal.ts';

/** Removals that change nothing that anybody could see, and why. The script checks that they exist and survive. */
const EQUIVALENT: readonly (Pick<Removal, 'site' | 'clause'> & { readonly because: string })[] = [
  {
    site: 'ledger/held-account.ts releaseAccount',
    clause: '#lease.ownerId = :owner',
    because:
      'every taker and every forced unlock raises the token: with ours, there is our lease or none to be removed',
  },
];

/** Whether a removal is known to change nothing. */
export function isEquivalent({ site, clause }: Removal): boolean {
  return EQUIVALENT.some((row) => row.site === site && row.clause === clause);
}

/** The rows of the table that no removal survived by. */
export function staleEquivalents(survivors: readonly Removal[]): string[] {
  return EQUIVALENT.filter(
    (row) => !survivors.some(({ site, clause }) => row.site === site && row.clause === clause),
  ).map(({ site, clause }) => `${site}: ${clause}`);
}

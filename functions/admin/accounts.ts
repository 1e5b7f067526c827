import { isDeepStrictEqual } from 'node:util';
import { forgetCalls } from '../brokers/paper/book.ts';
import type { Account, Simulation } from '../core/configuration.ts';
import type { AccountId } from '../core/ids.ts';
import { deleteAccount, readAccount } from '../ledger/accounts.ts';
import { configureAccount, readBeforeChange } from '../ledger/configure-account.ts';
import { type AccountInput, accountInput, showFault } from './account-input.ts';
import type { ConfigurationKind, Saved } from './configuration-kind.ts';
import { configurationRoutes } from './configuration-routes.ts';
import type { AdminContext } from './route.ts';

/** Where orders go. An account's state (positions, lease) is not configuration and stays untouched. */
export const ACCOUNTS: ConfigurationKind<AccountId, AccountInput, Account> = {
  catalog: 'ACCOUNT',
  collection: 'accounts',
  idName: 'accountId',
  schema: accountInput,
  read,
  isSame: ({ accountId, ...stored }, input) => isDeepStrictEqual(stored, input),
  rehearse: ({ ledger }, accountId, input) => readBeforeChange(ledger, { ...input, accountId }),
  save,
  remove: ({ ledger }, accountId) => deleteAccount(ledger, accountId),
  show,
};

/** `/api/v1/accounts` */
export const ACCOUNT_ROUTES = configurationRoutes(ACCOUNTS);

async function read({ ledger }: AdminContext, accountId: AccountId): Promise<Account | undefined> {
  return (await readAccount(ledger, accountId))?.configuration;
}

async function save(
  context: AdminContext,
  accountId: AccountId,
  input: AccountInput,
): Promise<Saved<Account>> {
  const account: Account = { ...input, accountId };
  const { state } = (await readBeforeChange(context.ledger, account)) ?? {};
  const previous = state?.deleted ? undefined : state?.configuration;
  if (!isDeepStrictEqual(simulationOf(previous), simulationOf(account))) {
    // Before the change, not after it: dying in between, a repetition still sees that the rehearsal changes.
    await forgetCalls({ ...context.ledger, accountId });
  }
  const { created } = await configureAccount(context.ledger, account);
  return { kind: 'saved', created, stored: account };
}

function show(account: Account) {
  const simulation = simulationOf(account);
  return simulation
    ? { ...account, simulation: { ...simulation, faults: simulation.faults.map(showFault) } }
    : { ...account };
}

function simulationOf(account: Account | undefined): Simulation | undefined {
  return account?.broker === 'paper' ? account.simulation : undefined;
}

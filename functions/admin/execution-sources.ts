import type { Execution } from '../core/execution.ts';
import { type AccountId, type ExecutionId, parseExecutionId } from '../core/ids.ts';
import { listingsOf } from '../core/listing.ts';
import { isFinalStatus, type Order, type OrderStatus } from '../core/order.ts';
import { readAccount, readAccounts } from '../ledger/accounts.ts';
import { listExecutions, readExecutions } from '../ledger/executions.ts';
import type { AccountState } from '../ledger/shapes/account.ts';
import type { Ledger } from '../ledger/table.ts';
import type { ExecutionState } from './execution-state.ts';
import type { IdRange } from './list-range.ts';
import { accountsToRead, idsOf, inOrderOf, isOf, type Part, stagesOf } from './look-up.ts';
import type { AdminContext } from './route.ts';
import { NO_PAGE, type Position, readSizeOf, type Source, type SourcePage } from './walk.ts';

/** An execution that is recorded or under way. */
export interface BegunExecution {
  readonly executionId: ExecutionId;
  readonly orders: readonly Order[];
  readonly startedAtMs: number;
  readonly endedAtMs?: number;
  readonly state: Exclude<ExecutionState, { kind: 'pending' }>;
}

/** What a list of executions or orders is asked for. */
export interface ExecutionFilter {
  readonly accountId?: string | undefined;
  readonly strategyId?: string | undefined;
  readonly symbol?: string | undefined;
  readonly status?: Execution['status'] | 'RUNNING' | undefined;
  readonly orderStatus?: OrderStatus | undefined;
}

/** Where to look for executions: accounts' items have those that are under way, and the others are recorded. */
export async function executionStages(
  context: AdminContext,
  range: IdRange,
  filter: ExecutionFilter,
): Promise<(readonly Source<BegunExecution>[])[]> {
  const { ledger } = context;
  const { accountId, strategyId, status, orderStatus } = filter;
  const accountIds = await accountsToRead(ledger, accountId);
  if (status === 'RUNNING' || (orderStatus !== undefined && !isFinalStatus(orderStatus))) {
    // A record that has an order which still works is of an execution in the account's books.
    const beside = () => readBegun(ledger, accountIds, openOf);
    return [[{ range, beside, page: async () => NO_PAGE }]];
  }
  return stagesOf(context, listingsOf('execution', filter), range, {
    all: (part) => accountSources(ledger, accountIds, part),
    found: (part, findIds) => ({
      range: part,
      beside: () => readBegun(ledger, accountIds, () => []),
      async page(rest) {
        const { items, ...page } = await findIds(rest);
        const executions = await readExecutions(ledger, idsOf(items));
        return {
          ...page,
          items: inOrderOf(items, executions, ({ executionId }) => executionId).map(recorded),
        };
      },
    }),
    keys: accountId === undefined ? undefined : (part) => recordsOf(ledger, accountId as AccountId, part),
    canBeWanted: isOf(accountIds, strategyId),
  });
}

/** The executions of each account, and what it is at. */
export function accountSources(
  ledger: Ledger,
  accountIds: readonly AccountId[],
  range: Part,
  readSize = readSizeOf(accountIds.length),
): Source<BegunExecution>[] {
  return accountIds.map((accountId) => ({
    range,
    // Before the records: an execution is recorded before it stops being the active one, so it is in either.
    async beside() {
      return activeOf(await readAccount(ledger, accountId));
    },
    async page(part) {
      const { items, ...page } = await recordsOf(ledger, accountId, part, readSize);
      return { ...page, items: items.map(recorded) };
    },
  }));
}

async function recordsOf(
  ledger: Ledger,
  accountId: AccountId,
  range: IdRange,
  limit = readSizeOf(1),
): Promise<SourcePage<Execution>> {
  const { executions, hasMore } = await listExecutions(ledger, accountId, { ...range, limit });
  return { items: executions, end: executions.at(-1)?.executionId, hasMore };
}

/** What accounts are at and what else their items tell of, each as it is recorded, if it is. */
async function readBegun(
  ledger: Ledger,
  accountIds: readonly AccountId[],
  othersOf: (account: AccountState) => readonly ExecutionId[],
): Promise<BegunExecution[]> {
  const accounts = await readAccounts(ledger, accountIds);
  const active = accounts.flatMap(activeOf);
  const ids = [...active.map(({ executionId }) => executionId), ...accounts.flatMap(othersOf)];
  const records = await readExecutions(ledger, idsOf([...new Set(ids)]));
  const known = new Set(records.map(({ executionId }) => executionId));
  return [...records.map(recorded), ...active.filter(({ executionId }) => !known.has(executionId))];
}

function openOf({ openOrders }: AccountState): ExecutionId[] {
  return Object.values(openOrders).map(({ executionId }) => executionId);
}

function activeOf(account: AccountState | undefined): BegunExecution[] {
  const { activeExecution: active, openOrders = {} } = account ?? {};
  return active
    ? [{ ...active, orders: active.intent?.orders ?? [], state: { kind: 'running', active, openOrders } }]
    : [];
}

function recorded(execution: Execution): BegunExecution {
  return { ...execution, state: { kind: 'recorded', execution } };
}

/** A place in a list of executions or orders, for a cursor. */
export function textOf({ id, index }: Position): string {
  return `${id}#${index}`;
}

/** Reads a place out of a cursor; `undefined` when it is none of ours. */
export function parsePosition(text: string): Position | undefined {
  const [, execution = '', index = ''] = /^([^#]+)#(\d{1,4})$/.exec(text) ?? [];
  const id = parseExecutionId(execution)?.executionId;
  return id && { id, scope: '', index: Number(index) };
}

import * as z from 'zod/mini';
import { HALT_SCOPES, type Halt } from '../core/halt.ts';
import type { AccountId, StrategyId } from '../core/ids.ts';
import { haltAccount, resumeAccount } from '../ledger/account-controls.ts';
import { readAccount } from '../ledger/accounts.ts';
import { listAllIds } from '../ledger/catalog.ts';
import {
  haltEverything,
  haltStrategy,
  readGlobalHalt,
  readStrategyHalt,
  resumeEverything,
  resumeStrategy,
} from '../ledger/halts.ts';
import type { Ledger } from '../ledger/table.ts';
import { readStrategy } from '../ledger/webhooks.ts';
import { answer, type HttpAnswer } from '../shared/http.ts';
import { configuredIdIn, readCommand, reason } from './command.ts';
import { fields } from './fields.ts';
import { mapInParallel, READ_WIDTH } from './parallel.ts';
import { readQuery } from './read-request.ts';
import { conflict, notFound } from './refusals.ts';
import type { AdminContext, AdminHandle, AdminRequest, Route } from './route.ts';
import { showHalt } from './show-halt.ts';

/** The kill switches: of one account, one strategy, or everything. They count from the very next message on. */
export const HALT_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/halt', access: 'viewer', handle: listHalts },
  ...switchRoutes('', everything),
  ...switchRoutes('/strategies/{id}', strategy),
  ...switchRoutes('/accounts/{id}', account),
];

function switchRoutes(path: string, find: FindSwitch): Route[] {
  const change = { method: 'POST', access: 'operator', scope: 'operate' } as const;
  return [
    { ...change, path: `${path}/halt`, isSafe: true, handle: haltOf(find) },
    { ...change, path: `${path}/resume`, handle: resumeOf(find) },
  ];
}

/** One kill switch: what it stops, and how it is thrown and lifted. */
interface Switch {
  /** For answers, for example `{ accountId: 'paper-1' }`. */
  readonly subject: Readonly<Record<string, string>>;
  /** Throws it. @returns the halt that stands, or `undefined` when there is no such thing */
  throw(ledger: Ledger, halt: Halt): Promise<Halt | undefined>;
  /** Lifts it. @returns false when there is no such thing */
  lift(ledger: Ledger): Promise<boolean>;
}

type FindSwitch = (request: AdminRequest) => Switch | undefined;

const haltInput = fields({
  reason: z.exactOptional(reason),
  scope: z._default(z.enum(HALT_SCOPES, 'must be all, or entries to let exits through'), 'all'),
});
const resumeInput = fields({ reason: z.exactOptional(reason) });

const NO_REASON = 'No reason was given.';

function everything(): Switch {
  return {
    subject: {},
    throw: haltEverything,
    async lift(ledger) {
      await resumeEverything(ledger);
      return true;
    },
  };
}

function strategy(request: AdminRequest): Switch | undefined {
  const strategyId = configuredIdIn<StrategyId>(request);
  return (
    strategyId && {
      subject: { strategyId },
      throw: async (ledger, halt) =>
        (await readStrategy(ledger, strategyId)) && haltStrategy(ledger, strategyId, halt),
      lift: async (ledger) =>
        (await resumeStrategy(ledger, strategyId)) !== undefined ||
        (await readStrategy(ledger, strategyId)) !== undefined,
    }
  );
}

function account(request: AdminRequest): Switch | undefined {
  const accountId = configuredIdIn<AccountId>(request);
  return (
    accountId && {
      subject: { accountId },
      throw: async (ledger, halt) =>
        (await haltAccount(ledger, accountId, halt))
          ? ((await readAccount(ledger, accountId))?.halt ?? halt)
          : undefined,
      lift: (ledger) => resumeAccount(ledger, accountId),
    }
  );
}

function haltOf(find: FindSwitch): AdminHandle {
  return async ({ ledger, clock }, request) => {
    const input = readCommand(request, haltInput);
    if (!input.ok) {
      return input.answer;
    }
    const { scope, reason = NO_REASON } = input.value;
    const found = find(request);
    const halt: Halt = { scope, reason, haltedBy: request.tokenId, haltedAtMs: clock.now() };
    const standing = await found?.throw(ledger, halt);
    if (!found || !standing) {
      return absent(request);
    }
    return standing.scope === scope
      ? answer(200, { ...found.subject, halt: showHalt(standing) })
      : conflict(request, `It is halted for everything already, exits included: ${standing.reason}`);
  };
}

function resumeOf(find: FindSwitch): AdminHandle {
  return async ({ ledger }, request) => {
    const input = readCommand(request, resumeInput);
    if (!input.ok) {
      return input.answer;
    }
    const found = find(request);
    return found && (await found.lift(ledger))
      ? answer(200, { ...found.subject, halt: null })
      : absent(request);
  };
}

function absent(request: AdminRequest): HttpAnswer {
  return notFound(request, `There is no ${request.parameters.id} to halt or resume.`);
}

async function listHalts({ ledger }: AdminContext, request: AdminRequest) {
  const query = readQuery(request, {});
  if (!query.ok) {
    return query.answer;
  }
  const [global, strategies, accounts] = await Promise.all([
    readGlobalHalt(ledger),
    haltedAmong(ledger, 'STRATEGY', (id: StrategyId) => readStrategyHalt(ledger, id)),
    haltedAmong(ledger, 'ACCOUNT', async (id: AccountId) => (await readAccount(ledger, id))?.halt),
  ]);
  return answer(200, {
    everything: global ? showHalt(global) : null,
    strategies: strategies.map(({ id, halt }) => ({ strategyId: id, halt })),
    accounts: accounts.map(({ id, halt }) => ({ accountId: id, halt })),
  });
}

async function haltedAmong<Id extends string>(
  ledger: Ledger,
  kind: 'STRATEGY' | 'ACCOUNT',
  read: (id: Id) => Promise<Halt | undefined>,
) {
  const ids = await listAllIds(ledger, kind);
  const halts = await mapInParallel(ids, READ_WIDTH, (id) => read(id as Id));
  return ids.flatMap((id, index) => {
    const halt = halts[index];
    return halt ? [{ id, halt: showHalt(halt) }] : [];
  });
}

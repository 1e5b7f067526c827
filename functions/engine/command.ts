import type { Books } from '../core/books.ts';
import { decimal } from '../core/decimal.ts';
import type { ExecutionRequest, Reason } from '../core/execution.ts';
import { type AccountId, executionIdOf, type SignalId, type StrategyId } from '../core/ids.ts';
import { OPERATOR } from '../core/operator.ts';
import type { Signal } from '../core/signal.ts';
import { readExecution } from '../ledger/executions.ts';
import { recordIntent, releaseAccount } from '../ledger/held-account.ts';
import { booksOf } from '../ledger/positions.ts';
import type { Intent } from '../ledger/shapes/account.ts';
import { recordUnplaced } from '../ledger/unplaced.ts';
import type { Engine } from './engine.ts';
import { asResult, type ExecuteResult, journalOf } from './execute.ts';
import { finish, resume } from './recover.ts';
import { hasIntent, sagaOf } from './saga.ts';
import { settle } from './settle.ts';
import { unplaced } from './unplaced.ts';
import { type Venue, venueOf } from './venue.ts';
import { type Hold, withAccount } from './with-account.ts';

/** An operator's word about an account, as it is executed. */
export interface Command {
  readonly accountId: AccountId;
  /** Of the command's receipt. The same id is executed once. */
  readonly signalId: SignalId;
  readonly correlationId: string;
  readonly receivedAtMs: number;
}

/** An operator is at hand: the command counts now, or has to be given again. */
const COMMAND_AGE_SECONDS = 60;

/**
 * A command as executions have it.
 *
 * @param strategyId for whom it is executed
 */
export function requestOf(
  command: Command,
  signal: Signal,
  strategyId: StrategyId = OPERATOR.strategyId,
): ExecutionRequest {
  return {
    ...command,
    webhookId: OPERATOR.webhookId,
    strategyId,
    executionId: executionIdOf(command.signalId, strategyId, command.accountId),
    multiplier: decimal(1),
    signal,
    maxSignalAgeSeconds: COMMAND_AGE_SECONDS,
  };
}

/** What a command does, decided on the books that it is given back with; or why it does nothing. */
export type CommandPlan =
  | {
      readonly kind: 'orders';
      readonly books: Books;
      readonly intent: Pick<Intent, 'orders' | 'cancels' | 'decidedOn'>;
    }
  | { readonly kind: 'nothing'; readonly reason: Reason };

/** An account in a command's hands. */
export interface CommandTurn {
  readonly hold: Hold;
  readonly venue: Venue;
  readonly books: Books;
}

/**
 * Executes a command, whatever is halted and whether or not any strategy is configured.
 *
 * An execution like any other: journaled, recovered by whoever takes the account next, and recorded once. `hand-back`
 * means that nothing was done, because somebody else has the account or an earlier order is unknown; or that it is
 * under way, because its own order is.
 */
export async function executeCommand(
  engine: Engine,
  request: ExecutionRequest,
  plan: (turn: CommandTurn) => CommandPlan | Promise<CommandPlan>,
): Promise<ExecuteResult> {
  const begins = journalOf(engine, request);
  const held = await withAccount(engine, request.accountId, begins, async (hold): Promise<ExecuteResult> => {
    const active = hold.account.activeExecution;
    if (active?.executionId === request.executionId && hasIntent(active)) {
      return asResult((await finish(engine, hold, active)).execution);
    }
    let books = booksOf(hold.account);
    if (active && active.executionId !== request.executionId) {
      const resumed = await resume(engine, hold, active, begins);
      if (resumed.kind === 'unresolved') {
        await releaseAccount(engine.ledger, hold.fence);
        return { kind: 'hand-back', code: 'EARLIER_ORDER_UNKNOWN', delaySeconds: 0 };
      }
      books = resumed.books;
    }
    const recorded = await readExecution(engine.ledger, request.accountId, request.executionId);
    const turn = { hold, venue: venueOf(engine, hold), books };
    return executePlanned(engine, turn, request, recorded ? REPEATED : await plan(turn));
  });
  switch (held.kind) {
    case 'worked':
      return held.result;
    case 'contended':
      return { kind: 'hand-back', code: 'ACCOUNT_LEASED', delaySeconds: 0 };
    case 'not-found':
      return { kind: 'hand-back', code: 'ACCOUNT_NOT_FOUND', delaySeconds: 0 };
  }
}

/** The record that is there already stands in its place. */
const REPEATED: CommandPlan = {
  kind: 'nothing',
  reason: { code: 'REPEATED', message: 'The command was executed before.' },
};

async function executePlanned(
  engine: Engine,
  { hold, venue }: CommandTurn,
  request: ExecutionRequest,
  plan: CommandPlan,
): Promise<ExecuteResult> {
  const begins = journalOf(engine, request);
  if (plan.kind === 'nothing') {
    const ended = unplaced(engine, request, begins, { status: 'SKIPPED', reason: plan.reason });
    return { kind: 'done', execution: await recordUnplaced(engine.ledger, hold.fence, ended, 'close') };
  }
  const { books, intent } = plan;
  const journal = { ...begins, intent: { fencingToken: hold.fence.fencingToken, ...intent } };
  hold.extended(
    await recordIntent(engine.ledger, hold.fence, { active: journal, nowMs: engine.clock.now() }),
  );
  return asResult((await settle(sagaOf(engine, hold, venue, { books, journal }))).execution);
}

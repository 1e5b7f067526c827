import {
  type AccountId,
  type ExecutionId,
  executionIdOf,
  type SignalId,
  type StrategyId,
  signalIdOf,
} from '../core/ids.ts';
import { OPERATOR } from '../core/operator.ts';
import type { Receipt } from '../core/receipt.ts';
import type { Signal } from '../core/signal.ts';
import type { Command } from '../engine/command.ts';
import type { ExecuteResult } from '../engine/execute.ts';
import { recordCommand, withdrawCommand } from '../ledger/command-receipts.ts';
import { type ExecutionState, readExecutionState } from './execution-state.ts';
import type { AdminContext, AdminRequest } from './route.ts';

/** A command to one account, and the signal that its receipt shows. */
export interface CommandOf {
  /** Tells it from other commands of the same request. */
  readonly name: string;
  readonly accountId: AccountId;
  /** For whom it is executed. */
  readonly strategyId?: StrategyId;
  readonly signal: Signal;
}

/** What a command came to: an execution, or nothing, with a reason; `isGone` when the account is not there any more. */
export type CommandRun =
  | { readonly kind: 'executed'; readonly ids: CommandIds; readonly state: BegunState }
  | { readonly kind: 'nothing-done'; readonly message: string; readonly isGone: boolean };

type BegunState = Exclude<ExecutionState, { readonly kind: 'pending' }>;

interface CommandIds {
  readonly executionId: ExecutionId;
  readonly signalId: SignalId;
  readonly strategyId: StrategyId;
  readonly accountId: AccountId;
}

/** Why a command came to nothing, by the code of the result. */
const NOTHING_DONE: Readonly<Record<string, string>> = {
  ACCOUNT_LEASED: 'The account is executing something; ask again, or unlock it.',
  EARLIER_ORDER_UNKNOWN: 'What became of an earlier order of the account is unknown; resolve that first.',
  OPEN_ORDER_UNKNOWN: 'The venue does not say what became of an open order of the account; ask again.',
};

/** Executes a command. The receipt first, so that whatever the command did is found by it. */
export async function runCommand(
  { ledger, clock }: AdminContext,
  request: AdminRequest,
  { name, accountId, strategyId = OPERATOR.strategyId, signal }: CommandOf,
  execute: (command: Command) => Promise<ExecuteResult>,
): Promise<CommandRun> {
  const { correlationId, sourceIp } = request;
  const { webhookId } = OPERATOR;
  const receivedAtMs = clock.now();
  const signalId = signalIdOf(webhookId, `${name} ${correlationId}`, receivedAtMs);
  const executionId = executionIdOf(signalId, strategyId, accountId);
  const ids = { executionId, signalId, strategyId, accountId };
  const receipt = { signalId, webhookId, correlationId, receivedAtMs, sourceIp, duplicates: 0 };
  const targets = [{ executionId, strategyId, accountId }];
  request.note({ executionId });
  await recordCommand(ledger, { ...receipt, status: 'accepted', signal, targets } satisfies Receipt);

  const result = await execute({ accountId, signalId, correlationId, receivedAtMs });
  if (result.kind === 'done') {
    return { kind: 'executed', ids, state: { kind: 'recorded', execution: result.execution } };
  }
  const state = await readExecutionState(ledger, ids);
  if (hasBegun(state)) {
    return { kind: 'executed', ids, state };
  }
  const message = NOTHING_DONE[result.code] ?? 'The account is not there any more.';
  await withdrawCommand(ledger, {
    ...receipt,
    status: 'refused',
    reason: { code: result.code, message },
    signal,
  });
  return { kind: 'nothing-done', message, isGone: !(result.code in NOTHING_DONE) };
}

/** Without an intent nothing can have reached the venue, and no message brings the command again. */
function hasBegun(state: ExecutionState): state is BegunState {
  return state.kind === 'recorded' || (state.kind === 'running' && state.active.intent !== undefined);
}

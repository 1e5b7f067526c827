import type { Strategy } from '../core/configuration.ts';
import type { Execution, ExecutionRequest, Reason } from '../core/execution.ts';
import { TIMING } from '../core/lease.ts';
import { applyOrderEvent, orderFrom } from '../core/order.ts';
import { type Plan, planOrders } from '../core/plan.ts';
import { positionIn } from '../core/position.ts';
import { recordIntent, settleAccount } from '../ledger/accounts.ts';
import { readExecution, recordExecution } from '../ledger/executions.ts';
import type { ActiveExecution } from '../ledger/schemas.ts';
import { recordUnplaced } from '../ledger/unplaced.ts';
import { readStrategy } from '../ledger/webhooks.ts';
import type { Engine } from './engine.ts';
import { finish, resume } from './recover.ts';
import { hasIntent, settle } from './settle.ts';
import { type Hold, withAccount } from './with-account.ts';

/**
 * What executing a message came to. `done`: there is a final record, the message may go. `hand-back`: it must be
 * delivered again, after `delaySeconds`.
 */
export type ExecuteResult =
  | { readonly kind: 'done'; readonly execution: Execution }
  | { readonly kind: 'hand-back'; readonly code: string; readonly delaySeconds: number };

const CONTENTION_DELAY_SECONDS = 1;

/**
 * Executes one account's share of a signal: lock and load → plan → intent → place → settle.
 *
 * Safe to call any number of times with the same request, concurrently and after a kill at any point: the journal
 * in the account item says how far it came, and the first final record stands.
 */
export async function execute(engine: Engine, request: ExecutionRequest): Promise<ExecuteResult> {
  const begins = journalOf(engine, request);
  const strategy = readStrategy(engine.ledger, request.strategyId);
  // Awaited below, after the lock; a failure must not count as unhandled meanwhile.
  strategy.catch(() => undefined);
  const held = await withAccount(engine, request.accountId, begins, (hold) =>
    executeHeld(engine, hold, request, begins, strategy),
  );
  switch (held.kind) {
    case 'worked':
      return held.result;
    case 'contended':
      return { kind: 'hand-back', code: 'ACCOUNT_LEASED', delaySeconds: CONTENTION_DELAY_SECONDS };
    case 'not-found': {
      const reason = { code: 'ACCOUNT_NOT_FOUND', message: `There is no account ${request.accountId}.` };
      const execution = unplaced(engine, request, begins, 'REJECTED', reason);
      return { kind: 'done', execution: (await recordExecution(engine.ledger, execution, 0)).execution };
    }
  }
}

function journalOf(engine: Engine, request: ExecutionRequest): ActiveExecution {
  const ageSeconds = Math.max(request.maxSignalAgeSeconds, TIMING.executionAgeSeconds);
  return {
    executionId: request.executionId,
    webhookId: request.webhookId,
    correlationId: request.correlationId,
    receivedAtMs: request.receivedAtMs,
    startedAtMs: engine.clock.now(),
    expiresAtMs: request.receivedAtMs + ageSeconds * 1_000,
  };
}

async function executeHeld(
  engine: Engine,
  hold: Hold,
  request: ExecutionRequest,
  begins: ActiveExecution,
  strategyRead: Promise<Strategy | undefined>,
): Promise<ExecuteResult> {
  const active = hold.account.activeExecution;
  if (active?.executionId === request.executionId && hasIntent(active)) {
    return asResult((await finish(engine, hold, active)).execution);
  }
  let positions = hold.account.positions;
  if (active && active.executionId !== request.executionId) {
    const resumed = await resume(engine, hold, active, begins);
    if (resumed.kind === 'unresolved') {
      return refuseBehind(engine, hold, request, begins, resumed.reason);
    }
    positions = resumed.positions;
  }
  const strategy = await strategyRead;
  const plan = decide(engine, hold, request, begins, strategy, positions);
  return plan.kind === 'orders'
    ? placePlanned(engine, hold, begins, plan, positions)
    : endUnplaced(engine, hold, request, begins, plan);
}

function decide(
  engine: Engine,
  hold: Hold,
  request: ExecutionRequest,
  begins: ActiveExecution,
  strategy: Strategy | undefined,
  positions: Hold['account']['positions'],
): Plan {
  const skip = (code: string, message: string): Plan => ({ kind: 'skip', reason: { code, message } });
  if (!strategy) {
    return skip('STRATEGY_NOT_FOUND', `The strategy ${request.strategyId} was deleted.`);
  }
  if (!strategy.enabled) {
    return skip('STRATEGY_DISABLED', `The strategy ${request.strategyId} is disabled.`);
  }
  if (!hold.account.configuration.enabled) {
    return skip('ACCOUNT_DISABLED', `The account ${request.accountId} is disabled.`);
  }
  if (engine.clock.now() > begins.expiresAtMs) {
    return skip('SIGNAL_EXPIRED', 'The signal was too old to be placed when its turn came.');
  }
  return planOrders({
    executionId: request.executionId,
    signal: request.signal,
    positionQuantity: positionIn(positions, request.signal.symbol).quantity,
    allowShort: strategy.allowShort,
    sizing: strategy.sizing,
    multiplier: request.multiplier,
  });
}

/** Writes the intent, and only then calls the venue. Reads at the same time whether all this happened before. */
async function placePlanned(
  engine: Engine,
  hold: Hold,
  begins: ActiveExecution,
  plan: Extract<Plan, { kind: 'orders' }>,
  positions: Hold['account']['positions'],
): Promise<ExecuteResult> {
  const orders = plan.orders.map((intent) => applyOrderEvent(orderFrom(intent), { kind: 'sent' }));
  const active = { ...begins, intent: { fencingToken: hold.fence.fencingToken, orders } };
  const [lease, recorded] = await Promise.all([
    recordIntent(engine.ledger, hold.fence, { active, nowMs: engine.clock.now() }),
    readExecution(engine.ledger, hold.fence.accountId, begins.executionId),
  ]);
  hold.extended(lease);
  if (recorded && recorded.execution.status !== 'UNKNOWN') {
    await settleAccount(engine.ledger, hold.fence, { executionId: begins.executionId, positions: {} });
    return { kind: 'done', execution: recorded.execution };
  }
  const { execution } = await settle(engine, hold, { active, positions, maybeSent: recorded !== undefined });
  return asResult(execution);
}

/** Records why nothing was placed and gives the account back. */
async function endUnplaced(
  engine: Engine,
  hold: Hold,
  request: ExecutionRequest,
  begins: ActiveExecution,
  plan: Exclude<Plan, { kind: 'orders' }>,
): Promise<ExecuteResult> {
  const status = plan.kind === 'skip' ? 'SKIPPED' : 'REJECTED';
  const decided = unplaced(engine, request, begins, status, plan.reason);
  return { kind: 'done', execution: await recordUnplaced(engine.ledger, hold.fence, decided, 'close') };
}

/** An earlier order of the account is unknown, and so is its position: nothing may be decided on it. */
async function refuseBehind(
  engine: Engine,
  hold: Hold,
  request: ExecutionRequest,
  begins: ActiveExecution,
  cause: Reason,
): Promise<ExecuteResult> {
  const reason = { code: 'EARLIER_ORDER_UNKNOWN', message: cause.message };
  const refused = unplaced(engine, request, begins, 'REJECTED', reason);
  return { kind: 'done', execution: await recordUnplaced(engine.ledger, hold.fence, refused, 'keep') };
}

/** An execution whose order is still unknown keeps its message, so that it is asked about again. */
function asResult(execution: Execution): ExecuteResult {
  return execution.status === 'UNKNOWN'
    ? { kind: 'hand-back', code: 'ORDER_UNKNOWN', delaySeconds: TIMING.visibilityTimeoutSeconds }
    : { kind: 'done', execution };
}

function unplaced(
  engine: Engine,
  request: ExecutionRequest,
  begins: ActiveExecution,
  status: 'SKIPPED' | 'REJECTED',
  reason: Reason,
): Execution {
  const { executionId, signalId, webhookId, strategyId, accountId, correlationId, receivedAtMs } = request;
  const endedAtMs = engine.clock.now();
  return {
    executionId,
    signalId,
    webhookId,
    strategyId,
    accountId,
    correlationId,
    status,
    reason,
    orders: [],
    steps: [
      {
        name: 'reserve',
        status: 'COMPLETED',
        startedAtMs: begins.startedAtMs,
        endedAtMs,
        detail: reason.message,
      },
    ],
    receivedAtMs,
    startedAtMs: begins.startedAtMs,
    endedAtMs,
  };
}

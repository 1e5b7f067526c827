import { OnefillError } from '../core/errors.ts';
import type { Execution, Reason, RecordedStatus, Step } from '../core/execution.ts';
import { parseExecutionId } from '../core/ids.ts';
import type { Order } from '../core/order.ts';
import type { Positions } from '../core/position.ts';
import { releaseAccount, settleAccount } from '../ledger/accounts.ts';
import { type RecordedExecution, recordExecution } from '../ledger/executions.ts';
import { positionsAfter } from '../ledger/positions.ts';
import type { ActiveExecution, Intent } from '../ledger/schemas.ts';
import type { Engine } from './engine.ts';
import { placeOrder } from './place.ts';
import type { Hold } from './with-account.ts';

/** An open journal that has its intent: from here on the venue may have been called. */
export type OpenJournal = ActiveExecution & { readonly intent: Intent };

/** A recorded execution and the account's positions after it. */
export interface Settled {
  readonly execution: Execution;
  readonly positions: Positions;
}

/** Whether an execution came as far as its intent. */
export function hasIntent(active: ActiveExecution): active is OpenJournal {
  return active.intent !== undefined;
}

/**
 * Brings an intent to its end: places its orders (or finds out what became of them), records the execution, books
 * what was filled and gives the account back, in this order. Dying between any two of them leaves the journal
 * open, and whoever takes the account next does the rest.
 */
export async function settle(
  engine: Engine,
  hold: Hold,
  work: { active: OpenJournal; positions: Positions; maybeSent: boolean; next?: ActiveExecution },
): Promise<Settled> {
  const { active, positions } = work;
  const placingAtMs = engine.clock.now();
  const broker = engine.createBroker(hold.account.configuration);
  const orders: Order[] = [];
  for (const order of active.intent.orders) {
    const wanted = placingAtMs <= active.expiresAtMs;
    orders.push(await placeOrder(engine, hold, broker, order, { maybeSent: work.maybeSent, wanted }));
  }
  const execution = describe(engine, active, orders, placingAtMs);
  const recorded = await recordExecution(engine.ledger, execution, hold.fence.fencingToken);
  if (recorded.execution.status === 'UNKNOWN') {
    // The journal stays open. A holder with something else to do goes on holding the account.
    await (work.next ? undefined : releaseAccount(engine.ledger, hold.fence));
    return { execution: recorded.execution, positions };
  }
  return book(engine, hold, { ...work, recorded });
}

/** Books what a recorded execution filled and closes the journal. */
export async function book(
  engine: Engine,
  hold: Hold,
  work: { active: OpenJournal; positions: Positions; recorded: RecordedExecution; next?: ActiveExecution },
): Promise<Settled> {
  const { active, positions, recorded, next } = work;
  const after = positionsAfter(positions, active.intent, recorded);
  await settleAccount(engine.ledger, hold.fence, {
    executionId: active.executionId,
    positions: changed(positions, after),
    ...(next ? { next } : {}),
  });
  return { execution: recorded.execution, positions: after };
}

function changed(before: Positions, after: Positions): Positions {
  return Object.fromEntries(
    Object.entries(after).filter(([symbol, position]) => before[symbol] !== position),
  );
}

function describe(
  engine: Engine,
  active: OpenJournal,
  orders: readonly Order[],
  placingAtMs: number,
): Execution {
  const ids = parseExecutionId(active.executionId);
  if (!ids) {
    throw new OnefillError('LEDGER_CORRUPT', 'terminal', `${active.executionId} is not an execution id.`);
  }
  const endedAtMs = engine.clock.now();
  const { status, reason } = outcome(orders);
  return {
    ...ids,
    webhookId: active.webhookId,
    correlationId: active.correlationId,
    status,
    ...(reason ? { reason } : {}),
    orders,
    steps: stepsOf(active, status, { placingAtMs, endedAtMs, reason }),
    receivedAtMs: active.receivedAtMs,
    startedAtMs: active.startedAtMs,
    endedAtMs,
  };
}

/** An execution is as good as its worst order. */
function outcome(orders: readonly Order[]): { status: RecordedStatus; reason?: Reason } {
  const find = (status: Order['status']) => orders.find((order) => order.status === status);
  const because = (code: string, order: Order): Reason => ({ code, message: order.reason ?? code });
  const unknown = find('UNKNOWN');
  if (unknown) {
    return { status: 'UNKNOWN', reason: because('ORDER_UNKNOWN', unknown) };
  }
  const rejected = find('REJECTED');
  if (rejected) {
    return { status: 'REJECTED', reason: because('ORDER_REJECTED', rejected) };
  }
  const denied = find('DENIED');
  if (denied) {
    return { status: 'ROLLED_BACK', reason: because('ORDER_NOT_PLACED', denied) };
  }
  return { status: 'COMPLETED' };
}

function stepsOf(
  active: OpenJournal,
  status: RecordedStatus,
  times: { placingAtMs: number; endedAtMs: number; reason: Reason | undefined },
): Step[] {
  const { placingAtMs, endedAtMs, reason } = times;
  const detail = reason ? { detail: reason.message } : {};
  const reserve = { name: 'reserve', startedAtMs: active.startedAtMs, endedAtMs: placingAtMs } as const;
  const place = { name: 'place', startedAtMs: placingAtMs, endedAtMs } as const;
  if (status !== 'COMPLETED') {
    const released = status === 'UNKNOWN' ? 'COMPLETED' : 'COMPENSATED';
    return [
      { ...reserve, status: released },
      { ...place, status: 'FAILED', ...detail },
    ];
  }
  return [
    { ...reserve, status: 'COMPLETED' },
    { ...place, status: 'COMPLETED' },
    { name: 'settle', startedAtMs: endedAtMs, endedAtMs, status: 'COMPLETED' },
  ];
}

import { exposureOf, flattenOrder, isFlatten } from '../core/compensation.ts';
import type { CleanupStep } from '../core/configuration.ts';
import { type Decimal, isZero } from '../core/decimal.ts';
import { assertNever } from '../core/errors.ts';
import type { Reason } from '../core/execution.ts';
import { TIMING } from '../core/lease.ts';
import { isFinal, type Order } from '../core/order.ts';
import { followOpenOrders } from './open-orders.ts';
import { cancelOrder } from './place.ts';
import {
  addOrders,
  amend,
  bring,
  bringToFill,
  checkpoint,
  note,
  type Outcome,
  positionNow,
  replaceOrder,
  type Saga,
} from './saga.ts';

const FLATTEN_ATTEMPTS_MAX = 3;

/** Makes it durable that the execution is being undone: from here on nobody takes it forward again. */
export async function turnBack(saga: Saga, reason: Reason): Promise<void> {
  amend(saga, { turnedBack: reason });
  await checkpoint(saga);
}

/**
 * Undoes an execution (I4): ends what is still working, closes exactly what was filled, then does what the strategy
 * wants done beside. What cannot be undone within the rollback's time ends HALTED: the account stops, and operators
 * are told.
 */
export async function goBack(saga: Saga, reason: Reason): Promise<Outcome> {
  const deadlineMs = saga.engine.clock.now() + TIMING.rollbackBudgetMs;
  const problem =
    (await endWorking(saga)) ?? (await closeFilled(saga, deadlineMs)) ?? (await cleanUp(saga, deadlineMs));
  if (problem !== undefined) {
    const message = `${reason.message} It could not be undone: ${problem}`;
    return { status: 'HALTED', reason: { code: 'COMPENSATION_FAILED', message } };
  }
  return { status: 'ROLLED_BACK', reason };
}

/** @returns what stands in the way; `undefined` when no order of the execution is open any more */
async function endWorking(saga: Saga): Promise<string | undefined> {
  const startedAtMs = saga.engine.clock.now();
  const open = saga.journal.intent.orders.filter((order) => !isFinal(order));
  for (const order of open) {
    const ended = await endOne(saga, order);
    if (!isFinal(ended)) {
      const problem = `the venue does not say how the ${order.leg} order ended.`;
      note(saga, 'cancel', startedAtMs, 'FAILED', problem);
      return problem;
    }
  }
  if (open.length > 0) {
    note(saga, 'cancel', startedAtMs, 'COMPLETED');
  }
  return undefined;
}

async function endOne(saga: Saga, order: Order): Promise<Order> {
  const isUndecided = order.status === 'SENDING' || order.status === 'UNKNOWN';
  let ended = order;
  if (isFlatten(order)) {
    ended = await bringToFill(saga, order, { wanted: true });
  } else if (isUndecided) {
    ended = await bring(saga, order, { wanted: false });
  }
  if (!isFinal(ended) && ended.status !== 'UNKNOWN') {
    ended = await cancelOrder(saga.engine, saga.venue, ended);
  }
  replaceOrder(saga, ended);
  return ended;
}

async function closeFilled(saga: Saga, deadlineMs: number): Promise<string | undefined> {
  for (const symbol of new Set(saga.journal.intent.orders.map((order) => order.symbol))) {
    const problem = await flatten(saga, symbol, deadlineMs, () => exposureIn(saga, symbol));
    if (problem !== undefined) {
      return problem;
    }
  }
  return undefined;
}

function exposureIn(saga: Saga, symbol: string): Decimal {
  return exposureOf(saga.journal.intent.orders, symbol, positionNow(saga, symbol));
}

/** Trades an exposure away, in as many orders as it takes, each with an id of its own and durable before it is sent. */
async function flatten(
  saga: Saga,
  symbol: string,
  deadlineMs: number,
  exposure: () => Decimal,
): Promise<string | undefined> {
  const { clock } = saga.engine;
  const startedAtMs = clock.now();
  for (let attempt = 1; !isZero(exposure()); attempt += 1) {
    if (attempt > FLATTEN_ATTEMPTS_MAX || clock.now() > deadlineMs) {
      const problem = `${exposure()} ${symbol} could not be closed.`;
      note(saga, 'flatten', startedAtMs, 'FAILED', problem);
      return problem;
    }
    const problem = await flattenOnce(saga, symbol, exposure());
    if (problem !== undefined) {
      note(saga, 'flatten', startedAtMs, 'FAILED', problem);
      return problem;
    }
    if (!isZero(exposure())) {
      await backOff(saga, attempt);
    }
  }
  if (clock.now() > startedAtMs || saga.journal.intent.orders.some(isFlatten)) {
    note(saga, 'flatten', startedAtMs, 'COMPLETED');
  }
  return undefined;
}

async function flattenOnce(saga: Saga, symbol: string, exposure: Decimal): Promise<string | undefined> {
  const made = saga.journal.intent.orders.filter(isFlatten).length;
  const order = flattenOrder(saga.journal.executionId, made + 1, { symbol, exposure });
  await addOrders(saga, [order]);
  const ended = await endOne(saga, order);
  return isFinal(ended) ? undefined : `the venue does not say how the ${order.leg} order ended.`;
}

async function backOff(saga: Saga, attempt: number): Promise<void> {
  const backoffMs = TIMING.brokerBackoffMs[attempt - 1] ?? TIMING.brokerBackoffMs[0];
  await saga.engine.wait(backoffMs * (1 + saga.engine.random() / 2));
}

/** The strategy's own steps. Each may be repeated; how many are done is in the journal. */
async function cleanUp(saga: Saga, deadlineMs: number): Promise<string | undefined> {
  const { cleanup = [], cleanedUp = 0, orders } = saga.journal.intent;
  const [{ symbol } = { symbol: '' }] = orders;
  for (const [index, step] of [...cleanup.entries()].slice(cleanedUp)) {
    const startedAtMs = saga.engine.clock.now();
    const problem = await doCleanup(saga, step, symbol, deadlineMs);
    note(saga, 'cleanup', startedAtMs, problem === undefined ? 'COMPLETED' : 'FAILED', problem ?? step);
    if (problem !== undefined) {
      return problem;
    }
    amend(saga, { cleanedUp: index + 1 });
    await checkpoint(saga);
  }
  return undefined;
}

async function doCleanup(
  saga: Saga,
  step: CleanupStep,
  symbol: string,
  deadlineMs: number,
): Promise<string | undefined> {
  switch (step) {
    case 'cancel-working-orders':
      return cancelWorkingOrders(saga, symbol);
    case 'flatten-symbol':
      // The stop-loss of a position that is gone would open one.
      return (
        (await cancelWorkingOrders(saga, symbol)) ??
        (await flatten(saga, symbol, deadlineMs, () => positionNow(saga, symbol)))
      );
    case 'halt-account':
      // Done by the write that ends the execution.
      return undefined;
    default:
      return assertNever(step);
  }
}

async function cancelWorkingOrders(saga: Saga, symbol: string): Promise<string | undefined> {
  const isOfSymbol = ({ order }: { order: Order }) => order.symbol === symbol;
  const { engine, hold, venue, books } = saga;
  const followed = await followOpenOrders(engine, hold, venue, books, isOfSymbol);
  saga.books = followed.books;
  return followed.unresolved.some(isOfSymbol)
    ? `not every working order in ${symbol} could be cancelled.`
    : undefined;
}

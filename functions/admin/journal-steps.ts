import { isFlatten, isPlanned } from '../core/compensation.ts';
import type { Step } from '../core/execution.ts';
import { isFinal, type Order, type OrderStatus } from '../core/order.ts';
import { isProtective } from '../core/protection.ts';
import { hasProtection } from '../core/trade.ts';
import { protectionOf } from '../ledger/positions.ts';
import type { AccountState, ActiveExecution, Intent } from '../ledger/shapes/account.ts';

/** A step of an execution that is under way, as far as its journal tells: it has no times. */
interface JournalStep {
  readonly name: Step['name'];
  readonly status: 'COMPLETED' | 'FAILED' | 'RUNNING' | 'PENDING';
}

/**
 * The steps of an execution under way, in their order. The journal is written before each action, so the step that is
 * RUNNING may be done at the venue already; what it has not decided yet is not among them.
 *
 * @param openOrders of the account: those that have to go first
 */
export function journalSteps(
  { intent }: ActiveExecution,
  openOrders: AccountState['openOrders'],
): readonly JournalStep[] {
  if (!intent) {
    return [{ name: 'reserve', status: 'RUNNING' }];
  }
  const reached = [{ name: 'reserve', status: 'COMPLETED' } as const, ...forwardSteps(intent, openOrders)];
  if (!intent.turnedBack) {
    return inTurn([...reached, { name: 'settle', status: 'PENDING' }]);
  }
  // What it had not done when it turned back is why.
  return inTurn([...reached.map(asFailed), ...backwardSteps(intent), { name: 'settle', status: 'PENDING' }]);
}

function forwardSteps(intent: Intent, openOrders: AccountState['openOrders']): JournalStep[] {
  const { cancels = [], orders } = intent;
  const isLeft = cancels.some((id) => Object.hasOwn(openOrders, id));
  const planned = orders.filter(isPlanned);
  const hasFailed = planned.some(({ status }) => status === 'REJECTED' || status === 'DENIED');
  const isPlaced = planned.every(({ status }) => !UNDECIDED.includes(status));
  const legs = orders.filter(isProtective);
  return [
    ...(cancels.length > 0 ? [step('clear', !isLeft)] : []),
    hasFailed ? { name: 'place', status: 'FAILED' } : step('place', isPlaced),
    ...(!hasFailed && isToBeProtected(intent, planned[0])
      ? [step('protect', legs.length > 0 && legs.every(isAtVenue))]
      : []),
  ];
}

/** An order with a price of its own that works is protected as it fills, later. */
function isToBeProtected(intent: Intent, entry: Order | undefined): boolean {
  const isWorking = entry && entry.type !== 'market' && !isFinal(entry) && !UNDECIDED.includes(entry.status);
  return entry !== undefined && !entry.reduceOnly && !isWorking && hasProtection(protectionOf(intent));
}

function isAtVenue({ status }: Order): boolean {
  return status === 'NEW' || status === 'PARTIALLY_FILLED' || status === 'FILLED';
}

function backwardSteps({ orders, cleanup = [], cleanedUp = 0 }: Intent): JournalStep[] {
  const flattening = orders.filter(isFlatten);
  const isEnded = orders.every((order) => isFlatten(order) || isFinal(order));
  return [
    step('cancel', isEnded),
    ...(flattening.length > 0 ? [step('flatten', flattening.every(isFinal))] : []),
    ...cleanup.map((_, index) => step('cleanup', index < cleanedUp)),
  ];
}

const UNDECIDED: readonly OrderStatus[] = ['INTENT', 'SENDING', 'UNKNOWN'];

function step(name: JournalStep['name'], isDone: boolean): JournalStep {
  return { name, status: isDone ? 'COMPLETED' : 'PENDING' };
}

function asFailed({ name, status }: JournalStep): JournalStep {
  return { name, status: status === 'PENDING' ? 'FAILED' : status };
}

/** The first one that is not done is the one at which it stands. */
function inTurn(steps: readonly JournalStep[]): readonly JournalStep[] {
  const next = steps.findIndex(({ status }) => status === 'PENDING');
  return steps.map((each, index) => (index === next ? { ...each, status: 'RUNNING' } : each));
}

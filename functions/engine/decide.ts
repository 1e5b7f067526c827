import type { Books, OpenOrder } from '../core/books.ts';
import { LEGS, stopPriceOf } from '../core/compensation.ts';
import type { CleanupStep, ClientOrderIdGuarantee, Strategy } from '../core/configuration.ts';
import { compare, type Decimal, isZero, sign } from '../core/decimal.ts';
import type { ExecutionRequest, Reason } from '../core/execution.ts';
import { type Halt, haltThatStops } from '../core/halt.ts';
import { applyOrderEvent, type Order, type OrderIntent, orderFrom } from '../core/order.ts';
import { type Plan, planOrders } from '../core/plan.ts';
import { positionIn } from '../core/position.ts';
import { figuresOn, refuseByRisk } from '../core/risk.ts';
import { dayIn, isWithin } from '../core/trading-window.ts';
import { contradictedBy, positionToCome, workingAgainst, workingOrders } from '../core/working-orders.ts';
import type { Controls } from '../ledger/controls.ts';
import type { AccountState, Intent } from '../ledger/shapes/account.ts';

/** Everything that a decision looks at: one consistent snapshot of the account, and what guards its strategy. */
export interface DecisionInput {
  readonly request: ExecutionRequest;
  readonly account: AccountState;
  readonly books: Books;
  readonly controls: Controls;
  readonly guarantee: ClientOrderIdGuarantee;
  /** When the signal is too old to be placed, milliseconds since the epoch. */
  readonly expiresAtMs: number;
  readonly nowMs: number;
}

/** What is to be done: orders, the end of working orders, or nothing, for a named reason. */
export type Decision =
  | { readonly kind: 'orders'; readonly intent: Omit<Intent, 'fencingToken'>; readonly isEntry: boolean }
  | { readonly kind: 'cancel'; readonly orders: readonly OpenOrder[] }
  | { readonly kind: 'skip'; readonly reason: Reason }
  | { readonly kind: 'deny'; readonly reason: Reason };

/** Decides what an execution does. Pure; only the circuit is asked afterwards, since half-open takes a write. */
export function decide(input: DecisionInput): Decision {
  const { strategy } = input.controls;
  if (!strategy) {
    return skip('STRATEGY_NOT_FOUND', `The strategy ${input.request.strategyId} was deleted.`);
  }
  return notNow(input, strategy) ?? halted(input, { reduceOnly: true }) ?? decideAction(input, strategy);
}

/** Reasons that have nothing to do with what the signal asks for. */
function notNow(
  { request, account, expiresAtMs, nowMs }: DecisionInput,
  strategy: Strategy,
): Decision | undefined {
  if (!strategy.enabled) {
    return skip('STRATEGY_DISABLED', `The strategy ${request.strategyId} is disabled.`);
  }
  if (!account.configuration.enabled) {
    return skip('ACCOUNT_DISABLED', `The account ${request.accountId} is disabled.`);
  }
  return nowMs > expiresAtMs
    ? skip('SIGNAL_EXPIRED', 'The signal was too old to be placed when its turn came.')
    : undefined;
}

function halted(
  { request, account, controls }: DecisionInput,
  order: { readonly reduceOnly: boolean },
): Decision | undefined {
  const switches: readonly (readonly [string, string, Halt | undefined])[] = [
    ['ALL_HALTED', 'Trading', controls.globalHalt],
    ['STRATEGY_HALTED', `The strategy ${request.strategyId}`, controls.strategyHalt],
    ['ACCOUNT_HALTED', `The account ${request.accountId}`, account.halt],
  ];
  for (const [code, what, halt] of switches) {
    const stops = haltThatStops([halt], order);
    if (stops) {
      return deny(code, `${what} is halted: ${stops.reason}`);
    }
  }
  return undefined;
}

function decideAction(input: DecisionInput, strategy: Strategy): Decision {
  const { request, books } = input;
  const { signal } = request;
  const orders =
    signal.action === 'cancel' ? workingOrders(books, signal.symbol) : contradictedBy(books, signal);
  if (orders.length > 0) {
    return { kind: 'cancel', orders };
  }
  const plan = planOrders({
    executionId: request.executionId,
    signal,
    positionQuantity: positionToCome(books, signal.symbol),
    allowShort: strategy.allowShort,
    sizing: strategy.sizing,
    multiplier: request.multiplier,
  });
  if (plan.kind !== 'orders') {
    return explained(plan, workingAgainst(books, signal.symbol));
  }
  const [order] = plan.orders;
  const refusal = order.reduceOnly ? undefined : refuseEntry(input, strategy, order);
  return refusal ?? intentFor(input, order, strategy.cleanup);
}

/** Nothing is left to close of a position when an earlier order that closes it still works; senders are to know. */
function explained(plan: Exclude<Plan, { kind: 'orders' }>, closing: readonly Order[]): Decision {
  const message = `${plan.reason.message} An order that works at the venue closes or turns what is held.`;
  return closing.length > 0 ? { ...plan, reason: { ...plan.reason, message } } : plan;
}

/** I6, B11: what opens or enlarges a position has to pass; what shrinks it always may. */
function refuseEntry(input: DecisionInput, strategy: Strategy, order: OrderIntent): Decision | undefined {
  const { request, account, books, nowMs } = input;
  const { limits } = account.configuration;
  const stopped = halted(input, order);
  if (stopped) {
    return stopped;
  }
  if (strategy.window && !isWithin(strategy.window, nowMs)) {
    return deny(
      'OUTSIDE_TRADING_WINDOW',
      `The strategy ${request.strategyId} opens no position at this time.`,
    );
  }
  const refused = refuseByRisk({
    order,
    strategyId: request.strategyId,
    positions: books.positions,
    openOrders: Object.values(books.openOrders).map((open) => open.order),
    accountLimits: limits,
    strategyLimits: strategy.limits,
    daily: figuresOn(books.daily, dayIn(limits.timeZone, nowMs)),
  });
  if (refused) {
    return { kind: 'deny', reason: refused };
  }
  return refuseProtection(input, order);
}

/** A stop-loss that cannot work is refused before the entry, not after its fill. */
function refuseProtection({ request, guarantee }: DecisionInput, order: OrderIntent): Decision | undefined {
  const { stopLoss, price } = request.signal;
  if (!stopLoss) {
    return undefined;
  }
  if (guarantee === 'NONE') {
    const message = 'The venue cannot be asked about orders, so a stop-loss there could not be kept.';
    return deny('PROTECTION_UNSUPPORTED', message);
  }
  return price !== undefined && stopPriceOf(stopLoss, order.side, price) === undefined
    ? deny('STOP_LOSS_WRONG_SIDE', 'The stop-loss is not on the losing side of the price.')
    : undefined;
}

function intentFor(
  { request, books }: DecisionInput,
  order: OrderIntent,
  cleanup: readonly CleanupStep[],
): Decision {
  const { stopLoss } = request.signal;
  const position = positionIn(books.positions, order.symbol).quantity;
  const isAgainst = !isZero(position) && sign(position) !== (order.side === 'buy' ? 1 : -1);
  const replaced = isAgainst ? [...stopsIn(books, order.symbol), ...workingAgainst(books, order.symbol)] : [];
  const restoreStopAt = tightestStop(replaced, position);
  const intent = {
    orders: [orderFrom(order)],
    ...(stopLoss && !order.reduceOnly ? { stopLoss } : {}),
    ...(cleanup.length > 0 ? { cleanup: [...cleanup] } : {}),
    ...(replaced.length > 0
      ? {
          cancels: replaced.map(({ clientOrderId }) => clientOrderId),
          decidedOn: { [order.symbol]: positionToCome(books, order.symbol) },
          ...(restoreStopAt === undefined ? {} : { restoreStopAt }),
        }
      : {}),
  };
  return {
    kind: 'orders',
    isEntry: !order.reduceOnly,
    intent:
      replaced.length > 0
        ? intent
        : { ...intent, orders: [applyOrderEvent(orderFrom(order), { kind: 'sent' })] },
  };
}

/** The stop-losses of earlier executions in a symbol. */
function stopsIn(books: Books, symbol: string): Order[] {
  return Object.values(books.openOrders)
    .map(({ order }) => order)
    .filter((order) => order.symbol === symbol && order.leg === LEGS.stopLoss);
}

/** Of several stop-losses the one that is reached first. */
function tightestStop(orders: readonly Order[], position: Decimal): Decimal | undefined {
  const prices = orders.flatMap((order) => (order.type === 'stop' ? [order.stopPrice] : []));
  const [tightest] = prices.toSorted((left, right) => compare(left, right) * -sign(position));
  return tightest;
}

function skip(code: string, message: string): Decision {
  return { kind: 'skip', reason: { code, message } };
}

function deny(code: string, message: string): Decision {
  return { kind: 'deny', reason: { code, message } };
}

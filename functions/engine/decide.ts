import type { Books, OpenOrder } from '../core/books.ts';
import type { CleanupStep, Strategy } from '../core/configuration.ts';
import { compare, type Decimal, isZero, sign, subtract } from '../core/decimal.ts';
import type { ExecutionRequest, Reason } from '../core/execution.ts';
import { type Halt, haltThatStops } from '../core/halt.ts';
import type { Instrument } from '../core/instrument.ts';
import { applyOrderEvent, expectedPriceOf, type Order, type OrderIntent, orderFrom } from '../core/order.ts';
import { type Plan, planOrders } from '../core/plan.ts';
import { positionIn } from '../core/position.ts';
import { isProtective, refuseByPrices } from '../core/protection.ts';
import { figuresOn, refuseByRisk } from '../core/risk.ts';
import type { Signal } from '../core/signal.ts';
import { heldInstrument, type Tradable, tradableIn } from '../core/tradable.ts';
import { hasProtection } from '../core/trade.ts';
import { isEntering, stateOfTrade } from '../core/trade-state.ts';
import { dayIn, isWithin } from '../core/trading-window.ts';
import { contradictedBy, positionToCome, workingAgainst, workingOrders } from '../core/working-orders.ts';
import type { Controls } from '../ledger/controls.ts';
import { protectionOf } from '../ledger/positions.ts';
import type { AccountState, Intent } from '../ledger/shapes/account.ts';
import { refuseOrder, refuseProtection, type VenueLimits } from './venue-limits.ts';

/** Everything that a decision looks at: one consistent snapshot of the account, and what guards its strategy. */
export interface DecisionInput {
  readonly request: ExecutionRequest;
  readonly account: AccountState;
  readonly books: Books;
  readonly controls: Controls;
  readonly venue: VenueLimits;
  /** When the signal is too old to be placed, milliseconds since the epoch. */
  readonly expiresAtMs: number;
  readonly nowMs: number;
  /** What the account is worth; absent when nobody needs to know, or the venue does not say. */
  readonly equity?: Decimal | undefined;
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
  const { request, books } = input;
  return (
    notNow(input, strategy) ??
    halted(input, { reduceOnly: true }) ??
    refuseAddition(books, request.signal) ??
    decideAction({ ...input, request: { ...request, signal: withAddition(books, request.signal) } }, strategy)
  );
}

/** Only a trade that holds something, and goes on holding it, is added to, and only once. */
function refuseAddition(books: Books, { trade: id, targetQuantity }: Signal): Decision | undefined {
  if (id === undefined) {
    return undefined;
  }
  const trade = books.trades[id];
  if (!trade || stateOfTrade(trade, books) !== 'OPENED') {
    return skip('TRADE_NOT_OPEN', 'The trade is not open, or is being closed.');
  }
  if (isEntering(id, books)) {
    return skip('ENTRY_WORKING', 'An entry of the trade still works at the venue.');
  }
  return targetQuantity && compare(targetQuantity, trade.openQuantity) <= 0
    ? skip('ALREADY_AT_TARGET', `The trade holds ${trade.openQuantity} already.`)
    : undefined;
}

/** What makes up the difference between what a trade holds and what it is to hold. */
function withAddition({ trades }: Books, signal: Signal): Signal {
  const held = signal.trade && trades[signal.trade]?.openQuantity;
  return held && signal.targetQuantity
    ? { ...signal, quantity: subtract(signal.targetQuantity, held) }
    : signal;
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

function decideAction(asked: DecisionInput, strategy: Strategy): Decision {
  const tradable = instrumentFor(asked, strategy);
  if (tradable.kind === 'deny') {
    return tradable;
  }
  const { instrument } = tradable;
  const { books, equity } = asked;
  const signal: Signal = { ...asked.request.signal, symbol: instrument.symbol };
  const request = { ...asked.request, signal };
  const input: DecisionInput = { ...asked, request };
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
    instrument,
    equity,
  });
  if (plan.kind !== 'orders') {
    return explained(plan, workingAgainst(books, signal.symbol));
  }
  const [order] = plan.orders;
  const refusal =
    refuseByVenue(input, order) ??
    refusePricedExit(books, order) ??
    (order.reduceOnly ? undefined : refuseEntry(input, strategy, order, instrument));
  return refusal ?? intentFor(input, order, strategy.cleanup);
}

/** What the venue cannot do is refused before it is asked, by name. */
function refuseByVenue({ venue }: DecisionInput, order: OrderIntent): Decision | undefined {
  const reason = refuseOrder(venue, order);
  return reason && { kind: 'deny', reason };
}

/** An exit that waits for its price would leave the position unprotected meanwhile. */
function refusePricedExit(books: Books, order: OrderIntent): Decision | undefined {
  return order.type !== 'market' && isAgainst(books, order) && protectiveIn(books, order.symbol).length > 0
    ? deny(
        'POSITION_PROTECTED',
        'The position has a stop-loss or take-profit: change that, or exit at the market.',
      )
    : undefined;
}

/** What only closes does so by whatever name it is held: so does a sale that may not short, of what there is. */
function instrumentFor(
  { request, account, books, nowMs }: DecisionInput,
  { allowShort }: Strategy,
): Tradable {
  const { action, symbol } = request.signal;
  const { configuration } = account;
  const instrument = heldInstrument(configuration, symbol, books.positions, nowMs);
  const isSale = !allowShort && (action === 'sell' || action === 'short');
  const isHeld = isSale && !isZero(positionIn(books.positions, instrument.symbol).quantity);
  return isHeld || action === 'exit' || action === 'flatten' || action === 'cancel'
    ? { kind: 'instrument', instrument }
    : tradableIn(configuration, symbol, nowMs);
}

/** Nothing is left to close of a position when an earlier order that closes it still works; senders are to know. */
function explained(plan: Exclude<Plan, { kind: 'orders' }>, closing: readonly Order[]): Decision {
  const message = `${plan.reason.message} An order that works at the venue closes or turns what is held.`;
  return closing.length > 0 ? { ...plan, reason: { ...plan.reason, message } } : plan;
}

/** I6, B11: what opens or enlarges a position has to pass; what shrinks it always may. */
function refuseEntry(
  input: DecisionInput,
  strategy: Strategy,
  order: OrderIntent,
  instrument: Instrument,
): Decision | undefined {
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
  return refuseUnprotected(input, order, instrument);
}

/** Protection that cannot work is refused before the entry, not after its fill. */
function refuseUnprotected(
  { request, venue }: DecisionInput,
  order: OrderIntent,
  { tickSize }: Instrument,
): Decision | undefined {
  const protection = protectionOf(request.signal);
  if (!hasProtection(protection)) {
    return undefined;
  }
  const price = expectedPriceOf(order, order.referencePrice);
  const reason =
    refuseProtection(venue, protection) ?? refuseByPrices(protection, order.side, price, tickSize);
  return reason && { kind: 'deny', reason };
}

function intentFor(
  { request, books }: DecisionInput,
  order: OrderIntent,
  cleanup: readonly CleanupStep[],
): Decision {
  const { stopLoss, takeProfit } = request.signal;
  const replaced = isAgainst(books, order)
    ? [...protectiveIn(books, order.symbol), ...workingAgainst(books, order.symbol)]
    : [];
  const intent = {
    orders: [orderFrom(order)],
    ...(stopLoss && !order.reduceOnly ? { stopLoss } : {}),
    ...(takeProfit && !order.reduceOnly ? { takeProfit } : {}),
    ...(cleanup.length > 0 ? { cleanup: [...cleanup] } : {}),
    ...(replaced.length > 0
      ? {
          cancels: replaced.map(({ clientOrderId }) => clientOrderId),
          decidedOn: { [order.symbol]: positionToCome(books, order.symbol) },
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

/** Whether an order closes what is held, or turns it. */
function isAgainst(books: Books, order: OrderIntent): boolean {
  const { quantity } = positionIn(books.positions, order.symbol);
  return !isZero(quantity) && sign(quantity) !== (order.side === 'buy' ? 1 : -1);
}

/** What protects the trades in a symbol. */
function protectiveIn(books: Books, symbol: string): Order[] {
  return Object.values(books.openOrders)
    .map(({ order }) => order)
    .filter((order) => order.symbol === symbol && isProtective(order));
}

function skip(code: string, message: string): Decision {
  return { kind: 'skip', reason: { code, message } };
}

function deny(code: string, message: string): Decision {
  return { kind: 'deny', reason: { code, message } };
}
